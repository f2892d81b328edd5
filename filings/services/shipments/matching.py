"""What links to what within an operator: by the keys kept of each filing."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from filings import linking, selectors
from filings.linking import Prediction
from filings.messages.document import Document
from filings.models import Filing, FilingPart, LinkKey
from filings.services.shipments import figures, reading

CANDIDATES: Final = 5  # filings that one without a link is compared with
MOST_WORDS: Final = 5000  # of the keys of a filing, that houses of a large one are looked for by

_BESIDE: Final = """
select distinct other.filing_id from filings_linkkey mine
join filings_linkkey other on other.digest = mine.digest and other.side = %(other)s and other.operator_id = mine.operator_id
where mine.filing_id = %(filing)s and mine.side = %(side)s and other.filing_id <> mine.filing_id
"""
_ABOVE: Final = """
select distinct low.filing_id, up.filing_id from filings_linkkey low
join filings_linkkey up on up.digest = low.digest and up.side = 'upper' and up.operator_id = low.operator_id
where low.filing_id = any(%s) and low.side = 'lower' and up.filing_id <> low.filing_id
"""
_SAME_HOUSES: Final = """
select mine.number from filings_filingpart mine
join filings_filingpart other on other.filing_id = %s and other.reference = mine.reference
where mine.filing_id = %s and mine.reference <> '' order by mine.number limit %s
"""


@dataclass(frozen=True)
class Mismatch:
    """A filing without a link, the one above that it nearly fits, and what keeps them apart."""

    filing: Filing
    other: Filing
    prediction: Prediction


def linked(filing: Filing) -> QuerySet[Filing]:
    """Return the operator's filings that link to one, above or below, whose keys say so."""
    found: set[UUID] = set()
    with connection.cursor() as cursor:
        for side, other in (("upper", "lower"), ("lower", "upper")):
            cursor.execute(_BESIDE, {"filing": filing.pk, "side": side, "other": other})
            found.update(pk for (pk,) in cursor.fetchall())
    return Filing.objects.filter(pk__in=found).defer("document")


def above(filings: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return which filings of the operator's stand above each of some, by their keys; nothing for one that has none above."""
    found = defaultdict[UUID, set[UUID]](set)
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [list(filings)])
        for low, up in cursor.fetchall():
            found[low].add(up)
    return dict(found)


def predict(filing: Filing, other: Filing | Document) -> Prediction:
    """Return whether a filing links to another one or to a document, as both stand with customs or as drafts.

    Of two filings without a key in common, houses of the same number show why, or else the first houses.
    """
    if isinstance(other, Document):
        return _nearest(_read(filing), lambda: [other], first_mrn=filing.mrn)
    both = partial(_nearest, first_mrn=filing.mrn, second_mrn=other.mrn)
    if linked(filing).filter(pk=other.pk).exists():
        return both(_read(filing), lambda: _read(other))
    return both([_near(filing, other)], lambda: [_near(other, filing)])


def _nearest(
    first: Iterable[Document], second: Callable[[], Iterable[Document]], *, first_mrn: str, second_mrn: str = ""
) -> Prediction:
    """Return the prediction for the first of two batches that link, else for those that lack least."""
    best: Prediction | None = None
    for one, two in ((one, two) for one in first for two in second()):
        said = linking.predict(one, two, first_mrn=first_mrn, second_mrn=second_mrn)
        if said.links:
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


def _near(filing: Filing, other: Filing) -> Document:
    """Return what a filing says, of a large one the houses that another filing speaks of, or else the first ones."""
    mine, theirs = selectors.in_force(filing), selectors.in_force(other)
    numbers: list[int] = []
    if mine.in_parts and theirs.in_parts:
        with connection.cursor() as cursor:
            cursor.execute(_SAME_HOUSES, [theirs.pk, mine.pk, reading.BATCH])
            numbers = [number for (number,) in cursor.fetchall()]
    elif mine.in_parts:
        found = LinkKey.objects.filter(filing=other).values_list("key", flat=True)[:MOST_WORDS]
        words = {word for key in found for word in key.split("|")[1:] if word}
        rows = FilingPart.objects.filter(filing=mine, reference__in=words).order_by("number")
        numbers = list(rows.values_list("number", flat=True)[: reading.BATCH])
    return next(iter(reading.documents(mine, numbers=numbers)))
