"""Spreadsheets as people fill them in: the template of a request with what a document says."""

import re
from typing import Any

from filings.messages import delimited, json
from filings.messages.document import Document
from filings.models import FilingRequest
from filings.services.filing_requests.sheets import writing
from filings.services.filing_requests.sheets.columns import Sheet

ITEM = "consignmentMasterLevel/consignmentHouseLevel/goodsItem/"
GOODS = f"{ITEM}commodity/descriptionOfGoods"
MASS = f"{ITEM}weight/grossMass"
MASTER = "consignmentMasterLevel/consignmentHouseLevel/transportDocumentMasterLevel/documentNumber"
HOUSE = "consignmentMasterLevel/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber"


def leaves(content: Any, path: str = "") -> dict[str, str]:
    """Return every value of JSON by its path."""
    found: dict[str, str] = {}
    if isinstance(content, dict):
        for name, below in content.items():
            found |= leaves(below, f"{path}/{name}".strip("/"))
    elif isinstance(content, list):
        for number, below in enumerate(content, 1):
            found |= leaves(below, f"{path}[{number}]")
    else:
        found[path] = content
    return found


def rows_of(document: Document, sheet: Sheet) -> list[dict[str, str]]:
    """Return a row for each goods item of a document, by the keys of columns; what has no column is left out."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    values = {path: text for path, text in leaves(json.to_json(document)[document.message.id]).items() if text}
    for path, text in values.items():
        column = sheet.column(re.sub(r"(consignmentHouseLevel|goodsItem)\[[0-9]+\]", r"\1", path))
        if column is not None:
            place = tuple(re.findall(r"(?:consignmentHouseLevel|goodsItem)\[([0-9]+)\]", path))
            rows.setdefault(place, {})[column.key] = text
    deepest = [place for place in rows if not any(other != place and other[: len(place)] == place for other in rows)]
    return [
        {key: text for depth in range(len(place) + 1) for key, text in rows.get(place[:depth], {}).items()}
        for place in sorted(deepest)
    ]


def csv_of(rows: list[dict[str, str]], *, separator: str = ";") -> bytes:
    """Return rows by key as a file."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    lines = [keys, *([row.get(key, "") for key in keys] for row in rows)]
    return "".join(delimited.written(lines, separator=separator)).encode()


def filled(document: Document, sheet: Sheet, **changes: str) -> bytes:
    """Return the file that says what a document says."""
    return csv_of([{**row, **changes} for row in rows_of(document, sheet)])


def template_rows(request: FilingRequest, sheet: Sheet) -> list[list[str]]:
    """Return the cells of the template."""
    assert sheet.request is request
    return [cells for _, cells in delimited.records(delimited.decoded(writing.template(sheet)))]
