"""What customs answers to what it has receipted."""

from datetime import timedelta

import pytest

from filings.messages import catalogue, numbers, xml
from filings.messages.document import Document
from filings.rules import book
from integrations.sandbox.models import REASON, Received, Registration
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import Trader, content, filing, now
from tests.integrations.sandbox.world import configure, judge_all

FILINGS = [message.id for message in catalogue.messages() if message.family == "F" and message.new_mrn]
WITHOUT_MRN = [message.id for message in catalogue.messages() if message.family == "F" and not message.new_mrn]


def answer(trader: Trader, document: Document) -> Document:
    """File a document and return the answer, receipted."""
    sent = trader.file(document)
    judge_all()
    pulled = trader.pull()
    assert pulled.received is not None, pulled
    assert pulled.received.ref_to == sent
    assert trader.acknowledge(pulled.received).status == 202
    made = content(pulled)
    assert book.errors(book.findings(made)) == []
    return made


def pointers(refusal: Document) -> list[tuple[str | None, str | None]]:
    """Return code and path of each error."""
    count = len(refusal.nodes("error"))
    return [
        (refusal.value(f"error[{n}]/validationCode"), refusal.value(f"error[{n}]/pointer/messageElementPath"))
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize("message", FILINGS)
def test_a_correct_filing_is_registered(alfa: Trader, message: str) -> None:
    document = filing(message)

    registered = answer(alfa, document)

    mrn = registered.value("MRN") or ""
    office = document.value("customsOfficeOfFirstEntry/referenceNumber") or document.value("addressedMemberState/country") or ""
    assert registered.message.id == catalogue.message(message).accepted_by
    assert registered.value("LRN") == document.value("LRN")
    assert registered.value("SpecificCircumstanceIndicator") == catalogue.message(message).sci
    assert numbers.is_mrn(mrn)
    assert mrn[2:4] == office[:2]
    assert mrn[15:17] == "AT"


@pytest.mark.parametrize("message", [*FILINGS, *WITHOUT_MRN])
def test_a_broken_filing_is_refused_with_the_place(alfa: Trader, message: str) -> None:
    document = filing(message, documentIssueDate=None)

    refused = answer(alfa, document)

    assert refused.message.id == catalogue.message(message).rejected_by
    assert refused.value("functionalReference") == document.value("LRN")
    assert refused.value("declarant/identificationNumber") == document.value("declarant/identificationNumber")
    assert ("13", f"/{message}/documentIssueDate") in pointers(refused)


def test_all_errors_are_told_at_once(alfa: Trader) -> None:
    document = filing(documentIssueDate=None, LRN="X" * 23, addressedMemberState__country="ZZ")

    refused = answer(alfa, document)

    assert {("13", "/IE3F26/documentIssueDate"), ("39", "/IE3F26/LRN"), ("12", "/IE3F26/addressedMemberState/country")} <= {
        *pointers(refused)
    }
    assert refused.value("functionalReference") == "X" * 23
    assert refused.value("addressedMemberState/country") is None  # what is wrong is not carried over


def test_characters_nobody_may_write_are_refused_in_words_that_customs_may_write(alfa: Trader) -> None:
    document = filing(declarant__name="貨物")

    refused = answer(alfa, document)

    assert ("102", "/IE3F26/declarant/name") in pointers(refused)


def test_an_lrn_is_used_once_by_a_declarant(alfa: Trader, bravo: Trader) -> None:
    first = answer(alfa, filing())
    again = answer(bravo, filing())
    other = answer(alfa, filing(declarant__identificationNumber="FR41205837600017"))

    assert first.value("MRN")
    assert pointers(again) == [("94", "/IE3F26/LRN")]
    assert other.value("MRN")


def test_a_refused_filing_does_not_use_up_its_lrn(alfa: Trader) -> None:
    refused = answer(alfa, filing(documentIssueDate=None))
    corrected = answer(alfa, filing())

    assert refused.message.event == "reject"
    assert corrected.message.event == "register"


def test_a_payload_that_is_another_message_than_the_action_says_is_refused(alfa: Trader) -> None:
    alfa.send(alfa.wire(alfa.message(xml.write(filing("IE3F26")), "IE3F27")))
    judge_all()

    refused = content(alfa.pull())

    assert refused.message.event == "reject"
    assert pointers(refused) == [("12", "/IE3F26")]
    assert refused.value("functionalReference") == filing("IE3F26").value("LRN")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"<broken",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>',
        b"<unknown/>",
    ],
)
def test_a_payload_that_cannot_be_read_is_receipted_and_then_refused(alfa: Trader, payload: bytes) -> None:
    outcome = alfa.send(alfa.wire(alfa.message(payload, "IE3F26")))
    judge_all()

    refused = content(alfa.pull())

    assert outcome.result == "receipted"
    assert refused.message.event == "reject"
    assert refused.value("error/validationCode") == "12"


