"""Who else must know what becomes of a filing: an app above this one registers here, and is told in the same transaction.

Filings import nothing that stands above them. What a companion raises refuses the deed and takes it back as a whole.
"""

from datetime import datetime
from typing import Final, Protocol

from filings.models import Filing
from tenants.actors import Actor


class Companion(Protocol):
    """What an app above filings wants to be told."""

    def leaving(self, *, filing: Filing, by: Actor, at: datetime) -> None:
        """Hear that a draft is about to be queued for customs; raise to keep it here."""

    def moved(self, *, filing: Filing, at: datetime) -> None:
        """Hear that a filing may stand somewhere else than before; it is locked."""

    def discarded(self, *, filing: Filing, by: Actor, at: datetime) -> None:
        """Hear that a draft is about to be removed."""

    def journey_changed(self, *, filing: Filing, at: datetime) -> None:
        """Hear that the times of a filing's journey may be others than before."""


_COMPANIONS: Final[list[Companion]] = []


def register(companion: Companion) -> None:
    """Let somebody be told from now on."""
    if companion not in _COMPANIONS:
        _COMPANIONS.append(companion)


def leaving(*, filing: Filing, by: Actor, at: datetime) -> None:
    """Ask everybody whether a draft may leave."""
    for each in _COMPANIONS:
        each.leaving(filing=filing, by=by, at=at)


def moved(*, filing: Filing, at: datetime) -> None:
    """Tell everybody that a filing moved."""
    for each in _COMPANIONS:
        each.moved(filing=filing, at=at)


def discarded(*, filing: Filing, by: Actor, at: datetime) -> None:
    """Tell everybody that a draft goes."""
    for each in _COMPANIONS:
        each.discarded(filing=filing, by=by, at=at)


def journey_changed(*, filing: Filing, at: datetime) -> None:
    """Tell everybody that the times of a journey changed."""
    for each in _COMPANIONS:
        each.journey_changed(filing=filing, at=at)
