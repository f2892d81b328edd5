"""Pages and counts of long lists that cost the same however many rows an operator has: nothing is counted through.

page(found, number=3, size=50)  ->  the rows, and whether another page follows
counted(found)                  ->  at most MOST_COUNTED + 1
"""

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.db.models import Model, QuerySet

MOST_COUNTED: Final = 1000
MOST_PAGES: Final = 200  # what stands further down is found by filters and search, or through the API

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: what stands on it, its number from 1, how many rows a full one has, and whether another follows."""

    rows: list[Row]
    number: int
    size: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        """Say whether there is a page before it."""
        return self.number > 1

    @property
    def previous(self) -> int:
        """Return the number of the page before it."""
        return self.number - 1

    @property
    def next(self) -> int:
        """Return the number of the page after it."""
        return self.number + 1

    @property
    def first(self) -> int:
        """Return the place of its first row in the whole list."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Return the place of its last row in the whole list."""
        return (self.number - 1) * self.size + len(self.rows)

    @property
    def is_end(self) -> bool:
        """Say whether the list goes on where pages end."""
        return self.number == MOST_PAGES and len(self.rows) == self.size


def page(found: "QuerySet[Row, Any]", *, number: int, size: int) -> Page[Row]:
    """Return a page of what is in order; a number that makes no sense gives the nearest that does."""
    number = min(max(number, 1), MOST_PAGES)
    start = (number - 1) * size
    rows = list(found[start : start + size + 1])
    return Page(rows[:size], number, size, len(rows) > size and number < MOST_PAGES)


def number_of(text: str | None) -> int:
    """Return the number of a page as an address gives it; 1 for what is none."""
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1


def counted(found: "QuerySet[Any, Any]") -> int:
    """Return how many there are, at most MOST_COUNTED + 1.

    Give it rows in the order of an index where there may be many: in no order PostgreSQL reads the whole table from anywhere,
    past the rows of all other operators, because it expects to meet as many soon.
    """
    return int(found[: MOST_COUNTED + 1].count())


def label(number: int) -> str:
    """Return a count as one shows it."""
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)
