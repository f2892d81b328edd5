"""What of a shipment is open: counts and the earliest deadline, reckoned from its filings by one statement.

missing    filings that one of its filings waits for, and that nobody here has submitted; none once customs said "complete"
unlinked   filings that find nothing above them, although customs said so or something that could stand there is here
awaited    parties that customs named as missing, and of whom nothing was submitted here
due_at     the earliest moment by which something of that, or a filing not yet with customs, has to be there; what a filing
           without a deadline of its own waits for is due with the rest

What a company that agreed to it has filed counts like one's own (elsewhere.py).

All its filings are read for that. So of a large shipment a change is only written down, and the figures are reckoned a moment
later for all changes since (settling.py): a message about one of ten thousand filings costs what one about a lone filing does.
So they are of one that others have filings of, which are looked up outside the operator's scope.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from filings import lifecycle, linking, selectors
from filings.lifecycle import State
from filings.linking.keys import combinations
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.models import Shipment, ShipmentChange
from filings.services.shipments import sharing

LARGE: Final = 200  # filings, and what they wait for; so many are reckoned in a few milliseconds
PENDING: Final = "04"  # CL744: the state of a filing that finds nothing above it

_RECKON: Final = """
with member as (
  select of.shipment_id, filing.id, filing.state, filing.due_at, filing.registered_at, filing.completeness,
    filing.declarant, filing.message_type
  from filings_shipmentfiling of join filings_filing filing on filing.id = of.filing_id
  where of.shipment_id = any(%(ids)s)
), wait as (
  select member.shipment_id, member.due_at, bool_or(exists (
      select 1 from filings_linkkey low join filings_filing filing on filing.id = low.filing_id
      where low.digest = up.digest and low.side = 'lower' and low.operator_id = up.operator_id
        and low.filing_id <> up.filing_id and filing.state <> 'draft'
    ) or up.digest = any(%(filed)s::uuid[])) as filed
  from member join filings_linkkey up on up.filing_id = member.id and up.side = 'upper' and up.completes in ('every', 'any')
  where member.completeness <> 'complete'
  group by member.shipment_id, member.id, member.due_at, case when up.completes = 'any' then 0 else up.number end
), earliest as materialized (
  select member.shipment_id, min(member.due_at) as due_at from member group by 1
), above as materialized (
  select member.shipment_id, member.message_type, count(*) as number
  from member
  where exists (select 1 from filings_linkkey up where up.filing_id = member.id and up.side = 'upper')
  group by 1, 2
), pair as (
  select * from unnest(%(lower)s::text[], %(upper)s::text[]) as pair(lower_type, upper_type)
), linked as materialized (
  select distinct member.id
  from member join filings_linkkey low on low.filing_id = member.id and low.side = 'lower'
  where low.digest = any(%(above)s::uuid[]) or (
    select true from filings_linkkey up
    where up.digest = low.digest and up.side = 'upper' and up.operator_id = low.operator_id and up.filing_id <> low.filing_id
    limit 1)
), alone as (
  select member.shipment_id, member.id
  from member
  where member.message_type = any(%(linking)s) and not member.state = any(%(gone)s) and member.completeness <> 'complete'
    and member.id not in (select id from linked)
    and (member.completeness = 'pending' or exists (
      select 1 from above join pair on pair.upper_type = above.message_type
      where above.shipment_id = member.shipment_id and pair.lower_type = member.message_type
        and (above.number > 1 or above.message_type <> member.message_type)))
), answered as materialized (
  select distinct member.shipment_id, up.party
  from member join filings_linkkey up on up.filing_id = member.id and up.side = 'upper' and up.digest = any(%(filed)s::uuid[])
), awaited as (
  select notice.shipment_id, notice.party
  from filings_shipmentnotice notice
  where notice.shipment_id = any(%(ids)s) and notice.fact in ('missing', 'awaited')
    and not exists (
      select 1 from member
      where member.shipment_id = notice.shipment_id and member.declarant = notice.party
        and not member.state = any(%(gone)s) and member.state <> 'draft')
    and (notice.shipment_id, notice.party) not in (select shipment_id, party from answered)
    and not exists (
      select 1 from member
      where member.shipment_id = notice.shipment_id and member.completeness = 'complete'
        and member.message_type = any(%(ens)s))
)
update filings_shipment shipment set
  filings_count = (select count(*) from member where member.shipment_id = shipment.id),
  filed_count = (select count(*) from member where member.shipment_id = shipment.id and member.state <> 'draft'),
  missing_count = (select count(*) from wait where wait.shipment_id = shipment.id and not wait.filed),
  unlinked_count = (select count(*) from alone where alone.shipment_id = shipment.id),
  awaited_count = (select count(distinct party) from awaited where awaited.shipment_id = shipment.id),
  is_shared = %(shared)s,
  is_large = (select count(*) from member where member.shipment_id = shipment.id)
    + (select count(*) from wait where wait.shipment_id = shipment.id) > %(large)s,
  due_at = least(
    (select min(due_at) from member where member.shipment_id = shipment.id and member.registered_at is null
      and member.state = any(%(open)s)),
    (select min(coalesce(wait.due_at, earliest.due_at)) from wait join earliest on earliest.shipment_id = wait.shipment_id
      where wait.shipment_id = shipment.id and not wait.filed)),
  changed_at = greatest(shipment.changed_at, %(at)s)
