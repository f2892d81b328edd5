"""Voyages and flights: entered or proposed, with the filings that name them, and one change of the estimate."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from filings import selectors
from filings.deadlines.crossing import crossing
from filings.deadlines.voyage import ARRIVAL
from filings.lifecycle import Event
from filings.models import Call, EtaChange, Filing, Voyage
from filings.services import amending, responses
from filings.services.voyages import eta as voyages_eta
from filings.services.voyages import found as voyages_found
from filings.services.voyages import journeys, voyages
from filings.services.voyages.eta import Deed
from filings.services.voyages.voyages import Given
from tenants.models import AuditEvent
from tests import factories
from tests.factories import ALICE, NOW, later

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme")]

MEANS = "activeBorderTransportMeans"
SHIP, OTHER_SHIP = "IMO9819038", "IMO9074729"
ETA = datetime(2026, 12, 19, 23, tzinfo=UTC)
NEW = ETA + timedelta(hours=30)


def given(**values: Any) -> Given:
    return Given(**{"mode": "1", "number": SHIP, "eta": ETA, "office": "NL000511", "place": "NLRTM", **values})


def entered(**values: Any) -> Voyage:
    return voyages.create(given=given(**values), by=ALICE, at=NOW)


def registered(message: str = "IE3F12", mrn: str = factories.MRN, **values: str | None) -> Filing:
    filing = factories.submitted(message, **values)
    responses.register(filing=filing, document=factories.registration(filing, mrn), message_id=f"{mrn}@customs", at=later(3))
    return filing


def of(voyage: Voyage) -> list[Filing]:
    return list(voyages_found.filings_of(voyage))


def change(voyage: Voyage, eta: datetime = NEW, **more: Any) -> voyages_eta.Outcome:
    return voyages_eta.change(call=voyage.entry, eta=eta, by=ALICE, at=later(60), **more)


# --- What a filing says of its journey ----------------------------------------------------------------------------------


def test_a_filing_is_known_by_its_ship_and_arrival() -> None:
    filing = factories.draft("IE3F12")

    assert (filing.journey_key, filing.arrives_at) == (f"1 {SHIP}", ETA)


def test_a_flight_is_known_by_its_number_and_not_by_its_aircraft() -> None:
    filing = factories.draft("IE3F27", **{f"{MEANS}/conveyanceReferenceNumber": "kt 0123"})

    assert filing.journey_key == "4 KT0123"


def test_a_lorry_on_a_ferry_comes_with_the_ferry() -> None:
    said = crossing({MEANS: {"ModeOfTransport": "3", "typeOfIdentification": "10", "identificationNumber": SHIP}})

    assert said.key == f"1 {SHIP}"


@pytest.mark.parametrize("content", [{}, {MEANS: "?"}, {MEANS: {"ModeOfTransport": "3"}}, {MEANS: {"ModeOfTransport": ["1"]}}])
def test_what_names_no_journey_has_none(content: dict[str, Any]) -> None:
    assert crossing(content).key == ""


def test_an_amendment_in_force_moves_the_arrival() -> None:
    filing = registered()
    voyage = entered()
    outcome = change(voyage, amendments=[filing.pk])
    amendment = outcome.amendments[0]
    amendment.advance(Event.SUBMIT, at=later(61), submitted_at=later(61))

    responses.fulfil(filing=amendment, document=factories.answer("IE3N10", MRN=filing.mrn), message_id="n10@x", at=later(70))

    filing.refresh_from_db()
    assert filing.arrives_at == NEW


def test_facts_entered_later_leave_an_amended_filing_on_its_new_ship() -> None:
    filing = registered()
    amendment = amending.start(filing=filing, by=ALICE, at=later(60))
    amending.say(amendment, f"{MEANS}/identificationNumber", OTHER_SHIP, by=ALICE, at=later(61))
    amendment.advance(Event.SUBMIT, at=later(62), submitted_at=later(62))
    responses.fulfil(filing=amendment, document=factories.answer("IE3N10", MRN=filing.mrn), message_id="n10@x", at=later(70))

    journeys.enter(filing=Filing.objects.get(pk=filing.pk), facts={"carrier_cut_off": ETA}, by=ALICE, at=later(80))

    assert Filing.objects.get(pk=filing.pk).journey_key == f"1 {OTHER_SHIP}"


# --- Entered, proposed ------------------------------------------------------------------------------------------------------


def test_filings_that_name_it_come_with_it() -> None:
    mine, other = factories.draft("IE3F12"), factories.draft("IE3F12", **{f"{MEANS}/identificationNumber": OTHER_SHIP})

    voyage = entered()

    assert of(voyage) == [mine]
    assert other not in of(voyage)


def test_a_filing_made_later_comes_with_it_too() -> None:
    voyage = entered()

    assert of(voyage) == []
    filing = factories.draft("IE3F12")
    assert of(voyage) == [filing]


def test_it_is_entered_once() -> None:
    voyage = entered()

    with pytest.raises(voyages.VoyageKnown) as refusal:
        entered(number="imo 9819038")

    assert refusal.value.detail() == {"voyage": str(voyage.pk)}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"mode": "3"}, "mode"),
        ({"number": "IMO9819039"}, "number"),
        ({"mode": "4", "number": "LH-84"}, "number"),
        ({"mode": "8", "number": "123"}, "number"),
        ({"eta": datetime(2026, 12, 19)}, "eta"),  # noqa: DTZ001 (that is the fault)
        ({"place": "Rotterdam"}, "place"),
        ({"office": "NL"}, "office"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(voyages.BadVoyage) as refusal:
        entered(**values)

    assert refusal.value.field == field


def test_what_filings_name_is_proposed_until_it_is_entered() -> None:
    factories.draft("IE3F12")
    factories.draft("IE3F13")

    [proposed] = voyages_found.proposals(at=NOW)
    entered()

    assert (proposed.said.number, proposed.said.eta, proposed.count) == (SHIP, ETA, 2)
    assert proposed.said.office.startswith("NL")
    assert voyages_found.proposals(at=NOW) == []


def test_another_arrival_of_the_same_ship_is_near() -> None:
    voyage = entered(eta=ETA + timedelta(hours=2))
    filing = factories.draft("IE3F12")

    assert list(voyages_found.near(voyage)) == [filing]
    voyages.take_in(voyage=voyage, filings=[filing], by=ALICE, at=NOW)
    assert of(voyage) == [filing]
    assert not voyages_found.near(voyage).exists()


def test_what_was_taken_in_is_taken_out_and_what_names_it_is_not() -> None:
    voyage = entered()
    other, mine = factories.draft("IE3F26"), factories.draft("IE3F12")
    voyages.take_in(voyage=voyage, filings=[other], by=ALICE, at=NOW)

    voyages.take_out(voyage=voyage, filing=other, by=ALICE, at=NOW)

    assert of(voyage) == [mine]
    with pytest.raises(voyages.ComesWithIt):
        voyages.take_out(voyage=voyage, filing=mine, by=ALICE, at=NOW)


def test_later_calls_come_and_go_and_the_entry_stays() -> None:
    voyage = entered()
    call = voyages.add_call(voyage=voyage, eta=NEW, place="deham", office="", by=ALICE, at=NOW)

    assert [each.place for each in voyage.calls.all()] == ["NLRTM", "DEHAM"]
    voyages.remove_call(call=call, by=ALICE, at=NOW)
    with pytest.raises(voyages.EntryIsFixed):
        voyages.remove_call(call=voyage.entry, by=ALICE, at=NOW)


def test_its_description_changes_and_its_number_does_not() -> None:
    voyage = entered()

    assert voyages.change(voyage=voyage, fields={"name": "Nordmeer Star", "office": "DE004851"}, by=ALICE, at=NOW)
    assert not voyages.change(voyage=voyage, fields={"name": "Nordmeer Star"}, by=ALICE, at=NOW)
    assert voyage.entry.office == "DE004851"
    with pytest.raises(voyages.BadVoyage):
        voyages.change(voyage=voyage, fields={"number": OTHER_SHIP}, by=ALICE, at=NOW)


def test_a_voyage_that_is_deleted_leaves_its_filings() -> None:
    voyage, filing = entered(), factories.draft("IE3F12")
    change(voyage)

    voyages.delete(voyage=voyage, by=ALICE, at=NOW)

    filing.refresh_from_db()
    assert filing.voyage_id is None
    assert not Call.objects.exists()


def test_every_deed_is_on_the_trail() -> None:
    voyage = entered()
    change(voyage)
    voyages.arrived(call=voyage.entry, arrived_at=NOW, by=ALICE, at=NOW)

    deeds = set(AuditEvent.objects.filter(target_id=str(voyage.pk)).values_list("deed", flat=True))

    assert deeds == {"voyage.created", "voyage.eta_changed", "voyage.arrived"}


# --- One change of the estimate -------------------------------------------------------------------------------------------


def test_the_effects_say_for_each_filing_what_becomes_of_it() -> None:
    draft, sent = factories.draft("IE3F12"), factories.submitted("IE3F13")
    known = registered("IE3F10")
    house = factories.draft("IE3F15")
    voyage = entered()
    voyages.take_in(voyage=voyage, filings=[house], by=ALICE, at=NOW)
    for filing in (draft, sent, known):  # the samples may name different ships
        voyages.take_in(voyage=voyage, filings=[filing], by=ALICE, at=NOW)

    found = {each.filing.pk: each.deed for each in voyages_eta.effects(call=voyage.entry, eta=NEW, at=NOW)}

    assert found == {draft.pk: Deed.DRAFT, sent.pk: Deed.CANNOT, known.pk: Deed.AMEND, house.pk: Deed.NOTHING}


def test_a_change_is_told_to_drafts_and_drafts_amendments_that_were_chosen() -> None:
    draft, known = factories.draft("IE3F12"), registered("IE3F12")
    voyage = entered()

    outcome = change(voyage, reason="Storm", amendments=[known.pk])

    [amendment] = outcome.amendments
    draft.refresh_from_db()
    assert selectors.document_of(draft).value(ARRIVAL) == "2026-12-21T05:00:00Z"
    assert selectors.document_of(amendment).value(ARRIVAL) == "2026-12-21T05:00:00Z"
    assert (amendment.state, amendment.about_id) == ("draft", known.pk)
    assert [(each.before, each.after, each.reason) for each in EtaChange.objects.all()] == [(ETA, NEW, "Storm")]
    assert set(of(voyage)) == {draft, known}


def test_nothing_is_told_that_nobody_chose_and_deadlines_count_all_the_same() -> None:
    draft = factories.draft("IE3F12", **{"consignmentMasterLevel/containerIndicator": "0"})
    before = draft.due_at
    voyage = entered()

    outcome = change(voyage, drafts=[])

    draft.refresh_from_db()
    assert outcome.drafts == ()
    assert draft.arrives_at == ETA
    assert before is not None
    assert draft.due_at == before + timedelta(hours=30)


def test_the_same_change_again_changes_nothing() -> None:
    factories.draft("IE3F12")
    voyage = entered()
    change(voyage)

    again = change(voyage)

    assert not again.changed
    assert again.drafts == ()
    assert EtaChange.objects.count() == 1


def test_an_arrival_another_voyage_has_is_refused() -> None:
    entered(eta=NEW)
    voyage = entered()

    with pytest.raises(voyages.VoyageKnown):
        change(voyage)


def test_a_later_call_moves_no_filing() -> None:
    draft = factories.draft("IE3F12")
    voyage = entered()
    call = voyages.add_call(voyage=voyage, eta=NEW, place="DEHAM", office="", by=ALICE, at=NOW)

    voyages_eta.change(call=call, eta=NEW + timedelta(hours=1), by=ALICE, at=NOW)

    draft.refresh_from_db()
    assert draft.arrives_at == ETA
