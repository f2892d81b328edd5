"""Editions that were loaded after the release was made, wherever they are kept.

The product stands up a Shelf when it starts. What is on it is asked at most every FRESH seconds, so that a list that
was loaded is used by every running process without a restart; an edition never changes, so it is read once.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Protocol

from filings.reference.entries import Edition, Packed
from filings.reference.shipped import sources

FRESH: Final = 2.0  # seconds


@dataclass(frozen=True)
class Label:
    """An edition on the shelf, without its entries."""

    id: int
    code_list: str
    published: date
    valid_from: date
    complete: bool
    source: str
    licence: str


class Shelf(Protocol):
    """Where loaded editions are kept."""

    def labels(self) -> Sequence[Label] | None:
        """Return every edition, oldest first; None if that cannot be asked here and now."""

    def entries(self, label: Label) -> Mapping[str, Packed]:
        """Return the entries of an edition."""


class Nothing:
    """An empty shelf."""

    def labels(self) -> Sequence[Label] | None:
        """Return nothing."""
        return ()

    def entries(self, label: Label) -> Mapping[str, Packed]:
        """Never asked, since there is no label."""
        raise LookupError(label)


class _Room:
    """The shelf in use, and what was taken from it."""

    def __init__(self) -> None:
        self.shelf: Shelf = Nothing()
        self.labels: Mapping[str, Sequence[Label]] = {}
        self.asked = float("-inf")
        self.open: dict[int, Edition] = {}
        self.lock = threading.Lock()


_room: Final = _Room()


def stand(shelf: Shelf) -> None:
    """Use a shelf from now on."""
    with _room.lock:
        _room.shelf, _room.labels, _room.asked, _room.open = shelf, {}, float("-inf"), {}


def look_again() -> None:
    """Ask the shelf at the next look-up: something was put on it."""
    _room.asked = float("-inf")


def loaded(code_list: str, on: date | None) -> Edition | None:
    """Return the loaded edition of a list that is in force on a day: the last that begins, and of those the last loaded."""
    found = _labels().get(code_list)
    if not found:
        return None
    day = on or datetime.now(UTC).date()
    fitting = [label for label in found if label.valid_from <= day]
    if not fitting:
        return None
    label = max(fitting, key=lambda each: (each.valid_from, each.published, each.id))
    return _room.open.get(label.id) or _opened(label)


def _labels() -> Mapping[str, Sequence[Label]]:
    """Return what is on the shelf, by list."""
    now = time.monotonic()
    if now - _room.asked > FRESH:
        found = _room.shelf.labels()
        if found is not None:
            _room.labels = {name: [label for label in found if label.code_list == name] for name in _names(found)}
            _room.asked = now
    return _room.labels


def _names(labels: Sequence[Label]) -> set[str]:
    return {label.code_list for label in labels}


def _opened(label: Label) -> Edition:
    with _room.lock:
        if label.id not in _room.open:
            _room.open[label.id] = _edition(label)
        here = {each.id for labels in _room.labels.values() for each in labels}
        for gone in set(_room.open) - here:
            del _room.open[gone]
        return _room.open[label.id]


def _edition(label: Label) -> Edition:
    source = sources().get(label.code_list)
    return Edition(
        code_list=label.code_list,
        title=source.title if source else label.code_list,
        published=label.published,
        valid_from=label.valid_from,
        complete=label.complete,
        source=label.source,
        licence=label.licence,
        packed=_room.shelf.entries(label),
        key=f"loaded:{label.id}",
    )
