"""Notifying an arrival: proposed, warned of, and sent as a message of its own."""

from datetime import timedelta
from typing import Any

import pytest

from filings import selectors
from filings.lifecycle import State
from filings.models import Filing, OutboxMessage
from filings.services import asking, consulting, drafting, responses, submission
from filings.services.arrivals import arrivals, proposed
from filings.services.arrivals.arrivals import By
from filings.services.voyages import voyages
from tests import factories
from tests.factories import ALICE, NOW, later
from tests.filings.services.arrivals.arriving import (
    ARRIVAL_MRN,
    MEANS,
    given,
    heard,
    lines_of,
    notified,
    says_registered,
    sentences,
    wrong_state,
)
from tests.filings.services.voyages.test_voyages import ETA, SHIP, entered, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme")]


# --- Proposed -------------------------------------------------------------------------------------------------------------


def test_registered_filings_are_proposed_and_drafts_are_not() -> None:
    known, draft = registered(), factories.draft("IE3F12")
    voyage = entered()

    lines = lines_of(voyage)

    assert lines[known.pk].is_proposed
    assert (lines[known.pk].mrn, lines[known.pk].kind) == (factories.MRN, "N704")
    assert not lines[draft.pk].is_proposed
    assert "Not sent yet" in sentences(lines[draft.pk])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"completeness": "pending"}, "not complete yet"),
        ({"completeness": "incomplete"}, "has not filed"),
        ({"loading": "forbidden"}, "do not load"),
        ({"asked": "open"}, "not answered"),
        ({"arrival": "announced"}, "notified before"),
    ],
)
def test_what_customs_said_is_a_warning(values: dict[str, str], words: str) -> None:
    filing, voyage = registered(), entered()
    Filing.objects.filter(pk=filing.pk).update(**values)

    assert words in sentences(lines_of(voyage)[filing.pk])


def test_an_arrival_ship_or_office_of_its_own_is_a_warning() -> None:
    filing = registered(**{f"{MEANS}/identificationNumber": "IMO9074729"})
    voyage = entered(eta=ETA + timedelta(hours=1), office="DE004851")
    voyages.take_in(voyage=voyage, filings=[filing], by=ALICE, at=NOW)

    told = sentences(lines_of(voyage)[filing.pk])

    assert "another means of transport (IMO9074729)" in told
    assert "another arrival (2026-12-19 23:00 UTC)" in told
    assert "another office of first entry (NL000511)" in told


def test_what_is_near_is_told_of_the_whole() -> None:
    registered()
    voyage = entered(eta=ETA + timedelta(hours=2))

    told = " ".join(proposed.propose(voyage.entry, at=NOW).warnings)

    assert "1 filing names the same vessel with another arrival" in told


# --- Notified -------------------------------------------------------------------------------------------------------------


def test_a_notification_lists_what_was_chosen_and_waits_in_the_queue() -> None:
    filing, voyage = registered(), entered()

    notification = notified(voyage, filing, mrns=["26nl 00UFM2UCUI6 AT0"])

    document = selectors.document_of(notification)
    assert (notification.state, notification.notifies_id) == (State.QUEUED, voyage.entry.pk)
    assert document.values("relatedMRN/identification") == [factories.MRN, "26NL00UFM2UCUI6AT0"]
    assert document.value(f"{MEANS}/identificationNumber") == SHIP
    assert document.value(f"{MEANS}/estimatedDateAndTimeOfArrival") is None
    assert document.value("actualCustomsOfficeOfFirstEntry/referenceNumber") == "NL000511"
    assert OutboxMessage.objects.get(filing=notification).message_type == notification.message_type
    assert voyage.entry.arrived_at == NOW
    assert notification not in list(selectors.filings())


def test_a_flight_is_notified_by_its_number_and_documents() -> None:
    number = "KT0123"
    filing = registered("IE3F27", **{f"{MEANS}/conveyanceReferenceNumber": number})
    assert filing.arrives_at is not None
    voyage = entered(mode="4", number="kt 0123", eta=filing.arrives_at, place="", office="FR000740")

    notification = notified(voyage, filing, by=By.DOCUMENT)

    document = selectors.document_of(notification)
    assert document.value(f"{MEANS}/conveyanceReferenceNumber") == number
    assert document.value(f"{MEANS}/identificationNumber") is None
    assert document.value("relatedTransportDocument/documentNumber") == filing.transport_document
    assert document.value("relatedTransportDocument/type") == "N741"


