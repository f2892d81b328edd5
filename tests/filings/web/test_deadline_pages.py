"""When a filing is due, as its page and the list show it, and the facts people add."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from filings.models import DeadlineBuffer, Filing, JourneyFacts
from filings.services.voyages import journeys
from tenants.scope import tenant_scope
from tests import factories
from tests.filings.web.desk import Desk

ARRIVAL = "activeBorderTransportMeans__estimatedDateAndTimeOfArrival"


def lorry(desk: Desk, hours: float, how: Any = factories.draft, **values: str) -> Filing:
    """Return a filing by road that is due in some hours."""
    arrives = timezone.now() + timedelta(hours=hours + 1)
    found: Filing = desk.make(how, "IE3F50", **{ARRIVAL: f"{arrives:%Y-%m-%dT%H:%M:%SZ}", **values})
    return found


def test_the_page_shows_the_article_and_that_it_is_late(alice: Desk) -> None:
    filing = lorry(alice, -5)

    assert f"{filing.pk}/deadlines/" in alice.get(f"{filing.pk}/").content.decode()
    html = alice.get(f"{filing.pk}/deadlines/").content.decode()

    assert "UCC-DA 108" in html
    assert "Late, was due" in html
    assert "ICS2" in html


def test_what_is_missing_is_named_in_the_words_of_the_form(alice: Desk) -> None:
    filing = alice.make(factories.draft, "IE3F50", **{ARRIVAL: None})

    html = alice.get(f"{filing.pk}/deadlines/").content.decode()

    assert "Estimated date and time of arrival" in html
    assert "is missing" in html


def test_facts_are_entered_in_the_readers_zone(alice: Desk) -> None:
    filing = lorry(alice, 50)

    answer = alice.post(f"{filing.pk}/deadlines/facts/", {"carrier_cut_off": "2026-07-01T12:00", "active_mode": "1"})

    assert answer.status_code == 302
    with tenant_scope(alice.operator.pk):
        kept = JourneyFacts.objects.get(filing=filing)
    assert f"{kept.carrier_cut_off:%H:%M}" == "10:00"  # Brussels in summer
    assert kept.active_mode == "1"
    assert alice.kept(filing).due_at == kept.carrier_cut_off
    assert 'value="2026-07-01T12:00"' in alice.get(f"{filing.pk}/deadlines/facts/").content.decode()


def test_a_fact_that_is_emptied_is_taken_away(alice: Desk) -> None:
    filing = lorry(alice, 50)
    alice.post(f"{filing.pk}/deadlines/facts/", {"containers": "no", "short_sea": "yes", "force_majeure": "on"})
    alice.post(f"{filing.pk}/deadlines/facts/", {})

    facts = alice.make(journeys.facts_of, filing)

    assert not any(facts.values())
    assert facts["containers"] is None


@pytest.mark.parametrize("data", [{"loading_at": "soon"}, {"duration_minutes": "-4"}, {"active_mode": "9"}])
def test_what_is_no_fact_is_told_beside_its_field(data: dict[str, str], alice: Desk) -> None:
    filing = lorry(alice, 50)

    answer = alice.post(f"{filing.pk}/deadlines/facts/", data)

    assert answer.status_code == 422
    assert 'class="wrong"' in answer.content.decode()


def test_a_reader_sees_deadlines_and_changes_none(alice: Desk, rita: Desk) -> None:
    filing = lorry(alice, 50)

    assert "Add time of loading" not in rita.get(f"{filing.pk}/deadlines/").content.decode()
    assert rita.post(f"{filing.pk}/deadlines/facts/", {"active_mode": "1"}).status_code == 403
    assert rita.post("deadlines/buffers/", {"mode": "60"}).status_code == 403


def test_a_stranger_finds_nothing(alice: Desk, charlie: Desk) -> None:
    filing = lorry(alice, 50)

    for path in ("deadlines/", "deadlines/facts/"):
        assert charlie.get(f"{filing.pk}/{path}").status_code == 404


def test_buffers_are_kept_and_shown(alice: Desk) -> None:
    filing = lorry(alice, 50)

    alice.post("deadlines/buffers/", {"mode": "600", "mode3": "90"})

    assert 'value="90"' in alice.get("deadlines/buffers/").content.decode()
    assert "1 h 30 min before the legal limit" in alice.get(f"{filing.pk}/deadlines/").content.decode()
    alice.post("deadlines/buffers/", {"mode": "", "mode3": ""})
    with tenant_scope(alice.operator.pk):
        assert not DeadlineBuffer.objects.exists()


def test_the_list_finds_what_is_due_soon_and_what_is_late(alice: Desk) -> None:
    late, soon, far = (lorry(alice, hours) for hours in (-1, 2, 30))
    done = lorry(alice, -2)
    with tenant_scope(alice.operator.pk):
        Filing.objects.filter(pk=done.pk).update(
            registered_at=timezone.now(),
            state="registered",
            mrn="26BE000000000001T7",
            submitted_at=timezone.now(),
            answered_at=timezone.now(),
        )

    shown = {due: alice.get(f"?due={due}").content.decode() for due in ("late", "soon", "open")}

    assert {each.lrn for each in (late, soon, far, done) if each.lrn in shown["late"]} == {late.lrn}
    assert {each.lrn for each in (late, soon, far, done) if each.lrn in shown["soon"]} == {soon.lrn}
    assert {each.lrn for each in (late, soon, far, done) if each.lrn in shown["open"]} == {late.lrn, soon.lrn, far.lrn}


def test_the_list_in_order_of_what_is_due_first(alice: Desk) -> None:
    far, near = lorry(alice, 30), lorry(alice, 2)
    unknown = alice.make(factories.draft, "IE3F50", **{ARRIVAL: None})

    html = alice.get("?sort=due").content.decode()

    assert html.index(near.lrn) < html.index(far.lrn)
    assert unknown.lrn not in html
    assert '<option value="open" selected>' in html


def test_what_is_due_is_found_by_the_index(alice: Desk) -> None:
    from filings import selectors

    common = {"message_type": "IE3F26", "message_set": "HTI", "version": "2.02", "document": {}}
    at = timezone.now()
    with tenant_scope(alice.operator.pk):
        Filing.objects.bulk_create(
            Filing(**common, lrn=f"L{number:06}", created_at=at, changed_at=at, due_at=at + timedelta(hours=number))
            for number in range(3000)
        )
        plan = selectors.filings(due="late").order_by("due_at").explain()

    assert "filing_by_due" in plan
