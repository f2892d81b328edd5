"""By which keys two operators know of each other's filings, and what tells a side that its figures may have changed.

agree(request), end(request)   the keys a filing request is about are written, and are gone with the consent
tell(filing)                   a filing of one side changed: a marker for each key by which the other one may know of it
sweep()                        a side takes the markers for it, and notes which of its own shipments are to be reckoned

A marker says which key, nothing else, and is written with the deed it is about, so none is lost. Each is looked at twice: what
was being written when the consent began, and did not know of it yet, is found the second time, when it has ended.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice, product
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from filings import outbox
from filings.linking.keys import combinations, key_of
from filings.models import Filing, FilingRequest, FilingRequestChange, FilingRequestKey, LinkKey
from filings.models.filing_request import CONSENTED
from filings.services.shipments.keys import digest
from tenants.scope import current_operator_id, every_tenant, tenant_scope

BELL: Final = "filings.settle_shipments"
MOST_KEYS: Final = 10_000  # of a request; with all its values no request of people comes near
Side = FilingRequestChange.Side

# Keys both sides agreed about, of "mine" in a statement: looked up one by one, since an operator may have very many.
AGREED: Final = """
cross join lateral (select * from filings_filingrequestkey key where key.digest = mine.digest offset 0) key
"""
IS_MINE: Final = """
%(me)s = case when mine.side = 'lower' then key.asked_id else key.operator_id end
and (select exists (select from filings_filingrequestkey where operator_id = %(me)s)
  or exists (select from filings_filingrequestkey where asked_id = %(me)s))  -- or else nothing is looked up
"""
_TELL: Final = f"""
insert into filings_filingrequestchange (id, operator_id, asked_id, side, digest, at)
select distinct on (2, 3, 4, 5) gen_random_uuid(), key.operator_id, key.asked_id,
  case when mine.side = 'lower' then 'asking' else 'asked' end, key.digest, %(at)s
from filings_linkkey mine {AGREED}
where mine.filing_id = %(filing)s and mine.side = any(%(sides)s) and {IS_MINE}
"""  # noqa: S608 our own words
_MINE: Final = """
mine.digest = key.digest and mine.operator_id = %(me)s and mine.side = case key.side when 'asking' then 'upper' else 'lower' end
"""
_FOR_ME: Final = (
    "%(me)s = case side when 'asking' then operator_id else asked_id end and (operator_id = %(me)s or asked_id = %(me)s)"
)
# A shipment that somebody keeps at the moment is not waited for: its markers stay until the next time.
_SWEEP: Final = f"""
with key as (
  select id, side, digest, at from filings_filingrequestchange
  where {_FOR_ME} and coalesce(seen_until <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint, true)
), wanted as materialized (
  select key.id, key.at, member.operator_id, member.shipment_id
  from key join filings_linkkey mine on {_MINE} join filings_shipmentfiling member on member.filing_id = mine.filing_id
), free as materialized (
  select id from filings_shipment where id in (select shipment_id from wanted) for key share skip locked
), later as (
  select id from wanted where shipment_id not in (select id from free)
), second as (
  delete from filings_filingrequestchange
  where id in (select id from key) and id not in (select id from later) and seen_until is not null
), first as (
  update filings_filingrequestchange set seen_until = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
  where id in (select id from key) and id not in (select id from later) and seen_until is null
)
insert into filings_shipmentchange (id, operator_id, shipment_id, at)
select gen_random_uuid(), operator_id, shipment_id, max(at) from wanted where shipment_id in (select id from free) group by 2, 3
"""  # noqa: S608 our own words
_COVERED: Final = f"""
select distinct member.shipment_id
from filings_shipmentfiling member join filings_linkkey mine on mine.filing_id = member.filing_id {AGREED}
where member.shipment_id = any(%(shipments)s) and {IS_MINE}
"""  # noqa: S608 our own words
_TOLD: Final = f"""
select distinct member.shipment_id
from filings_filingrequestchange key join filings_linkkey mine on {_MINE}
join filings_shipmentfiling member on member.filing_id = mine.filing_id
where key.seen_until is null and member.shipment_id = any(%(shipments)s)
"""  # noqa: S608 our own words


@transaction.atomic
def agree(request: FilingRequest, *, at: datetime) -> None:
    """Write the keys that a request both sides agreed to is about, again when what was asked for has changed."""
    if request.state not in CONSENTED or request.asked_id is None:
        return
    before, now = set(request.keys.values_list("digest", flat=True)), set(_digests(request))
    FilingRequestKey.objects.bulk_create(
        FilingRequestKey(operator_id=request.operator_id, asked_id=request.asked_id, request=request, digest=each)
        for each in sorted(now - before)
    )
    _tell_both(request, before ^ now, at=at)
    request.keys.filter(digest__in=before - now).delete()


@transaction.atomic
def end(request: FilingRequest, *, at: datetime) -> None:
    """Forget the keys of a request that is over, and have both sides reckon without it."""
    _tell_both(request, request.keys.values_list("digest", flat=True), at=at)
    request.keys.all().delete()


def tell(filing: Filing, *, at: datetime, content: bool) -> None:
    """Note for who may know of a filing that it changed, by the keys it has at the moment.

    :param content: whether keys come or go with it. One above counts as soon as it is drafted, one below when it is submitted.
    """
    sides = [*([LinkKey.Side.UPPER] if content else []), *([] if filing.is_draft else [LinkKey.Side.LOWER])]
    if sides:
        with connection.cursor() as cursor:
            cursor.execute(_TELL, {"filing": filing.pk, "me": current_operator_id(), "sides": sides, "at": at})


def sweep() -> None:
    """Let each side note which of its shipments the markers for it are about. Workers may do this at once."""
    with every_tenant("what one side of a filing request did waits in one queue for the other"):
        waiting = FilingRequestChange.objects.order_by().values_list("side", "operator_id", "asked_id").distinct()
        sides = {asking if side == Side.ASKING else asked for side, asking, asked in waiting}
    for operator_id in sorted(sides):
        with tenant_scope(operator_id), connection.cursor() as cursor:
            cursor.execute(_SWEEP, {"me": operator_id})


def covered(shipments: Collection[UUID]) -> set[UUID]:
    """Return the shipments of the operator whose figures count filings of others."""
    if not shipments:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_COVERED, {"shipments": list(shipments), "me": current_operator_id()})
        return {pk for (pk,) in cursor.fetchall()}


def told(shipments: Collection[UUID]) -> set[UUID]:
    """Return which of these shipments something changed for at another operator that their figures are to follow."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, {"shipments": list(shipments), "me": current_operator_id()})
        return {pk for (pk,) in cursor.fetchall()}


def _digests(request: FilingRequest) -> Iterable[UUID]:
    """Return the digests of every key that is made of what was asked for, and of nothing else."""
    how = next((each for each in combinations() if each.id == request.combination), None)
    if how is None:  # the table was changed
        return []
    values = product(*(request.key.get(part.name, ()) for part in how.parts))
    return [digest(key_of(how.id, each)) for each in islice(values, MOST_KEYS)]


def _tell_both(request: FilingRequest, digests: Collection[UUID], *, at: datetime) -> None:
    if not digests:
        return
    both = {"operator_id": request.operator_id, "asked_id": request.asked_id, "at": at}
    FilingRequestChange.objects.bulk_create(
        FilingRequestChange(**both, side=side, digest=each) for side in Side for each in sorted(digests)
    )
    transaction.on_commit(lambda: outbox.ring(BELL))
