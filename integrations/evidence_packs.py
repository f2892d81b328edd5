"""Packs of evidence for an operator: asked for, made in the background, handed out; for a period or for an outage."""

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from filings import outbox
from filings.models import OutboxMessage
from integrations import sealing
from integrations.models import Connection, EvidencePack, EvidencePiece, Outage
from integrations.packing import Packer, pieces_of
from tenants import audit
from tenants.actors import SYSTEM, Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import current_operator_id, every_tenant, tenant_scope

BELL: Final = "integrations.make_evidence"
MOST: Final = 20_000  # messages in one pack
MOST_TRIES: Final = 3
AGAIN: Final = timedelta(minutes=10)  # after which another worker takes over
PIECE: Final = 1_000_000  # bytes
_IN_MEMORY: Final = 4_000_000  # bytes of a pack before it goes to a file

log = logging.getLogger(__name__)


class EmptyPeriod(DomainError):
    """The end of the period must be after its start."""


class NothingInPeriod(DomainError):
    """Nothing was submitted in this period; choose another one."""


class TooManyMessages(DomainError):
    """More was submitted than one pack holds; choose a shorter period and make several."""

    def detail(self) -> dict[str, object]:
        """Return the limit."""
        return {"limit": MOST}


class NotReady(DomainError):
    """The pack is still being made; ask again in a moment."""


def packs() -> QuerySet[EvidencePack]:
    """Return the packs of the operator in scope, the latest first."""
    found: QuerySet[EvidencePack] = EvidencePack.objects.select_related("outage")
    return found


@transaction.atomic
def request(*, since: datetime, until: datetime, by: Actor, at: datetime, outage: Outage | None = None) -> EvidencePack:
    """Ask for a pack about the operator in scope, and let a worker make it.

    :param outage: narrows it to the filings that are stamped with this outage.
    :raises EmptyPeriod: if it ends before it starts.
    :raises NothingInPeriod: if there would be nothing in it.
    :raises TooManyMessages: if it would hold more than one pack may.
    """
    if until <= since:
        raise EmptyPeriod
    pack = EvidencePack(since=since, until=until, outage=outage, requested_at=at, requested_by=by.name[:120], due_at=at)
    count = messages_of(pack)[: MOST + 1].count()
    if not count:
        raise NothingInPeriod
    if count > MOST:
        raise TooManyMessages
    pack.messages = count
    pack.save(force_insert=True)
    detail = {"since": since.isoformat(), "until": until.isoformat(), "outage": str(outage.pk) if outage else ""}
    audit.record("evidence.requested", target=pack, by=by, at=at, detail=detail)
    transaction.on_commit(lambda: outbox.ring(BELL))
    return pack


def for_outage(*, outage: Outage, by: Actor, at: datetime) -> EvidencePack:
    """Ask for a pack about the filings of the operator in scope that met an outage, whenever they were submitted."""
    first = OutboxMessage.objects.filter(filing__outage_stamps__outage=outage).order_by("created_at").first()
    if first is None:
        raise NothingInPeriod("None of your filings met this outage.")
    end = min(at, outage.ends_at) if outage.ends_at else at
    return request(since=min(first.created_at, outage.starts_at), until=max(end, at), by=by, at=at, outage=outage)


def messages_of(pack: EvidencePack) -> QuerySet[OutboxMessage]:
    """Return the messages a pack tells of, oldest first, without their octets."""
    rows: QuerySet[OutboxMessage] = OutboxMessage.objects.filter(created_at__gte=pack.since, created_at__lt=pack.until)
    if pack.outage_id is not None:
        rows = rows.filter(filing__outage_stamps__outage=pack.outage_id)
    return rows.defer("payload").order_by("created_at", "pk")


def content(pack: EvidencePack) -> Iterator[bytes]:
    """Yield the octets of a pack, piece by piece; the scope is the caller's.

    :raises NotReady: if it is not made yet, or could not be.
    """
    if pack.state != EvidencePack.State.READY:
        raise NotReady(pack.reason) if pack.reason else NotReady
    numbers = list(EvidencePiece.objects.filter(pack=pack).values_list("number", flat=True))
    return _pieces(pack, numbers)


def _pieces(pack: EvidencePack, numbers: list[int]) -> Iterator[bytes]:
    for number in numbers:
        with tenant_scope(_owner(pack)):  # a response is sent when the scope of its request is closed
            yield bytes(EvidencePiece.objects.get(pack=pack, number=number).data)


# --- Making ----------------------------------------------------------------------------------------------------------------


def make_next(*, at: datetime) -> bool:
    """Make the pack that has waited longest; say whether there was one."""
    with every_tenant("packs are made for all operators"):
        wanted = EvidencePack.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state=EvidencePack.State.REQUESTED, due_at__lte=at
        )
        pack: EvidencePack | None = wanted.order_by("due_at").first()
        if pack is None:
            return False
        pack.tries, pack.due_at = pack.tries + 1, at + AGAIN
        pack.save(update_fields=["tries", "due_at"])
        connections = {connection.pk: connection for connection in Connection.objects.all()}
    try:
        with tenant_scope(_owner(pack)):
            _make(pack, connections, at=at)
    except sealing.NoSeal as error:
        _fail(pack, error.message)
    except Exception:
        log.exception("the pack of evidence %s could not be made because of a fault of ours", pack.pk)
        if pack.tries >= MOST_TRIES:
            _fail(pack, "A fault of ours; it is logged. Ask the service desk.")
    return True


def _make(pack: EvidencePack, connections: dict[int, Connection], *, at: datetime) -> None:
    pack.refresh_from_db()
    operator = Operator.objects.get(pk=current_operator_id())
    seal = sealing.identity(at=at)
    ids = list(messages_of(pack).values_list("pk", flat=True)[:MOST])
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        with Packer(file, pack=pack, operator=operator, at=at) as packer:
            for pk in ids:
                row = OutboxMessage.objects.select_related("filing").defer("filing__document").get(pk=pk)
                packer.add(row, trusted=connections)
            packer.finish(seal=seal)
        file.seek(0)
        digest = hashlib.sha256()
        EvidencePiece.objects.filter(pack=pack).delete()
        for number, data in enumerate(pieces_of(file, size=PIECE)):
            digest.update(data)
            pack.size += len(data)
            EvidencePiece.objects.create(pack=pack, number=number, data=data)
    pack.state, pack.made_at, pack.messages, pack.sha256 = EvidencePack.State.READY, at, packer.count, digest.hexdigest()
    pack.save(update_fields=["state", "made_at", "messages", "sha256", "size"])
    audit.record("evidence.made", target=pack, by=SYSTEM, at=at, detail={"sha256": pack.sha256, "messages": pack.messages})


def _fail(pack: EvidencePack, reason: str) -> None:
    with tenant_scope(_owner(pack)):
        EvidencePack.objects.filter(pk=pack.pk).update(state=EvidencePack.State.FAILED, reason=reason[:400])


def _owner(pack: EvidencePack) -> UUID:
    return cast(UUID, pack.operator_id)  # never null; the checker reads its default as if it were


def pack_of(pk: UUID) -> EvidencePack:
    """Return one pack of the operator in scope.

    :raises EvidencePack.DoesNotExist: if it has none of that id.
    """
    found: EvidencePack = packs().get(pk=pk)
    return found
