"""Loading lists of stop words: everybody's, written by the platform, used at once; open drafts are looked at again."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import ProgrammingError, connection, transaction

from filings import selectors
from filings.models import Filing, FilingEvent, StopWordList
from filings.rules.layers import lists
from filings.services.stop_words import rescanning, stop_words
from filings.services.stop_words.stop_words import BadStopWordList, DatabaseShelf, Loaded
from tenants.scope import every_tenant, tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 1)
LIST = b"term,kind,embedded,confirmed\nzorbs,word,no,yes\nwidgets of all kinds,phrase,yes,no\n"
WHERE = "consignmentMasterLevel__consignmentHouseLevel__goodsItem__commodity__descriptionOfGoods"


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    lists.stand(DatabaseShelf())
    yield
    lists.stand(DatabaseShelf())


def load(data: bytes = LIST, **changed: Any) -> Loaded:
    given = {"source": "words.csv", "valid_from": DAY, "by": "test", "at": factories.NOW, **changed}
    return stop_words.load(data=data, **given)


def told(filing: Filing) -> list[tuple[str, str]]:
    return [(one.rule, one.code) for one in selectors.findings_of(filing) if one.path.endswith("descriptionOfGoods")]


def test_a_loaded_list_replaces_ours_in_a_running_process() -> None:
    operator = factories.operator("acme")
    with tenant_scope(operator.pk):
        new, old = factories.draft(**{WHERE: "Zorbs"}), factories.draft(**{WHERE: "Toys"})
        assert (told(new), told(old)) == ([], [("stop-word", "100")])

    loaded = load()

    assert (loaded.count, loaded.new, loaded.added) == (2, True, ("widgets of all kinds", "zorbs"))
    assert "toys" in loaded.gone
    with tenant_scope(operator.pk):
        assert (told(new), told(old)) == ([("stop-word", "100")], [])


def test_the_same_list_again_changes_nothing() -> None:
    load()
    again = load(LIST.replace(b"\n", b"\r\n"), source="other.csv")

    assert again == Loaded(2, False, (), ())
    assert StopWordList.objects.count() == 1


def test_a_list_of_later_does_not_count_today() -> None:
    load(valid_from=date(2999, 1, 1))

    with every_tenant("a test"):
        assert "toys" in {entry.term for entry in lists.in_force().entries.values()}
        assert "zorbs" in {entry.term for entry in lists.in_force(date(2999, 1, 2)).entries.values()}


def test_a_question_about_another_day_does_not_keep_an_old_list_in_use() -> None:
    with every_tenant("a test"):
        assert "toys" in {entry.term for entry in lists.in_force().entries.values()}
        load()
        lists.in_force(date(2999, 1, 1))
        assert {entry.term for entry in lists.in_force().entries.values()} == {"widgets of all kinds", "zorbs"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"word\nzorbs\n", "one of them must be"),
        (b"term\n", "0 entries"),
        (b"term\n\xff\n", "not UTF-8"),
        (b'term\n"zorbs\n', "no CSV"),
        (b"term,embedded\nzorbs,maybe\n", "Line 2: .embedded. is .maybe."),
        (b"term,valid_from\nzorbs,May\n", "Line 2: .valid_from. is .May."),
        (b"term,embedded\n--,yes\n", "has no word"),
        (b"term\n" + b"z" * 101, "more than 100 characters"),
        (b"term\n" + b"z" * stop_words.LARGEST, "larger than"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_the_reason(data: bytes, words: str) -> None:
    with pytest.raises(BadStopWordList, match=words):
        load(data)


def test_every_operator_reads_the_lists_and_nobody_changes_one() -> None:
    load()
    operator = factories.operator("acme")

    with tenant_scope(operator.pk):
        assert StopWordList.objects.get().count == 2
        for statement in ("insert into {} default values", "update {} set source = ''", "delete from {}"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format("filings_stopwordlist"))
    with pytest.raises(ProgrammingError, match="permission denied"), every_tenant("a test"), connection.cursor() as cursor:
        cursor.execute("update filings_stopwordlist set source = ''")


def test_open_drafts_of_every_operator_are_looked_at_each_in_its_scope_and_told_once() -> None:
    drafts = {}
    for slug in ("acme", "other"):
        operator = factories.operator(slug)
        with tenant_scope(operator.pk):
            drafts[slug] = (operator, factories.draft(**{WHERE: "Zorbs"}), factories.draft())
            factories.submitted(**{WHERE: "Zorbs"})
    load()

    first = rescanning.rescan(at=factories.NOW)
    again = rescanning.rescan(at=factories.later(9))

    assert [(each.operator, each.target) for each in first] == [(slug, drafts[slug][1].pk) for slug in ("acme", "other")]
    assert first[0].paths[0].endswith("/commodity/descriptionOfGoods")
    assert again == first
    for operator, doubtful, fine in drafts.values():
        with tenant_scope(operator.pk):
            event = FilingEvent.objects.get(kind="stop_words")
            assert (event.filing_id, fine.events.filter(kind="stop_words").exists()) == (doubtful.pk, False)
            assert event.sentence.startswith("The stop-word list of 2026-11-01 makes this draft need a look: /IE3F26/")


def test_the_commands_load_a_list_and_list_the_drafts(tmp_path: Path) -> None:
    operator = factories.operator("acme")
    with tenant_scope(operator.pk):
        filing = factories.draft(**{WHERE: "We send widgets of all kinds in crates"})
    file = tmp_path / "words.csv"
    file.write_bytes(LIST)
    loading, looking = io.StringIO(), io.StringIO()

    call_command("load_stop_words", str(file), "--valid-from", "2026-11-01", stdout=loading)
    call_command("rescan_drafts", stdout=looking)

    assert "2 stop words from 2026-11-01, loaded: 2 added" in loading.getvalue()
    assert "  + zorbs" in loading.getvalue()
    assert "1 needs a look" in loading.getvalue()
    assert f"  acme draft IE3F26 {filing.pk}: /IE3F26/" in looking.getvalue()


def test_the_command_refuses_what_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("load_stop_words", str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="one of them must be"):
        call_command("load_stop_words", __file__)


def test_another_form_of_a_word_that_is_there_adds_nothing() -> None:
    load(b"term\nbox\nzorbs\n")

    again = load(b"term\nboxes\nzorb\nwidget\n", valid_from=date(2026, 11, 2))

    assert (again.added, again.gone) == (("widget",), ())
