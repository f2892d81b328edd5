"""check_message: which message set, and an amendment against its filing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import OperationalError

from filings.management.commands import check_message
from filings.messages import holdings, xml
from filings.samples import sample
from filings.services import editions
from filings.services.shelf import DatabaseShelf
from tests.factories import operator
from tests.filings.management.test_schema_and_check_commands import check
from tests.filings.services.test_message_sets import _nothing_open as nothing_open  # noqa: F401
from tests.filings.services.test_message_sets import in_edition, load

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


def written(folder: Path, name: str, data: bytes) -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def test_the_namespace_says_the_message_set(tmp_path: Path) -> None:
    edition = load("3.1", namespace="urn:example:3")
    path = written(tmp_path, "new.xml", xml.write(in_edition(edition)))

    assert check(path)[0] == 0
    status, output = check("--message-set", "HTI:2.02", path)
    assert status == 1
    assert "securityReference” is not an element" in output


def test_of_sets_with_one_namespace_the_one_in_use_is_taken(tmp_path: Path) -> None:
    edition = load("3.1")
    path = written(tmp_path, "new.xml", xml.write(in_edition(edition)))

    assert check(path)[0] == 1
    assert check("--message-set", "HTI:3.1", path)[0] == 0
    editions.choose(edition=edition, since=LONG_AGO, by="test", at=LONG_AGO)
    assert check(path)[0] == 0


def test_an_operator_has_its_own_choice(tmp_path: Path) -> None:
    from tenants.scope import tenant_scope

    edition = load("3.1")
    path = written(tmp_path, "new.xml", xml.write(in_edition(edition)))
    who = operator("first")
    with tenant_scope(who.pk):
        editions.choose(edition=edition, since=LONG_AGO, by="test", at=LONG_AGO, operator_id=who.pk)

    assert check(path)[0] == 1
    assert check("--operator", "first", path)[0] == 0


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "any.xml", xml.write(sample("IE3F25")))

    with pytest.raises(CommandError, match=r"no message set HTI:9; there are: HTI:2\.02"):
        check("--message-set", "HTI:9", path)
    with pytest.raises(CommandError, match="no operator nobody"):
        check("--operator", "nobody", path)
    with pytest.raises(CommandError, match="one file at a time"):
        check("--previous", path, path, path)


def test_without_a_database_the_set_of_the_release_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> Any:
        raise OperationalError("connection refused")

    monkeypatch.setattr(DatabaseShelf, "editions", gone)
    path = written(tmp_path, "any.xml", xml.write(sample("IE3F25")))

    try:
        assert check(path)[0] == 0
    finally:
        holdings.stand(DatabaseShelf())


@pytest.fixture
def amendment(tmp_path: Path) -> tuple[str, str]:
    document, previous = sample("IE3A32", size="full", houses=5), sample("IE3F32", size="full", houses=4)
    document.set("declarant/identificationNumber", "DE1234567")
    return written(tmp_path, "new.xml", xml.write(document)), written(tmp_path, "old.xml", xml.write(previous))


def test_an_amendment_is_compared_with_its_filing(amendment: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = amendment

    status, output = check("--previous", old, new, "--json")

    assert status == 1
    assert '"code": "101"' in output
    assert '"rule": "R3024"' in output
    assert '"code": "101"' not in check(new, "--json")[1]
    monkeypatch.setattr(check_message, "LARGE", 1000)
    assert check("--previous", old, new, "--json") == (status, output)


def test_another_filing_is_not_the_one_before(amendment: tuple[str, str], tmp_path: Path) -> None:
    new, old = amendment
    other = written(tmp_path, "other.xml", xml.write(sample("IE3F25")))

    assert check("--previous", other, new) == (2, f"{new}: unreadable: {other} is IE3F25; IE3A32 amends IE3F32.\n")
    assert check("--previous", new, old) == (2, f"{old}: unreadable: IE3F32 amends nothing; leave out --previous.\n")
    assert check("--previous", str(tmp_path / "none"), new)[0] == 2
