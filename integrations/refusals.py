"""Messages that were refused at our door: kept so that a person can see why, and within bounds that a flood cannot move.

Each is counted. A row is made of the first octets of what is new, so many a minute and so many in all; what comes again
only adds to its row. Messages of customs and those of anybody else have bounds of their own, so that strangers cannot push out
what customs sent.
"""

import csv
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db import connection as database
from django.db.models import F, Q, QuerySet

from integrations import reading, tallies, trail
from integrations.as4 import As4Error, Received
from integrations.evidence import Missing, Piece
from integrations.models import Connection, Refusal
from tenants.actors import Actor
from tenants.scope import every_tenant

TABLE: Final = Path(__file__).parent / "tables" / "refusals.csv"
HEAD: Final = 32_768  # octets kept of each
A_MINUTE: Final = 30  # new rows
A_MINUTE_EACH: Final = 10  # new rows of what one network address pushes
MOST: Final = 2000  # rows; the oldest make room, those dealt with first
SHOWN: Final = 200
OPEN, SETTLED = "open", "settled"
CUSTOMS, ANYBODY = "customs", "anybody"
_MINUTE: Final = timedelta(minutes=1)
_DISBELIEVED: Final = "EBMS:0101"
_REASON: Final = "what is refused belongs to no operator"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """What came and why it was refused."""

    door: Refusal.Door
    code: str
    reason: str
    is_customs: bool
    size: int
    content_type: str = ""
    body: bytes | None = None  # nothing if it was not read
    address: str = ""
    message_id: str = ""
    action: str = ""
    connection: Connection | None = None

    @property
    def sha256(self) -> str:
        """Return the digest of the octets, empty if they were not read."""
        return "" if self.body is None else hashlib.sha256(self.body).hexdigest()


# --- Keeping ---------------------------------------------------------------------------------------------------------------


def pushed(
    error: As4Error, *, content_type: str, body: bytes, address: str, received: Received | None, connection: Connection | None
) -> Refused:
    """Return what was pushed and refused.

    :param received: what it says, if its seal was believed.
    """
    believed = received is not None and received.verified and error.code != _DISBELIEVED
    said = _said(error, content_type, body, received)
    return Refused(Refusal.Door.PUSHED, is_customs=believed, address=address, connection=connection, **said)


def pulled(error: As4Error, *, content_type: str, body: bytes, received: Received | None, connection: Connection) -> Refused:
    """Return what customs gave us and we refused."""
    return Refused(Refusal.Door.PULLED, is_customs=True, connection=connection, **_said(error, content_type, body, received))


def unread(status: int, *, reason: str, size: int, content_type: str, address: str) -> Refused:
    """Return what was refused before its octets were read, with the HTTP status of the answer."""
    return Refused(
        Refusal.Door.PUSHED, f"HTTP:{status}", reason, is_customs=False, size=size, content_type=content_type, address=address
    )


def keep(refused: Refused, *, at: datetime) -> None:
    """Count it, and keep it if it is new and the bounds allow; a fault of the database is logged, for the answer must leave."""
    try:
        with every_tenant(_REASON):
            with database.cursor() as cursor:
                cursor.execute("set local synchronous_commit to off")  # a crash may forget it; a flood must not wait for the disk
            line = str(refused.connection.pk) if refused.connection else ""
            origin = CUSTOMS if refused.is_customs else ANYBODY
            tallies.add("refused", line, refused.code, origin, at=at)
            if _came_again(refused, at=at):
                return
            if not _has_room(refused, at=at):
                tallies.add("refused_unkept", origin, at=at)
                return
            _make_room(is_customs=refused.is_customs)
            _row(refused, at=at).save(force_insert=True)
    except DatabaseError:
        log.exception("a refused message could not be kept")


def _said(error: As4Error, content_type: str, body: bytes, received: Received | None) -> dict[str, Any]:
    """Return what the octets and the error say, by field."""
    return {
        "code": error.code,
        "reason": error.detail or error.row.short,
        "size": len(body),
        "content_type": content_type,
        "body": body,
        "message_id": (received.message_id if received else error.ref_to) or "",
        "action": received.user.action if received and received.user else "",
    }


def _came_again(refused: Refused, *, at: datetime) -> bool:
    """Add to the row of what came before: the same octets, of customs also the same id, of the unread the same address."""
    same = [Q(sha256=refused.sha256) if refused.body is not None else Q(sha256="", address=refused.address)]
    if refused.is_customs and refused.message_id:
        same.append(Q(message_id=refused.message_id))
    for each in same:
        rows = Refusal.objects.filter(each, code=refused.code, is_customs=refused.is_customs, settled_at=None)
        known = rows.order_by("-at").values_list("pk", flat=True).first()
        if known is not None and Refusal.objects.filter(pk=known).update(times=F("times") + 1, last_at=at):
            return True
    return False


