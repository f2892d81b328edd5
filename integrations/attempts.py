"""One attempt to send a message: which connection it takes, and its bytes, signed once and stored before they leave.

The bytes stay with the Exchange: every later attempt repeats them, unless the seal has ended meanwhile.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from django.conf import settings
from django.db import connection as database

from filings.models import OutboxMessage
from integrations import connections, resealing, wire
from integrations.as4 import Agreement, Part, Service, UserMessage, build_user_message
from integrations.models import Attempt, Connection, Exchange
from tenants import rows
from tenants.scope import tenant_scope

LOST: Final = "lost"  # the outcome of an attempt whose worker never came back


class LeaseLost(Exception):
    """Another worker holds the row by now."""


def owner(row: OutboxMessage) -> UUID:
    """Return whose message it is."""
    return cast(UUID, row.operator_id)  # never null; the checker reads its default as if it were


def begin(row: OutboxMessage, connection: Connection | None, clock: Callable[[], datetime]) -> tuple[Attempt, Connection]:
    """Return the new attempt of the row's exchange, and the connection it takes.

    :param connection: the one the row was claimed for, as it is now; what was signed for another one takes that.
    :raises connections.NoConnection: if there is none, or the one it was signed for was switched off.
    :raises LeaseLost: if another worker took the row over.
    """
    with tenant_scope(owner(row)):
        signed, way = _way(row)
        if connection is not None and way == connection.pk:
            return _prepare(row, connection, signed, at=clock()), connection
    other = connections.get(way)
    if not other.active:
        raise connections.NoConnection
    with tenant_scope(owner(row)):
        signed, _ = _way(row)
        return _prepare(row, other, signed, at=clock()), other


def _way(row: OutboxMessage) -> tuple[UUID | None, int]:
    """Lock the row; return its exchange, if it was signed before, and the connection that it takes now.

    :raises LeaseLost: if another worker took the row over.
    :raises connections.NoConnection: if there is none.
    """
    with database.cursor() as cursor:
        cursor.execute(_WAY_SQL, {"pk": row.pk, "token": row.token, "operator": row.operator_id, "via": row.via})
        found = cursor.fetchone()
    if found is None:
        raise LeaseLost
    signed, before, usual = found
    way = before if signed else usual
    if way is None:
        raise connections.NoConnection
    return signed, way


_WAY_SQL: Final = f"""
    select e.id, e.connection_id, ({connections.FOR_OPERATOR}) from filings_outboxmessage m
    left join integrations_exchange e on e.outbox_id = m.id
    where m.id = %(pk)s and m.token = %(token)s and m.state = 'running' for update of m
    """  # noqa: S608 (a statement of connections)


def _prepare(row: OutboxMessage, connection: Connection, signed: UUID | None, *, at: datetime) -> Attempt:
    """Return the new attempt of the row's exchange, which is signed and stored when it is the first."""
    if signed is None:
        first = Attempt(exchange=_sign(row, connection, at=at), number=1, started_at=at)
        rows.insert(first.exchange, first)
        return first
    exchange = Exchange.objects.get(pk=signed)
    if resealing.is_due(exchange, connection, at=at):
        resealing.reseal(exchange, row, connection, lambda: _message(row, connection, at=at), at=at)
    exchange.tries.filter(ended_at=None).update(
        ended_at=at, outcome=LOST, reason="The worker stopped before the answer was stored."
    )
    if exchange.state == Exchange.State.FAILED:  # a person asked for another try
        exchange.state = Exchange.State.OPEN
        exchange.save(update_fields=["state"])
    number = exchange.tries.count() + 1
    attempt: Attempt = Attempt.objects.create(exchange=exchange, number=number, started_at=at)
    return attempt


def _sign(row: OutboxMessage, connection: Connection, *, at: datetime) -> Exchange:
    """Return the exchange of a message, not stored yet."""
    sent = build_user_message(message=_message(row, connection, at=at), seal=connections.seal(connection, at=at))
    return Exchange(
        outbox=row,
        filing_id=row.filing_id,
        connection=connection,
        message_id=row.message_id,
        message_type=row.message_type,
        content_type=sent.content_type,
        body=sent.body,
        references=[[item.uri, item.digest] for item in sent.references],
        created_at=at,
    )


def _part(cid: str, row: OutboxMessage) -> Part:
    """Return the payload of a message; what is kept compressed leaves as it is, so that the whole is never in memory."""
    payload = bytes(row.payload)
    return Part(cid, b"", charset="utf-8", packed=payload) if row.encoding else Part(cid, payload, charset="utf-8")


def _attachments(row: OutboxMessage) -> list[Part]:
    """Return the files that go beside the message; the XML names each by its Content-ID (ICD 4.2.5)."""
    if row.filing_id is None:
        return []
    with database.cursor() as cursor:
        cursor.execute(_ATTACHMENTS_SQL, [row.filing_id])
        return [Part(identification, bytes(data), mime) for identification, data, mime in cursor.fetchall()]


_ATTACHMENTS_SQL: Final = """
    select identification, data, mime from filings_attachment where filing_id = %s order by created_at, id
    """


def _message(row: OutboxMessage, connection: Connection, *, at: datetime) -> UserMessage:
    cid = f"{row.pk}@{settings.GATEWAY_HOST}"
    return UserMessage(
        message_id=row.message_id,
        at=at,
        sender=connections.us(connection),
        receiver=connections.customs(connection),
        service=Service(wire.SERVICE_TO_CUSTOMS, wire.SERVICE_TYPE),
        action=row.message_type,
        agreement=Agreement(connection.agreement, wire.AGREEMENT_TYPE),
        parts=(_part(cid, row), *_attachments(row)),
    )
