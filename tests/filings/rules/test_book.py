"""The book orders what is found by place and says each thing once."""

from dataclasses import replace

import pytest

from filings.messages import catalogue
from filings.messages.document import Node
from filings.messages.finding import Finding
from filings.rules import book
from filings.rules.order import in_document_order
from tests.filings.rules.material import copy, occurrences, remove, samples

HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


def broken_everywhere() -> list[Finding]:
    document = copy(samples("IE3F20")[0])
    for _, group in list(occurrences(document, f"{HOUSE}/goodsItem")):
        remove(group, "goodsItemNumber")
    for _, group in list(occurrences(document, f"{HOUSE}/consignee/address")):
        remove(group, "postCode")
    document.set("declarant/name", None)
    return book.findings(document)


def test_findings_stand_in_the_order_of_the_document() -> None:
    found = [one.path for one in broken_everywhere()]

    assert found == [
        f"/IE3F20/{HOUSE}[1]/consignee/address/postCode",
        f"/IE3F20/{HOUSE}[1]/goodsItem[1]/goodsItemNumber",
        f"/IE3F20/{HOUSE}[1]/goodsItem[2]/goodsItemNumber",
        f"/IE3F20/{HOUSE}[2]/consignee/address/postCode",
        f"/IE3F20/{HOUSE}[2]/goodsItem[1]/goodsItemNumber",
        f"/IE3F20/{HOUSE}[2]/goodsItem[2]/goodsItemNumber",
        "/IE3F20/declarant/name",
    ]


def test_the_same_document_gives_the_same_list() -> None:
    assert broken_everywhere() == broken_everywhere()


def test_each_thing_is_said_once() -> None:
    document = samples("IE3F25")[0]
    finding = Finding("/IE3F25/LRN", "12", "R3003", "error", "Twice.")

    assert in_document_order(document.message, [finding, replace(finding)]) == [finding]


def test_structure_comes_first_at_one_place_and_unknown_places_last() -> None:
    message = catalogue.message("IE3F25")
    paths = ["/IE3F25/nonsense", "/IE3F25/declarant/name", "/IE3F25/LRN", "/IE3F25"]
    found = [Finding(path, "12", "", "error", "") for path in paths]

    assert [one.path for one in in_document_order(message, found)] == [paths[3], paths[2], paths[1], paths[0]]


def test_indexes_are_ordered_as_numbers() -> None:
    message = catalogue.message("IE3F20")
    found = [Finding(f"/IE3F20/{HOUSE}[{index}]", "12", "", "error", "") for index in (10, 9, 1)]

    assert [one.path[-4:].strip("l[]") for one in in_document_order(message, found)] == ["1", "9", "10"]


@pytest.mark.parametrize("given", ["", " "])
def test_a_faulty_place_is_not_told_twice(given: str) -> None:
    document = copy(samples("IE3F25")[0])
    document.nodes("declarant/identificationNumber")[0].set_text(given)

    assert [one.rule for one in book.findings(document)] == [""]


def test_a_missing_group_does_not_report_what_would_be_in_it() -> None:
    document = copy(samples("IE3F12")[0])
    [(_, master)] = occurrences(document, "consignmentMasterLevel")
    remove(master, "placeOfLoading")

    assert [one.path for one in book.findings(document)] == ["/IE3F12/consignmentMasterLevel/placeOfLoading"]


def test_an_empty_group_is_one_fault() -> None:
    document = copy(samples("IE3F12")[0])
    [(_, master)] = occurrences(document, "consignmentMasterLevel")
    remove(master, "placeOfLoading")
    master.children.insert(0, Node("placeOfLoading"))

    assert [one.path for one in book.findings(document)] == ["/IE3F12/consignmentMasterLevel/placeOfLoading"]


def test_warnings_do_not_stop_a_message() -> None:
    error = Finding("/IE3F25", "13", "", "error", "No.")
    warning = Finding("/IE3F25", "39", "", "warning", "Hm.")

    assert book.errors([warning, error]) == [error]
