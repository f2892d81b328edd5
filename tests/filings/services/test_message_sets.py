"""A made-up edition in which one message differs, from the package to the check."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, transaction

from filings import samples, selectors
from filings.messages import catalogue, holdings, xml
from filings.messages import json as json_form
from filings.messages.document import Document
from filings.messages.elements import Edition
from filings.models import EditionChoice, MessageSet
from filings.rules import book
from filings.services import drafting, editions, message_sets
from filings.services.shelf import DatabaseShelf
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests.factories import ALICE, NOW, later, operator
from tests.filings.messages.packages import NAMESPACE, NEW_ELEMENT, made_up, zipped

pytestmark = pytest.mark.django_db

BASE = (catalogue.DEFAULT, catalogue.DEFAULT_VERSION)
HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


@pytest.fixture(autouse=True)
def _nothing_open() -> Any:
    holdings.stand(DatabaseShelf())
    yield
    holdings.stand(DatabaseShelf())


def load(version: str, namespace: str = "", **options: Any) -> Edition:
    data = zipped(made_up(namespace=namespace))
    edition = "HTI", version
    given: dict[str, Any] = {"compare_with": BASE, "partial": True, "by": "test", "at": NOW, **options}
    message_sets.load(edition=edition, data=data, source="package.zip", **given)
    return edition


def in_edition(edition: Edition, *, houses: int = 1, whole: bool = True) -> Document:
    """Return a sample of IE3F26 written in the made-up set."""
    content = samples.sample("IE3F26", seed=1, houses=houses).to_json()
    content["IE3F26"].pop("hrcmScreeningResults", None)
    if whole:
        content["IE3F26"][NEW_ELEMENT] = "SEC-1"
    if not isinstance(representative := content["IE3F26"].get("representative", []), list):
        content["IE3F26"]["representative"] = [representative]
    return json_form.from_json(content, message_set=edition[0], version=edition[1])


def test_a_loaded_set_is_found_without_a_restart_and_stays() -> None:
    assert ("HTI", "3-a") not in catalogue.editions()

    edition = load("3-a")

    assert edition in catalogue.editions()
    assert NEW_ELEMENT in catalogue.message("IE3F26", *edition).by_path
    assert NEW_ELEMENT not in catalogue.message("IE3F26").by_path
    with pytest.raises(message_sets.SetExists):
        load("3-a")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        MessageSet.objects.update(name="other")


def test_a_dry_run_keeps_nothing() -> None:
    load("3-dry", keep=False)

    assert not MessageSet.objects.exists()
    assert catalogue.messages("HTI", "3-dry") == ()


def test_the_check_follows_the_set() -> None:
    edition = load("3-check")

    missing = book.findings(in_edition(edition, whole=False))
    many = book.findings(in_edition(edition, houses=7))

    assert [(item.path, item.code) for item in missing if item.severity == "error"] == [(f"/IE3F26/{NEW_ELEMENT}", "13")]
    assert (f"/IE3F26/{HOUSE}[6]", "35") in {(item.path, item.code) for item in many}
    assert book.errors(book.findings(in_edition(edition))) == []


def test_a_new_code_is_taken_in_the_new_set_alone() -> None:
    edition = load("3-code")
    path = next(element.path for element in catalogue.message("IE3F26").root.walk() if element.code_list == "CL754")
    new, old = in_edition(edition), samples.sample("IE3F26", seed=1)
    for document in (new, old):
        document.set(path, "N999")

    assert not [item for item in book.findings(new) if item.path.endswith("/type") and item.code == "12"]
    assert [item.code for item in book.findings(old) if item.path.endswith(path.rpartition("/")[2]) and not item.rule] == ["12"]


def test_xml_is_written_and_read_in_the_new_set() -> None:
    edition = load("3-xml", NAMESPACE)
    document = in_edition(edition)

    data = xml.write(document)
    again = xml.read(data, message_set=edition[0], version=edition[1])

    assert NAMESPACE.encode() in data
    assert data.index(b"<LRN>") < data.index(b"<securityReference>") < data.index(b"<documentIssueDate>")
    assert again.to_json() == document.to_json()
    assert book.errors(book.findings(again)) == []


def test_a_condition_that_reads_what_is_gone_is_left_out_and_told() -> None:
    [(name, content)] = made_up().items()
    renamed = content.replace(b'name="containerIndicator"', b'name="boxed"')
    edition = ("HTI", "3-gone")

    loaded = message_sets.load(
        edition=edition, data=zipped({name: renamed}), source="p", compare_with=BASE, partial=True, by="test", at=NOW
    )

    dropped = {each["path"] for each in loaded.report["open"] if each["what"].startswith("C3014 left out")}
    assert dropped == {f"{HOUSE}/transportEquipment", f"{HOUSE}/goodsItem/transportEquipment"}
    assert catalogue.message("IE3F26").element(f"{HOUSE}/transportEquipment").conditions == ("C3014",)
    assert catalogue.message("IE3F26", *edition).element(f"{HOUSE}/transportEquipment").conditions == ()
    assert catalogue.message("IE3F15", *edition).element(f"{HOUSE}/transportEquipment").conditions


# --- Which set is used ---------------------------------------------------------------------------------------------------


def test_the_set_is_chosen_by_message_operator_and_date() -> None:
    edition = load("3-choice")
    first, second = operator("first"), operator("second")

    editions.choose(edition=edition, since=later(100), by="test", at=NOW, message_type="IE3F26")
    with tenant_scope(second.pk):
        editions.choose(edition=edition, since=later(10), by="test", at=NOW, operator_id=second.pk)

    def chosen(message: str, seconds: float, who: Operator | None) -> str:
        if who is None:
            return editions.edition_for(message, at=later(seconds))[1]
        with tenant_scope(who.pk):
            return editions.edition_for(message, at=later(seconds), operator_id=who.pk)[1]

    assert [chosen("IE3F26", at, first) for at in (0, 50, 100)] == ["2.02", "2.02", "3-choice"]
    assert [chosen("IE3F26", at, second) for at in (0, 50, 100)] == ["2.02", "3-choice", "3-choice"]
    assert [chosen("IE3F20", 200, who) for who in (None, first, second)] == ["2.02", "2.02", "3-choice"]
    assert chosen("IE3F26", 100, None) == "3-choice"


def test_choices_of_one_operator_are_hidden_from_another_and_shared_ones_are_not_theirs_to_make() -> None:
    edition = load("3-hidden")
    first, second = operator("first"), operator("second")
    with tenant_scope(first.pk):
        editions.choose(edition=edition, since=NOW, by="test", at=NOW, operator_id=first.pk)

    with tenant_scope(second.pk):
        assert not EditionChoice.objects.exists()
    with pytest.raises(ProgrammingError, match="row-level security"), tenant_scope(second.pk):
        editions.choose(edition=edition, since=NOW, by="test", at=NOW)
    with pytest.raises(ProgrammingError, match="row-level security"), tenant_scope(second.pk):
        editions.choose(edition=edition, since=NOW, by="test", at=NOW, operator_id=first.pk)


def test_only_what_exists_can_be_chosen_and_once() -> None:
    edition = load("3-once")
    editions.choose(edition=edition, since=NOW, by="test", at=NOW)

    with pytest.raises(editions.ChosenAlready):
        editions.choose(edition=edition, since=NOW, by="test", at=NOW)
    with pytest.raises(editions.UnknownEdition):
        editions.choose(edition=("HTI", "4"), since=NOW, by="test", at=NOW)
    with pytest.raises(editions.UnknownEdition):
        editions.choose(edition=edition, since=NOW, by="test", at=NOW, message_type="IE3F99")


# --- Filings -------------------------------------------------------------------------------------------------------------


def test_a_filing_keeps_its_set_and_a_copy_takes_the_one_in_force(acme: Operator) -> None:
    edition = load("3-life")
    old = drafting.create(document=samples.sample("IE3F26", seed=1), by=ALICE, at=NOW, source="web")
    editions.choose(edition=edition, since=later(10), by="test", at=NOW, operator_id=acme.pk)

    changed = samples.sample("IE3F26", seed=2)
    as_new = json_form.from_json(changed.to_json(), message_set=edition[0], version=edition[1])
    drafting.change(filing=old, document=as_new, revision=1, by=ALICE, at=later(20))
    copy = drafting.copy(filing=old, by=ALICE, at=later(20))

    old.refresh_from_db()
    assert (old.version, selectors.document_of(old).message.edition) == ("2.02", BASE)
    assert (copy.version, selectors.document_of(copy).message.edition) == ("3-life", edition)
    assert f"/IE3F26/{NEW_ELEMENT}" in {item.path for item in selectors.findings_of(copy)}


# --- The command ---------------------------------------------------------------------------------------------------------


def test_the_command_reports_as_text_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = tmp_path / "package.zip"
    package.write_bytes(zipped(made_up()))

    call_command("load_message_set", "HTI", str(package), "--version", "3-cmd", "--partial", "--dry-run")
    text = capsys.readouterr().out
    call_command("load_message_set", "HTI", str(package), "--version", "3-cmd", "--partial", "--json")
    report = json.loads(capsys.readouterr().out)

    assert "84 messages would be loaded (dry run)" in text
    assert "IE3F26/securityReference" in text
    assert "0..1 -> 0..2" in text
    assert report["differences"]["summary"]["code new"] == 1
    assert report["carried"]["messages"] == 83
    assert MessageSet.objects.get().report == report


def test_the_command_takes_the_version_from_the_schemas_and_refuses_what_is_there(tmp_path: Path) -> None:
    package = tmp_path / "package.zip"
    package.write_bytes(zipped(made_up()))

    with pytest.raises(CommandError, match="never changes"):  # the schemas say 2.02
        call_command("load_message_set", "HTI", str(package))
    with pytest.raises(CommandError, match="NAME:VERSION"):
        call_command("load_message_set", "HTI", str(package), "--compare-with", "HTI")
    with pytest.raises(CommandError, match="no message set HTI 9"):
        call_command("load_message_set", "HTI", str(package), "--compare-with", "HTI:9")
    with pytest.raises(CommandError, match="No such file"):
        call_command("load_message_set", "HTI", str(tmp_path / "none.zip"))


def test_times_of_choices_are_compared_as_moments() -> None:
    edition = load("3-moment")
    editions.choose(edition=edition, since=NOW, by="test", at=NOW)

    assert editions.edition_for("IE3F26", at=NOW) == edition
    assert editions.edition_for("IE3F26", at=NOW - timedelta(microseconds=1)) == BASE