where shipment.id = any(%(ids)s)
"""
_EMPTY: Final = """
delete from filings_shipment shipment where shipment.id = any(%s)
  and not exists (select 1 from filings_shipmentfiling member where member.shipment_id = shipment.id)
  and not exists (select 1 from filings_shipmentnotice notice where notice.shipment_id = shipment.id)
  and not exists (select 1 from filings_shipmentchange change where change.shipment_id = shipment.id)
"""


@dataclass(frozen=True)
class Met:
    """What others that agreed have, by digests of keys of the operator's own.

    filed: below which they submitted a filing; above: above which they have one; shared: whether anything was agreed about.
    """

    filed: frozenset[UUID] = frozenset()
    above: frozenset[UUID] = frozenset()
    shared: bool = False


def reckon(shipments: Collection[UUID], *, at: datetime) -> None:
    """Reckon the figures of shipments, of large and shared ones a moment later, and remove those nothing is known of any more.

    Inside `together` they are reckoned at its end.
    """
    waiting = _waiting.get()
    if waiting is not None:
        waiting |= dict.fromkeys(shipments, at)
    elif shipments:
        some = Shipment.objects.filter(pk__in=shipments)
        later = set(some.filter(Q(is_large=True) | Q(is_shared=True)).values_list("pk", flat=True))
        at_once = set(shipments) - later
        reckon_now(sorted(at_once), at=at)
        later |= sharing.covered(at_once)
        ShipmentChange.objects.bulk_create([ShipmentChange(shipment_id=pk, at=at) for pk in sorted(later)])


@contextmanager
def together() -> Iterator[None]:
    """Let each shipment that verbs inside the block touch be reckoned once, at its end; a block inside another adds to that.

    The block is one transaction. When it fails nothing is reckoned.
    """
    if _waiting.get() is not None:
        yield
        return
    waiting: dict[UUID, datetime] = {}
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        reckon(list(waiting), at=max(waiting.values()))


_waiting: ContextVar[dict[UUID, datetime] | None] = ContextVar("shipments that are reckoned together", default=None)


def behind(ids: Collection[UUID]) -> set[UUID]:
    """Return which of these shipments something changed in that their figures do not say yet."""
    changed = ShipmentChange.objects.filter(shipment__in=ids).values_list("shipment_id", flat=True)
    return {*changed, *sharing.told(ids)}


def is_behind(shipment: Shipment) -> bool:
    """Say whether something changed that the figures of a shipment do not say yet."""
    return bool(behind([shipment.pk]))


def reckon_now(ids: list[UUID], *, at: datetime, met: Met = Met()) -> None:
    """Reckon the figures of shipments, with what others have of them."""
    if not ids:
        return
    list(Shipment.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    given: dict[str, Any] = {"filed": list(met.filed), "above": list(met.above), "shared": met.shared}
    with connection.cursor() as cursor:
        cursor.execute(_RECKON, {**types(), **given, "ids": ids, "at": at, "large": LARGE})
        cursor.execute(_EMPTY, [ids])


def filings_that_link() -> list[Message]:
    """Return the messages that are pending until something above them is there."""
    return [each for each in _filings() if (effect := linking.effect(each)) and effect.alone == PENDING]


def pairs() -> set[tuple[str, str]]:
    """Return which message may stand below which, lower and upper; not those whose kind may stand below itself."""
    by_sci: dict[str, list[str]] = {}
    for each in _filings():
        by_sci.setdefault(each.sci, []).append(each.id)
    return {
        (low, up)
        for one in combinations() if not one.upper & one.lower
        for below in one.lower for above in one.upper
        for low in by_sci.get(below, ()) for up in by_sci.get(above, ())
    }  # fmt: skip


def types() -> dict[str, Any]:
    """Return the lists of message types and states that the statement asks for."""
    return _types(tuple(catalogue.editions()))


@lru_cache(maxsize=4)
def _types(_editions: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Return them for the message sets that are there: asked again for each change, they are put together once."""
    found = sorted(pairs())
    whole = [each.id for each in _filings() if (effect := linking.effect(each)) and effect.is_ens]
    return {
        "lower": [low for low, _ in found],
        "upper": [up for _, up in found],
        "linking": [each.id for each in filings_that_link()],
        "ens": whole,
        "gone": [State.REJECTED.value, State.INVALIDATED.value],
        "open": [state.value for state in lifecycle.NOT_YET_WITH_CUSTOMS],
    }


def _filings() -> list[Message]:
    """Return every message that starts a filing, of any message set, each type once."""
    found = {each.id: each for edition in catalogue.editions() for each in catalogue.messages(*edition)}
    return [each for each in found.values() if selectors.can_be_filed(each)]
