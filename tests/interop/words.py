"""Messages as both sides of these tests write them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from integrations import wire
from integrations.as4 import Agreement, Part, Party, Service, UserMessage, WireMessage, new_message_id
from integrations.as4 import ping as as4_ping

CUSTOMS: Final = Party(wire.STI_PARTY, wire.CUSTOMS_PARTY_TYPE, wire.CUSTOMS)
AGREEMENT: Final = Agreement(wire.AGREEMENT, wire.AGREEMENT_TYPE)
PDF: Final = b"%PDF-1.7\r\n\x00\x80\xff\r\n--not-a-boundary\r\n%%EOF\r\n"
JPEG: Final = bytes(range(256)) * 2_000  # half a megabyte, every octet in it


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def trader(party_id: str) -> Party:
    """Return a trader's end."""
    return Party(party_id, wire.TRADER_PARTY_TYPE, wire.TRADER)


def filed(party_id: str, xml: bytes, action: str, **changes: object) -> UserMessage:
    """Return a message of a trader to customs."""
    return _message(trader(party_id), CUSTOMS, Service(wire.SERVICE_TO_CUSTOMS, wire.SERVICE_TYPE), xml, action, changes)


def answered(party_id: str, xml: bytes, action: str, **changes: object) -> UserMessage:
    """Return a message of customs to a trader."""
    return _message(CUSTOMS, trader(party_id), Service(wire.SERVICE_TO_TRADER, wire.SERVICE_TYPE), xml, action, changes)


def ping(sender: Party, receiver: Party) -> UserMessage:
    """Return a connectivity test."""
    return as4_ping(message_id=_new_id(), at=now(), sender=sender, receiver=receiver, agreement=AGREEMENT)


def with_attachments(message: UserMessage) -> UserMessage:
    """Return the message with two binary parts more."""
    attachments = (Part("scan-1", PDF, mime_type="application/pdf"), Part("scan-2@x.example", JPEG, mime_type="image/jpeg"))
    return replace(message, parts=(*message.parts, *attachments))


def spoilt(sent: WireMessage) -> WireMessage:
    """Return the message with one octet of its last part changed after it was signed."""
    body = bytearray(sent.body)
    body[sent.body.rindex(b"\r\n--", 0, -10) - 1] ^= 1
    return replace(sent, body=bytes(body))


def _message(
    sender: Party, receiver: Party, service: Service, xml: bytes, action: str, changes: dict[str, object]
) -> UserMessage:
    made = UserMessage(
        message_id=_new_id(),
        at=now(),
        sender=sender,
        receiver=receiver,
        service=service,
        action=action,
        agreement=AGREEMENT,
        parts=(Part("business@x.example", xml, charset="utf-8"),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _new_id() -> str:
    return new_message_id("interop.example")
