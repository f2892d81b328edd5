"""By when customs should have an answer. The law names no time (facts §1.4): before the goods are loaded, or arrive.

The earliest of loading, departure and arrival that is still ahead when the request comes, less the operator's buffer;
and never later than the operator's own time to answer, if it set one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LOADING, DEPARTURE, ARRIVAL, OWN_TIME, PASSED = "loading", "departure", "arrival", "own", "passed"
WORDS: Final = {
    LOADING: "before loading begins",
    DEPARTURE: "before the departure",
    ARRIVAL: "before the arrival",
    OWN_TIME: "your own time to answer",
    PASSED: "the journey had begun when customs asked",
    "": "nothing is known of the journey",
}


@dataclass(frozen=True)
class Anchor:
    """A moment of the journey: its name, when, and the element or fact that says so."""

    name: str
    at: datetime
    source: str = ""


@dataclass(frozen=True)
class Due:
    """By when to answer, counted from what."""

    at: datetime | None = None
    reason: str = ""
    source: str = ""

    @property
    def words(self) -> str:
        """Return the reason in words."""
        return WORDS[self.reason]


def due(anchors: Iterable[Anchor], *, asked_at: datetime, buffer: timedelta, within: timedelta | None) -> Due:
    """Return by when to answer a request that came at a time.

    :param buffer: how long before the moment of the journey the operator wants to be done.
    :param within: how long after the request the operator wants to be done at the latest.
    """
    known = sorted(anchors, key=lambda anchor: anchor.at)
    ahead = [anchor for anchor in known if anchor.at > asked_at]
    found = [Due(max(anchor.at - buffer, asked_at), anchor.name, anchor.source) for anchor in ahead[:1]]
    if known and not ahead:
        found = [Due(asked_at, PASSED, known[-1].source)]
    if within is not None:
        found.append(Due(asked_at + within, OWN_TIME))
    return min(found, key=lambda one: one.at or asked_at, default=Due())
