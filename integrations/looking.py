"""One exchange in full, for the ITSP's staff: what stands in the rows, and the octets, whose every reading is audited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from filings.models import OutboxMessage
from integrations import evidence, reading, tray
from integrations.evidence import Missing, Piece
from integrations.models import Attempt, Connection, Exchange, InboundMessage, Ping
from integrations.reading import Reading
from tenants import audit
from tenants.actors import Actor
from tenants.scope import every_tenant, tenant_scope

LARGEST: Final = 25_000_000  # octets of a message taken apart for a page
_REASON: Final = "the ITSP's staff looks at an exchange"
_HEAVY: Final = ("body", "payload", "receipt")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours with everything that happened to it."""

    message: OutboxMessage
    exchange: Any  # the Exchange, with digest and size; nothing before the first attempt
    attempts: list[Attempt]
    connection: Connection | None
    header: Reading | None
    receipt: Reading | None
    answers: list[InboundMessage]


@dataclass(frozen=True, slots=True)
class Received:
    """A message of customs with everything that happened to it."""

    message: Any  # the InboundMessage, with digest and size
    connection: Connection
    header: Reading
    answered: OutboxMessage | None


def sent(pk: UUID) -> Sent:
    """Return a message of ours.

    :raises Missing: if there is none.
    """
    with every_tenant(_REASON):
        message = OutboxMessage.objects.select_related("operator", "filing").defer("payload").filter(pk=pk).first()
        if message is None:
            raise Missing
        exchange = evidence.measured(Exchange.objects.filter(outbox=message)).select_related("connection").first()
        line = Connection.objects.filter(pk=message.line).first() if message.line else None
        answers = InboundMessage.objects.filter(ref_to_message_id=message.message_id).defer(*_HEAVY).order_by("received_at")
        attempts = Attempt.objects.filter(exchange=exchange).defer("response") if exchange else Attempt.objects.none()
        return Sent(
            message=message,
            exchange=exchange,
            attempts=list(attempts.order_by("number")),
            connection=exchange.connection if exchange else line,
            header=_read(exchange.content_type, exchange.body) if exchange else None,
            receipt=_read(exchange.receipt_type, exchange.receipt) if exchange and exchange.receipt else None,
            answers=list(answers),
        )


def received(pk: UUID) -> Received:
    """Return a message of customs.

    :raises Missing: if there is none.
    """
    with every_tenant(_REASON):
        rows = InboundMessage.objects.select_related("operator", "filing", "connection").defer("payload", "receipt")
        message = evidence.measured(rows.filter(pk=pk)).first()
        if message is None:
            raise Missing
        answered = None
        if message.ref_to_message_id:
            answered = OutboxMessage.objects.filter(message_id=message.ref_to_message_id).defer("payload").first()
        return Received(message, message.connection, _read(message.content_type, message.body), answered)


@transaction.atomic
def beginning(pk: UUID, *, by: Actor, at: datetime) -> list[str]:
    """Return the first lines of what customs sent; that somebody looked is audited."""
    with every_tenant(_REASON):
        row = InboundMessage.objects.defer("body", "receipt").filter(pk=pk).first()
    if row is None:
        raise Missing
    tray.note(row, "inbound.looked_at", by=by, at=at)
    return reading.first_lines(bytes(row.payload))


@transaction.atomic
def download(kind: str, pk: UUID, part: str, *, by: Actor, at: datetime) -> Piece:
    """Return one file of an exchange; who took it is written into the trail of the operator, else into the ITSP's own.

    :raises Missing: if there is none.
    """
    row = _owner(kind, pk)
    detail: dict[str, object] = {"part": part}
    if row.operator_id is None:
        with every_tenant(_REASON):
            found = evidence.piece(kind, pk, part)
        tray.note(row, "gateway.downloaded", by=by, at=at, detail=detail)
        return found
    with tenant_scope(row.operator_id):
        audit.record("gateway.downloaded", target=row, by=by, at=at, detail=detail)
        return evidence.piece(kind, pk, part)


def _owner(kind: str, pk: UUID) -> Any:
    models: dict[str, Any] = {"messages": OutboxMessage, "exchanges": Exchange, "attempts": Attempt, "inbound": InboundMessage}
    with every_tenant(_REASON):
        row = models[kind].objects.only("pk", "operator_id").filter(pk=pk).first() if kind in models else None
    if row is None:
        raise Missing
    return row


def _read(content_type: str, octets: bytes | memoryview) -> Reading:
    return reading.read(content_type, bytes(octets)) if len(octets) <= LARGEST else Reading([], [], [])


# --- Connectivity tests ----------------------------------------------------------------------------------------------------


def pings(connection_id: int, *, most: int = 20) -> list[Ping]:
    """Return the last connectivity tests of a connection, without their octets."""
    with every_tenant(_REASON):
        return list(Ping.objects.filter(connection=connection_id).defer("body", "response")[:most])


def a_ping(pk: int) -> Ping:
    """Return a connectivity test.

    :raises Missing: if there is none.
    """
    with every_tenant(_REASON):
        found: Ping | None = Ping.objects.select_related("connection").filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def ping_piece(pk: int, part: str) -> Piece:
    """Return what was sent as a connectivity test, or what came back; it holds no business content.

    :raises Missing: if there is none.
    """
    row = a_ping(pk)
    octets = {"message": (row.content_type, row.body), "response": (row.response_type, row.response)}.get(part)
    if octets is None or octets[1] is None:
        raise Missing
    found = evidence.wire(f"ping-{row.pk}-{part}", *octets)
    if found is None:
        raise Missing
    return found
