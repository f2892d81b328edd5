"""Arrival and control, consultation, the clock: what the sandbox does besides filings."""

from datetime import timedelta

import pytest

from filings import samples
from filings.messages.document import Document
from integrations.sandbox import clock, enrolment
from integrations.sandbox.models import REASON, Registration, SandboxSettings, Timer
from integrations.sandbox.verdicts import in_reference
from tenants.scope import every_tenant
from tests.integrations.sandbox.deeds import CARRIER, FORWARDER, codes, register, send, state_of
from tests.integrations.sandbox.trader import Trader, filing, inbox, kinds, now
from tests.integrations.sandbox.world import configure, hurry, prefer

MEANS = "activeBorderTransportMeans"


def arrival(lrn: str = "ARRIVAL", **values: str | None) -> Document:
    document = samples.sample("IE3N06", seed=1)
    document.set("LRN", lrn)
    for path, value in values.items():
        document.set(path.replace("__", "/"), value)
    return document


def test_listed_filings_arrive_with_their_house_filings(alfa: Trader, bravo: Trader) -> None:
    master, house = register(alfa, "IE3F12"), register(bravo, "IE3F15")

    answered = send(alfa, arrival(relatedMRN__identification=master))

    assert "IE3R04" in kinds(answered)
    assert (state_of(master), state_of(house)) == ("19", "19")
    with every_tenant(REASON):
        assert not Timer.objects.filter(deed="unused", state="waiting", registration__mrn__in=[master, house]).exists()


def test_filings_are_found_by_their_transport_document(alfa: Trader) -> None:
    document = filing("IE3F12")
    mrn = register(alfa, "IE3F12")

    send(
        alfa,
        arrival(
            relatedTransportDocument__documentNumber=document.value(
                "consignmentMasterLevel/transportDocumentMasterLevel/documentNumber"
            ),
            relatedTransportDocument__type="N704",
        ),
    )

    assert state_of(mrn) == "19"


@pytest.mark.parametrize(("shift", "state"), [(False, "19"), (True, "11")])
def test_filings_are_found_by_their_voyage_when_the_times_agree(alfa: Trader, shift: bool, state: str) -> None:
    document = filing("IE3F11")
    mrn = register(alfa, "IE3F11")
    eta = document.value(f"{MEANS}/estimatedDateAndTimeOfArrival") or ""
    told = eta.replace(eta[11:13], "00", 1) if shift else eta

    send(alfa, arrival(**{f"{MEANS}/estimatedDateAndTimeOfArrival": told}))

    assert state_of(mrn) == state


def test_an_unknown_mrn_in_the_list_is_refused(alfa: Trader) -> None:
    refused = send(alfa, arrival(relatedMRN__identification="26NL00000000000AT0"))

    assert (kinds(refused), codes(refused[0])) == (["IE3N99"], ["90"])
    assert refused[0].value("error/pointer/messageElementPath") == "/IE3N06/relatedMRN[1]/identification"


