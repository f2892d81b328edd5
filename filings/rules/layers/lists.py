"""Lists of stop words loaded after the release was made, wherever they are kept; the newest in force replaces ours.

The product stands up a Shelf when it starts. It is asked at most every FRESH seconds, so that a list that was loaded is
used by every running process without a restart; a list never changes, so it is read once for a day.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Protocol

from filings.rules.layers.words import WordList, stop_words, word_list

FRESH: Final = 2.0  # seconds


@dataclass(frozen=True)
class Label:
    """A list on the shelf, without its words: its number there, and the first day on which it is used."""

    id: int
    valid_from: date


class Shelf(Protocol):
    """Where loaded lists are kept."""

    def labels(self) -> Sequence[Label] | None:
        """Return every list, oldest first; None if that cannot be asked here and now."""

    def rows(self, label: Label) -> Sequence[Mapping[str, str]]:
        """Return the rows of a list, as word_list() takes them."""


class Nothing:
    """An empty shelf."""

    def labels(self) -> Sequence[Label] | None:
        """Return nothing."""
        return ()

    def rows(self, label: Label) -> Sequence[Mapping[str, str]]:
        """Never asked, since there is no label."""
        raise LookupError(label)


class _Room:
    """The shelf in use, and what was taken from it."""

    def __init__(self) -> None:
        self.shelf: Shelf = Nothing()
        self.labels: Sequence[Label] = ()
        self.asked = float("-inf")
        self.open: dict[tuple[int, date], WordList] = {}
        self.today: WordList | None = None  # what is in force, as long as the shelf need not be asked
        self.lock = threading.Lock()


_room: Final = _Room()


def stand(shelf: Shelf) -> None:
    """Use a shelf from now on."""
    with _room.lock:
        _room.shelf, _room.labels, _room.asked, _room.open, _room.today = shelf, (), float("-inf"), {}, None


def look_again() -> None:
    """Ask the shelf at the next question: something was put on it."""
    _room.asked = float("-inf")


def label_in_force(on: date | None = None) -> Label | None:
    """Return the loaded list in force on a day, else today: the last that begins, of those the last loaded."""
    labels = _labels()
    if not labels:
        return None
    day = on or datetime.now(UTC).date()
    return max((label for label in labels if label.valid_from <= day), key=lambda each: (each.valid_from, each.id), default=None)


def in_force(on: date | None = None) -> WordList:
    """Return the stop words in force on a day, else today; those of the release if no list was loaded for it."""
    if on is not None:
        return _on(on)
    # Asked for every text that is checked, so the answer is kept as long as that of the shelf.
    if _room.today is None or time.monotonic() - _room.asked > FRESH:
        _room.today = _on(datetime.now(UTC).date())
    return _room.today


def _on(day: date) -> WordList:
    label = label_in_force(day)
    if label is None:
        return stop_words()
    key = (label.id, day)
    return _room.open.get(key) or _opened(label, key)


def _labels() -> Sequence[Label]:
    now = time.monotonic()
    if now - _room.asked > FRESH:
        found = _room.shelf.labels()
        if found is not None:
            _room.labels, _room.asked, _room.today = found, now, None
    return _room.labels


def _opened(label: Label, key: tuple[int, date]) -> WordList:
    with _room.lock:
        if key not in _room.open:
            if len(_room.open) > 8:  # a new day makes a new list
                _room.open.clear()
            _room.open[key] = word_list(_room.shelf.rows(label), key[1])
        return _room.open[key]
