"""The filings of a shipment as a tree: what stands for a whole ENS on top, below each what links to it."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When

from filings import linking, selectors
from filings.messages.catalogue import Message
from filings.models import Filing, LinkKey, Shipment
from filings.services.shipments import figures, matching
from filings.services.shipments.figures import Met
from filings.services.shipments.matching import Mismatch

Above = Mapping[UUID, set[UUID]]  # what stands above a filing, by their ids

PAGE: Final = 100  # filings
DEEPEST: Final = 4  # that is shown
MOST_COMPARED: Final = 10  # filings without a link that are compared with what might stand above them


@dataclass(frozen=True)
class Leaf:
    """One filing in its place. depth: how far below the top; link: what is known of its link to the one above, in words."""

    filing: Filing
    message: Message
    depth: int
    link: str
    tone: str
    others: int = 0  # further filings above it


@dataclass(frozen=True)
class Tree:
    """A page of the filings of a shipment, and why some of them do not link."""

    leaves: tuple[Leaf, ...]
    total: int
    mismatches: tuple[Mismatch, ...]


def members(shipment: Shipment) -> QuerySet[Filing]:
    """Return the filings of a shipment without their documents, those that stand for a whole ENS first."""
    rank = Case(When(message_type__in=figures.types()["ens"], then=Value(0)), default=Value(1), output_field=IntegerField())
    found: QuerySet[Filing] = Filing.objects.filter(shipments__shipment=shipment).defer("document")
    return found.annotate(rank=rank).order_by("rank", "transport_document", "created_at", "pk")


def tree(shipment: Shipment, *, page: int = 1, met: Met = Met()) -> Tree:  # noqa: B008 frozen
    """Return a page of the filings of a shipment, each below what it links to where that is on the page.

    :param met: by which keys filings of others that agreed to it stand above some (elsewhere.look).
    """
    found = members(shipment)
    shown = list(found[(page - 1) * PAGE : page * PAGE])
    above = matching.above([each.pk for each in shown])
    linked = above.keys() | below_others(shown, met)
    return Tree(tuple(_leaves(shown, above, linked)), found.count(), tuple(_mismatches(shipment, shown, linked)))


def below_others(filings: Iterable[Filing], met: Met) -> set[UUID]:
    """Return which filings stand below one of another operator that agreed to show it."""
    if not met.above:
        return set()
    lower = LinkKey.objects.filter(filing__in=[each.pk for each in filings], side=LinkKey.Side.LOWER)
    return set(lower.filter(digest__in=met.above).values_list("filing_id", flat=True))


def _leaves(filings: Iterable[Filing], above: Above, linked: Set[UUID]) -> Iterator[Leaf]:
    by_id = {each.pk: each for each in filings}
    parents = {pk: [one for one in by_id if one in above.get(pk, ())] for pk in by_id}
    below: dict[UUID, list[UUID]] = {pk: [] for pk in by_id}
    for pk, over in parents.items():
        for one in over[:1]:
            below[one].append(pk)
    # What stands on top comes first; whatever is left then is part of a circle.
    waiting = [(pk, 0) for pk in [*by_id, *(pk for pk, over in reversed(parents.items()) if not over)]]
    seen: set[UUID] = set()
    while waiting:
        pk, depth = waiting.pop()
        if pk not in seen:
            seen.add(pk)
            yield _leaf(by_id[pk], depth, above.get(pk, set()), is_linked=pk in linked)
            waiting += [(one, depth + 1) for one in reversed(below[pk])]


def _leaf(filing: Filing, depth: int, above: set[UUID], *, is_linked: bool) -> Leaf:
    words, tone = link_words(filing, is_linked=is_linked)
    return Leaf(filing, selectors.message_of(filing), min(depth, DEEPEST), words, tone, max(len(above) - 1, 0))


def link_words(filing: Filing, *, is_linked: bool) -> tuple[str, str]:
    """Return what is known of the link of a filing to what stands above it, and how that looks; nothing on top."""
    effect = linking.effect(selectors.message_of(filing))
    if effect is None or effect.alone != figures.PENDING or filing.state in {"rejected", "invalidated"}:
        return "", ""
    if filing.completeness == "complete":
        return "Linked, says customs", "good"
    if filing.completeness == "pending":
        return "Not linked yet, says customs", "warn"
    if is_linked:
        return "Will link", "good"
    return "Nothing to link to here", "warn"


def _mismatches(shipment: Shipment, shown: Iterable[Filing], linked: Set[UUID]) -> list[Mismatch]:
    alone = [each for each in shown if link_words(each, is_linked=each.pk in linked)[1] == "warn"]
    alone = [each for each in alone if each.pk not in linked][:MOST_COMPARED]
    if not alone:
        return []
    expects = Exists(LinkKey.objects.filter(filing=OuterRef("pk"), side="upper"))
    wanted = {upper for lower, upper in figures.pairs() if lower in {each.message_type for each in alone}}
    uppers = Filing.objects.filter(shipments__shipment=shipment, message_type__in=wanted).filter(expects)
    whole = Filing.objects.filter(pk__in=[each.pk for each in alone])
    return matching.mismatches(whole, uppers[: matching.CANDIDATES * 2])
