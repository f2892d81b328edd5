"""Who files what: every situation begins drafts that fit each other, and all of it or nothing."""

import pytest

from filings import linking, selectors
from filings.linking.keys import combinations
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.models import Filing, FilingRequest
from filings.services import wizard
from filings.services.filing_requests import sending
from filings.services.wizard import AnswersWrong, Ask, Scenario
from tests.factories import ALICE, NOW
from tests.filings.services.filing_requests.asking_others import DUE

OTHER, CARRIER = "NL123456789", "FR987654321"
ANSWERS = {
    "master": "MASTER1", "house": "H1\nH2", "item": "CP118276715TR\nCP118276716TR", "carrier": CARRIER,
    "receptacle": "HKHKGANLAMSAAUN63958001000087\nHKHKGANLAMSAAUN63958001000088", "forwarder": OTHER, "coloader": OTHER,
    "consignee": OTHER, "post": OTHER,
}  # fmt: skip


@pytest.mark.parametrize("scenario", wizard.scenarios(), ids=lambda each: each.id)
def test_a_situation_begins_its_drafts(scenario: Scenario, acme: object) -> None:
    made = wizard.begin(scenario=scenario, answers=ANSWERS, by=ALICE, at=NOW)

    assert {each.message_type for each in made.drafts} == {line.message.id for line in scenario.own}
    for draft in made.drafts:
        assert draft.declarant == draft.operator.eori
        assert any(number in str(draft.document) for number in ("MASTER1", "H1", "CP118276715TR"))


@pytest.mark.parametrize("scenario", wizard.scenarios(), ids=lambda each: each.id)
def test_its_drafts_link_where_the_table_of_links_has_a_pair(scenario: Scenario, acme: object) -> None:
    made = wizard.begin(scenario=scenario, answers=ANSWERS, by=ALICE, at=NOW)
    documents = [selectors.document_of(each) for each in made.drafts]

    for each in combinations():
        uppers = [document for document in documents if document.message.sci in each.upper]
        lowers = [document for document in documents if document.message.sci in each.lower and document not in uppers]
        offered = {key for document in lowers for key in linking.offers(document)}
        for upper in uppers if lowers else []:
            assert any(expected.keys & offered for expected in linking.expectations(upper)), each.id


@pytest.mark.parametrize("scenario", [each for each in wizard.scenarios() if each.others], ids=lambda each: each.id)
def test_others_are_asked_with_the_key_of_the_draft_above(scenario: Scenario, acme: object) -> None:
    ask = {line.who: Ask("ens@other.example", DUE) for line in scenario.others}
    made = wizard.begin(scenario=scenario, answers=ANSWERS, by=ALICE, at=NOW, ask=ask)

    [request] = made.requests
    assert request.asked_eori == OTHER
    assert request.filing in made.drafts
    above = selectors.document_of(request.filing)
    expected = [each for each in linking.expectations(above) if each.combination == request.combination or not each.party]
    assert set(request.key) >= {"master document", "carrier"} or set(request.key) == {"receptacle"}
    assert expected or request.combination == "sea-sub-house"


def test_a_filing_for_one_house_becomes_one_draft_a_house(acme: object) -> None:
    scenario = wizard.scenario("sea-nvocc")
    assert scenario

    made = wizard.begin(scenario=scenario, answers=ANSWERS, by=ALICE, at=NOW)

    assert [each.transport_document for each in made.drafts] == ["H1", "H2"]


def test_a_filing_for_many_houses_holds_them_all(acme: object) -> None:
    scenario = wizard.scenario("air-forwarder")
    assert scenario
    answers = {**ANSWERS, "house": "\n".join(f"H{number}" for number in range(120))}

    made = wizard.begin(scenario=scenario, answers=answers, by=ALICE, at=NOW)

    counts = [len(each.document["consignmentMasterLevel"]["consignmentHouseLevel"]) for each in made.drafts]
    assert counts == [99, 21]


def test_what_is_missing_is_told_and_nothing_is_kept(acme: object) -> None:
    scenario = wizard.scenario("sea-carrier-forwarder")
    assert scenario

    with pytest.raises(AnswersWrong) as refusal:
        wizard.begin(scenario=scenario, answers={"forwarder": "nonsense!"}, by=ALICE, at=NOW)

    assert set(refusal.value.wrong) == {"master", "forwarder"}
    assert not Filing.objects.exists()


def test_drafts_are_not_kept_without_the_request_that_was_wanted(acme: object) -> None:
    scenario = wizard.scenario("sea-carrier-forwarder")
    assert scenario

    with pytest.raises(sending.BadAddress):
        wizard.begin(scenario=scenario, answers=ANSWERS, by=ALICE, at=NOW, ask={"forwarder": Ask("nobody", DUE)})

    assert not Filing.objects.exists()
    assert not FilingRequest.objects.exists()


def test_the_table_names_only_what_there_is() -> None:
    known = {each.id: each for each in combinations()}
    for scenario in wizard.scenarios():
        assert scenario.source
        for line in scenario.lines:
            assert {line.who, line.next} - {""} <= set(wizard.roles())
            assert line.message.sci == line.sci
            assert not line.asks or line.sci in known[line.asks].lower


def test_every_kind_of_filing_has_its_situation_or_a_word() -> None:
    told = {line.sci for scenario in wizard.scenarios() for line in scenario.lines}
    told |= {word for scenario in wizard.scenarios() for word in scenario.explain.replace(",", " ").replace(".", " ").split()}

    # F27, F29, F31 are the same as others at another moment.
    assert {message.sci for message in linking_messages()} - told <= {"F27", "F29", "F31", "F45", "F25"}


def linking_messages() -> list[Message]:
    return [each for each in catalogue.messages() if each.family == "F"]