def test_a_voyage_alone_is_notified_with_its_estimate() -> None:
    voyage = entered()

    document = selectors.document_of(notified(voyage, by=By.JOURNEY))

    assert document.value(f"{MEANS}/estimatedDateAndTimeOfArrival") == "2026-12-19T23:00:00Z"
    assert document.values("relatedMRN/identification") == []


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({}, arrivals.NothingListed),
        ({"by": By.DOCUMENT}, arrivals.NothingListed),
        ({"arrived_at": NOW + timedelta(days=1), "mrns": [ARRIVAL_MRN]}, voyages.BadVoyage),
        ({"office": "?", "mrns": [ARRIVAL_MRN]}, voyages.BadVoyage),
    ],
)
def test_what_cannot_be_notified_is_refused(values: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        notified(entered(), **values)


def test_a_draft_cannot_be_listed_by_its_mrn() -> None:
    draft, voyage = factories.draft("IE3F12"), entered()

    with pytest.raises(arrivals.CannotBeListed, match="has no MRN"):
        notified(voyage, draft)


def test_findings_of_the_engine_keep_it_here() -> None:
    voyage = entered()

    with pytest.raises(submission.HasFindings):
        notified(voyage, mrns=["26NL00"])

    assert not Filing.objects.filter(notifies__isnull=False).exists()
    assert voyage.entry.arrived_at is None


def test_it_is_notified_once_and_again_only_with_something_new() -> None:
    first, voyage = registered(), entered()
    notification = notified(voyage, first)
    with pytest.raises(arrivals.NotificationUnderWay):
        notified(voyage, first)
    says_registered(notification)

    with pytest.raises(arrivals.NotifiedBefore):
        notified(voyage, first)
    again = notified(voyage, mrns=["26NL00UFM2UCUI6AT0"])

    assert again.state == State.QUEUED


def test_what_could_not_arrive_may_be_notified_again() -> None:
    filing, voyage = registered(), entered()
    says_registered(notified(voyage, filing))
    heard(wrong_state(filing.mrn), filing)

    assert not lines_of(voyage)[filing.pk].is_proposed
    assert notified(voyage, filing).state == State.QUEUED


def test_a_refused_one_may_be_repeated() -> None:
    filing, voyage = registered(), entered()
    notification = notified(voyage, filing)
    responses.reject(filing=notification, document=factories.rejection(notification), message_id="n99@x", at=later(20))

    assert notified(voyage, filing).state == State.QUEUED
    filing.refresh_from_db()
    assert filing.arrival == ""


def test_a_draft_of_it_is_replaced_by_the_next() -> None:
    filing, voyage = registered(), entered()
    arrivals.draft(call=voyage.entry, given=given(filing), by=ALICE, at=NOW)

    arrivals.draft(call=voyage.entry, given=given(filing), by=ALICE, at=NOW)

    assert Filing.objects.filter(notifies=voyage.entry).count() == 1


def test_only_the_first_entry_is_notified() -> None:
    voyage = entered()
    call = voyages.add_call(voyage=voyage, eta=ETA + timedelta(days=2), place="DEHAM", office="", by=ALICE, at=NOW)

    with pytest.raises(arrivals.NotTheEntry):
        arrivals.notify(call=call, given=given(), by=ALICE, at=NOW)


def test_a_notification_is_no_filing_to_amend_invalidate_or_consult() -> None:
    voyage = entered()
    notification = notified(voyage, registered())
    says_registered(notification)
    notification.refresh_from_db()

    with pytest.raises(asking.AboutARequest):
        asking.must_be_in_force(notification)
    with pytest.raises(asking.AboutARequest):
        consulting.consult(filing=notification, by=ALICE, at=later(40))
    assert notification.expires_at is None
    with pytest.raises(voyages.ArrivalNotified):
        voyages.delete(voyage=voyage, by=ALICE, at=later(40))


def test_a_refused_one_is_corrected_in_a_copy_of_the_same_voyage() -> None:
    voyage = entered()
    notification = notified(voyage, registered())
    responses.reject(filing=notification, document=factories.rejection(notification), message_id="n99@x", at=later(20))

    copy = drafting.copy(filing=notification, by=ALICE, at=later(30))

    assert copy.notifies_id == voyage.entry.pk