def _has_room(refused: Refused, *, at: datetime) -> bool:
    lately = Refusal.objects.filter(is_customs=refused.is_customs, at__gt=at - _MINUTE)
    if not refused.is_customs and lately.filter(address=refused.address).count() >= A_MINUTE_EACH:
        return False
    return lately.count() < A_MINUTE


def _make_room(*, is_customs: bool) -> None:
    rows = Refusal.objects.filter(is_customs=is_customs)
    if (over := rows.count() - MOST + 1) > 0:
        oldest = rows.order_by(F("settled_at").asc(nulls_last=True), "at").values_list("pk", flat=True)[:over]
        Refusal.objects.filter(pk__in=list(oldest)).delete()


def _row(refused: Refused, *, at: datetime) -> Refusal:
    return Refusal(
        connection=refused.connection,
        door=refused.door,
        is_customs=refused.is_customs,
        address=refused.address[:60],
        message_id=_plain(refused.message_id)[:255],
        action=_plain(refused.action)[:80],
        code=refused.code,
        reason=_plain(refused.reason)[:400],
        content_type=_plain(refused.content_type)[:300],
        size=refused.size,
        sha256=refused.sha256,
        head=(refused.body or b"")[:HEAD],
        at=at,
        last_at=at,
    )


def _plain(text: str) -> str:
    """Return a text of a stranger with every sign that cannot be seen as its number: it is stored and shown."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


# --- Looking ---------------------------------------------------------------------------------------------------------------


def listed(*, state: str = OPEN, origin: str = "", text: str = "") -> list[Refusal]:
    """Return what was refused, the latest first; of a text those whose message id begins with it. Inside every_tenant()."""
    rows = _in_state(state).select_related("connection").defer("head")
    if origin:
        rows = rows.filter(is_customs=origin == CUSTOMS)
    if text:
        rows = rows.filter(message_id__startswith=text)
    return list(rows.order_by("-last_at", "pk")[:SHOWN])


def waiting() -> dict[str, int]:
    """Return how many nobody has dealt with, by who sent them. Call it inside every_tenant()."""
    rows = _in_state(OPEN)
    return {CUSTOMS: rows.filter(is_customs=True).count(), ANYBODY: rows.filter(is_customs=False).count()}


@transaction.atomic
def look(pk: UUID, *, by: Actor, at: datetime) -> tuple[Refusal, list[str], reading.Reading]:
    """Return one with its first lines and, if it is whole, its header; that somebody looked is written into the trail.

    :raises Missing: if there is none.
    """
    row = _one(pk, "refused.looked_at", by=by, at=at)
    head = bytes(row.head)
    header = reading.read(row.content_type, head) if row.is_whole else reading.Reading([], [], [])
    return row, reading.first_lines(head), header


@transaction.atomic
def octets(pk: UUID, *, by: Actor, at: datetime) -> Piece:
    """Return the octets that are kept, as a file; that somebody took them is written into the trail.

    :raises Missing: if there is none, or nothing was read of it.
    """
    row = _one(pk, "refused.downloaded", by=by, at=at)
    if not row.sha256:
        raise Missing
    return Piece(f"refused-{row.pk}.bin", "application/octet-stream", bytes(row.head))


def advice(code: str) -> str:
    """Return what a person does about a refusal."""
    return _table()[code]


def _in_state(state: str) -> QuerySet[Refusal]:
    rows: QuerySet[Refusal] = Refusal.objects.all()
    if state == OPEN:
        return rows.filter(settled_at=None)
    return rows.exclude(settled_at=None) if state == SETTLED else rows


def _one(pk: UUID, deed: str, *, by: Actor, at: datetime) -> Refusal:
    with every_tenant(_REASON):
        row: Refusal | None = Refusal.objects.select_related("connection").filter(pk=pk).first()
        if row is None:
            raise Missing
        trail.record(deed, target=row, by=by.name, at=at)
    return row


@cache
def _table() -> dict[str, str]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["what to do"] for row in csv.DictReader(lines)}


# --- Dealing with them -----------------------------------------------------------------------------------------------------


@transaction.atomic
def settle(ids: Sequence[UUID], *, text: str, by: Actor, at: datetime) -> int:
    """Mark refusals as dealt with, with a note what was done; return how many there were."""
    return _mark(ids, OPEN, "refused.settled", by=by, at=at, settled_at=at, note=f"{by.name}: {text}"[:400])


@transaction.atomic
def reopen(ids: Sequence[UUID], *, by: Actor, at: datetime) -> int:
    """Take the mark back; return how many had it."""
    return _mark(ids, SETTLED, "refused.reopened", by=by, at=at, settled_at=None)


def _mark(ids: Sequence[UUID], state: str, deed: str, *, by: Actor, at: datetime, **fields: object) -> int:
    with every_tenant(_REASON):
        rows = list(_in_state(state).filter(pk__in=ids).select_for_update(of=("self",)).defer("head").order_by("pk"))
        Refusal.objects.filter(pk__in=[row.pk for row in rows]).update(**fields)
        for row in rows:
            trail.record(deed, target=row, by=by.name, at=at)
    return len(rows)
