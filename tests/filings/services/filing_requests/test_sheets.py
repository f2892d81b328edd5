"""A spreadsheet for a filing request: what it asks, what one that was filled in says, and every problem at its place."""

import time
from typing import Any

import pytest

from filings.messages import delimited
from filings.models import FilingRequest
from filings.services.filing_requests import form, keys, outside
from filings.services.filing_requests.sheets import reading, values
from filings.services.filing_requests.sheets.columns import Sheet
from filings.services.filing_requests.sheets.reading import Understood, UnreadableSheet
from filings.services.filing_requests.sheets.values import Unclear
from tests.filings.services.filing_requests.asking_others import Pair, house_of, pair
from tests.filings.services.filing_requests.filled_sheets import (
    GOODS,
    HOUSE,
    MASS,
    MASTER,
    csv_of,
    filled,
    rows_of,
    template_rows,
)

FOREIGN = "FR12345678901"
ALL = [(how.id, message.id) for how, message in keys.offered()]


def sheet_for(combination: str, message_id: str, **key: list[str]) -> Sheet:
    how, message = next((how, message) for how, message in keys.offered() if (how.id, message.id) == (combination, message_id))
    given = {part.name: key.get(part.name.replace(" ", "_"), ["FR12345678901"]) for part in how.parts}
    request = FilingRequest(operator_id=None, asked_eori=FOREIGN, message_type=message.id, combination=how.id, key=given)
    return Sheet(request, message)


def read(data: bytes, sheet: Sheet) -> Understood:
    return reading.read(data, sheet, outside.findings)


# --- What is asked ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("combination", "message_id"), ALL)
def test_the_template_asks_what_the_form_asks_and_is_read_again(combination: str, message_id: str) -> None:
    sheet = sheet_for(combination, message_id)
    begun = form.first(sheet.message, sheet.request.key, combination, FOREIGN)
    asked = {row.field.path for row in form.rows(begun, {}, [])}
    titles, names, hints, *rows = template_rows(sheet.request, sheet)

    assert {each.element.path for each in sheet.columns} == asked
    assert len(set(titles)) == len(titles) == len(names)
    assert all(sheet.column(name) for name in names)
    assert all(hint.startswith("#") for hint in hints)
    fixed = {name: cell for name, cell in zip(names, rows[0], strict=True) if cell}
    assert fixed == {path: allowed[0] for path, allowed in sheet.fixed.items()}
    if fixed:
        understood = read("\r\n".join(";".join(row) for row in [names, *rows]).encode(), sheet)
        assert understood.is_whole
        assert understood.match.links or "MRN" in sheet.request.key


def test_the_template_has_a_row_for_each_house_that_is_known() -> None:
    sheet = sheet_for("postal-item", "IE3F43", item=["RR1", "RR2", "RR3"])
    _, names, _, *rows = template_rows(sheet.request, sheet)

    assert [row[names.index(HOUSE)] for row in rows] == ["RR1", "RR2", "RR3"]
    understood = read("\r\n".join(";".join(row) for row in [names, *rows]).encode(), sheet)
    assert dict(understood.counts)["consignment (house level)"] == 3
    assert understood.document.values(HOUSE) == ["RR1", "RR2", "RR3"]


def test_what_who_asks_has_typed_is_no_formula_in_the_template() -> None:
    sheet = sheet_for("sea-house", "IE3F15", master_document=["=cmd|' /C calc'!A0"])
    data = b"".join(line.encode() for line in [",".join(row) for row in template_rows(sheet.request, sheet)])

    assert b"'=cmd" in data


# --- What one says ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


@pytest.fixture
def house(two: Pair) -> tuple[Any, Sheet]:
    request = two.send()
    document = house_of(two.master, two.forwarder.eori)
    return document, Sheet(request, document.message)


@pytest.fixture
def rows(house: tuple[Any, Sheet]) -> list[dict[str, str]]:
    return rows_of(*house)


def test_a_sheet_makes_the_document_it_was_filled_in_from(house: tuple[Any, Sheet]) -> None:
    document, sheet = house
    understood = read(filled(document, sheet), sheet)

    assert understood.problems == ()
    assert [each for each in understood.found if each.stops] == []
    assert understood.match.links
    for path in (GOODS, MASS, HOUSE, MASTER, "declarant/name", "declarant/identificationNumber"):
        assert understood.document.values(path) == document.values(path)


