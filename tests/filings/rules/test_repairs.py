"""Values that would put a structural fault right."""

import pytest

from filings.rules import book
from tests.filings.rules.material import copy, samples

HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


@pytest.mark.parametrize(
    ("path", "given", "repair"),
    [
        ("declarant/address/country", "be", "BE"),
        ("declarant/address/country", " BE ", "BE"),
        (f"{HOUSE}/totalGrossMass", "1200,5", "1200.5"),
        (f"{HOUSE}/totalGrossMass", ".5", "0.5"),
        (f"{HOUSE}/totalGrossMass", "-5", ""),
        ("documentIssueDate", "2026-11-23 08:00Z", "2026-11-23T08:00:00Z"),
        ("documentIssueDate", "yesterday", ""),
        ("declarant/communication/type", "te", "TE"),
        ("declarant/name", "A name of more than seventy characters is too long for the element it was put in", ""),
        ("declarant/name", "Firma \u4e2d", ""),
        ("declarant/name", "", ""),
    ],
)
def test_a_simple_fault_has_a_repair_that_leaves_nothing_wrong(path: str, given: str, repair: str) -> None:
    document = copy(samples("IE3F26")[0])
    document.nodes(path)[0].set_text(given)

    found = [one for one in book.errors(book.findings(document)) if one.path.endswith(path.rpartition("/")[2])]

    assert found
    assert [one.repair for one in found] == [repair] * len(found)
    if repair:
        document.nodes(path)[0].set_text(repair)
        assert book.errors(book.findings(document)) == []
