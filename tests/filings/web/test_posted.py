"""What becomes of a document when a part of it is posted."""

from typing import Any

import pytest

from filings.messages import catalogue
from filings.messages.fields import fields
from filings.web import posted

FIELDS = fields(catalogue.message("IE3F26"))
HOUSE = "consignmentMasterLevel.consignmentHouseLevel"


def after(base: dict[str, Any], values: dict[str, str], **marks: list[str]) -> dict[str, Any]:
    return posted.document_from(base, values, FIELDS, **marks)


def houses(*masses: str) -> dict[str, Any]:
    return {"consignmentMasterLevel": {"consignmentHouseLevel": [{"totalGrossMass": mass} for mass in masses]}}


def test_what_was_not_posted_stays() -> None:
    base = {"LRN": "A", "declarant": {"name": "B"}}

    assert after(base, {"LRN": "C"}) == {"LRN": "C", "declarant": {"name": "B"}}


def test_a_value_posted_empty_is_removed_and_an_empty_group_with_it() -> None:
    assert after({"declarant": {"name": "B"}}, {"declarant.name": " "}) == {}


def test_what_the_table_does_not_know_survives() -> None:
    base = {"LRN": "A", "strange": [{"x": "1"}], "declarant": {"odd": "2"}}

    found = after(base, {"LRN": "B", "declarant.name": "C"})

    assert found == {"LRN": "B", "strange": [{"x": "1"}], "declarant": {"odd": "2", "name": "C"}}


def test_an_occurrence_missing_from_a_list_shown_whole_was_removed() -> None:
    values = {f"{HOUSE}.0.totalGrossMass": "1", f"{HOUSE}.2.totalGrossMass": "3"}

    assert after(houses("1", "2", "3"), values, shown=[HOUSE]) == houses("1", "3")


def test_an_occurrence_missing_from_a_folded_list_stays() -> None:
    assert after(houses("1", "2", "3"), {f"{HOUSE}.1.totalGrossMass": "9"}) == houses("1", "9", "3")


def test_an_open_group_whose_content_is_on_other_pages_stays() -> None:
    base = houses("1", "2")

    assert after(base, {}, shown=["consignmentMasterLevel"], open_=["consignmentMasterLevel"]) == base


def test_a_group_that_no_longer_stands_in_its_place_is_removed() -> None:
    base = {"LRN": "A", "representative": {"name": "B"}}

    assert after(base, {}, shown=["representative"]) == {"LRN": "A"}


def test_added_occurrences_come_after_the_others_in_their_order() -> None:
    values = {f"{HOUSE}.10.totalGrossMass": "3", f"{HOUSE}.7.totalGrossMass": "2"}

    assert after(houses("1"), values) == houses("1", "2", "3")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-01-31T09:15", "2026-01-31T09:15:00Z"),
        ("2026-01-31T09:15:30", "2026-01-31T09:15:30Z"),
        ("2026-01-31T09:15:30Z", "2026-01-31T09:15:30Z"),
        ("tomorrow", "tomorrow"),
    ],
)
def test_a_moment_gets_its_zone_and_nonsense_stays_to_be_corrected(given: str, kept: str) -> None:
    assert after({}, {"documentIssueDate": given}) == {"documentIssueDate": kept}


def test_names_that_are_no_places_are_ignored() -> None:
    values = {"csrfmiddlewaretoken": "x", "deed": "save", "declarant.99999999999.name": "y", "nowhere.0.a": "z"}

    assert after({"LRN": "A"}, values) == {"LRN": "A"}


def test_a_group_posted_as_a_list_where_only_one_may_stand_is_that_one() -> None:
    assert after({}, {"declarant.0.name": "A"}) == {"declarant": {"name": "A"}}
