"""The list of shipments: what fits, in which order, a page at a time without counting through what is left."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from filings.linking.prediction import plain
from filings.models import Filing, Shipment
from filings.services.shipments import keeping
from tenants import paging
from tenants.paging import Page

OPEN: Final[Mapping[str, str]] = {"incomplete": "Incomplete", "late": "Late", "unlinked": "Not linked"}
SORTS: Final[Mapping[str, str]] = {"-changed": "-changed_at", "due": "due_at", "-created": "-created_at"}
BY_DUE: Final = "due"
MOST_FILINGS: Final = 200  # that a text is looked for in
PREFIXED: Final = ("lrn", "mrn", "transport_document")


def shipments(*, text: str = "", which: str = "", at: datetime) -> QuerySet[Shipment]:
    """Return the shipments that fit, without order.

    :param text: how the number or the carrier's EORI begins, or LRN, MRN or transport document of one of the filings.
    :param which: a key of OPEN.
    """
    found: QuerySet[Shipment] = Shipment.objects.all()
    if text:
        found = found.filter(_said(text))
    return found.filter(_open(which, at)) if which in OPEN else found


def page(found: QuerySet[Shipment], *, sort: str, number: int, size: int) -> Page[Shipment]:
    """Return a page in one of the orders of SORTS; in the order in which they are due, only those that are."""
    if sort == BY_DUE:
        found = found.filter(due_at__isnull=False)
    return paging.page(found.order_by(SORTS.get(sort, "-changed_at"), "-id"), number=number, size=size)


def _open(which: str, at: datetime) -> Q:
    return {
        "incomplete": Q(missing_count__gt=0) | Q(awaited_count__gt=0),
        "late": Q(due_at__isnull=False, due_at__lt=at),
        "unlinked": Q(unlinked_count__gt=0),
    }[which]


def _said(text: str) -> Q:
    """Return the condition that a text is the beginning of something known of a shipment."""
    begins = Q(*((f"{column}__begins_with", text) for column in PREFIXED), _connector=Q.OR)
    filings = list(Filing.objects.filter(begins, about=None, notifies=None).values_list("pk", flat=True)[:MOST_FILINGS])
    fits = Q(carrier__begins_with=text.upper()) | Q(pk__in=keeping.shipments_of(filings))
    return fits | Q(sought__begins_with=plain(text)) if plain(text) else fits
