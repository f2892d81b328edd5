"""Whether the clock of a filing stands still: told by whoever knows of outages.

Filings know no outages. The gateway registers what it knows when the program starts (as with filings.ways); here it is
only asked: which filings met an outage, since when, why, and until when.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from filings.models import Filing


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which a filing could not get on through no fault of its owner. until: None while it lasts."""

    since: datetime
    until: datetime | None
    why: str  # a sentence for people
    reference: str = ""  # customs' own number or name for it

    def lasts(self, at: datetime) -> bool:
        """Say whether it goes on at a moment."""
        return self.since <= at and (self.until is None or self.until > at)


# Filings of the operator in scope, by id, with the times each of them met, the earliest first.
Provider = Callable[[Sequence[UUID]], Mapping[UUID, list[Freeze]]]


def _nothing(_filings: Sequence[UUID]) -> Mapping[UUID, list[Freeze]]:
    return {}


_provider: Provider = _nothing


def register(provider: Provider) -> None:
    """Name the function that knows which filings met an outage."""
    global _provider  # noqa: PLW0603 (set once, when the program starts)
    _provider = provider


def of_filing(filing: Filing) -> list[Freeze]:
    """Return every time in which the clock of a filing stood still, the earliest first."""
    return list(_provider([filing.pk]).get(filing.pk, []))


def now_frozen(filings: Iterable[UUID], *, at: datetime) -> dict[UUID, Freeze]:
    """Return those of the filings whose clock stands still at a moment, each with the reason that began first."""
    wanted = list(filings)
    found = _provider(wanted) if wanted else {}
    lasting = {pk: [each for each in freezes if each.lasts(at)] for pk, freezes in found.items()}
    return {pk: freezes[0] for pk, freezes in lasting.items() if freezes}
