"""What customs says to an arrival, in any order."""

import itertools
from datetime import timedelta

import pytest

from filings.lifecycle import Event, State
from filings.models import ArrivalNotice, Filing
from filings.services import responses
from filings.services.arrivals import heard as arrivals_heard
from filings.services.voyages import eta as voyages_eta
from filings.services.voyages import found, voyages
from tests import factories
from tests.factories import ALICE, NOW, later
from tests.filings.services.arrivals.arriving import (
    ARRIVAL_MRN,
    control,
    heard,
    notified,
    says_registered,
    wrong_state,
)
from tests.filings.services.voyages.test_voyages import ETA, entered, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme")]


def test_registered_says_so_on_each_filing_it_lists_and_nowhere_else() -> None:
    first, other, voyage = registered(), registered(mrn="26BE000000000002T8"), entered()
    notification = notified(voyage, first)

    says_registered(notification)
    says_registered(notification)
    says_registered(notification, message_id="r04-again@customs")

    for each in (first, other, notification):
        each.refresh_from_db()
    assert (notification.state, notification.mrn) == (State.REGISTERED, ARRIVAL_MRN)
    assert (first.arrival, first.state, other.arrival) == ("announced", State.REGISTERED, "")
    assert first.events.filter(kind="arrival_announced").count() == 1


def test_what_was_refused_before_announces_nothing() -> None:
    filing, voyage = registered(), entered()
    notification = notified(voyage, filing)
    responses.reject(filing=notification, document=factories.rejection(notification), message_id="n99@x", at=later(20))

    says_registered(notification)

    filing.refresh_from_db()
    notification.refresh_from_db()
    assert (notification.state, filing.arrival) == (State.REJECTED, "")


def test_what_could_not_arrive_is_told_with_cause_and_deed() -> None:
    filing, voyage = registered(), entered()
    notification = notified(voyage, filing)
    says_registered(notification)
    Filing.objects.filter(pk=filing.pk).update(completeness="incomplete")

    heard(wrong_state(filing.mrn), filing)

    [notice] = found.notices_of(voyage)
    filing.refresh_from_db()
    assert filing.arrival == "wrong_state"
    assert (notice.filing_id, notice.notification_id) == (filing.pk, notification.pk)
    assert (notice.detail["houses"], notice.detail["errors"][0]["code"]) == (["HOUSE-7"], "71")
    assert "Ask them to file" in arrivals_heard.advice(notice).deed
    assert notification.events.filter(kind="noted").count() == 1


def test_what_is_somebody_elses_is_found_by_the_list() -> None:
    voyage = entered()
    notification = notified(voyage, mrns=["26NL00UFM2UCUI6AT0"])

    heard(wrong_state("26NL00UFM2UCUI6AT0"))

    [notice] = found.notices_of(voyage)
    assert (notice.filing_id, notice.notification_id) == (None, notification.pk)
    assert "none of your filings" in arrivals_heard.advice(notice).deed


def test_a_control_says_where_when_and_which_goods() -> None:
    filing, voyage = registered(), entered()
    notified(voyage, filing)

    heard(control(filing.mrn), filing)

    [notice] = found.notices_of(voyage)
    filing.refresh_from_db()
    assert (filing.control, filing.state) == ("ordered", State.ARRIVED)
    assert (notice.detail["office"], notice.detail["scheduled"]) == ("NL000512", "2026-11-23T12:00:00Z")
    assert notice.detail["controls"] == [{"place": "Scan hall 3", "goods": ["house HOUSE-7, item 2", "container SKGU0123598"]}]


def test_an_announced_control_stands_beside_the_voyage_before_any_arrival() -> None:
    filing, voyage = registered(), entered()

    heard(control(filing.mrn, "IE3N09"), filing)

    [notice] = found.notices_of(voyage)
    filing.refresh_from_db()
    assert (notice.event, filing.control, filing.state) == ("announce_control", "announced", State.REGISTERED)


def test_any_order_and_any_number_of_times_ends_the_same() -> None:
    ends = set()
    for turn, order in enumerate(itertools.permutations(range(3))):
        mrn = f"26BE00000000{turn:04d}1T7"[:18]
        filing = registered(mrn=mrn)
        voyage = entered(reference=str(turn), eta=ETA) if turn == 0 else entered(eta=ETA + timedelta(minutes=turn))
        voyages.take_in(voyage=voyage, filings=[filing], by=ALICE, at=NOW)
        notification = notified(voyage, filing)
        number = f"DOC{turn}"
        deeds = [
            lambda one=notification, mrn=mrn: says_registered(one, message_id=f"r{mrn}", mrn=f"26NL0000000{mrn[-6:-2]}ZZ5"[:18]),
            lambda one=filing, mrn=mrn, number=number: heard(wrong_state(mrn, number=number), one, message_id=f"w{mrn}"),
            lambda one=filing, mrn=mrn: heard(control(mrn), one, message_id=f"c{mrn}"),
        ]
        for place in (*order, *order):
            deeds[place]()
        filing.refresh_from_db()
        notification.refresh_from_db()
        notices = sorted(notice.event for notice in found.notices_of(voyage))
        ends.add((filing.state, filing.arrival, filing.control, notification.state, *notices))

    assert ends == {("arrived", "wrong_state", "ordered", "registered", "find_wrong_state", "order_control")}


def test_a_message_about_something_else_is_not_kept() -> None:
    heard(factories.answer("IE3N10", MRN=factories.MRN, completionDate="2026-11-23T09:45:00Z"))

    assert not ArrivalNotice.objects.exists()


def test_a_filing_whose_amendment_waits_is_not_lost_when_the_estimate_moves() -> None:
    filing, voyage = registered(), entered()
    [amendment] = voyages_eta.change(
        call=voyage.entry, eta=ETA + timedelta(hours=1), by=ALICE, at=NOW, amendments=[filing.pk]
    ).amendments
    amendment.advance(Event.SUBMIT, at=later(5), submitted_at=later(5))

    [effect] = voyages_eta.effects(call=voyage.entry, eta=ETA + timedelta(hours=2), at=NOW)

    assert effect.deed is voyages_eta.Deed.CANNOT
    assert "amendment is under way" in effect.sentence
