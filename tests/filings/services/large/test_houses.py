"""Houses in a table, added, taken out and split: the same for a document and for a filing kept in parts."""

from typing import Any

import pytest

from filings import samples, selectors
from filings.models import Filing
from filings.models.large import FilingPart
from filings.services import drafting
from filings.services.houses import changes, splitting, table
from filings.services.houses.changes import Given
from filings.services.houses.table import Wanted
from filings.services.large import editing
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests.factories import ALICE, NOW
from tests.filings.services.large import bench

HOUSES = 7
DOCUMENT = "transportDocumentHouseLevel/documentNumber"
MASS = "totalGrossMass"
KIND = "transportDocumentHouseLevel/type"


def whole(operator: Operator) -> Filing:
    with tenant_scope(operator.pk):
        document = samples.sample(bench.MESSAGE, seed=1, houses=HOUSES)
        return drafting.create(document=document, by=ALICE, at=NOW, source="web")


def in_parts(operator: Operator) -> Filing:
    filing = bench.drafted(operator, bench.xml(HOUSES, seed=1))
    assert filing.in_parts
    return filing


@pytest.fixture(autouse=True)
def even_smaller_is_large(settings: Any, small_is_large: None) -> None:
    settings.FILING_IN_PARTS_FROM = 2_000


BOTH = pytest.mark.parametrize("make", [whole, in_parts])


def rows(filing: Filing, **wanted: Any) -> list[table.House]:
    return table.page(filing, Wanted(**wanted), table.columns(filing))


def change(filing: Filing, **given: Any) -> None:
    changes.change(filing=filing, given=Given(**given), revision=filing.revision, by=ALICE, at=NOW)


@BOTH
def test_a_table_shows_each_house_with_its_cells(make: Any, operator: Operator) -> None:
    filing = make(operator)
    with tenant_scope(operator.pk):
        found = rows(filing)

    assert [each.number for each in found] == list(range(1, HOUSES + 1))
    assert len({each.reference for each in found}) == HOUSES
    assert all(each.cells[MASS] and each.cells["goodsItem/commodity/descriptionOfGoods"] for each in found)


@BOTH
def test_cells_change_as_one_revision_and_a_wrong_value_is_kept_and_told(make: Any, operator: Operator) -> None:
    filing = make(operator)
    with tenant_scope(operator.pk):
        before = filing.revision
        change(filing, changed={2: {MASS: "12.5"}, 5: {MASS: "twelve", "consignee/name": "Anna  Kunde"}})
        found = rows(filing)

    assert filing.revision == before + 1
    assert (found[1].cells[MASS], found[4].cells[MASS], found[4].cells["consignee/name"]) == ("12.5", "twelve", "Anna Kunde")
    assert MASS in found[4].wrong
    with tenant_scope(operator.pk):
        assert [each.number for each in rows(filing, faulty=True) if each.number in {4, 5}] == [5]


@BOTH
def test_rows_are_found_by_document_and_read_on_from_a_number(make: Any, operator: Operator) -> None:
    filing = make(operator)
    with tenant_scope(operator.pk):
        third = rows(filing)[2].reference
        assert [each.number for each in rows(filing, text=third)] == [3]
        assert [each.number for each in rows(filing, after=5)] == [6, 7]


@BOTH
def test_houses_are_added_with_the_references_all_share_and_taken_out(make: Any, operator: Operator) -> None:
    filing = make(operator)
    with tenant_scope(operator.pk):
        references = [each.reference for each in rows(filing)]
        change(filing, added=[{DOCUMENT: "NEW1"}, {DOCUMENT: "NEW2"}], removed=frozenset({1, 3}))
        found = rows(filing)
        filing.refresh_from_db()
        kind = table.page(filing, Wanted(text="NEW2"), table.columns(filing, [KIND]))

    assert [each.reference for each in found] == [*references[1:2], *references[3:], "NEW1", "NEW2"]
    assert [each.number for each in found] == list(range(1, HOUSES + 1))
    assert kind[0].cells == {KIND: "N703"}


@BOTH
def test_two_people_do_not_overwrite_each_other(make: Any, operator: Operator) -> None:
    filing = make(operator)
    with tenant_scope(operator.pk):
        change(filing, changed={1: {MASS: "1"}})
        with pytest.raises(drafting.ChangedMeanwhile):
            changes.change(filing=filing, given=Given({1: {MASS: "2"}}), revision=filing.revision - 1, by=ALICE, at=NOW)


