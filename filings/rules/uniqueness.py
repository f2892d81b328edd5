"""References that may not come back within a time: master documents, postal items, houses of express consignments.

Which messages, which element and for how long are rows of tables/uniqueness.csv. Where a reference was used is handed
in; nothing here looks anything up.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.rules.scope import step

TABLE: Final = Path(__file__).parent / "tables" / "uniqueness.csv"
SPLIT: Final = "1"


@dataclass(frozen=True)
class Window:
    """One row: a kind of reference, the messages (family and indicators) it is read from, and how long it stays used.

    path: the element; beside: one in the group around its group that makes up the reference with it ("../ucr").
    split, previous: the elements by which a split consignment says that it repeats the reference of another filing.
    """

    kind: str
    family: str
    sci: frozenset[str]
    path: str
    beside: str
    split: str
    previous: str
    days: int
    code: str
    severity: str
    source: str

    def stands_in(self, message: Message) -> bool:
        """Return whether a message gives references of this kind."""
        return message.family == self.family and message.sci in self.sci and self.path in message.by_path

    def excepts(self, document: Document) -> bool:
        """Return whether a document is a split consignment and names the filing it belongs to, where it can."""
        if (document.value(self.split) or "") != SPLIT:
            return False
        return self.previous not in document.message.by_path or bool(document.value(self.previous))


@dataclass(frozen=True)
class Reference:
    """What a party may not use again: a number, with the second one that belongs to it, of a kind."""

    kind: str
    party: str
    number: str
    beside: str = ""


@dataclass(frozen=True)
class Use:
    """When a reference was used last, and under which LRN."""

    lrn: str
    at: datetime


# XPath, element and reference.
Placed = tuple[str, Element, Reference]

# Finds, for references of one kind, those used in the last days, given as a number.
Uses = Callable[[Sequence[Reference], int], Mapping[Reference, Use]]


@cache
def windows(message: Message) -> tuple[Window, ...]:
    """Return the rows that stand in a message."""
    return tuple(window for window in _windows() if window.stands_in(message))


def references(document: Document) -> list[Reference]:
    """Return every reference of a document that may not come back, each once."""
    found = (one for window in windows(document.message) for one in placed(document, window))
    return list(dict.fromkeys(reference for *_, reference in found))


def reused(document: Document, uses: Uses) -> Iterator[Finding]:
    """Yield the finding for each reference that was used within its time, but for split consignments."""
    for window in windows(document.message):
        if window.excepts(document):
            continue
        there = list(placed(document, window))
        found = uses(list(dict.fromkeys(reference for *_, reference in there)), window.days) if there else {}
        for path, spec, reference in there:
            if use := found.get(reference):
                yield finding(path, spec, reference, use, window)


def finding(path: str, spec: Element, reference: Reference, use: Use, window: Window) -> Finding:
    """Return what to say of a reference that was used within its time."""
    return Finding(path, window.code, "", window.severity, _sentence(spec, reference, use, window.days))


def _sentence(spec: Element, reference: Reference, use: Use, days: int) -> str:
    beside = f" with UCR “{reference.beside}”" if reference.beside else ""
    return (
        f"“{spec.title}”: {reference.party} used “{reference.number}”{beside} on {use.at:%Y-%m-%d} in the filing with LRN "
        f"{use.lrn}; customs may refuse it within {days} days, unless this is part of a split consignment."
    )


def placed(document: Document, window: Window, party: str = "") -> Iterator[Placed]:
    """Yield XPath, element and reference wherever a document has an element of a window; party: else the document's."""
    message = document.message
    party = party or (document.value(message.party) or "").strip()
    if not party:
        return
    for path, spec, around, node in _at(document.root, None, message.root, f"/{message.root_name}", window.path.split("/")):
        number = (node.text or "").strip()
        if number:
            beside = _value(around, window.beside.removeprefix("../")) if window.beside else ""
            yield path, spec, Reference(window.kind, party, number, beside)


def _at(
    here: Node, around: Node | None, spec: Element, path: str, names: Sequence[str]
) -> Iterator[tuple[str, Element, Node | None, Node]]:
    """Yield what stands at a path below a group, with the group around its group."""
    child = spec.by_name[names[0]]
    for index, node in enumerate(here.named(names[0]), 1):
        place = step(path, child, index)
        if names[1:]:
            yield from _at(node, here, child, place, names[1:])
        else:
            yield place, child, around, node


def _value(node: Node | None, path: str) -> str:
    for name in path.split("/"):
        node = node.first(name) if node else None
    return (node.text or "" if node else "").strip()


@cache
def _windows() -> tuple[Window, ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(map(_window, csv.DictReader(file)))


def _window(row: dict[str, str]) -> Window:
    sci, days = frozenset(row.pop("sci").split()), int(row.pop("days"))
    return Window(**row, sci=sci, days=days)
