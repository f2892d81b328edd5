"""What needs history: references used before, and amendments against what they amend."""

import pytest

from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.rules import book, history
from tests.filings.rules.material import copy, insert, occurrences, remove, samples, stands
from tests.filings.rules.showing import amendment_broken, both

STANDS = stands("rules")
UNIQUE = sorted({(of, path) for of, id_, path in STANDS if id_ == "R3003"})
FIXED = sorted({(of, path) for of, id_, path in STANDS if id_ == "R3024"})
AMENDMENTS = sorted({of for of, _ in FIXED})
HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


def against(document: Document, previous: Document) -> list[Finding]:
    return [one for one in book.findings(document, previous=previous) if one.rule != "R3031"]


@pytest.mark.parametrize(("message_id", "path"), UNIQUE)
def test_a_reference_used_before_is_found(message_id: str, path: str) -> None:
    document = samples(message_id)[0]
    asked: list[tuple[str, str]] = []

    def used(reference: str, party: str) -> bool:
        asked.append((reference, party))
        return True

    [finding] = [one for one in book.findings(document, used=used) if one.rule == "R3003"]

    assert (finding.path, finding.code, finding.severity) == (f"/{message_id}/{path}", "94", "error")
    assert asked == [(document.value(path), document.value(document.message.party))]


def test_a_new_reference_is_fine() -> None:
    assert book.findings(samples("IE3F26")[1], used=lambda _reference, _party: False) == []


@pytest.mark.parametrize("amendment", AMENDMENTS)
def test_an_amendment_that_changes_nothing_fixed_is_fine(amendment: str) -> None:
    for seed in range(4):
        for size in ("minimal", "full"):
            assert against(*both(amendment, seed, size)) == []


@pytest.mark.parametrize(("amendment", "path"), FIXED)
def test_what_may_not_be_amended_is_found_wherever_it_stands(amendment: str, path: str) -> None:
    finding = amendment_broken(amendment, path)

    assert finding
    assert (finding.rule, finding.code, finding.severity) == ("R3024", "104", "error")


def test_the_finding_proposes_what_stood_there() -> None:
    document, previous = both("IE3A12", 0, "minimal")
    was = document.value("declarant/identificationNumber")
    document.set("declarant/identificationNumber", "DE1")

    [finding] = [one for one in history.amended(document, previous) if one.severity == "error"]

    assert finding.repair == was
    assert finding.sentence.startswith(f"“Identification number” may not be amended: it was “{was}”, it is “DE1”")


def test_a_house_more_than_before_is_found_once() -> None:
    document, previous = both("IE3A11", 0, "full")
    [(_, master)] = occurrences(previous, "consignmentMasterLevel")
    master.children.remove(master.named("consignmentHouseLevel")[0])

    [finding] = against(document, previous)

    assert (finding.path, finding.code) == (f"/IE3A11/{HOUSE}[1]", "101")


def test_a_goods_item_more_than_before_is_found() -> None:
    document, previous = both("IE3A11", 0, "full")
    [(place, house), *_] = occurrences(document, HOUSE)
    item = house.named("goodsItem")[-1:]
    insert(house, document.message.by_path[HOUSE], item)
    count = len(house.named("goodsItem"))
    house.named("goodsItem")[-1].first("goodsItemNumber").set_text(str(count))  # type: ignore[union-attr]

    found = [one for one in history.amended(document, previous) if one.code == "101"]

    assert [one.path for one in found] == [f"{place}/goodsItem[{count}]"]


def test_leaving_out_a_house_is_no_addition() -> None:
    document, previous = both("IE3A11", 0, "full")
    [(_, master)] = occurrences(document, "consignmentMasterLevel")
    master.children.remove(master.named("consignmentHouseLevel")[0])

    assert list(history.amended(document, previous)) == []


def test_a_representative_may_not_come_or_go_and_its_address_is_doubtful() -> None:
    document, previous = both("IE3A12", 0, "full")
    other = copy(document)
    other.set("representative/address/city", "Elsewhere")
    document.root.children = [child for child in document.root.children if child.name != "representative"]

    assert [(one.path, one.code) for one in against(document, previous)] == [("/IE3A12/representative", "104")]
    assert [(one.path, one.severity) for one in against(other, previous)] == [("/IE3A12/representative", "warning")]


def test_a_group_that_went_with_something_fixed_in_it_is_told_at_the_value() -> None:
    document, previous = both("IE3A12", 0, "full")
    [(_, master)] = occurrences(document, "consignmentMasterLevel")
    remove(master, "carrier")

    found = list(history.amended(document, previous))

    assert [one.path for one in found] == ["/IE3A12/consignmentMasterLevel/carrier/identificationNumber"]
    assert [one.path for one in against(document, previous)] == ["/IE3A12/consignmentMasterLevel/carrier"]
