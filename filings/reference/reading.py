"""Read a published code list: CSV, or the Commission's exports as XML or XLSX. Bounded, and strict about what it is.

Columns are found by their headings. The tables of UN/LOCODE have none and are known by their twelve columns.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from lxml import etree

from filings.messages import safexml
from filings.reference.entries import Packed
from filings.reference.lookup import PLACES

LARGEST: Final = 64 * 1024 * 1024  # bytes of a file, and of each part of a workbook once unpacked
MOST: Final = 300_000  # codes
LONGEST_CODE: Final = 20
LONGEST_NAME: Final = 500

Cells = Sequence[str]

# Headings without blanks and signs, in small letters; the first that is there counts.
_CODE: Final = ("code", "referencenumber", "locode", "unlocode", "alpha2", "alpha2code", "alphabeticcode", "hscode", "unnumber",
                "customsofficereferencenumber", "value", "cus", "cuscode")  # fmt: skip
_NAME: Final = ("name", "description", "namewodiacritics", "title", "currency", "englishshortname", "usualname", "label",
                "propershippingname", "customsofficeusualname", "meaning")  # fmt: skip
_FUNCTIONS: Final = ("functions", "function")
# Without headings. What UN/ECE publishes as CSV has the functions before the status, what its database writes has them after.
_LOCODE_COLUMNS: Final = ("change", "country", "location", "name", "namewodiacritics", "subdivision", "function", "status",
                          "date", "iata", "coordinates", "remarks")  # fmt: skip
_FUNCTION_SIGNS: Final = re.compile(r"[0-8B-]{8}")
_NAMESPACE: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STATUS_REMOVED: Final = frozenset({"XX"})
_CELL: Final = re.compile(r"([A-Z]{1,3})[0-9]+")


class UnreadableList(ValueError):
    """The file is not a code list that can be read; the text says why and what to do."""


def read(data: bytes, code_list: str) -> dict[str, Packed]:
    """Return name and functions by code, sorted by code.

    :raises UnreadableList: if it is none of the three forms, too large, or has no codes
    """
    if len(data) > LARGEST:
        raise UnreadableList(f"The file has {len(data)} bytes; at most {LARGEST} are read.")
    if data.startswith(b"PK\x03\x04"):
        found = _from_table(_workbook(data), code_list)
    elif data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        found = _from_xml(_xml(data))
    else:
        found = _from_table(_csv(data), code_list)
    entries = _entries(found)
    if not entries:
        raise UnreadableList("There are no codes in the file.")
    return dict(sorted(entries.items()))


def _entries(found: Iterable[tuple[str, str, str]]) -> dict[str, Packed]:
    entries: dict[str, Packed] = {}
    for code, name, functions in found:
        if len(code) > LONGEST_CODE or any(sign.isspace() or not sign.isprintable() for sign in code):
            raise UnreadableList(f"“{code[:40]}” is no code; is the heading of the column right?")
        entries.setdefault(code, (" ".join(name.split())[:LONGEST_NAME], functions))
        if len(entries) > MOST:
            raise UnreadableList(f"The file has more than {MOST} codes.")
    return entries


# --- Tables --------------------------------------------------------------------------------------------------------------


def _csv(data: bytes) -> Iterator[Cells]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # the tables of UN/LOCODE as they are published
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise UnreadableList(f"The file is not CSV: {error}.") from error


def _from_table(rows: Iterable[Cells], code_list: str) -> Iterator[tuple[str, str, str]]:
    """Yield code, name and functions of a table with headings, which may stand below a title."""
    columns: dict[str, int] | None = None
    for number, row in enumerate(rows):
        if columns is None:
            columns = _headings(row)
            if columns is None and code_list == PLACES and _is_locode(row):
                columns = {name: place for place, name in enumerate(_LOCODE_COLUMNS)}
                yield from _row(row, columns)
            elif columns is None and number >= 20:
                break
            continue
        yield from _row(row, columns)
    if columns is None:
        raise UnreadableList("No heading such as “code” or “reference number” was found in the first rows.")


def _headings(row: Cells) -> dict[str, int] | None:
    """Return the place of each column, None if the row does not hold headings."""
    names = {re.sub(r"[^a-z0-9]", "", cell.lower()): place for place, cell in reversed(list(enumerate(row)))}
    if {"country", "location", "function"} <= names.keys():
        return names
    code, name = _first(names, _CODE), _first(names, _NAME)
    if code is None or name is None:
        return None
    functions = _first(names, _FUNCTIONS)
    return {"code": code, "name": name} | ({"function": functions} if functions is not None else {})


def _first(names: Mapping[str, int], wanted: Iterable[str]) -> int | None:
    return next((names[each] for each in wanted if each in names), None)


def _is_locode(row: Cells) -> bool:
    return len(row) in (11, 12) and re.fullmatch(r"[A-Z]{2}", row[1]) is not None


def _row(row: Cells, columns: Mapping[str, int]) -> Iterator[tuple[str, str, str]]:
    def cell(name: str) -> str:
        place = columns.get(name, len(row))
        return row[place].strip() if place < len(row) else ""

    if "location" in columns:
        # Rows without a location name a country; removed places are listed once more, marked.
        functions, status = cell("function"), cell("status")
        if _FUNCTION_SIGNS.fullmatch(status):
            functions, status = status, functions
        gone = cell("change") == "X" or status in _STATUS_REMOVED
        code = cell("country") + cell("location") if cell("location") and not gone else ""
    else:
        functions, code = cell("function"), cell("code")
    if code:
        yield code, cell("name"), "".join(sign for sign in functions if sign in "12345678B")


# --- The Commission's XML: entries of items with a name, descriptions by language ----------------------------------------


def _xml(data: bytes) -> etree._Element:
    try:
        return safexml.parse(data, limit=LARGEST)
    except safexml.UnsafeXml as error:
        raise UnreadableList(str(error)) from error


def _from_xml(root: etree._Element) -> Iterator[tuple[str, str, str]]:
    entries = [element for element in root.iter(etree.Element) if _local(element) in ("RDEntry", "CustomsOffice")]
    if not entries:
        raise UnreadableList("There is no RDEntry in the XML; export the list from the Commission's reference data as XML.")
    for entry in entries:
        if _is_valid(entry) and (found := _entry(entry)):
            yield found


def _is_valid(entry: etree._Element) -> bool:
    """Say whether an entry is in force; one that says nothing is."""
    states = [(element.text or "").strip().lower() for element in entry.iter(etree.Element) if _local(element) == "state"]
    return not states or states[0] == "valid"


def _entry(entry: etree._Element) -> tuple[str, str, str] | None:
    items = {
        re.sub(r"[^a-z0-9]", "", (element.get("name") or "").lower()): (element.text or "").strip()
        for element in reversed(list(entry.iter(etree.Element)))
        if _local(element) == "dataItem"
    }
    if not items:
        return None
    code = next((items[name] for name in _CODE if name in items), "") or list(items.values())[-1]
    return (code, _description(entry) or next((items[name] for name in _NAME if name in items), ""), "") if code else None


def _description(entry: etree._Element) -> str:
    """Return the description in English, else the first."""
    found = [element for element in entry.iter(etree.Element) if _local(element) == "description"]
    english = [element for element in found if (element.get("lang") or element.get("language") or "").lower() == "en"]
    return next(((element.text or "").strip() for element in [*english, *found] if (element.text or "").strip()), "")


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


# --- Workbooks: the first sheet, read as the XML it is -------------------------------------------------------------------


def _workbook(data: bytes) -> Iterator[Cells]:
    """Yield the rows of the first sheet of an XLSX file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = sorted(name for name in book.namelist() if re.fullmatch(r"xl/worksheets/sheet[0-9]+\.xml", name))
            if not names:
                raise UnreadableList("The file is a ZIP archive but no workbook (XLSX).")
            first = min(names, key=lambda name: int(re.sub(r"\D", "", name)))
            shared = _shared(_part(book, "xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in book.namelist() else []
            sheet = _xml(_part(book, first))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableList(f"The workbook cannot be unpacked: {error}.") from error
    for row in sheet.iter(f"{_NAMESPACE}row"):
        yield _cells(row, shared)


def _part(book: zipfile.ZipFile, name: str) -> bytes:
    """Return one part, never more than allowed whatever the archive says about its size."""
    with book.open(name) as part:
        data = part.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UnreadableList(f"{name} in the workbook has more than {LARGEST} bytes.")
    return data


def _shared(data: bytes) -> list[str]:
    return ["".join(text.text or "" for text in item.iter(f"{_NAMESPACE}t")) for item in _xml(data).iter(f"{_NAMESPACE}si")]


def _cells(row: etree._Element, shared: Sequence[str]) -> Cells:
    cells: list[str] = []
    for cell in row.iter(f"{_NAMESPACE}c"):
        match = _CELL.fullmatch(cell.get("r") or "")
        place = _column(match[1]) if match else len(cells)
        if place >= 1000:
            raise UnreadableList("The sheet has more than 1,000 columns.")
        cells.extend([""] * (place + 1 - len(cells)))
        cells[place] = _text(cell, shared)
    return cells


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _text(cell: etree._Element, shared: Sequence[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_NAMESPACE}t"))
    value = (cell.findtext(f"{_NAMESPACE}v") or "").strip()
    if cell.get("t") == "s":
        return shared[int(value)] if value.isdecimal() and int(value) < len(shared) else ""
    return value