@pytest.fixture
def preloading(alfa: Trader) -> tuple[Document, Document]:
    """A registered filing without master document, and the later one that supplies it."""
    first = filing("IE3F23")
    second = filing("IE3F25", LRN="SECOND")
    house = "consignmentMasterLevel/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber"
    second.set(house, first.value(house))
    second.set("previousDocument/identification", answer(alfa, first).value("MRN"))
    return first, second


def test_a_filing_without_an_mrn_of_its_own_gets_the_one_it_refers_to(
    alfa: Trader, preloading: tuple[Document, Document]
) -> None:
    _, second = preloading

    registered = answer(alfa, second)

    assert registered.value("MRN") == second.value("previousDocument/identification")
    assert registered.value("LRN") == "SECOND"


def test_the_filing_referred_to_is_found_by_its_house_document_too(alfa: Trader, preloading: tuple[Document, Document]) -> None:
    _, second = preloading
    mrn = second.value("previousDocument/identification")
    second.set("previousDocument/identification", "26BE00000000000AT0")

    registered = answer(alfa, second)

    assert registered.value("MRN") == mrn


def test_a_filing_that_overtook_the_one_it_refers_to_waits_for_it(alfa: Trader, preloading: tuple[Document, Document]) -> None:
    first, second = preloading
    house = "consignmentMasterLevel/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber"
    second.set(house, "LATER")
    second.set("previousDocument/identification", "26BE00000000000AT0")
    first.set(house, "LATER")
    first.set("LRN", "LATER")
    configure(wait_for_reference=60_000)
    alfa.file(second)
    judge_all()
    too_early = alfa.pull()
    alfa.file(first)
    judge_all()
    make_due()
    judge_all()

    answers = [content(alfa.pull()) for _ in range(2)]

    assert too_early.result == "empty"
    assert [answer.value("LRN") for answer in answers] == ["LATER", "SECOND"]
    assert answers[0].value("MRN") == answers[1].value("MRN")


def make_due() -> None:
    with every_tenant(REASON):
        Received.objects.filter(state=Received.State.STORED).update(due_at=now())


def test_a_reference_to_nothing_is_refused(alfa: Trader) -> None:
    refused = answer(alfa, filing("IE3F25"))

    assert pointers(refused) == [
        ("96", "/IE3F25/previousDocument/identification"),
        ("80", "/IE3F25/consignmentMasterLevel/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber"),
    ]


def test_a_house_document_the_filing_referred_to_does_not_have_is_refused(
    alfa: Trader, preloading: tuple[Document, Document]
) -> None:
    _, second = preloading
    house = "consignmentMasterLevel/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber"
    second.set(house, "NOT-THIS-ONE")

    refused = answer(alfa, second)

    assert pointers(refused) == [("80", f"/IE3F25/{house}")]


def test_an_arrival_is_registered_with_an_mrn_of_the_arrival_procedure(alfa: Trader) -> None:
    registered = answer(alfa, filing("IE3N06"))

    assert registered.message.id == catalogue.message("IE3N06").accepted_by
    assert (registered.value("MRN") or "")[16] == "Z"


def test_a_request_about_a_filing_customs_does_not_know_is_refused(alfa: Trader) -> None:
    refused = answer(alfa, filing("IE3Q04"))

    assert refused.message.event == "refuse"
    assert pointers(refused) == [("90", "/IE3Q04/MRN")]


def test_a_message_that_fails_us_does_not_keep_the_others_waiting(alfa: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations.sandbox import customs

    sent = alfa.file(filing())
    judge = customs.judge
    monkeypatch.setattr(customs, "judge", lambda row, **rest: 1 / 0 if row.message_id == sent else judge(row, **rest))
    alfa.file(filing(LRN="ANOTHER"))
    judge_all()

    with every_tenant(REASON):
        stuck = Received.objects.get(message_id=sent)
        assert Registration.objects.filter(lrn="ANOTHER").exists()
    assert stuck.state == Received.State.STORED
    assert stuck.tries >= 1
    assert stuck.due_at > stuck.received_at + timedelta(seconds=1)
