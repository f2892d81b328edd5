"""What links to what: by the keys kept of each filing, within an operator or, for those who agreed to it, across all."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Final
from uuid import UUID

from django.db.models import F, QuerySet

from filings import linking, selectors
from filings.linking import Prediction
from filings.messages.document import Document
from filings.models import Filing, LinkKey
from filings.services.shipments import figures, keys, reading
from tenants.scope import every_tenant

MOST_KEYS: Final = 5000  # of a filing, that a page looks for
CANDIDATES: Final = 5  # filings that one without a link is compared with


@dataclass(frozen=True)
class Across:
    """That some operator has a filing of a key, and where it stands; nothing of what it says."""

    operator_id: UUID
    filing_id: UUID
    key: str
    status: str


@dataclass(frozen=True)
class Links:
    """What links to the filings of a page: ids of those above and below each."""

    above: dict[UUID, set[UUID]]
    below: dict[UUID, set[UUID]]


@dataclass(frozen=True)
class Mismatch:
    """A filing without a link, the one above that it nearly fits, and what keeps them apart."""

    filing: Filing
    other: Filing
    prediction: Prediction


def linked(filing: Filing, *, most: int = MOST_KEYS) -> QuerySet[Filing]:
    """Return the operator's filings that link to one, above or below, whose keys say so."""
    mine = LinkKey.objects.filter(filing=filing)[:most].values_list("digest", "side")
    by_side: dict[str, list[UUID]] = {"upper": [], "lower": []}
    for digest, side in mine:
        by_side[side].append(digest)
    found: set[UUID] = set()
    for side, other in (("upper", "lower"), ("lower", "upper")):
        others = LinkKey.objects.filter(digest__in=by_side[side], side=other).exclude(filing=filing)
        found.update(others.values_list("filing", flat=True))
    return Filing.objects.filter(pk__in=found).defer("document")


def links_of(filings: Collection[UUID]) -> Links:
    """Return which filings of the operator's stand above and below each of some, by their keys."""
    above, below = defaultdict[UUID, set[UUID]](set), defaultdict[UUID, set[UUID]](set)
    for side, other, found in (("lower", "upper", above), ("upper", "lower", below)):
        mine = defaultdict[UUID, set[UUID]](set)
        rows = LinkKey.objects.filter(filing__in=filings, side=side).order_by("filing", "number")
        for digest, pk in rows.values_list("digest", "filing")[: MOST_KEYS * 4]:
            mine[digest].add(pk)
        others = LinkKey.objects.filter(digest__in=list(mine), side=other).values_list("digest", "filing")
        for digest, pk in others:
            for one in mine[digest] - {pk}:
                found[one].add(pk)
    return Links(dict(above), dict(below))


def links_across(wanted: Iterable[str]) -> list[Across]:
    """Return which operators have filings of some keys (filings.linking), and where these stand.

    Call it outside any operator's scope. It gives away that a filing is there: use it only where both sides agreed.
    """
    by_digest = {keys.digest(key): key for key in wanted}
    if not by_digest:
        return []
    with every_tenant("filings that belong together are found across operators that agreed to it"):
        rows = LinkKey.objects.filter(digest__in=list(by_digest)).annotate(status=F("filing__state"))
        found = rows.order_by("digest", "operator_id", "filing_id").values_list("operator_id", "filing_id", "digest", "status")
        return [Across(operator, filing, by_digest[digest], status) for operator, filing, digest, status in found.distinct()]


def predict(filing: Filing, other: Filing | Document) -> Prediction:
    """Return whether a filing links to another one or to a document, as both stand with customs or as drafts."""
    second, mrn = ([other], "") if isinstance(other, Document) else (_read(other), other.mrn)
    whole = isinstance(other, Document) or linked(filing).filter(pk=other.pk).exists()
    best: Prediction | None = None
    for one, two in product(_read(filing), second):
        said = linking.predict(one, two, first_mrn=filing.mrn, second_mrn=mrn)
        if said.links or not whole:  # no key in common: the first houses of a large filing show why
            return said
        best = said if best is None or len(said.apart) < len(best.apart) else best
    return best or Prediction(links=False)


def mismatches(filings: Iterable[Filing], others: Iterable[Filing]) -> list[Mismatch]:
    """Return for each filing that links to nothing above what keeps it from the nearest of others.

    :param others: filings of the same shipment; of each kind that may stand above, a few are compared.
    """
    pairs, candidates, found = figures.pairs(), list(others), []
    for each in filings:
        fitting = [one for one in candidates if (each.message_type, one.message_type) in pairs and one.pk != each.pk]
        told = [Mismatch(each, one, predict(one, each)) for one in fitting[:CANDIDATES]]
        apart = [one for one in told if one.prediction.apart]
        if apart:
            found.append(min(apart, key=lambda one: len(one.prediction.apart)))
    return found


def _read(filing: Filing) -> Iterable[Document]:
    """Return what customs has of a filing, or the draft; one kept in parts a batch of its houses at a time."""
    return reading.documents(selectors.in_force(filing))
