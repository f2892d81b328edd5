"""Dates that follow: when a filing lapses, until when it is told again, when its references are free, when its set changes."""

from datetime import datetime, timedelta

import pytest

from filings import selectors
from filings.messages import catalogue
from filings.models import EditionChoice, Filing
from filings.services import dates, responses
from tests import factories
from tests.factories import MRN, NOW, answer, later

pytestmark = pytest.mark.usefixtures("acme")
REGISTERED_AT = datetime.fromisoformat("2026-11-23T09:31:00Z")


def registered(message: str = "IE3F50") -> Filing:
    filing = factories.sent(message)
    responses.register(filing=filing, document=factories.registration(filing), message_id="m", at=later(3))
    filing.refresh_from_db()
    return filing


def named(filing: Filing, at: datetime = NOW) -> dict[str, dates.KnownDate]:
    return {each.name: each for each in dates.of_filing(filing, at=at)}


def found(name: str, at: datetime) -> bool:
    return bool(selectors.filings().filter(dates.near(name, at=at)).exists())


@pytest.mark.parametrize(("name", "days", "warn"), [("expires", 200, 30), ("consult", 30, 5), ("reuse", 366, 14)])
def test_page_list_and_warning_say_the_same(name: str, days: int, warn: int) -> None:
    filing, moment = registered(), REGISTERED_AT + timedelta(days=days)

    assert named(filing)[name].at == moment
    for at, is_near in (
        (moment - timedelta(days=warn, seconds=1), False),
        (moment - timedelta(days=warn - 1), True),
        (moment - timedelta(seconds=1), True),
        (moment + timedelta(seconds=1), False),
    ):
        assert (named(filing, at)[name].warn, found(name, at)) == (is_near, is_near), at
    assert named(filing, moment + timedelta(days=1))[name].passed


def test_a_house_reference_is_free_after_three_months() -> None:
    assert named(registered("IE3F34"))["reuse"].at == REGISTERED_AT + timedelta(days=92)


def test_a_filing_without_references_of_its_own_frees_none() -> None:
    assert "reuse" not in named(registered("IE3F26"))


def test_what_is_assessed_need_not_be_consulted_about() -> None:
    filing = registered()
    told = answer("IE3N03", MRN=MRN, completionDate="2026-11-23T12:00:00Z")
    responses.note(filing=filing, document=told, message_id="n", at=later(9))
    filing.refresh_from_db()

    assert "consult" not in named(filing)
    assert not found("consult", REGISTERED_AT + timedelta(days=29))


def test_what_has_arrived_does_not_lapse() -> None:
    filing = registered()
    told = answer("IE3N08", MRN=MRN, notificationDate="2026-11-24T12:00:00Z")
    responses.note(filing=filing, document=told, message_id="n", at=later(9))
    filing.refresh_from_db()

    assert filing.state == "arrived"
    assert "expires" not in named(filing)
    assert "reuse" in named(filing)


def test_a_draft_has_none() -> None:
    assert named(factories.draft("IE3F50")) == {}


def test_a_change_of_message_set_is_a_date_of_filings_in_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    filing, since = registered(), NOW + timedelta(days=20)
    choice = EditionChoice(message_type="", message_set="HTI", version="3.0", since=since)
    monkeypatch.setattr(dates, "_changes", lambda: [choice])
    monkeypatch.setattr(dates, "_has", lambda edition, message: edition == ("HTI", "3.0"))
    monkeypatch.setattr(dates.catalogue, "messages", lambda *_: catalogue_of("IE3F50"))

    assert named(filing)["cut_over"].at == since
    assert found("cut_over", NOW)
    assert not found("cut_over", NOW - timedelta(days=20))


def catalogue_of(message: str) -> list[catalogue.Message]:
    return [catalogue.message(message)]


def test_a_choice_of_the_set_a_filing_is_in_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    filing = registered()
    same = EditionChoice(message_type="", message_set=filing.message_set, version=filing.version, since=NOW + timedelta(days=3))
    monkeypatch.setattr(dates, "_changes", lambda: [same])

    assert "cut_over" not in named(filing)
    assert not found("cut_over", NOW)
