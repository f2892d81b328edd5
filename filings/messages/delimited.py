"""Tables as text, as spreadsheets write and read them: CSV with comma, semicolon or tab, in the encodings of Excel.

decoded(data)       ->  the text of a file
records(text)       ->  number and cells of each of its rows
written(rows)       ->  rows as CSV
harmless, plain     ->  a cell that no spreadsheet takes for a formula, and what it was before
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

SEPARATORS: Final = ",;\t"
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet would calculate with when it opens the file
_QUOTED: Final = re.compile('"[^"]*"')
_WORKBOOK: Final = b"PK\x03\x04"
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class NotATable(ValueError):
    """The bytes are no table; the text says why and what to do. row: number of the row it is about, 0 for none."""

    def __init__(self, sentence: str, row: int = 0) -> None:
        super().__init__(sentence)
        self.row = row


def decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 (both as Excel saves them) or Windows-1252.

    :raises NotATable: if it is a workbook or in no such encoding.
    """
    if data.startswith((_WORKBOOK, _OLD_WORKBOOK)):
        raise NotATable("This is a workbook, not CSV. In the spreadsheet choose “Save as” and “CSV UTF-8”.")
    for encoding in ["utf-16"] if data.startswith(_UTF_16) else ["utf-8-sig", "cp1252"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotATable("The signs in this file cannot be read. In the spreadsheet choose “Save as” and “CSV UTF-8”.")


def separator_of(text: str) -> str:
    """Return what stands between the cells of the first row that says anything."""
    first = next((line for line in text.lstrip("\r\n").splitlines() if line.strip()), "")
    bare = _QUOTED.sub("", first)
    return max(SEPARATORS, key=bare.count)


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each row, as a spreadsheet counts them, with its cells as they stand in the file.

    :raises NotATable: at the row from which on it is no CSV.
    """
    number = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True):
            number += 1
            yield number, cells
    except csv.Error as error:
        raise NotATable(f"Row {number + 1} is no CSV: {error}. Is a quotation mark missing?", number + 1) from error


def written(rows: Iterable[Sequence[str]], *, separator: str = ",", quoted: bool = False) -> Iterator[str]:
    """Yield each row as CSV, with every cell made harmless."""
    line = io.StringIO()
    writer = csv.writer(line, delimiter=separator, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; plain() gives back what it was."""
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA) else cell


def plain(cell: str) -> str:
    """Return what a cell was before it was made harmless."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell
