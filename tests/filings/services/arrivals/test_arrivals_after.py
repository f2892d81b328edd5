"""What comes after an arrival: the next steps of a country, and the goods for its declarations."""

from datetime import date

import pytest

from filings.services.arrivals import export, next_steps
from tests.filings.services.voyages.test_voyages import registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme")]


def test_next_steps_are_those_of_the_country_then_of_every_country() -> None:
    german = next_steps.steps("DE", mode="1", on=date(2026, 11, 23))
    unknown = next_steps.steps("PT", mode="1", on=date(2026, 11, 23))

    assert [each.country for each in german] == ["DE", "*"]
    assert "SumA" in german[0].words
    assert [each.country for each in unknown] == ["*"]
    assert "not known here" in unknown[0].words


def test_every_step_names_its_source_and_ends_after_it_begins() -> None:
    for country in ("FI", "NL", "DE", "FR", "NO", "CH", "XI", "*"):
        for step in next_steps.steps(country, mode="4", on=date(2026, 11, 23)):
            assert step.source
            assert step.until is None or step.until > step.since


def test_a_step_holds_from_its_day_on() -> None:
    assert next_steps.steps("DE", mode="1", on=date(2020, 1, 1)) == []


def test_the_export_has_a_row_for_each_goods_item_with_the_documents_above_it() -> None:
    filing = registered("IE3F11")

    rows = list(export.goods([filing]))

    assert rows
    assert {row["mrn"] for row in rows} == {filing.mrn}
    assert all(row["master_document"] == filing.transport_document for row in rows)
    houses = [row for row in rows if row["house_document"]]
    assert houses
    assert all(row["hs_code"] and row["gross_mass"] and row["packages"] for row in houses)


def test_the_export_is_read_back_as_csv_and_holds_no_formula() -> None:
    filing = registered("IE3F12", **{"consignmentMasterLevel/goodsItem/commodity/descriptionOfGoods": "=1+1"})

    text = "".join(export.as_csv(export.goods([filing])))

    assert text.splitlines()[0].startswith("mrn,lrn,filing_type")
    assert "'=1+1" in text


def test_a_filing_without_goods_still_has_its_document_in_the_export() -> None:
    [row] = export.goods([registered("IE3F42")])

    assert row["master_document"]
    assert row["goods_item_number"] == ""


def test_an_export_of_nothing_has_its_columns() -> None:
    assert "".join(export.as_csv([])).startswith("mrn,")
