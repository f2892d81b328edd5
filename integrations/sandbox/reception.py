"""What traders send: the receiver's pipeline (profile of the interface §10) from bytes to a signed receipt.

1 size while reading (server.py)   2-7 MIME, XML, header, signature, chain, digests (integrations.as4.receive)
8 party, agreement, service, action   9 certificate registered   10 duplicate   11 parts and payloads
12 stored under the message id   13 the receipt
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError

from filings.messages import catalogue
from integrations import as4
from integrations.as4 import envelope as envelopes
from integrations.as4 import mime
from integrations.as4.packaging import ATTACHMENT_TYPES
from integrations.sandbox import channel, faults, large, office, profile
from integrations.sandbox.models import REASON, Party, Received
from integrations.sandbox.office import Office
from integrations.sandbox.reply import Reply
from tenants.scope import every_tenant

logger = logging.getLogger(__name__)
REMEMBERED: Final = timedelta(days=7)
_SIGNATURE: Final = frozenset({"EBMS:0101", "EBMS:0103"})


def reply(*, content_type: str, body: bytes, at: datetime) -> Reply:
    """Answer one POST: a receipt, a pulled message, nothing (202), or an error signal."""
    seal: as4.Seal | None = None
    try:
        with every_tenant(REASON):
            here = office.load()
        seal = here.seal
        return _answer(_read(content_type, body, here, at), content_type=content_type, body=body, here=here, at=at)
    except office.NotSetUp:
        return Reply(503)
    except as4.As4Error as refusal:
        return refuse(refusal, seal=seal, at=at)
    except DatabaseError:
        logger.exception("The sandbox cannot reach its database.")
        return refuse(as4.As4Error("EBMS:0202", "the message could not be stored"), seal=seal, at=at)
    except Exception:
        logger.exception("The sandbox failed.")
        return refuse(as4.As4Error("EBMS:0004", "internal fault"), seal=seal, at=at)


def refuse(refusal: as4.As4Error, *, seal: as4.Seal | None, at: datetime) -> Reply:
    """Return the signed error signal, 500 beside a SOAP fault or 200 for a warning (§2.3)."""
    if refusal.http_status != 200:
        logger.info("Refused with %s %s", refusal.code, refusal.detail)
    wire = as4.build_error(error=refusal, message_id=as4.new_message_id(profile.HOST), at=at, seal=seal)
    return Reply(refusal.http_status, wire.content_type, wire.body)


def _read(content_type: str, body: bytes, here: Office, at: datetime) -> as4.Received:
    """Return the verified message (steps 2 to 7); a receipt whose signature fails is an invalid receipt (0302)."""
    try:
        return as4.receive(content_type=content_type, body=body, trust=here.trust, at=at)
    except as4.As4Error as error:
        if error.code in _SIGNATURE and _is_receipt(content_type, body):
            raise as4.As4Error("EBMS:0302", error.detail, ref_to=error.ref_to) from error
        raise


def _is_receipt(content_type: str, body: bytes) -> bool:
    limits = as4.Limits()
    octets = mime.parse(content_type, body, limits).envelope
    return envelopes.read(envelopes.parse(octets, limits), octets).kind is as4.Kind.RECEIPT


def _answer(received: as4.Received, *, content_type: str, body: bytes, here: Office, at: datetime) -> Reply:
    """Answer a verified message, unless somebody asked for a fault (faults.py)."""
    if received.kind in {as4.Kind.RECEIPT, as4.Kind.ERROR}:
        return _taken(received, content_type=content_type, body=body, here=here, at=at)
    sender = faults.sender_of(received, at=at)
    wait = faults.slowness(sender, at=at)
    answer = faults.instead(sender, received.message_id, at=at)
    if answer is None:
        answer = _taken(received, content_type=content_type, body=body, here=here, at=at)
        if received.kind is not as4.Kind.PULL:
            answer = faults.spoiled(sender, received, here=here, at=at) or answer
    return replace(answer, wait=wait)


def _taken(received: as4.Received, *, content_type: str, body: bytes, here: Office, at: datetime) -> Reply:
    match received.kind:
        case as4.Kind.PULL:
            offered = channel.offer(received, here=here, at=at)
            return Reply(200, offered.content_type, bytes(offered.body))
        case as4.Kind.RECEIPT:
            channel.acknowledge(received, envelope=body, here=here, at=at)
            return Reply(202)
        case as4.Kind.ERROR:
            channel.give_up(received, here=here)
            return Reply(202)
        case _:
            stored = _store(received, content_type=content_type, body=body, here=here, at=at)
            return Reply(200, stored.receipt_type, bytes(stored.receipt))


def _store(received: as4.Received, *, content_type: str, body: bytes, here: Office, at: datetime) -> Received:
    """Return the row of a UserMessage, made now or by an earlier copy of it (steps 8 to 13).

    The unique message id decides between copies that come at once: the second insert waits for the first
    transaction, does nothing, and finds the first one's row with the first one's receipt.
    """
    with every_tenant(REASON):
        party = _sender(received, here)
        stored: Received | None = Received.objects.filter(message_id=received.message_id).first()
        if stored is None:
            if received.at is not None and received.at < at - REMEMBERED:
                logger.warning("Message %s is older than duplicates are remembered for.", received.message_id)
            row = _row(received, party=party, content_type=content_type, body=body, here=here, at=at)
            Received.objects.bulk_create([row], ignore_conflicts=True)
            stored = Received.objects.get(message_id=received.message_id)
        _require_same(stored, received, party)
    return stored


def _sender(received: as4.Received, here: Office) -> Party:
    """Return the enrolled party that sent it (steps 8 and 9)."""
    claimed = received.user.sender.id if received.user else ""
    party: Party | None = Party.objects.filter(party_id=claimed).first()
    as4.check_policy(received, here.policy(party.party_id if party else None))
    if party is None:
        raise as4.As4Error("EBMS:0003", "the sending party is not known", ref_to=received.message_id)
    office.authorise(here, party, received.signer, received.message_id)
    return party


def _require_same(stored: Received, received: as4.Received, party: Party) -> None:
    if stored.party_id != party.pk or stored.references != _references(received):
        logger.warning("Message id %s came again with another sender or content.", received.message_id)
        raise as4.As4Error("EBMS:0003", "the message id was used before", ref_to=received.message_id)


def _row(received: as4.Received, *, party: Party, content_type: str, body: bytes, here: Office, at: datetime) -> Received:
    payload = _payload(received)
    is_ping = received.kind is as4.Kind.PING
    receipt = as4.build_receipt(received=received, message_id=as4.new_message_id(profile.HOST), at=at, seal=here.seal)
    header = received.user
    assert header is not None and header.agreement is not None  # noqa: S101, PT018 the policy required both
    return Received(
        party=party,
        message_id=received.message_id,
        action=header.action,
        agreement=header.agreement.ref,
        content_type=content_type,
        body=body,
        references=_references(received),
        payload=payload,
        receipt=receipt.body,
        receipt_type=receipt.content_type,
        state=Received.State.PROCESSED if is_ping else Received.State.STORED,
        outcome="connectivity test" if is_ping else "",
        received_at=at,
        due_at=at + here.processing_delay + faults.lateness(faults.sender_of(received, at=at), at=at),
        processed_at=at if is_ping else None,
    )


def _payload(received: as4.Received) -> bytes:
    """Return the business XML after all parts were checked (step 11); a connectivity test may have none."""
    header = received.user
    if header is None or (received.kind is as4.Kind.PING and not header.part_infos and not received.parts):
        return b""
    if received.kind is as4.Kind.PING:
        return as4.unpack(received)[0].data
    takes_files = any(message.attachments for message in catalogue.named(header.action))
    types = ATTACHMENT_TYPES if takes_files else ()
    message = as4.unpack(received, attachment_types=types, hold=large.HOLD)[0]
    return message.data if message.packed is None else message.packed


def _references(received: as4.Received) -> list[Any]:
    return sorted([item.uri, item.digest] for item in received.references)
