"""The data a national declaration needs after the arrival: one row for each goods item of the filings of a voyage.

Which column is read from where is tables/national_goods.csv. A datum a house does not have is the one of its master; a
consignment without goods items has one row, so that no transport document is missing.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from filings import selectors
from filings.messages import delimited
from filings.messages.document import Node
from filings.models import Filing
from filings.services.large import parts

TABLE: Final = Path(__file__).parent / "tables" / "national_goods.csv"
MASTER: Final = "consignmentMasterLevel"
HOUSE: Final = "consignmentHouseLevel"
ITEM: Final = "goodsItem"
BETWEEN: Final = "; "  # values of one column


@dataclass(frozen=True)
class Column:
    """One column: on which level its element stands, its path there, and whether all values count or the first."""

    name: str
    level: str
    path: str
    how: str


@dataclass(frozen=True)
class _Place:
    """Where a row stands: the root, its consignments from the outer to the inner one, and its goods item."""

    root: Node
    consignments: tuple[Node, ...]
    item: Node | None


def goods(filings: Iterable[Filing]) -> Iterator[dict[str, str]]:
    """Yield the rows of filings, as customs has them; of what customs has nothing of, as it would be sent."""
    for filing in filings:
        own = {"mrn": filing.mrn, "lrn": filing.lrn, "filing_type": filing.message_type, "state": filing.state}
        for place in _places(selectors.in_force(filing)):
            yield {each.name: own[each.name] if each.level == "filing" else _read(each, place) for each in columns()}


def as_csv(rows: Iterable[dict[str, str]]) -> Iterator[str]:
    """Yield the rows as lines of CSV, the names of the columns first."""
    names = [each.name for each in columns()]
    yield from delimited.written(chain([names], ([row[name] for name in names] for row in rows)))


@cache
def columns() -> tuple[Column, ...]:
    """Return the columns, in their order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(Column(row["column"], row["level"], row["path"], row["how"]) for row in csv.DictReader(file))


def _places(filing: Filing) -> Iterator[_Place]:
    """Yield where the goods items of a filing stand; houses kept as rows of their own are read one by one."""
    document = parts.frame_of(filing) if filing.in_parts else selectors.document_of(filing)
    apart = parts.nodes_of(filing) if filing.in_parts and filing.parts_path.endswith(f"/{HOUSE}") else iter(())
    for master in document.root.named(MASTER):
        yield from _below(document.root, (master,))
        for house in master.named(HOUSE):
            yield from _below(document.root, (master, house), always=True)
        for house in apart:
            yield from _below(document.root, (master, house), always=True)
        if not master.named(ITEM) and not master.named(HOUSE) and not filing.in_parts:
            yield _Place(document.root, (master,), None)


def _below(root: Node, consignments: tuple[Node, ...], *, always: bool = False) -> Iterator[_Place]:
    items = consignments[-1].named(ITEM)
    if not items and always:
        yield _Place(root, consignments, None)
    for item in items:
        yield _Place(root, consignments, item)


def _read(column: Column, place: _Place) -> str:
    """Return the value of a column at a place: the innermost consignment that has it, or where the table says."""
    inner_first = place.consignments[::-1]
    levels: dict[str, tuple[Node, ...]] = {
        "root": (place.root,),
        "consignment": inner_first,
        "house": tuple(one for one in inner_first if one.name == HOUSE),
        "item": (place.item,) if place.item else (),
        "around": (*((place.item,) if place.item else ()), *inner_first),
    }
    for node in levels[column.level]:
        values = _values(node, column.path)
        if values:
            return values[0] if column.how == "first" else BETWEEN.join(values)
    return ""


def _values(node: Node, path: str) -> list[str]:
    found = [node]
    for name in path.split("/"):
        found = [child for one in found for child in one.named(name)]
    return [one.text.strip() for one in found if one.text and one.text.strip()]
