"""Facts about the journey, buffers, and the moment that is kept with a filing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from filings.models import Filing, JourneyFacts
from filings.services import drafting, submission
from filings.services.voyages import journeys
from filings.services.voyages.journeys import BadFacts
from tenants.models import AuditEvent
from tests.factories import ALICE, NOW, document, draft, later

ARRIVAL = "activeBorderTransportMeans__estimatedDateAndTimeOfArrival"
LORRY = {ARRIVAL: "2026-12-01T12:00:00Z"}


def kept(filing: Filing) -> Filing:
    found: Filing = Filing.objects.get(pk=filing.pk)
    return found


def test_a_draft_is_due_by_what_it_says(acme: Any) -> None:
    assert kept(draft("IE3F50", **LORRY)).due_at == datetime(2026, 12, 1, 11, tzinfo=UTC)


def test_a_changed_draft_is_due_by_what_it_says_now(acme: Any) -> None:
    filing = draft("IE3F50", **LORRY)
    changed = document("IE3F50", **{ARRIVAL: "2026-12-02T12:00:00Z"})

    drafting.change(filing=filing, document=changed, revision=1, by=ALICE, at=later(5))

    assert kept(filing).due_at == datetime(2026, 12, 2, 11, tzinfo=UTC)


def test_a_draft_without_times_is_due_at_no_known_moment(acme: Any) -> None:
    filing = draft("IE3F50", **{ARRIVAL: None})

    assert kept(filing).due_at is None
    assert journeys.deadlines_of(filing)[0].missing == (ARRIVAL.replace("__", "/"),)


def test_facts_move_the_moment_in_any_state_and_are_told(acme: Any) -> None:
    filing = draft("IE3F50", **LORRY)
    submission.submit(filing=filing, by=ALICE, at=later(1))

    assert journeys.enter(filing=filing, facts={"arrival_at": datetime(2026, 12, 1, 9, tzinfo=UTC)}, by=ALICE, at=later(2))

    assert kept(filing).due_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert filing.events.get(kind="facts").detail == {"facts": ["arrival_at"]}
    assert AuditEvent.objects.filter(deed="filing.facts_entered", target_id=str(filing.pk)).count() == 1


def test_the_same_facts_again_change_nothing(acme: Any) -> None:
    filing = draft("IE3F50", **LORRY)
    facts = {"carrier_cut_off": datetime(2026, 11, 30, tzinfo=UTC)}
    journeys.enter(filing=filing, facts=facts, by=ALICE, at=later(1))

    assert not journeys.enter(filing=filing, facts=facts, by=ALICE, at=later(2))
    assert filing.events.filter(kind="facts").count() == 1


def test_a_fact_is_taken_away_and_others_stay(acme: Any) -> None:
    filing = draft("IE3F50", **LORRY)
    cut_off = datetime(2026, 11, 30, tzinfo=UTC)
    journeys.enter(filing=filing, facts={"carrier_cut_off": cut_off, "active_mode": "1"}, by=ALICE, at=later(1))

    journeys.enter(filing=filing, facts={"carrier_cut_off": None}, by=ALICE, at=later(2))

    assert journeys.facts_of(filing)["active_mode"] == "1"
    assert JourneyFacts.objects.get(filing=filing).carrier_cut_off is None


@pytest.mark.parametrize(
    "facts",
    [
        {"weather": "fine"},
        {"loading_at": datetime(2026, 12, 1)},  # noqa: DTZ001 that is what is wrong with it
        {"duration_minutes": -1},
        {"duration_minutes": 10**7},
        {"active_mode": "9"},
    ],
)
def test_what_is_no_fact_is_refused_and_nothing_is_kept(facts: dict[str, Any], acme: Any) -> None:
    filing = draft("IE3F50", **LORRY)

    with pytest.raises(BadFacts):
        journeys.enter(filing=filing, facts=facts, by=ALICE, at=later(1))

    assert not JourneyFacts.objects.filter(filing=filing).exists()


def test_a_buffer_shows_beside_the_law_and_does_not_move_it(acme: Any) -> None:
    filing = draft("IE3F50", **LORRY)

    journeys.set_buffers(minutes={"": 600, "3": 90}, by=ALICE, at=NOW)

    own = next(each for each in journeys.deadlines_of(filing) if each.kind == "own")
    assert own.at == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    assert kept(filing).due_at == datetime(2026, 12, 1, 11, tzinfo=UTC)


def test_buffers_are_replaced_as_a_whole(acme: Any) -> None:
    journeys.set_buffers(minutes={"": 600, "3": 90}, by=ALICE, at=NOW)
    journeys.set_buffers(minutes={"1": 60, "3": 0}, by=ALICE, at=NOW)

    assert journeys.buffers() == {"1": 60}


@pytest.mark.parametrize("minutes", [{"9": 60}, {"1": -5}, {"1": 10**9}])
def test_a_buffer_that_cannot_be_is_refused(minutes: dict[str, int], acme: Any) -> None:
    with pytest.raises(BadFacts):
        journeys.set_buffers(minutes=minutes, by=ALICE, at=NOW)


def test_a_filing_of_many_houses_is_due_by_its_frame(acme: Any) -> None:
    """Of the houses no more than the container indicator is looked at."""
    filing = draft("IE3F11", activeBorderTransportMeans__estimatedDateAndTimeOfDeparture="2026-12-01T06:00:00Z")

    assert kept(filing).due_at is not None
    assert timedelta(0) < datetime(2026, 12, 1, 6, tzinfo=UTC) - kept(filing).due_at
