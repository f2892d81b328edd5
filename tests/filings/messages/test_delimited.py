"""CSV as spreadsheets write and read it."""

import pytest

from filings.messages import delimited
from filings.messages.delimited import NotATable


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_encoding_of_a_spreadsheet_is_read(encoding: str) -> None:
    assert delimited.decoded("Größe;Café “Łódź”".replace("Łódź", "Lodz").encode(encoding)) == "Größe;Café “Lodz”"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_the_one_outside_of_quotation_marks(separator: str) -> None:
    text = separator.join(['"a,b;c,d;e,f"', "x", "y", "z"]) + "\r\n"

    assert list(delimited.records(text)) == [(1, ["a,b;c,d;e,f", "x", "y", "z"])]


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    text = 'a,b\r\n\r\n"two\r\nlines",x\r\nlast,y\r\n'

    assert [number for number, cells in delimited.records(text) if cells] == [1, 3, 4]


def test_an_open_quotation_mark_is_told_by_row() -> None:
    with pytest.raises(NotATable, match="Row 3 is no CSV") as refusal:
        list(delimited.records('a,b\r\nc,d\r\n"e,f\r\n'))
    assert refusal.value.row == 3


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_a_workbook_is_refused_with_the_way_out(data: bytes) -> None:
    with pytest.raises(NotATable, match="Save as"):
        delimited.decoded(data)


def test_bytes_in_no_encoding_are_refused() -> None:
    with pytest.raises(NotATable, match="cannot be read"):
        delimited.decoded(b"a;\x81\x8d\x8f\x90")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "'=1", "''=1", "'", "''", "plain", "", "'plain"])
def test_no_cell_is_a_formula_and_each_is_read_back_the_same(cell: str) -> None:
    [(_, [read])] = list(delimited.records("".join(delimited.written([[cell]], quoted=True))))

    assert not read.startswith(delimited.FORMULA)
    assert delimited.plain(read) == cell
