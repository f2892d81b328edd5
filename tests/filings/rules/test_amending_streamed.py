"""An amendment read in parts has the findings against its filing that it has in memory, whatever was changed in either."""

import io
import random
from collections.abc import Sequence

import pytest

from filings import samples
from filings.messages import catalogue, streaming, xml
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.rules import book, history, streamed
from filings.rules.amending import remembered
from filings.samples.sample import Size
from tests.filings.messages import building
from tests.filings.rules.test_streamed import change

AMENDMENTS = [message for message in catalogue.messages() if message.amends and streaming.parts_of(message)]
HOUSE = "consignmentMasterLevel/consignmentHouseLevel"
NUMBER = "transportDocumentHouseLevel/documentNumber"


def compare(document: Document, previous: Document) -> list[Finding]:
    """Return the findings in memory, which those of the same bytes in parts must equal."""
    data, accepted = building.as_given(document), building.as_given(previous)
    found = book.findings(xml.read(data), previous=xml.read(accepted))

    checked = streamed.check(io.BytesIO(data), previous=remembered(io.BytesIO(accepted)))

    assert list(checked.findings) == found
    return found


def both(message: Message, size: Size, seed: int, houses: int = 5) -> tuple[Document, Document]:
    return (
        samples.sample(message.id, size=size, houses=houses, seed=seed),
        samples.sample(message.amends, size=size, houses=houses, seed=seed),
    )


@pytest.mark.parametrize("message", AMENDMENTS, ids=lambda message: message.id)
def test_random_changes_of_either_have_the_same_findings(message: Message) -> None:
    dice = random.Random(message.id)
    sizes: Sequence[Size] = ("minimal", "full")
    for seed, size in enumerate(sizes):
        document, previous = both(message, size, seed, houses=3)
        for _ in range(dice.randint(0, 8)):
            change(document, dice)
        for _ in range(dice.randint(0, 4)):
            change(previous, dice)

        compare(document, previous)


@pytest.mark.parametrize("message", ["IE3A10", "IE3A23", "IE3A34", "IE3A51"])
def test_random_documents_have_the_same_findings(message: str) -> None:
    amendment = catalogue.message(message)
    previous = building.at_random(catalogue.message(amendment.amends), 7)

    compare(building.at_random(amendment, 1), previous)


@pytest.mark.parametrize("message", AMENDMENTS, ids=lambda message: message.id)
def test_every_fixed_element_is_found_in_parts(message: Message) -> None:
    fixed = [path for path, spec in message.by_path.items() if history.FIXED in spec.rules and not spec.children]
    document, previous = both(message, "full", 3, houses=3)
    changed = [(path, document.nodes(path)[-1]) for path in fixed if document.nodes(path)]
    for _, node in changed:
        node.set_text("CHANGED")

    found = {finding.path.rpartition("/")[2] for finding in compare(document, previous)}

    assert changed
    assert {path.rpartition("/")[2] for path, _ in changed} <= found


@pytest.mark.parametrize("message", ["IE3A20", "IE3A32", "IE3A43"])
def test_houses_are_compared_by_their_document_in_any_order(message: str) -> None:
    document, previous = both(catalogue.message(message), "full", 1)
    [master] = document.nodes("consignmentMasterLevel")
    first, *_, last = [place for place, child in enumerate(master.children) if child.name == "consignmentHouseLevel"]
    master.children[first], master.children[last] = master.children[last], master.children[first]

    found = compare(document, previous)

    assert [one for one in found if one.rule == "R3024" or one.code == "101"] == []


@pytest.mark.parametrize("message", ["IE3A20", "IE3A32", "IE3A43"])
def test_added_houses_and_items_are_found_in_parts(message: str) -> None:
    document, previous = both(catalogue.message(message), "full", 1)
    [master] = previous.nodes("consignmentMasterLevel")
    houses = [child for child in master.children if child.name == "consignmentHouseLevel"]
    master.children.remove(houses[2])
    items = houses[4].named("goodsItem")
    if len(items) > 1:
        houses[4].children.remove(items[0])

    found = compare(document, previous)

    paths = [one.path for one in found if one.code == "101"]
    assert f"/{message}/{HOUSE}[3]" in paths
    assert len(paths) == (2 if len(items) > 1 else 1)


@pytest.mark.parametrize("spoil", [f"{HOUSE}[2]/{NUMBER}", f"{HOUSE}[1]/{NUMBER}"])
def test_houses_without_a_number_of_their_own_are_compared_by_their_order(spoil: str) -> None:
    for which in range(2):
        pair = both(catalogue.message("IE3A32"), "full", 2)
        pair[which].set(spoil, pair[which].value(f"{HOUSE}[4]/{NUMBER}") or "")

        compare(*pair)


def test_a_previous_filing_that_is_held_whole_serves_as_well() -> None:
    document, previous = both(catalogue.message("IE3A43"), "full", 1)
    document.set("declarant/identificationNumber", "DE1")

    checked = streamed.check(io.BytesIO(xml.write(document)), previous=previous)

    assert [one.code for one in checked.findings if one.rule == "R3024"] == ["104"]


def test_a_filing_is_no_amendment_and_is_compared_with_nothing() -> None:
    document = samples.sample("IE3F32", houses=5)
    other = samples.sample("IE3F32", houses=9, seed=5)

    assert compare(document, other) == book.findings(document)


def test_of_a_previous_filing_only_what_is_compared_is_remembered() -> None:
    previous = remembered(io.BytesIO(xml.write(samples.sample("IE3F32", size="full", houses=3))))

    [master] = previous.nodes("consignmentMasterLevel")
    house = master.named("consignmentHouseLevel")[1]
    assert house.first("transportDocumentHouseLevel")
    assert house.named("consignee") == []
    assert [child.name for child in house.named("goodsItem")[0].children] == ["goodsItemNumber"]
