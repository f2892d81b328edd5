"""Message sets that were loaded beside the one in the folder of tables.

The core does not know where they are kept. The product stands up a Shelf when it starts; a set that is asked for
and not yet open is fetched from there, so nobody has to restart when a set was loaded. A set never changes once it is
there, because filings keep theirs for life; hence what is open stays open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Protocol

from filings.messages.elements import Edition

Row = Mapping[str, str]
# Rows by name of the table, such as "messages" or "codelists/CL754"; columns as in the folder of tables.
Tables = Mapping[str, Sequence[Row]]


class Shelf(Protocol):
    """Where loaded message sets are kept."""

    def editions(self) -> Iterable[Edition]:
        """Return name and version of every set, oldest first."""

    def tables(self, edition: Edition) -> Tables | None:
        """Return the tables of a set, None if it is not here."""


@dataclass(frozen=True)
class Sets:
    """A shelf in memory."""

    content: Mapping[Edition, Tables] = field(default_factory=dict)

    def editions(self) -> Iterable[Edition]:
        """Return name and version of every set."""
        return tuple(self.content)

    def tables(self, edition: Edition) -> Tables | None:
        """Return the tables of a set, None if it is not here."""
        return self.content.get(edition)


@dataclass(frozen=True, eq=False)
class Opened:
    """A loaded set in use; compared by identity, so that what is made of it can be cached."""

    edition: Edition
    tables: Tables = field(repr=False)

    def rows(self, table: str) -> Sequence[Row]:
        """Return the rows of one table; none if the set does not have it."""
        return self.tables.get(table, ())

    @cached_property
    def elements(self) -> Mapping[str, Sequence[Row]]:
        """Return the lines of each message."""
        lines = groupby(self.rows("elements"), key=lambda row: row["message"])
        return {message: list(found) for message, found in lines}

    @cached_property
    def overrides(self) -> Mapping[str, Mapping[str, list[Row]]]:
        """Return our readings by message and path."""
        found: dict[str, dict[str, list[Row]]] = {}
        for row in self.rows("overrides"):
            found.setdefault(row["message"], {}).setdefault(row["path"], []).append(row)
        return found


class _Room:
    """The shelf in use and what was taken from it."""

    def __init__(self) -> None:
        self.shelf: Shelf = Sets()
        self.open: dict[Edition, Opened] = {}


_room = _Room()


def stand(shelf: Shelf) -> Shelf:
    """Use a shelf from now on, with nothing open; return the one used before."""
    before, _room.shelf, _room.open = _room.shelf, shelf, {}
    return before


def editions() -> tuple[Edition, ...]:
    """Return name and version of every loaded set, as the shelf has it now."""
    return tuple(_room.shelf.editions())


def opened(edition: Edition) -> Opened | None:
    """Return a loaded set, fetched from the shelf the first time; None if there is none of that name."""
    if edition not in _room.open:
        tables = _room.shelf.tables(edition)
        if tables is None:
            return None
        _room.open[edition] = Opened(edition, tables)
    return _room.open[edition]


@contextmanager
def trial(edition: Edition, tables: Tables) -> Iterator[Opened]:
    """Let a set be used inside the block that is on no shelf yet."""
    _room.open[edition] = Opened(edition, tables)
    try:
        yield _room.open[edition]
    finally:
        del _room.open[edition]


def in_use() -> tuple[Opened, ...]:
    """Return the loaded sets that are open."""
    return tuple(_room.open.values())
