"""What is shown of filings of other operators that agreed to it: linking key and status alone, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from filings import lifecycle
from filings.messages import catalogue
from filings.models import Filing, LinkKey
from filings.services.shipments.figures import Met

GONE: Final = frozenset({lifecycle.State.REJECTED, lifecycle.State.INVALIDATED})
# Of a filing above one's own: words, tone.
REGISTERED: Final = {
    "registered": ("Registered; yours will link", "good"),
    "waits": ("Not registered yet", "warn"),
    "apart": ("Yours will not link", "bad"),
    "gone": ("No longer with customs", "bad"),
}


@dataclass(frozen=True)
class Elsewhere:
    """A filing of another operator that agreed to show where it stands: nothing of what it says, not even its number.

    request: the filing request both agreed in; is_above: it stands above one's own, else below; about: digests of one's own keys
    that the request is about; links_by: those of them the filing has; has_mrn, mrn_since: whether customs gave it an MRN, and
    when; differs: parts of the key that keep it from linking.
    """

    request: UUID
    name: str
    eori: str
    is_above: bool
    message_type: str
    state: str
    has_mrn: bool
    mrn_since: datetime | None
    about: frozenset[UUID]
    links_by: frozenset[UUID]
    differs: tuple[str, ...]
    figures: tuple[str, ...]  # sentences about weight and packages, if both let them be compared

    @property
    def links(self) -> bool:
        """Say whether it has a key that is waited for."""
        return bool(self.links_by)

    @property
    def side_of_own(self) -> str:
        """Return on which side of a key one's own filing is."""
        return LinkKey.Side.LOWER if self.is_above else LinkKey.Side.UPPER

    @property
    def kind(self) -> str:
        """Return what kind of filing it is."""
        message = catalogue.found(self.message_type)
        return message.sci if message else self.message_type

    @property
    def state_words(self) -> str:
        """Return where it stands, for people."""
        return lifecycle.WORDS[lifecycle.State(self.state)][0]

    @property
    def registered_words(self) -> str:
        """Return whether customs knows it, which one's own filings below it wait for."""
        return REGISTERED[self._registered][0]

    @property
    def tone(self) -> str:
        """Return how that looks."""
        return REGISTERED[self._registered][1]

    @property
    def _registered(self) -> str:
        if self.state in GONE:
            return "gone"
        if not self.links:
            return "apart"
        return "registered" if self.state in lifecycle.IN_FORCE else "waits"

    @property
    def link_words(self) -> str:
        """Return whether it will link, and what differs."""
        if self.links:
            return "Will link."
        if self.state in GONE:
            return "It links to nothing any more."
        return f"Will not link: the {' and the '.join(self.differs)} differs." if self.differs else "Will not link as it stands."


@dataclass(frozen=True)
class Theirs:
    """What others that agreed have of a shipment: filings to show, and by which keys they meet the operator's own."""

    filings: tuple[Elsewhere, ...] = ()
    met: Met = field(default_factory=Met)

    @property
    def above(self) -> tuple[Elsewhere, ...]:
        """Return those that stand above the operator's own."""
        return tuple(each for each in self.filings if each.is_above)

    @property
    def below(self) -> tuple[Elsewhere, ...]:
        """Return those that the operator's own wait for."""
        return tuple(each for each in self.filings if not each.is_above)


def meeting(filing: Filing, others: Sequence[Elsewhere]) -> list[Elsewhere]:
    """Return which filings of others link to one of the operator's."""
    if not others:
        return []
    mine = LinkKey.objects.filter(filing=filing, digest__in=set().union(*(each.links_by for each in others)))
    keys = set(mine.values_list("side", "digest"))
    return [each for each in others if any((each.side_of_own, digest) in keys for digest in each.links_by)]
