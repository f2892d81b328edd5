"""By which number a filing is known as part of a shipment: the master document, where its message has a place for one.

A filing without one (a pre-loading data set of houses, an item, a receptacle) goes by its own first number until it links to a
filing that has one. Numbers are compared without what people spell in several ways, and whatever carrier they name: two
spellings, or two carriers, of one number are what one wants to see side by side (docs/shipments.md).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from filings.linking.keys import HOUSES, TABLES
from filings.linking.prediction import plain
from filings.messages.catalogue import Message
from filings.messages.document import Document

MASTER: Final = "master"
CARRIERS: Final = ("consignmentMasterLevel/carrier/identificationNumber", f"{HOUSES}/carrier/identificationNumber")
LONGEST: Final = 128


@dataclass(frozen=True)
class Anchor:
    """A number that holds a shipment together. sought: the same as it is compared."""

    kind: str
    number: str

    @property
    def sought(self) -> str:
        """Return the number without what people spell in several ways."""
        return plain(self.number)[:LONGEST]


def anchors(document: Document) -> list[Anchor]:
    """Return the numbers of a filing, each once: all its master documents, or its own first number."""
    for kind, path in _rows():
        if path not in document.message.by_path:
            continue
        found = {plain(value): value.strip()[:LONGEST] for value in reversed(document.values(path)) if plain(value)}
        if found:
            mine = [Anchor(kind, value) for value in reversed(found.values())]
            return mine if kind == MASTER else mine[:1]
        if kind == MASTER:
            return []  # it has a place for the number, and the draft does not say it yet
    return []


def has_master(message: Message) -> bool:
    """Say whether a message has a place for the master document, so that it never follows another filing."""
    return any(kind == MASTER and path in message.by_path for kind, path in _rows())


def carrier(document: Document) -> str:
    """Return the carrier a filing names, or nothing."""
    known = [path for path in CARRIERS if path in document.message.by_path]
    return next((value.strip() for path in known if (value := document.value(path))), "")


def paths() -> set[str]:
    """Return every path that anchors and carriers are read from."""
    return {path for _, path in _rows()} | set(CARRIERS)


def kinds() -> Mapping[str, str]:
    """Return what a shipment's number is called, by kind."""
    return {row["kind"]: row["words"] for row in _table()}


def _rows() -> list[tuple[str, str]]:
    return [(row["kind"], row["path"]) for row in _table()]


@cache
def _table() -> list[dict[str, str]]:
    with (TABLES / "anchors.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
