"""The processes behind the access point: relating and analysis."""

import pytest

from filings import samples
from filings.messages import catalogue
from integrations.sandbox import assessing
from integrations.sandbox.models import REASON, Registration, Timer
from tenants.scope import every_tenant
from tests.integrations.sandbox.deeds import (
    FILINGS,
    FORWARDER,
    HOUSE,
    register,
    send,
    state_of,
)
from tests.integrations.sandbox.trader import Trader, filing, inbox, kinds
from tests.integrations.sandbox.world import hurry, judge_all, prefer

# --- Relating --------------------------------------------------------------------------------------------------------------


def test_a_full_filing_is_complete_and_then_assessed(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F27")

    hurry()
    assessed = inbox(alfa)

    assert state_of(mrn) == "11"
    assert kinds(assessed) == ["IE3N03"]
    assert assessed[0].value("MRN") == mrn


def test_a_master_filing_waits_for_the_house_filing(alfa: Trader, bravo: Trader) -> None:
    master = register(alfa, "IE3F12")
    hurry()
    before = (state_of(master), inbox(alfa))
    house = register(bravo, "IE3F15")
    hurry()

    assert before == ("10", [])
    assert (state_of(master), state_of(house)) == ("11", "05")
    assert kinds(inbox(bravo)) == ["IE3N03"]
    # The carrier filed the master, and gets copies of what the forwarder is told.
    assert sorted(kinds(inbox(alfa))) == ["IE3N03", "IE3N03", "IE3R01"]


def test_a_house_filing_waits_for_the_master_filing(alfa: Trader, bravo: Trader) -> None:
    house = register(bravo, "IE3F15")
    before = state_of(house)
    master = register(alfa, "IE3F12")

    assert before == "04"
    assert (state_of(house), state_of(master)) == ("05", "11")


def test_a_house_filing_that_names_a_consignee_waits_for_it(alfa: Trader, bravo: Trader) -> None:
    master, house = register(alfa, "IE3F12"), register(bravo, "IE3F14")
    before = (state_of(master), state_of(house))
    lowest = register(bravo, "IE3F16")

    assert before == ("10", "05")
    assert (state_of(master), state_of(house), state_of(lowest)) == ("11", "05", "05")


def test_a_postal_filing_waits_for_the_receptacles_and_their_items(alfa: Trader) -> None:
    master, bag = register(alfa, "IE3F40"), register(alfa, "IE3F44")
    before = (state_of(master), state_of(bag))
    item = register(alfa, "IE3F43")

    assert before == ("10", "05")
    assert (state_of(master), state_of(bag), state_of(item)) == ("11", "05", "05")


def test_preloading_data_are_linked_by_their_trigger(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F23")
    before = state_of(mrn)

    register(alfa, "IE3F25", previousDocument__identification=mrn)

    assert (before, state_of(mrn)) == ("04", "05")


def test_when_the_time_is_over_filer_and_missing_party_are_told_and_the_analysis_goes_on(alfa: Trader, bravo: Trader) -> None:
    prefer("NL123", FORWARDER)
    master = register(alfa, "IE3F12")
    hurry("linking_expires")
    told, asked = inbox(alfa), inbox(bravo)
    hurry()

    assert state_of(master) == "12"
    assert set(kinds(told)) == {"IE3N02"}
    assert len(told) == 4  # once, and three reminders
    assert told[0].values("supplementaryDeclarant/identificationNumber") == [FORWARDER]
    assert set(kinds(asked)) == {"IE3N11"}
    assert asked[0].value("transportDocument/documentNumber") == told[0].value("transportDocument/documentNumber")
    assert kinds(inbox(alfa)) == ["IE3N03"]


def test_a_late_house_filing_ends_the_reminders(alfa: Trader, bravo: Trader) -> None:
    master = register(alfa, "IE3F12", lrn="LF-N02-1")
    hurry("step")
    register(bravo, "IE3F15")

    assert "IE3N02" in kinds(inbox(alfa))
    assert state_of(master) == "11"
    with every_tenant(REASON):
        assert not Timer.objects.filter(deed="linking_expires", state="waiting").exists()


def test_two_hundred_days_without_arrival_invalidate(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F27")

    hurry("unused")

    assert state_of(mrn) == "09"
    assert inbox(alfa) == []


# --- Analysis --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", FILINGS, ids=lambda message: message.id)
def test_each_filing_is_assessed_as_the_table_says(alfa: Trader, message: catalogue.Message) -> None:
    if not message.new_mrn:
        register(alfa, "IE3F23")
    register(alfa, message.id, lrn="MINE")
    inbox(alfa)
    hurry("linking_expires", *("step", "assess_houses", "assess_ens"))
    found = [document for document in inbox(alfa) if document.message.id == "IE3N03"]

    with every_tenant(REASON):
        waits = Registration.objects.get(lrn="MINE").assessment == "waiting"
    expected = [phase.per == "House consignment" or not waits for phase in assessing.phases(message.sci)]
    own = found if message.new_mrn else []
    assert len(own) == sum(expected)
    if message.level in {"full", "master"}:
        assert not waits  # houses alone wait for their master


def test_before_loading_each_house_is_assessed_by_itself(alfa: Trader) -> None:
    document = samples.sample("IE3F32", seed=1, houses=3)
    send(alfa, document)

    hurry()

    found = inbox(alfa)
    assert [one.value("assessmentComplete/transportDocument/documentNumber") for one in found] == document.values(
        f"{HOUSE}/transportDocumentHouseLevel/documentNumber"
    )


def test_many_houses_are_assessed_some_at_a_time(alfa: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assessing, "HOUSES_AT_ONCE", 2)
    send(alfa, samples.sample("IE3F32", seed=1, houses=5))

    hurry()

    assert kinds(inbox(alfa)) == ["IE3N03"] * 5


def test_an_mrn_is_not_kept_waiting_by_the_many_houses_of_another_filing(alfa: Trader) -> None:
    send(alfa, samples.sample("IE3F32", seed=1, houses=5))
    hurry()
    alfa.file(filing("IE3F27", LRN="LATER"))
    judge_all()

    assert kinds(inbox(alfa)) == ["IE3R01", *["IE3N03"] * 5]


def test_a_partly_assessment_names_what_is_fine(alfa: Trader) -> None:
    document = samples.sample("IE3F27", seed=1, houses=2)
    document.set("LRN", "LF-N03-PARTLY-1")
    houses = document.values(f"{HOUSE}/transportDocumentHouseLevel/documentNumber")
    send(alfa, document)

    hurry()

    assert inbox(alfa)[0].values("assessmentComplete/transportDocument/documentNumber") == houses[1:]