@BOTH
@pytest.mark.parametrize("given", [{"changed": {99: {MASS: "1"}}}, {"changed": {1: {"no/such": "1"}}}])
def test_what_is_no_cell_changes_nothing(make: Any, given: Any, operator: Operator) -> None:
    filing = make(operator)
    with tenant_scope(operator.pk):
        with pytest.raises(changes.UnknownCell):
            change(filing, **given)
        assert rows(filing)[0].cells[MASS] != "1"


@BOTH
def test_a_split_spreads_the_houses_and_loses_none(make: Any, operator: Operator) -> None:
    filing = make(operator)
    with tenant_scope(operator.pk):
        references = [each.reference for each in rows(filing)]
        plan = splitting.plan(filing, size=3)
        assert [(each.first, each.last) for each in plan.pieces] == [(1, 3), (4, 6), (7, 7)]
        made = splitting.split(filing=filing, revision=filing.revision, size=3, by=ALICE, at=NOW)
        found = [[each.reference for each in rows(each)] for each in made]
        filing.refresh_from_db()

    assert found == [references[:3], references[3:6], references[6:]]
    assert {each.lrn for each in made[1:]} == {""}
    assert {each.declarant for each in made} == {filing.declarant}


def test_a_filing_that_has_too_many_is_split_by_what_its_kind_allows(operator: Operator) -> None:
    with tenant_scope(operator.pk):
        document = samples.sample("IE3F26", seed=1, houses=99)
        filing = drafting.create(document=document, by=ALICE, at=NOW, source="web")
        change(filing, added=[{DOCUMENT: f"MORE{number}"} for number in range(21)])
        made = splitting.split(filing=filing, revision=filing.revision, by=ALICE, at=NOW)
        counts = [table.count(each) for each in made]
        findings = [finding for each in made for finding in selectors.findings_of(each) if finding.code == "35"]

    assert counts == [99, 21]
    assert findings == []


@BOTH
def test_what_need_not_be_split_is_left_alone(make: Any, operator: Operator) -> None:
    filing = make(operator)
    with tenant_scope(operator.pk):
        with pytest.raises(splitting.NothingToSplit):
            splitting.split(filing=filing, revision=filing.revision, by=ALICE, at=NOW)
        for size in (-1, 501):
            with pytest.raises(splitting.BadSize):
                splitting.plan(filing, size=size)
        assert Filing.objects.count() == 1


def test_of_a_filing_in_parts_one_house_remains(operator: Operator) -> None:
    filing = in_parts(operator)
    with tenant_scope(operator.pk):
        with pytest.raises(editing.NothingLeft):
            change(filing, removed=frozenset(range(1, HOUSES + 1)))
        assert FilingPart.objects.count() == HOUSES


def test_a_paste_changes_what_is_there_and_adds_the_rest(operator: Operator) -> None:
    filing = whole(operator)
    with tenant_scope(operator.pk):
        shown = [each for each in table.columns(filing) if each.path in {DOCUMENT, MASS}]
        known = changes.numbers_of(filing)
    first = next(iter(known))

    in_order = changes.pasted(f"{first}\t10\nNEW\t11\r\n\n\t\n", shown, known)
    titled = changes.pasted(f"gross mass of the house\tHouse document\n10\t{first}\n", shown, known)

    assert (in_order.changed, list(in_order.added)) == ({1: {DOCUMENT: first, MASS: "10"}}, [{DOCUMENT: "NEW", MASS: "11"}])
    assert (titled.changed, list(titled.added)) == ({1: {DOCUMENT: first, MASS: "10"}}, [])


def test_a_message_without_houses_has_no_table(operator: Operator) -> None:
    with tenant_scope(operator.pk):
        filing = drafting.create(document=samples.sample("IE3F12", seed=1), by=ALICE, at=NOW, source="web")
        with pytest.raises(table.NoHouses):
            table.columns(filing)


def test_a_kind_with_room_for_one_house_takes_no_second(operator: Operator) -> None:
    with tenant_scope(operator.pk):
        filing = drafting.create(document=samples.sample("IE3F15", seed=1), by=ALICE, at=NOW, source="web")
        change(filing, changed={1: {MASS: "5"}})
        with pytest.raises(changes.NoRoom):
            change(filing, added=[{DOCUMENT: "NEW"}])
        assert rows(filing)[0].cells[MASS] == "5"