def test_the_headings_in_words_do_as_well_as_the_keys(house: tuple[Any, Sheet], rows: list[dict[str, str]]) -> None:
    _, sheet = house
    titles = {each.key: each.title for each in sheet.columns}
    worded = [{titles.get(key, key): text for key, text in row.items()} for row in rows]

    assert read(csv_of(worded), sheet).document.to_json() == read(csv_of(rows), sheet).document.to_json()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_a_spreadsheet_saves_is_read(
    house: tuple[Any, Sheet], rows: list[dict[str, str]], encoding: str, separator: str
) -> None:
    _, sheet = house
    said = [{**rows[0], GOODS: "Stühle,\r\n“grün”; 3 Stück", MASS: "1 250,5"}]
    understood = read(csv_of(said, separator=separator).decode().encode(encoding), sheet)

    assert understood.problems == ()
    assert understood.document.value(GOODS) == "Stühle, “grün”; 3 Stück"
    assert understood.document.value(MASS) == "1250.5"


def test_goods_go_to_their_house_by_its_document() -> None:
    sheet = sheet_for("air-house", "IE3F26")
    rows = [{HOUSE: name, GOODS: goods} for name, goods in (("H1", "a"), ("H2", "b"), ("", "c"), ("H1", "d"))]
    understood = read(csv_of(rows), sheet)

    assert understood.problems == ()
    assert understood.document.values(f"{HOUSE}") == ["H1", "H2"]
    at = "consignmentMasterLevel/consignmentHouseLevel[{}]/goodsItem/commodity/descriptionOfGoods"
    assert [understood.document.values(at.format(number)) for number in (1, 2)] == [["a", "d"], ["b", "c"]]
    numbers = "consignmentMasterLevel/consignmentHouseLevel[1]/goodsItem/goodsItemNumber"
    assert understood.document.values(numbers) == ["1", "2"]


def test_a_second_packaging_has_a_column_of_its_own(house: tuple[Any, Sheet], rows: list[dict[str, str]]) -> None:
    _, sheet = house
    key = "consignmentMasterLevel/consignmentHouseLevel/goodsItem/packaging[2]/typeOfPackages"
    packaged = read(csv_of([{**rows[0], key: "BX"}]), sheet).document.values(key.replace("[2]", ""))

    assert len(packaged) == 2
    assert packaged[1] == "BX"


# --- What is wrong with one ------------------------------------------------------------------------------------------------


def test_what_contradicts_is_told_by_row_and_column() -> None:
    sheet = sheet_for("air-house", "IE3F26")
    consignee = "consignmentMasterLevel/consignmentHouseLevel/consignee/name"
    rows = [{HOUSE: "H1", consignee: "A", GOODS: "x"}, {HOUSE: "H1", consignee: "B", GOODS: "y"}]
    [problem] = read(csv_of(rows), sheet).problems

    assert problem.where == "Row 3, column B (Consignee: Name)"
    assert "Row 2 says “A”" in problem.sentence


def test_a_second_house_is_told_where_there_is_room_for_one(house: tuple[Any, Sheet], rows: list[dict[str, str]]) -> None:
    problems = read(csv_of([rows[0], {**rows[0], HOUSE: "OTHER"}]), house[1]).problems

    assert any(problem.row == 3 and "room for one" in problem.sentence for problem in problems)


def test_what_who_asks_has_fixed_stays(house: tuple[Any, Sheet], rows: list[dict[str, str]]) -> None:
    document, sheet = house
    understood = read(csv_of([{**rows[0], MASTER: "ANOTHER"}]), sheet)
    empty = read(csv_of([{**rows[0], MASTER: ""}]), sheet)

    assert [(each.row, "has fixed" in each.sentence) for each in understood.problems] == [(2, True)]
    assert understood.document.value(MASTER) == empty.document.value(MASTER) == document.value(MASTER)
    assert empty.problems == ()


def test_the_check_speaks_of_rows_and_columns(house: tuple[Any, Sheet], rows: list[dict[str, str]]) -> None:
    second = {**rows[0], MASS: "much", GOODS: ""}
    understood = read(csv_of([rows[0], second]), house[1])
    found = {each.where: each.sentence for each in understood.found if each.stops}

    assert understood.problems == ()
    assert not understood.is_right
    assert any(where.startswith("Row 3, column") and "Weight: Gross mass" in where for where in found)
    assert any(where.startswith("Row 3, column") and "Description of goods" in where for where in found)


def test_wrong_and_doubled_columns_and_stray_cells_are_told() -> None:
    sheet = sheet_for("air-house", "IE3F26")
    text = f"{HOUSE};{GOODS};Colour;{HOUSE};\r\nH1;Toys;red;H2;stray\r\nH3;Dolls;;;\r\n"
    understood = read(text.encode(), sheet)

    assert [(each.row, each.column) for each in understood.problems] == [(1, "D"), (2, "C"), (2, "D"), (2, "E")]
    words = " ".join(each.sentence for each in understood.problems)
    assert all(said in words for said in ("Column A is the same", "“Colour” is no column", "“red”", "“H2”", "“stray”"))
    assert understood.document.values(HOUSE) == ["H1", "H3"]


