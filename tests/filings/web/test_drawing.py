"""How the form of a message is laid out."""

from typing import Any

import pytest

from filings import samples
from filings.messages import catalogue
from filings.messages.finding import Finding
from filings.web.drawing import Drawing, summary
from filings.web.layout import FOLDED_PAGE, Item, Slot

F26 = catalogue.message("IE3F26")
HOUSE = "consignmentMasterLevel.consignmentHouseLevel"


def drawn(message: str, **how: Any) -> Item:
    made = samples.sample(message, **how)
    return Drawing(made.message).whole(made.to_json()[message])


def slot(item: Item, *names: str) -> Slot:
    """Return the place of a group below an item; of repeated groups the first occurrence is followed."""
    found = next(each for each in (*item.slots, *item.absent) if each.field.name == names[0])
    return slot(found.items[0], *names[1:]) if names[1:] else found


def test_an_empty_form_offers_what_is_needed_and_a_way_to_add_the_rest() -> None:
    item = Drawing(F26).whole({})

    needed = [each.name for each in F26.root.children if each.min and each.children]
    assert [each.field.name for each in item.slots] == needed
    assert [each.field.name for each in item.absent] == ["representative", "hrcmScreeningResults"]
    assert slot(item, "consignmentMasterLevel", "consignmentHouseLevel", "countriesOfRoutingOfConsignment").total == 2


def test_a_few_houses_stand_open_and_many_are_folded() -> None:
    few = slot(drawn("IE3F26", houses=3), "consignmentMasterLevel", "consignmentHouseLevel")
    many = slot(drawn("IE3F26", houses=60), "consignmentMasterLevel", "consignmentHouseLevel")

    assert (len(few.items), few.folded) == (3, False)
    assert (len(many.items), len(many.rows), many.total) == (0, FOLDED_PAGE, 60)
    assert many.next_rows == FOLDED_PAGE


def test_a_full_list_takes_no_more() -> None:
    assert slot(drawn("IE3F26", houses=98), "consignmentMasterLevel", "consignmentHouseLevel").can_add
    assert not slot(drawn("IE3F26", houses=99), "consignmentMasterLevel", "consignmentHouseLevel").can_add


def test_the_only_occurrence_of_a_needed_group_cannot_be_removed() -> None:
    [declarant] = slot(Drawing(F26).whole({}), "declarant").items

    assert not declarant.removable


def test_an_optional_field_with_a_value_stands_open() -> None:
    [declarant] = slot(Drawing(F26).whole({"declarant": {"address": {"street": "Kade"}}}), "declarant").items
    [address] = slot(declarant, "address").items

    assert address.more_open
    assert not declarant.more_open


@pytest.mark.parametrize(
    ("value", "control", "shown"),
    [
        ("2026-01-31T09:15:00Z", "datetime", "2026-01-31T09:15"),
        ("2026-01-31T09:15:30Z", "datetime", "2026-01-31T09:15:30"),
        ("31.1.2026", "text", "31.1.2026"),
    ],
)
def test_a_date_the_browser_cannot_show_stays_as_text(value: str, control: str, shown: str) -> None:
    entries = Drawing(F26).whole({"documentIssueDate": value}).first

    [date] = [entry for entry in entries if entry.name == "documentIssueDate"]
    assert (date.control, date.value) == (control, shown)


def test_a_code_nobody_lists_is_still_shown() -> None:
    [entry] = [entry for entry in Drawing(F26).whole({"SpecificCircumstanceIndicator": "X99"}).first if entry.control == "select"]

    assert entry.odd


def test_findings_are_counted_on_everything_above_them() -> None:
    finding = Finding(f"/IE3F26/{HOUSE.replace('.', '/')}[2]/goodsItem[1]/weight/grossMass", "12", "", "error", "Wrong.")

    drawing = Drawing.of(F26, [finding])

    assert drawing.below["consignmentMasterLevel"] == drawing.below[f"{HOUSE}.1.goodsItem.0"] == 1
    assert drawing.below[f"{HOUSE}.0"] == 0


def test_a_group_is_known_by_its_telling_values() -> None:
    group = {"totalGrossMass": "5", "consignee": {"name": "Celtronic"}, "transportDocumentHouseLevel": {"documentNumber": "H1"}}

    assert summary(group) == "H1 · Celtronic"
