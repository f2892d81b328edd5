"""The file to fill in: headings in words, the keys of the columns, how to fill each in, and what is known already."""

from collections.abc import Iterator
from typing import Final

from filings.messages import delimited
from filings.services.filing_requests.sheets.columns import Column, Sheet

HINT: Final = "#"  # a row in which every cell begins with it says how to fill in the columns
SEPARATORS: Final = {"semicolon": ";", "comma": ","}


def template(sheet: Sheet, *, separator: str = "semicolon") -> bytes:
    """Return the file, in UTF-8 with the mark by which Excel knows it; every cell in quotation marks, none a formula."""
    columns = sheet.columns
    rows = [
        [each.title for each in columns],
        [each.key for each in columns],
        [f"{HINT} {sheet.hint(each)}" for each in columns],
        *_begun(sheet, columns),
    ]
    lines = delimited.written(rows, separator=SEPARATORS.get(separator, ";"), quoted=True)
    return "".join(lines).encode("utf-8-sig")


def _begun(sheet: Sheet, columns: list[Column]) -> Iterator[list[str]]:
    """Yield a row for each house consignment that is known by its document, else one."""
    tells = {level.tells for level in sheet.levels if level.element.repeats}
    count = max((len(each.fixed) for each in columns if each.element.path in tells), default=1)
    for number in range(max(count, 1)):
        yield [_known(each, number, tells) for each in columns]


def _known(column: Column, number: int, tells: set[str]) -> str:
    if not column.fixed:
        return ""
    return column.fixed[number] if column.element.path in tells else column.fixed[0]