def test_a_title_above_another_key_is_asked_back() -> None:
    sheet = sheet_for("air-house", "IE3F26")
    titles = {each.key: each.title for each in sheet.columns}
    text = f"{titles[GOODS]};{titles[HOUSE]}\r\n{HOUSE};{GOODS}\r\nH1;Toys\r\n"

    assert [each.column for each in read(text.encode(), sheet).problems] == ["A", "B"]


@pytest.mark.parametrize(
    "key",
    [
        "LRN", "documentIssueDate", "specificCircumstanceIndicator", "consignmentMasterLevel", "../../etc/passwd", "a" * 9999,
        "consignmentMasterLevel/consignmentHouseLevel/goodsItem[2]/commodity/descriptionOfGoods",
        "consignmentMasterLevel/consignmentHouseLevel/goodsItem/packaging[51]/typeOfPackages",
        "consignmentMasterLevel/consignmentHouseLevel/goodsItem/goodsItemNumber", "declarant/name[2]",
    ],
)  # fmt: skip
def test_what_may_not_be_given_is_no_column(key: str) -> None:
    assert sheet_for("sea-house", "IE3F15").column(key) is None


# --- Hostile files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no row with data"),
        (b"a,b\r\nc,d\r\n", "must hold the headings"),
        (b"PK\x03\x04", "workbook"),
        (f'{GOODS};{HOUSE}\r\n"open;x\r\n'.encode(), "Row 2 is no CSV"),
        (f"{GOODS}\r\n".encode(), "no row with data"),
        (f"{GOODS}\r\n".encode() + b"x\r\n" * 100_000, "more than 2000 rows"),
        (b"x" * 10_000_000, "more than 2 MB"),
        ((f"{GOODS};" + ";" * 600 + "\r\n").encode(), "more than 500 columns"),
        (f"{GOODS};{HOUSE}\r\n{'x' * 200_000};y\r\n".encode(), "Row 2 is no CSV"),
    ],
)
def test_a_file_that_is_none_or_too_much_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableSheet) as refusal:
        read(data, sheet_for("sea-house", "IE3F15"))
    assert words in refusal.value.message


def test_a_sign_that_no_text_can_have_is_told_and_left_out() -> None:
    sheet = sheet_for("sea-house", "IE3F15")
    understood = read(f"{GOODS};{MASS}\r\nTo\0ys;1\r\n".encode(), sheet)

    assert [(each.row, each.column) for each in understood.problems] == [(2, "A")]
    assert understood.document.value(GOODS) is None


def test_a_formula_is_a_text_and_stays_one(house: tuple[Any, Sheet], rows: list[dict[str, str]]) -> None:
    understood = read(csv_of([{**rows[0], GOODS: "=1+1"}]), house[1])

    assert understood.document.value(GOODS) == "=1+1"
    assert delimited.harmless("=1+1") == "'=1+1"


def test_the_most_that_may_come_is_read_in_seconds_and_told_in_bounds() -> None:
    sheet = sheet_for("air-house", "IE3F26")
    rows = [{HOUSE: f"H{number % 99}", GOODS: f"{number}", MASS: "x,y", "declarant/name": f"{number}"} for number in range(2_000)]
    begun = time.monotonic()
    understood = read(csv_of(rows), sheet)

    assert time.monotonic() - begun < 20
    assert len(understood.problems) == len(understood.found) == reading.TOLD + 1
    assert understood.problems[-1].sentence == "There are 1799 more; mend these first."
    assert not understood.is_whole


def test_columns_have_the_letters_of_a_spreadsheet() -> None:
    assert [reading.letters(place) for place in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


# --- Numbers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12,5", "12.5"), ("12.5", "12.5"), ("0,250", "0.250"), ("1250", "1250"), ("1 250,5", "1250.5"), ("1.250,5", "1250.5"),
        ("1,250.5", "1250.5"), ("1.250.000", "1250000"), ("1,250,000", "1250000"), ("1'250.5", "1250.5"),
        ("1234,567", "1234.567"), ("1\u00a0250", "1250"),
        ("much", "much"), ("1,2,3", "1,2,3"), ("-1", "-1"), ("1.250", "1.250"), ("1 2", "1 2"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(text: str, said: str) -> None:
    assert values.number(text) == said


@pytest.mark.parametrize("text", ["1,234", "12,345", "999,000"])
def test_a_comma_that_may_be_either_is_asked_back(text: str) -> None:
    with pytest.raises(Unclear, match="may be"):
        values.number(text)


def test_a_number_that_the_spreadsheet_shortened_is_told() -> None:
    sheet = sheet_for("air-house", "IE3F26")
    [problem] = read(csv_of([{HOUSE: "5,71234E+11", GOODS: "Toys"}]), sheet).problems

    assert "format the column as text" in problem.sentence
