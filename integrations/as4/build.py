"""Building messages: header records to signed wire bytes. Same ids, times, keys and bytes give the same octets."""

import re
from datetime import datetime
from typing import Final

from . import frames, mime, names, sign
from .canonical import Raw, Tag, tag
from .errors import As4Error
from .model import Limits, Part, RawPart, Received, UserMessage, WireMessage, is_message_id, new_boundary
from .packaging import pack
from .sign import Seal
from .verify import attachment_octets

SIGNAL_TYPE: Final = f"{names.SOAP}; charset=UTF-8"
# What may stand in a Content-ID header without quoting; ids of attachments come from the producer.
_CID: Final = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.@:]{1,255}")
_MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9.+\-]+/[A-Za-z0-9.+\-]+")


def build_user_message(*, message: UserMessage, seal: Seal, boundary: str | None = None) -> WireMessage:
    """Return the signed multipart of a UserMessage; payloads are compressed here unless they come packed.

    :raises ValueError: if the message could not be sent as it is (id, number of parts)
    """
    _require_id(message.message_id)
    limits = Limits()
    if len(message.parts) > limits.references - 2:
        raise ValueError("too many parts for one message")
    if len({part.cid for part in message.parts}) != len(message.parts):
        raise ValueError("two parts have the same Content-ID")
    for part in message.parts:
        if not _CID.fullmatch(part.cid) or not _MEDIA_TYPE.fullmatch(part.mime_type):
            raise ValueError("a Content-ID or media type is malformed")
    wire_parts = tuple(_wire_part(part) for part in message.parts)
    label = sign.mark(message.message_id)
    envelope, references = sign.seal_header(
        frames.header(message, label=label),
        seal=seal,
        label=label,
        attachments=[(frames.href(part.cid), sign.digest(attachment_octets(part))) for part in wire_parts],
    )
    root_cid = "root@" + message.message_id.rpartition("@")[2]
    content_type, body = mime.write(envelope, wire_parts, root_cid=root_cid, boundary=boundary or new_boundary())
    return WireMessage(content_type, body, message.message_id, references, message.mpc)


def build_pull_request(*, mpc: str, message_id: str, at: datetime, seal: Seal) -> WireMessage:
    """Return the signed PullRequest for a message partition channel (ICD 4.3.3)."""
    unit = _signal(message_id, at, None, tag("eb:PullRequest", mpc=mpc))
    envelope, references = sign.seal_envelope(unit, seal=seal, label=sign.mark(message_id))
    return WireMessage(SIGNAL_TYPE, envelope, message_id, references, mpc)


def build_receipt(*, received: Received, message_id: str, at: datetime, seal: Seal) -> WireMessage:
    """Return the signed receipt for a verified UserMessage: a copy of each of its references (profile section 6)."""
    if not received.verified or received.user is None:
        raise ValueError("only a verified UserMessage is receipted")
    copies = tuple(tag("ebbp:MessagePartNRInformation", Raw(item.xml)) for item in received.references)
    receipt = tag("eb:Receipt", Tag("ebbp:NonRepudiationInformation", {}, copies))
    unit = _signal(message_id, at, received.message_id, receipt)
    envelope, references = sign.seal_envelope(unit, seal=seal, label=sign.mark(message_id))
    return WireMessage(SIGNAL_TYPE, envelope, message_id, references)


def build_error(*, error: As4Error, message_id: str, at: datetime, seal: Seal | None, ref_to: str | None = None) -> WireMessage:
    """Return the error signal for a refusal, with a SOAP fault unless it is a warning (profile sections 2.3 and 7).

    :param ref_to: the message concerned; when None, the one the error names, if it does
    """
    reference = ref_to or error.ref_to
    row = error.row
    attributes = {
        "errorCode": row.code,
        "severity": row.severity,
        "category": row.category,
        "shortDescription": row.short,
        "origin": "ebMS",
    }
    if reference:
        attributes["refToMessageInError"] = reference
    children = [Tag("eb:Description", {"xml:lang": "en"}, (row.short,))]
    if error.detail:
        children.append(tag("eb:ErrorDetail", error.detail))
    unit = _signal(message_id, at, reference, Tag("eb:Error", attributes, children))
    body = (_fault(error.fault),) if row.severity == "failure" else ()
    label = sign.mark(message_id)
    if seal is None:
        return WireMessage(SIGNAL_TYPE, sign.bare_envelope(unit, label=label, body=body), message_id, ())
    envelope, references = sign.seal_envelope(unit, seal=seal, label=label, body=body)
    return WireMessage(SIGNAL_TYPE, envelope, message_id, references)


def _require_id(message_id: str) -> None:
    if not is_message_id(message_id):
        raise ValueError("not a message id")


def _wire_part(part: Part) -> RawPart:
    if not part.compress:
        return RawPart(part.cid, part.mime_type, part.data)
    return RawPart(part.cid, names.GZIP, pack(part.data) if part.packed is None else part.packed)


def _signal(message_id: str, at: datetime, ref_to: str | None, content: Tag) -> Tag:
    _require_id(message_id)
    return tag("eb:SignalMessage", frames.message_info(message_id, at, ref_to), content)


def _fault(code: str) -> Tag:
    return tag(
        "env:Fault",
        tag("env:Code", tag("env:Value", code)),
        tag("env:Reason", Tag("env:Text", {"xml:lang": "en"}, ("see eb:Messaging",))),
    )
