"""The verb that keeps keys and shipments current: call it whenever what a filing says, or where it stands, has changed.

1. The shipments of its own numbers are made and locked, so that two filings drafted at once see each other.
2. Its keys are written. 3. It is placed: by its own number, else where it links to. 4. What follows it is placed.
5. The figures of every shipment it touched are reckoned. Who may know of the filing is told by a marker (sharing.py).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from filings import linking, selectors
from filings.lifecycle import State
from filings.linking import anchors
from filings.linking.anchors import Anchor
from filings.messages.catalogue import Message
from filings.models import Filing, LinkKey, Shipment, ShipmentFiling
from filings.services.shipments import figures, keys, reading, sharing

GONE: Final = frozenset({State.REJECTED, State.INVALIDATED})
LEVELS: Final = 4  # of filings that follow each other; more are a circle
MOST: Final = 500  # filings left behind that are placed anew at once; the others are when something of them changes

_FOLLOW: Final = """
insert into filings_shipmentfiling (id, operator_id, shipment_id, filing_id, by_link)
select gen_random_uuid(), found.operator_id, found.shipment_id, found.filing_id, true from (
  select distinct member.operator_id, member.shipment_id, low.filing_id
  from filings_shipmentfiling member
  join filings_linkkey up on up.filing_id = member.filing_id and up.side = 'upper'
  join filings_linkkey low on low.digest = up.digest and low.side = 'lower' and low.operator_id = up.operator_id
    and low.filing_id <> up.filing_id
  join filings_filing filing on filing.id = low.filing_id and filing.message_type = any(%s)
  where member.filing_id = any(%s)
) found
on conflict do nothing
returning filing_id
"""
_STRANDED: Final = """
by_link and not exists (
    select 1 from filings_linkkey low
    join filings_linkkey up on up.digest = low.digest and up.side = 'upper' and up.operator_id = low.operator_id
      and up.filing_id <> low.filing_id
    join filings_shipmentfiling beside on beside.filing_id = up.filing_id and beside.shipment_id = member.shipment_id
    where low.filing_id = member.filing_id and low.side = 'lower')
"""
_LEAVE: Final = f"""
delete from filings_shipmentfiling member
where filing_id = any(%s) and (not by_link or {_STRANDED}) returning shipment_id
"""  # noqa: S608 our own words
_LEFT_BEHIND: Final = f"""
select filing_id from filings_shipmentfiling member where shipment_id = any(%s) and {_STRANDED} limit %s
"""  # noqa: S608 as above
_ABOVE: Final = """
select distinct member.shipment_id
from filings_linkkey low
join filings_linkkey up on up.digest = low.digest and up.side = 'upper' and up.operator_id = low.operator_id
  and up.filing_id <> low.filing_id
