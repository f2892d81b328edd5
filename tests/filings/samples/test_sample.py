"""Samples of all messages: they pass, they say what they should, and the same seed says the same."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from filings.messages import catalogue, xml
from filings.messages.catalogue import Element, UnknownMessage
from filings.rules import book
from filings.samples import sample
from tests.filings.samples import digits, rulebook
from tests.filings.samples.walking import values

MESSAGES = [message.id for message in catalogue.messages()]
FILINGS = [message.id for message in catalogue.messages() if message.family == "F"]
SIZES = ["minimal", "full"]
SEEDS = range(4)


@cache
def body(message_id: str, **options: Any) -> dict[str, Any]:
    """Return the content of a sample; made once, so look at it only."""
    return made(message_id, **options)


def made(message_id: str, **options: Any) -> dict[str, Any]:
    [content] = sample(message_id, **options).to_json().values()
    return dict(content)


def paths(element: Element, node: dict[str, Any]) -> set[str]:
    """Return the paths of all elements that stand in a document."""
    found = set()
    for child in element.children:
        for one in rulebook.listed(node.get(child.name)):
            found.add(child.path)
            if not child.format:
                found |= paths(child, one)
    return found


def test_there_are_84_messages() -> None:
    assert len(MESSAGES) == 84


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("message_id", MESSAGES)
def test_a_sample_has_nothing_wrong(message_id: str, size: Any) -> None:
    for seed in SEEDS:
        for houses in (1, 3):
            document = sample(message_id, size=size, seed=seed, houses=houses)

            assert not book.errors(book.findings(document)), (seed, houses)
            assert not book.errors(book.findings(xml.read(xml.write(document)))), (seed, houses)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("message_id", MESSAGES)
def test_a_sample_keeps_every_condition_and_rule_of_the_tables(message_id: str, size: Any) -> None:
    for seed in SEEDS:
        for houses in (1, 3):
            content = body(message_id, size=size, seed=seed, houses=houses)

            assert rulebook.faults(message_id, content) == [], (seed, houses)


def test_the_second_reading_of_the_rules_notices_faults() -> None:
    content = made("IE3F12", seed=0)
    content["activeBorderTransportMeans"]["identificationNumber"] = "IMO9741373"
    content["consignmentMasterLevel"]["placeOfLoading"] = {"UNLOCODE": "KRPUS"}
    del content["consignmentMasterLevel"]["transportEquipment"]
    content["declarant"]["address"].pop("number")

    found = {fault.split()[0] for fault in rulebook.faults("IE3F12", content)}

    assert found == {"R3002", "R3009", "R3013", "C3013"}


@pytest.mark.parametrize("message_id", MESSAGES)
def test_the_same_seed_gives_the_same_message(message_id: str) -> None:
    assert made(message_id, size="full", seed=5) == made(message_id, size="full", seed=5)


@pytest.mark.parametrize("message_id", FILINGS)
def test_another_seed_gives_another_filing(message_id: str) -> None:
    references = {body(message_id, seed=seed)["LRN"] for seed in range(20)}

    assert len(references) == 20


@pytest.mark.parametrize("message_id", MESSAGES)
def test_a_full_sample_tells_every_element_in_one_seed_or_another(message_id: str) -> None:
    message = catalogue.message(message_id)
    told = set().union(*(paths(message.root, body(message_id, size="full", houses=2, seed=seed)) for seed in range(12)))

    # Hong Kong has no postcodes, and parcels come from there.
    assert {path for path in message.by_path if path and not path.endswith("postCode")} <= told


@pytest.mark.parametrize("message_id", MESSAGES)
def test_a_minimal_sample_has_no_more_optional_elements_than_something_asks_for(message_id: str) -> None:
    message = catalogue.message(message_id)
    told = paths(message.root, body(message_id))
    optional = {path.split("/")[-1] for path in told if message.by_path[path].status == "O"}

    # Streets are asked for by R3002, the others by rules "either … or", a code is shorter than a place by name,
    # and a container without its number is none.
    assert optional <= {
        "street", "number", "UNLOCODE", "country", "containerIdentificationNumber", "conveyanceReferenceNumber",
        "identificationNumber", "typeOfIdentification", "actualDateAndTimeOfDeparture", "estimatedDateAndTimeOfDeparture",
        "estimatedDateAndTimeOfArrival", "placeOfExamination", "referenceNumber", "goodsItem", "goodsItemNumber",
        "transportDocument", "transportDocumentHouse", "transportEquipment", "receptacle", "MRN", "addressedMemberState",
        "customsOfficeOfFirstEntry", "passiveBorderTransportMeans",
    }  # fmt: skip


@pytest.mark.parametrize("message_id", [one for one in FILINGS if rulebook.takes_many_houses(one)])
def test_house_consignments_have_numbers_of_their_own(message_id: str) -> None:
    content = body(message_id, houses=45)
    houses = content["consignmentMasterLevel"]["consignmentHouseLevel"]

    assert len(houses) == 45
    numbers = [
        house["transportDocumentHouseLevel"]["documentNumber"] for house in houses if "transportDocumentHouseLevel" in house
    ]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("houses", [1, 7])
@pytest.mark.parametrize("message_id", ["IE3F11", "IE3F20", "IE3F27", "IE3F31"])
def test_the_master_weighs_what_its_houses_weigh(message_id: str, houses: int) -> None:
    master = body(message_id, size="full", houses=houses, seed=2)["consignmentMasterLevel"]
    of_houses = [round(float(house["totalGrossMass"]) * 1000) for house in master["consignmentHouseLevel"]]
    of_items = [round(float(item["weight"]["grossMass"]) * 1000) for item in master["goodsItem"]]

    assert sum(of_houses) == sum(of_items) == round(float(master["totalGrossMass"]) * 1000)


def test_a_message_takes_no_more_houses_than_its_table_allows() -> None:
    assert isinstance(body("IE3F15", houses=500)["consignmentMasterLevel"]["consignmentHouseLevel"], dict)
    assert len(body("IE3F26", houses=500)["consignmentMasterLevel"]["consignmentHouseLevel"]) == 99


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("master", "house"), [("IE3F12", "IE3F15"), ("IE3F21", "IE3F22"), ("IE3F21", "IE3F26")])
def test_master_and_house_filing_of_one_seed_link(master: str, house: str, seed: int) -> None:
    above, below = body(master, seed=seed), body(house, seed=seed)
    consignment = rulebook.listed(below["consignmentMasterLevel"]["consignmentHouseLevel"])[0]
    level = above["consignmentMasterLevel"]

    assert level["transportDocumentMasterLevel"] == consignment["transportDocumentMasterLevel"]
    assert level["supplementaryDeclarant"]["identificationNumber"] == below["declarant"]["identificationNumber"]
    assert above["declarant"]["identificationNumber"] == consignment["carrier"]["identificationNumber"]


@pytest.mark.parametrize("message_id", MESSAGES)
def test_numbers_have_true_check_digits(message_id: str) -> None:
    for seed in range(12):
        content = body(message_id, size="full", houses=2, seed=seed)
        movements = [*values(content, "MRN"), *values(content, "previousMRN"), *values(content, "relatedMRN", "identification")]

        assert all(map(digits.movement, movements))
        assert all(map(digits.ship, (one for one in values(content, "identificationNumber") if one.startswith("IMO"))))
        assert all(map(digits.waybill, (one for one in values(content, "documentNumber") if one[3:4] == "-")))


def test_the_day_is_an_argument() -> None:
    content = body("IE3F10", at=datetime(2027, 3, 1, 12, tzinfo=UTC))

    assert content["documentIssueDate"] == "2027-03-01T12:00:00Z"
    assert content["activeBorderTransportMeans"]["estimatedDateAndTimeOfArrival"] > "2027-03-01"


def test_an_unknown_message_is_refused() -> None:
    with pytest.raises(UnknownMessage):
        sample("IE3F99")


@pytest.mark.parametrize("houses", [0, -1, 100_000])
def test_a_number_of_houses_no_message_takes_is_refused(houses: int) -> None:
    with pytest.raises(ValueError, match="houses must be from 1 to 99999"):
        sample("IE3F11", houses=houses)


@pytest.mark.parametrize(("message_id", "kind"), [("IE3Q02", "RFI"), ("IE3N04", "RFI"), ("IE3Q03", "RFS"), ("IE3N05", "RFS")])
def test_a_referral_asks_for_what_its_message_is_for(message_id: str, kind: str) -> None:
    assert {one["requestType"] for one in body(message_id, size="full")["referralRequestDetails"]} == {kind}


@pytest.mark.parametrize("seed", range(12))
def test_a_registration_is_about_a_filing_that_fits_the_office(seed: int) -> None:
    content = body("IE3R01", size="full", seed=seed)

    assert content["MRN"][2:4] == content["customsOfficeOfFirstEntry"]["referenceNumber"][:2]
    assert content["LRN"].startswith(content["SpecificCircumstanceIndicator"])


def test_the_registration_of_an_arrival_has_the_mrn_of_an_arrival() -> None:
    content = body("IE3R04")

    assert content["MRN"][16] == "Z"
    assert content["LRN"] == body("IE3N06")["LRN"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("message_id", MESSAGES)
def test_facts_have_happened_and_estimates_have_not(message_id: str, size: Any) -> None:
    for seed in SEEDS:
        content = body(message_id, size=size, seed=seed)
        means, day = content.get("activeBorderTransportMeans", {}), content.get("documentIssueDate", "")
        happened = [means[name] for name in means if name.startswith("actual")]
        expected = [means[name] for name in means if name.startswith("estimated")]

        assert all(moment <= day for moment in happened)
        assert "actualDateAndTimeOfArrival" in means or all(moment >= day for moment in expected)
