"""Messages as both sides of these tests write them."""

import os
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

# Attributes out of order, an empty element, both kinds of quotes: what a digest over the octets takes for granted.
UNTIDY: Final = b"<?xml version='1.0' encoding='utf-8'?>\n<r xmlns='urn:x' z=\"1\"  a='2'><e/><!-- c --><t>a&#13;b</t></r>\n"


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


def plain(message: UserMessage) -> UserMessage:
    """Return the message with an XML payload that is not compressed: its digest is then over the canonical form."""
    return replace(message, parts=(replace(message.parts[0], data=UNTIDY, compress=False),))


def large(message: UserMessage) -> UserMessage:
    """Return the message with an attachment that no compression makes smaller, near the most a message may have."""
    scan = Part("scan-1", os.urandom(12_000_000), mime_type="image/jpeg")
    return replace(message, parts=(*message.parts, scan))


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
