"""Notifying an arrival: proposed, warned of, sent as a message of its own; and what customs says to it, in any order."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from filings import selectors
from filings.lifecycle import Event, State
from filings.messages.document import Document
from filings.models import ArrivalNotice, Filing, OutboxMessage, Voyage
from filings.services import (
    arrivals,
    arrivals_export,
    arrivals_heard,
    arrivals_next,
    arrivals_proposed,
    asking,
    consulting,
    drafting,
    responses,
    submission,
    voyages,
    voyages_eta,
    voyages_found,
)
from filings.services.arrivals import By, Contact, Given
from tests import factories
from tests.factories import ALICE, NOW, later
from tests.filings.services.test_voyages import ETA, SHIP, entered, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme")]

ARRIVAL_MRN = "26NL00000000000AZ5"
MEANS = "activeBorderTransportMeans"


def given(*filings: Filing, **values: Any) -> Given:
    notifier = Contact("DE482910573620148", "EM", "desk@nordmeer.example")
    return Given(**{"arrived_at": NOW, "notifier": notifier, "filings": [each.pk for each in filings], **values})


def notified(voyage: Voyage, *filings: Filing, **values: Any) -> Filing:
    return arrivals.notify(call=voyage.entry, given=given(*filings, **values), by=ALICE, at=later(10))


def says_registered(notification: Filing, *, message_id: str = "r04@customs", mrn: str = ARRIVAL_MRN) -> None:
    answer = factories.answer(
        "IE3R04",
        LRN=notification.lrn,
        MRN=mrn,
        registrationDate="2026-11-23T09:31:00Z",
        customsOfficeOfFirstEntry__referenceNumber="NL000511",
    )
    arrivals_heard.registered(filing=notification, document=answer, message_id=message_id, at=later(20))


def wrong_state(mrn: str, *, number: str = "NDML001012359", date: str = "2026-11-23T09:40:00Z") -> Document:
    return factories.answer(
        "IE3N07",
        MRN=mrn,
        notificationDate=date,
        transportDocument__documentNumber=number,
        transportDocument__type="N704",
        transportDocumentHouse__documentNumber="HOUSE-7",
        transportDocumentHouse__type="N714",
        error__description="The filing cannot arrive.",
        error__validationCode="71",
        error__pointer__messageElementPath="/IE3N06",
        customsOfficeOfFirstEntry__referenceNumber="NL000511",
    )


def control(mrn: str, message: str = "IE3N08") -> Document:
    master = "control__controlSubject__consignmentMasterLevel"
    made = factories.answer(
        message,
        MRN=mrn,
        notificationDate="2026-11-23T09:45:00Z",
        scheduledControlDate="2026-11-23T12:00:00Z",
        customsOfficeOfControl__referenceNumber="NL000512",
        control__examinationPlace__placeOfExamination="Scan hall 3",
    )
    made.set(f"{master.replace('__', '/')}/consignmentHouseLevel/goodsItem/goodsItemNumber", "2")
    made.set(f"{master.replace('__', '/')}/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber", "HOUSE-7")
    made.set(f"{master.replace('__', '/')}/transportEquipment/containerIdentificationNumber", "SKGU0123598")
    return made


def heard(document: Document, filing: Filing | None = None, *, message_id: str = "n@customs") -> None:
    """Do what the gateway does with a message of customs about an arrival."""
    if filing is not None:
        responses.note(filing=filing, document=document, message_id=message_id, answers="?", at=later(30))
    arrivals_heard.hear(document=document, filing=filing, message_id=message_id, at=later(30))


def lines_of(voyage: Voyage) -> dict[Any, arrivals_proposed.Line]:
    return {line.filing.pk: line for line in arrivals_proposed.lines(voyage.entry)}


def sentences(line: arrivals_proposed.Line) -> str:
    return " ".join(each.sentence for each in line.warnings)


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

    told = " ".join(arrivals_proposed.propose(voyage.entry, at=NOW).warnings)

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


# --- What customs says ----------------------------------------------------------------------------------------------------


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

    [notice] = voyages_found.notices_of(voyage)
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

    [notice] = voyages_found.notices_of(voyage)
    assert (notice.filing_id, notice.notification_id) == (None, notification.pk)
    assert "none of your filings" in arrivals_heard.advice(notice).deed


def test_a_control_says_where_when_and_which_goods() -> None:
    filing, voyage = registered(), entered()
    notified(voyage, filing)

    heard(control(filing.mrn), filing)

    [notice] = voyages_found.notices_of(voyage)
    filing.refresh_from_db()
    assert (filing.control, filing.state) == ("ordered", State.ARRIVED)
    assert (notice.detail["office"], notice.detail["scheduled"]) == ("NL000512", "2026-11-23T12:00:00Z")
    assert notice.detail["controls"] == [
        {"place": "Scan hall 3", "goods": ["house HOUSE-7, item 2", "container SKGU0123598"]}
    ]


def test_an_announced_control_stands_beside_the_voyage_before_any_arrival() -> None:
    filing, voyage = registered(), entered()

    heard(control(filing.mrn, "IE3N09"), filing)

    [notice] = voyages_found.notices_of(voyage)
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
        notices = sorted(notice.event for notice in voyages_found.notices_of(voyage))
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


# --- Afterwards -----------------------------------------------------------------------------------------------------------


def test_next_steps_are_those_of_the_country_then_of_every_country() -> None:
    german = arrivals_next.steps("DE", mode="1", on=date(2026, 11, 23))
    unknown = arrivals_next.steps("PT", mode="1", on=date(2026, 11, 23))

    assert [each.country for each in german] == ["DE", "*"]
    assert "SumA" in german[0].words
    assert [each.country for each in unknown] == ["*"]
    assert "not known here" in unknown[0].words


def test_every_step_names_its_source_and_ends_after_it_begins() -> None:
    for country in ("FI", "NL", "DE", "FR", "NO", "CH", "XI", "*"):
        for step in arrivals_next.steps(country, mode="4", on=date(2026, 11, 23)):
            assert step.source
            assert step.until is None or step.until > step.since


def test_a_step_holds_from_its_day_on() -> None:
    assert arrivals_next.steps("DE", mode="1", on=date(2020, 1, 1)) == []


def test_the_export_has_a_row_for_each_goods_item_with_the_documents_above_it() -> None:
    filing = registered("IE3F11")

    rows = list(arrivals_export.goods([filing]))

    assert rows
    assert {row["mrn"] for row in rows} == {filing.mrn}
    assert all(row["master_document"] == filing.transport_document for row in rows)
    houses = [row for row in rows if row["house_document"]]
    assert houses
    assert all(row["hs_code"] and row["gross_mass"] and row["packages"] for row in houses)


def test_the_export_is_read_back_as_csv_and_holds_no_formula() -> None:
    filing = registered("IE3F12", **{"consignmentMasterLevel/goodsItem/commodity/descriptionOfGoods": "=1+1"})

    text = "".join(arrivals_export.as_csv(arrivals_export.goods([filing])))

    assert text.splitlines()[0].startswith("mrn,lrn,filing_type")
    assert "'=1+1" in text


def test_a_filing_without_goods_still_has_its_document_in_the_export() -> None:
    [row] = arrivals_export.goods([registered("IE3F42")])

    assert row["master_document"]
    assert row["goods_item_number"] == ""


def test_an_export_of_nothing_has_its_columns() -> None:
    assert "".join(arrivals_export.as_csv([])).startswith("mrn,")
