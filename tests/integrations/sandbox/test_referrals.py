"""What customs asks, what it does with answers, and whom it tells besides."""

import pytest

from filings import samples
from filings.messages.document import Document
from tests.integrations.sandbox.deeds import (
    HOUSE,
    about,
    codes,
    register,
    send,
)
from tests.integrations.sandbox.trader import Trader, filing, inbox, kinds
from tests.integrations.sandbox.world import hurry, judge_all, prefer


def asked(trader: Trader, word: str, message: str = "IE3F26") -> tuple[str, Document]:
    """Return the MRN of a filing and what customs asks about it."""
    mrn = register(trader, message, lrn=f"{word}-1")
    hurry()
    return mrn, inbox(trader)[0]


@pytest.mark.parametrize(
    ("word", "question", "kind"), [("LF-RFI", "IE3Q02", "RFI"), ("LF-AMD", "IE3Q02", "AMD"), ("LF-RFS", "IE3Q03", "RFS")]
)
def test_a_referral_is_sent(alfa: Trader, word: str, question: str, kind: str) -> None:
    mrn, request = asked(alfa, word)

    assert (request.message.id, request.value("MRN")) == (question, mrn)
    assert request.values("referralRequestDetails/requestType") == [kind]


@pytest.mark.parametrize(
    ("word", "reply", "group"),
    [("LF-RFI", "IE3R02", "additionalInformationResponse"), ("LF-RFS", "IE3R03", "hrcmScreeningResults")],
)
def test_an_answered_referral_leads_to_the_assessment(alfa: Trader, word: str, reply: str, group: str) -> None:
    mrn, request = asked(alfa, word)
    reference = request.value("referralRequestDetails/referralRequestReference")
    before = send(alfa, about(reply, mrn, "IE3F26", **{f"{group}__referralRequestReference": reference}))
    hurry("await", "step", "assess_houses")

    assert before == []
    assert kinds(inbox(alfa)) == ["IE3N03"]


def test_an_alarm_leads_to_do_not_load(alfa: Trader) -> None:
    mrn, request = asked(alfa, "LF-RFS")
    reference = request.value("referralRequestDetails/referralRequestReference")
    send(
        alfa,
        about(
            "IE3R03", mrn, "IE3F26", hrcmScreeningResults__referralRequestReference=reference, hrcmScreeningResults__result="2"
        ),
    )
    hurry()

    assert kinds(inbox(alfa)) == ["IE3Q01"]


def test_a_referral_nobody_answers_escalates(alfa: Trader) -> None:
    asked(alfa, "LF-RFI")

    hurry("await", "step", "assess_houses", "assess_ens")

    assert kinds(inbox(alfa)) == ["IE3Q02", "IE3Q03", "IE3Q01"]


@pytest.mark.parametrize(("reply", "group"), [("IE3R02", "additionalInformationResponse"), ("IE3R03", "hrcmScreeningResults")])
def test_an_answer_to_nothing_is_refused(alfa: Trader, reply: str, group: str) -> None:
    mrn = register(alfa)

    refused = send(alfa, about(reply, mrn, "IE3F26"))

    assert kinds(refused) == ["IE3N99"]
    assert codes(refused[0]) == ["98"]
    assert refused[0].value("functionalReference") == mrn
    assert refused[0].value("error/pointer/messageElementPath") == f"/{reply}/{group}[1]/referralRequestReference"


def test_an_amendment_answers_a_request_to_amend(alfa: Trader) -> None:
    mrn, request = asked(alfa, "LF-AMD")
    reference = request.value("referralRequestDetails/referralRequestReference")

    amended = send(alfa, about("IE3A26", mrn, "IE3F26", referralRequestReference=reference))
    hurry()

    assert kinds(amended) == ["IE3N10"]
    assert kinds(inbox(alfa)) == ["IE3N03"]


def test_the_carrier_gets_copies_at_its_own_access_point(alfa: Trader, bravo: Trader) -> None:
    document = filing("IE3F26", LRN="LF-ESC-1")
    prefer("NL123", document.value(f"{HOUSE}/carrier/identificationNumber") or "")
    alfa.file(document)
    judge_all()
    hurry()

    assert kinds(inbox(alfa)) == ["IE3R01", "IE3Q02", "IE3Q03", "IE3Q01"]
    assert kinds(inbox(bravo)) == ["IE3R01", "IE3N04", "IE3N05", "IE3Q01"]


def test_a_carrier_that_declines_copies_gets_those_it_must(alfa: Trader, bravo: Trader) -> None:
    document = filing("IE3F26", LRN="LF-ESC-1")
    carrier = document.value(f"{HOUSE}/carrier/identificationNumber") or ""
    prefer("NL123", carrier, declines=["IE3R01", "IE3N04", "IE3N05", "IE3Q01"])
    alfa.file(document)
    judge_all()
    hurry()

    assert kinds(inbox(bravo)) == ["IE3Q01"]


def test_at_sea_containers_are_not_to_be_loaded(alfa: Trader) -> None:
    document = samples.sample("IE3F11", seed=1, size="full")
    document.set("LRN", "LF-DNL-1")
    send(alfa, document)
    hurry()

    assert inbox(alfa)[0].values("doNotLoadDetails/transportEquipment/containerIdentificationNumber")