def test_what_was_invalidated_is_in_the_wrong_state(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F12")
    hurry("unused")

    told = send(alfa, arrival(relatedMRN__identification=mrn))

    assert kinds(told) == ["IE3R04", "IE3N07"]
    assert (told[1].value("MRN"), codes(told[1])) == (mrn, ["71"])


def test_what_arrived_does_not_arrive_twice(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F12")
    send(alfa, arrival("FIRST", relatedMRN__identification=mrn))

    assert kinds(send(alfa, arrival("SECOND", relatedMRN__identification=mrn))) == ["IE3R04", "IE3N07"]


def test_notifier_notify_party_and_filer_hear_of_a_control(alfa: Trader, bravo: Trader) -> None:
    prefer("NL123", FORWARDER)
    mrn = register(bravo, "IE3F11", declarant__identificationNumber=FORWARDER)
    document = arrival("LF-N08-1", relatedMRN__identification=mrn)
    notify = samples.sample("IE3N06", seed=1, size="full").nodes("notifyParty")[0]
    document.root.children.insert(3, notify)
    document.set("notifyParty/identificationNumber", FORWARDER)

    told = send(alfa, document)
    others = inbox(bravo)

    assert document.value("personNotifyingTheArrival/identificationNumber") == CARRIER
    assert kinds(told) == ["IE3R04", "IE3N08"]
    assert told[1].value("notifyParty/identificationNumber") == FORWARDER
    assert kinds(others) == ["IE3R04", "IE3N08"]  # as notify party and as filer once


def test_a_filing_under_control_is_not_amended(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F12", lrn="LF-N08-1")
    send(alfa, arrival(relatedMRN__identification=mrn))
    amendment = samples.sample("IE3A12", seed=1)
    amendment.set("MRN", mrn)

    refused = send(alfa, amendment)

    assert (kinds(refused), codes(refused[0])) == (["IE3N01"], ["72"])


# --- Consultation ----------------------------------------------------------------------------------------------------------


def consultation(reference: str, mrn: str, again: str = "0") -> Document:
    document = samples.sample("IE3Q05", seed=1)
    document.root.children = [node for node in document.root.children if node.name != "transportDocument"]
    for path, value in {"functionalReference": reference, "MRN": mrn, "dataRequest": again}.items():
        document.set(path, value)
    return document


def test_a_consultation_tells_the_states(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F12")

    result = send(alfa, consultation("C1", mrn))[0]

    found = list(zip(result.values("ENSEntity/type"), result.values("ENSEntity/state"), strict=True))
    assert result.value("functionalReference") == "C1"
    assert found == [("ENF", "03"), ("ENS", "10"), ("CML", "10")]


def test_a_reference_is_used_once(alfa: Trader) -> None:
    mrn = register(alfa)
    send(alfa, consultation("C1", mrn))

    again = send(alfa, consultation("C1", mrn))

    assert (kinds(again), codes(again[0])) == (["IE3N99"], ["94"])


def test_nothing_is_told_to_another_access_point(alfa: Trader, bravo: Trader) -> None:
    mrn = register(alfa)

    refused = send(bravo, consultation("C1", mrn))

    assert (kinds(refused), codes(refused[0])) == (["IE3N99"], ["97"])


def test_notifications_come_again_on_request(alfa: Trader) -> None:
    mrn = register(alfa, lrn="LF-RFI-1", declarant__identificationNumber=FORWARDER)
    hurry()
    first = inbox(alfa)

    again = send(alfa, consultation("C1", mrn, again="1"))

    assert kinds(again) == ["IE3R08", "IE3Q02"]
    assert again[1].to_json() == first[0].to_json()


# --- Clock, words ----------------------------------------------------------------------------------------------------------


def test_another_speed_moves_what_waits(alfa: Trader) -> None:
    register(alfa)
    at = now()
    with every_tenant(REASON):
        before = Timer.objects.get(deed="unused").due_at
        clock.set_speed(3600, at=at)
        after = Timer.objects.get(deed="unused").due_at
        speed = SandboxSettings.objects.get().speed

    assert speed == 3600
    assert abs((after - at) * 60 - (before - at)) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("lrn", "name"),
    [
        ("LF-RFI", "information"),
        ("LF-RFI-77", "information"),
        ("LF-RFI2-77", "information_twice"),
        ("LF-N01-LATE", "refused_late"),
        ("LF-N01-0001", "refused"),
        ("ab-lf-dnl-1", "do_not_load"),
        ("LF-NOTHING", None),
        ("261123ABCDEF", None),
    ],
)
def test_the_longest_word_that_fits_counts(lrn: str, name: str | None) -> None:
    found = in_reference(lrn)

    assert (found.name if found else None) == name


def test_a_transport_document_in_use_is_refused_when_the_sandbox_is_strict(alfa: Trader) -> None:
    configure(unique_documents=True)
    register(alfa, lrn="ONE")

    refused = send(alfa, filing(LRN="TWO"))

    assert (kinds(refused), codes(refused[0])) == (["IE3N01"], ["81"])


def test_who_is_not_recorded_gets_nothing(alfa: Trader, bravo: Trader) -> None:
    register(alfa, "IE3F12", lrn="LF-N02-1")
    hurry("step")

    assert inbox(bravo) == []


def test_enrolling_records_the_operators_of_a_party(alfa: Trader) -> None:
    enrolment.enrol(party_id="NL12", name="Alfa", fingerprints=[], eoris=[CARRIER, FORWARDER])
    register(alfa, "IE3F12", lrn="LF-N02-1")
    hurry("step")

    assert {"IE3N02", "IE3N11"} <= set(kinds(inbox(alfa)))
    with every_tenant(REASON):
        assert Registration.objects.count() == 1