join filings_shipmentfiling member on member.filing_id = up.filing_id
where low.filing_id = %s and low.side = 'lower'
"""


@transaction.atomic(savepoint=False)
def keep(*, filing: Filing, at: datetime, content: bool = True) -> None:
    """Bring keys and shipments to what a filing says and where it stands; a request that is done counts for its filing.

    :param content: False if only its state, its dates or customs' facts changed; then a large filing is not read again.
    """
    if filing.about is not None:
        if filing.state != State.DONE:
            return
        filing, content = filing.about, bool(selectors.message_of(filing).amends)
    message = selectors.message_of(filing)
    if linking.effect(message) is None:
        return
    gone = State(filing.state) in GONE
    sharing.tell(filing, at=at, content=content or gone)
    if content and not gone:
        touched = _placed(filing, message, at=at)
        sharing.tell(filing, at=at, content=True)
    else:
        if gone:
            LinkKey.objects.filter(filing=filing).delete()
        touched = shipments_of([filing.pk])
    figures.reckon(touched, at=at)


def leaving(filing: Filing, *, at: datetime) -> set[UUID]:
    """Return the shipments of a filing that is about to be removed; hand them to `left` when it is."""
    sharing.tell(filing, at=at, content=True)
    return shipments_of([filing.pk])


@transaction.atomic
def left(*, shipments: Collection[UUID], at: datetime) -> None:
    """Reckon shipments of which a filing was removed; call it with what `leaving` said before."""
    figures.reckon({*shipments, *_left_behind(shipments, at=at)}, at=at)


def shipments_of(filings: Collection[UUID]) -> set[UUID]:
    """Return the shipments that filings are in."""
    return set(ShipmentFiling.objects.filter(filing__in=filings).values_list("shipment", flat=True))


def made(anchor: Anchor, *, mode: str, at: datetime) -> Shipment:
    """Return the shipment of a number, made if it is new, and locked."""
    row = Shipment(kind=anchor.kind, number=anchor.number, sought=anchor.sought, mode=mode, created_at=at, changed_at=at)
    Shipment.objects.bulk_create([row], ignore_conflicts=True)
    found: Shipment = Shipment.objects.select_for_update().get(kind=anchor.kind, sought=anchor.sought)
    return found


def _placed(filing: Filing, message: Message, *, at: datetime) -> set[UUID]:
    """Write keys and memberships of a filing that counts; return every shipment touched."""
    before = dict(ShipmentFiling.objects.filter(filing=filing).values_list("shipment", "by_link"))
    list(Shipment.objects.select_for_update().filter(pk__in=before).order_by("pk").values_list("pk"))
    said = keys.write(filing, reading.documents(selectors.in_force(filing)))
    own = sorted(said.anchors.values(), key=lambda anchor: anchor.sought)
    above = set() if anchors.has_master(message) else _above(filing)
    wanted = dict.fromkeys(above, True) or {_shipment(anchor, message, said, at=at).pk: False for anchor in own}
    if wanted != before:
        ShipmentFiling.objects.filter(filing=filing).exclude(shipment__in=wanted).delete()
        rows = [ShipmentFiling(shipment_id=pk, filing=filing, by_link=by_link) for pk, by_link in wanted.items()]
        ShipmentFiling.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["shipment", "filing"], update_fields=["by_link"]
        )
    return {*before, *wanted, *_followed(filing), *_left_behind(before.keys() - wanted.keys(), at=at)}


def _left_behind(shipments: Collection[UUID], *, at: datetime) -> set[UUID]:
    """Place anew what stood in shipments because of a filing that is no longer there; return every shipment touched."""
    if not shipments:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_BEHIND, [list(shipments), MOST])
        found = [pk for (pk,) in cursor.fetchall()]
    filings = Filing.objects.filter(pk__in=found).exclude(state__in=GONE)
    return {pk for each in filings for pk in _placed(each, selectors.message_of(each), at=at)}


def _shipment(anchor: Anchor, message: Message, said: keys.Said, *, at: datetime) -> Shipment:
    """Return the shipment of a number; the filing of the whole ENS says how it is spelled and who carries."""
    mode = message.mode.split(" ")[0]
    shipment = made(anchor, mode=mode, at=at)
    effect = linking.effect(message)
    first = bool(effect and effect.is_ens)
    carrier = said.carrier[: Shipment._meta.get_field("carrier").max_length or 0]
    news = {
        "number": anchor.number if first else shipment.number,
        "carrier": carrier if carrier and (first or not shipment.carrier) else shipment.carrier,
        "mode": mode if first or not shipment.mode else shipment.mode,
    }
    if changed := [name for name, value in news.items() if getattr(shipment, name) != value]:
        for name in changed:
            setattr(shipment, name, news[name])
        shipment.save(update_fields=changed)
    return shipment


def _above(filing: Filing) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [filing.pk])
        return {pk for (pk,) in cursor.fetchall()}


def _followed(filing: Filing) -> set[UUID]:
    """Place what links to a filing and has no master document of its own; return the shipments that lost it."""
    followers = _followers()
    level, touched = [filing.pk], set[UUID]()
    with connection.cursor() as cursor:
        for _ in range(LEVELS):
            cursor.execute(_FOLLOW, [followers, level])
            level = list({pk for (pk,) in cursor.fetchall()})
            if not level:
                break
            touched |= shipments_of(level)
            cursor.execute(_LEAVE, [level])
            touched |= {pk for (pk,) in cursor.fetchall()}
    return touched


def _followers() -> list[str]:
    """Return the messages that have no place for a master document and link to something above."""
    return sorted(each.id for each in figures.filings_that_link() if not anchors.has_master(each))
