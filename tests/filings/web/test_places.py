"""Places as XPath, as names and as words."""

import pytest

from filings.messages import catalogue
from filings.web import places

F26 = catalogue.message("IE3F26")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/IE3F26/LRN", "LRN"),
        ("/IE3F26/documentIssueDate/DateTime", "documentIssueDate"),
        ("/IE3F26/declarant/address/city", "declarant.address.city"),
        ("/ns1:IE3F26/ns1:declarant/ns1:name", "declarant.name"),
        (
            "/IE3F26/consignmentMasterLevel/consignmentHouseLevel[2]/goodsItem/weight",
            "consignmentMasterLevel.consignmentHouseLevel.1.goodsItem.0.weight",
        ),
        ("/IE3F26/strange/thing", ""),
        ("", ""),
        ("//*[", ""),
    ],
)
def test_a_path_has_a_name(path: str, name: str) -> None:
    assert places.name_of(F26, path) == name


def test_a_path_is_told_in_words() -> None:
    path = "/IE3F26/consignmentMasterLevel/consignmentHouseLevel[2]/totalGrossMass"

    assert places.words_of(F26, path) == "Consignment (Master level) \u203a Consignment (House level) 2 \u203a Total gross mass"


def test_a_path_nobody_knows_is_told_as_it_is() -> None:
    assert places.words_of(F26, "/elsewhere") == "/elsewhere"


@pytest.mark.parametrize(("part", "counts"), [("0", True), ("99998", True), ("²", False), ("1" * 5000, False), ("", False)])
def test_only_short_plain_numbers_count_an_occurrence(part: str, counts: bool) -> None:
    assert places.is_number(part) is counts
