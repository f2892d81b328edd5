"""What went over the wire about a filing: questions for the pages and the API. Everything is the scope's operator's."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import Func, IntegerField, Model, Prefetch, QuerySet, TextField, Value

from filings.models import OutboxMessage
from integrations.models import Attempt, Exchange, InboundMessage

_XML: Final = re.compile(r"(application|text)/([\w.\-]+\+)?xml\b", re.IGNORECASE)
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of evidence."""

    name: str
    content_type: str
    data: bytes = field(repr=False)
    packed: bool = False  # data is gzip, to be unpacked on the way out


class Missing(LookupError):
    """There is no such piece of evidence for this operator."""


def exchanges_of(filing_id: UUID) -> QuerySet[Exchange]:
    """Return our messages about a filing with their attempts, the octets left out; `digest` and `size` are of the body."""
    attempts = Attempt.objects.defer("response")
    found: QuerySet[Exchange] = Exchange.objects.filter(filing_id=filing_id)
    return measured(found).defer("body", "receipt").prefetch_related(Prefetch("tries", queryset=attempts)).order_by("created_at")


def inbound_of(filing_id: UUID) -> QuerySet[InboundMessage]:
    """Return customs' messages about a filing, the octets left out; `digest` and `size` are of the body."""
    found: QuerySet[InboundMessage] = InboundMessage.objects.filter(filing_id=filing_id)
    return measured(found).defer("body", "payload", "receipt").order_by("received_at")


def piece(kind: str, pk: UUID, part: str, *, filing_id: UUID | None = None) -> Piece:
    """Return one file: of an exchange, an attempt, or an inbound message.

    :param filing_id: if given, the filing it must be about.
    :raises Missing: if the operator has none, or it has not that part.
    """
    try:
        model, about, make = _PARTS[kind, part]
    except KeyError:
        raise Missing from None
    fits = {"pk": pk} if filing_id is None else {"pk": pk, about: filing_id}
    row = model._default_manager.filter(**fits).first()
    made = make(row) if row is not None else None
    if made is None:
        raise Missing
    return made


def measured(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows with the digest and size of their body."""
    hashed = Func("body", function="sha256")
    measured: QuerySet[Any] = rows.annotate(
        digest=Func(hashed, Value("hex"), function="encode", output_field=TextField()),
        size=Func("body", function="octet_length", output_field=IntegerField()),
    )
    return measured


# --- Files -----------------------------------------------------------------------------------------------------------------


def _name(*words: str) -> str:
    return _NO_NAME.sub("-", "-".join(word for word in words if word)).strip("-.")


def wire(name: str, content_type: str, data: bytes | memoryview | None) -> Piece | None:
    """Return octets as they travelled. Only XML is called by its name: nothing foreign is served as a page."""
    if data is None:
        return None
    if _XML.match(content_type.strip()):
        return Piece(f"{name}.xml", "application/xml", bytes(data))
    suffix = "mime" if content_type.lower().startswith("multipart/") else "bin"
    return Piece(f"{name}.{suffix}", "application/octet-stream", bytes(data))


def _about(exchange: Exchange) -> str:
    filing = exchange.filing
    return _name((filing.lrn or str(filing.pk)) if filing else str(exchange.pk), exchange.message_type)


def _sent_xml(exchange: Exchange) -> Piece:
    row = exchange.outbox
    return Piece(f"{_about(exchange)}.xml", "application/xml", bytes(row.payload), packed=bool(row.encoding))


def _queued_xml(row: OutboxMessage) -> Piece | None:
    """Return a message of ours as it stands in the queue, signed or not; nothing once it was removed."""
    if not row.payload:
        return None
    about = (row.filing.lrn or str(row.filing_id)) if row.filing else str(row.pk)
    return Piece(f"{_name(about, row.message_type)}.xml", "application/xml", bytes(row.payload), packed=bool(row.encoding))


def _sent(exchange: Exchange) -> Piece | None:
    return wire(f"{_about(exchange)}-as4", exchange.content_type, exchange.body)


def _receipt(exchange: Exchange) -> Piece | None:
    return wire(f"{_about(exchange)}-receipt", exchange.receipt_type, exchange.receipt)


def _response(attempt: Attempt) -> Piece | None:
    name = f"{_about(attempt.exchange)}-attempt-{attempt.number}-response"
    return wire(name, attempt.response_type, attempt.response)


def _came_for(row: InboundMessage) -> str:
    lrn = row.filing.lrn if row.filing else ""
    return _name(lrn, row.message_type, f"{row.received_at:%Y%m%dT%H%M%SZ}")


def _came_xml(row: InboundMessage) -> Piece:
    return Piece(f"{_came_for(row)}.xml", "application/xml", bytes(row.payload))


def _came(row: InboundMessage) -> Piece | None:
    return wire(f"{_came_for(row)}-as4", row.content_type, row.body)


def _our_receipt(row: InboundMessage) -> Piece | None:
    return wire(f"{_came_for(row)}-receipt", row.receipt_type, row.receipt)


# By kind and part: the rows, the column that names the filing, and how the file is made.
_PARTS: Final[Mapping[tuple[str, str], tuple[type[Model], str, Callable[[Any], Piece | None]]]] = {
    ("messages", "xml"): (OutboxMessage, "filing_id", _queued_xml),
    ("exchanges", "xml"): (Exchange, "filing_id", _sent_xml),
    ("exchanges", "message"): (Exchange, "filing_id", _sent),
    ("exchanges", "receipt"): (Exchange, "filing_id", _receipt),
    ("attempts", "response"): (Attempt, "exchange__filing_id", _response),
    ("inbound", "xml"): (InboundMessage, "filing_id", _came_xml),
    ("inbound", "message"): (InboundMessage, "filing_id", _came),
    ("inbound", "receipt"): (InboundMessage, "filing_id", _our_receipt),
}
