"""Reading a SOAP envelope into its four elements of interest, and the ebMS header into records (steps 3 and 4)."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Final

from lxml import etree

from filings.messages import safexml

from . import names, shape
from .errors import As4Error, sub_code
from .model import (
    Agreement,
    ErrorReport,
    Kind,
    Limits,
    PartInfo,
    Party,
    Received,
    Reference,
    Service,
    UserHeader,
    is_message_id,
)
from .names import clark

_TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_UNDERSTOOD: Final = frozenset({clark("wsse:Security"), clark("eb:Messaging")})
_INSTRUCTION: Final = re.compile(rb"<\?(?!xml[ \t\r\n])")
_TRUE: Final = frozenset({"1", "true"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """The parsed envelope: the very elements that are later checked to be the signed ones."""

    root: etree._Element
    header: etree._Element
    messaging: etree._Element
    body: etree._Element
    unit: etree._Element


def parse(octets: bytes, limits: Limits) -> Envelope:
    """Return the envelope with its one Messaging header and its one unit.

    :raises As4Error: EBMS:0009 for anything that is no such envelope; EBMS:0003 or 0001 for more than one unit
    """
    if octets.count(b"<") > limits.tags:
        raise As4Error("EBMS:0009", "the envelope holds too many elements")
    try:
        root = safexml.parse(octets, limit=limits.envelope)
    except safexml.UnsafeXml:
        raise As4Error("EBMS:0009", "the envelope is not well-formed, not in UTF-8 or not safe to read") from None
    # SOAP 1.2 forbids processing instructions; refusing them keeps what is read equal to what is signed.
    if _INSTRUCTION.search(octets):
        raise As4Error("EBMS:0009", "the envelope holds a processing instruction")
    if shape.is_flooded(root, octets, declarations=limits.declarations):
        raise As4Error("EBMS:0009", "the envelope holds too many attributes")
    children = shape.elements(root)
    if root.tag != clark("env:Envelope") or [item.tag for item in children] != [
        clark("env:Header"),
        clark("env:Body"),
    ]:
        raise As4Error("EBMS:0009", "this is not a SOAP 1.2 envelope with a header and a body")
    header, body = children
    _check_understood(header)
    messaging = header.findall(clark("eb:Messaging"))
    if len(messaging) != 1:
        raise As4Error("EBMS:0009", f"there are {len(messaging)} eb:Messaging headers")
    return Envelope(root, header, messaging[0], body, _unit(messaging[0]))


def read(envelope: Envelope, octets: bytes) -> Received:
    """Return the header fields of an envelope, not verified yet.

    :raises As4Error: EBMS:0009 if the header breaks its schema; EBMS:0003, 0001 or 0008 if it says what it may not
    """
    unit = envelope.unit
    ref = _message_id_or_none(unit)
    try:
        shape.check(unit)
        received = Received(
            kind=Kind.USER,
            message_id=_message_id(unit),
            at=_timestamp(shape.text(unit.find("/".join((clark("eb:MessageInfo"), clark("eb:Timestamp")))))),
            ref_to=_ref_to(unit),
            envelope=octets,
        )
        if shape.local(unit) == "UserMessage":
            return _read_user(received, envelope)
        return _read_signal(received, unit)
    except As4Error as error:
        error.ref_to = error.ref_to or ref
        raise


def _check_understood(header: etree._Element) -> None:
    for item in shape.elements(header):
        must = (item.get(clark("env:mustUnderstand")) or "").strip()
        if must in _TRUE and item.tag not in _UNDERSTOOD:
            raise As4Error("EBMS:0009", "a mandatory header is not understood", fault="env:MustUnderstand")


def _unit(messaging: etree._Element) -> etree._Element:
    units = shape.elements(messaging)
    if any(shape.local(unit) not in {"UserMessage", "SignalMessage"} for unit in units) or shape.text(messaging):
        raise As4Error("EBMS:0009", "eb:Messaging holds something else than a message")
    if not units:
        raise As4Error("EBMS:0009", "eb:Messaging is empty")
    _refuse_bundle(units)
    if len(units) > 1:
        raise As4Error("EBMS:0003", "eb:Messaging holds more than one message")
    return units[0]


def _refuse_bundle(units: list[etree._Element]) -> None:
    held = {shape.local(item) for unit in units for item in shape.elements(unit)}
    if {"PullRequest", "Receipt"} <= held:
        raise As4Error("EBMS:0001", "a receipt is bundled with a PullRequest")


def _read_user(received: Received, envelope: Envelope) -> Received:
    unit = envelope.unit
    if shape.elements(envelope.body) or shape.text(envelope.body):
        raise As4Error("EBMS:0008", "the SOAP body of a UserMessage is not empty")
    user = UserHeader(
        sender=_party(unit, "From"),
        receiver=_party(unit, "To"),
        agreement=_agreement(unit),
        service=_service(unit),
        action=shape.text(_at(unit, "CollaborationInfo", "Action")),
        conversation_id=shape.text(_at(unit, "CollaborationInfo", "ConversationId")),
        mpc=_attribute(unit, "mpc"),
        message_properties=_properties(shape.child(unit, "MessageProperties")),
        part_infos=tuple(_part_info(item) for item in unit.iter(clark("eb:PartInfo"))),
    )
    test = user.service.name == names.TEST_SERVICE and user.action == names.TEST_ACTION
    return replace(received, kind=Kind.PING if test else Kind.USER, user=user, mpc=user.mpc)


def _read_signal(received: Received, unit: etree._Element) -> Received:
    pull, receipt = shape.child(unit, "PullRequest"), shape.child(unit, "Receipt")
    errors = tuple(_error(item) for item in unit.findall(clark("eb:Error")))
    if (pull is not None) + (receipt is not None) + bool(errors) != 1:
        raise As4Error("EBMS:0009", "eb:SignalMessage is not one PullRequest, receipt or error")
    if pull is not None:
        return replace(received, kind=Kind.PULL, mpc=_attribute(pull, "mpc"))
    if receipt is not None:
        return replace(received, kind=Kind.RECEIPT, acknowledged=_acknowledged(receipt))
    return replace(received, kind=Kind.ERROR, errors=errors)


def _acknowledged(receipt: etree._Element) -> tuple[Reference, ...] | None:
    """Return what a receipt copies, or None when it is not one of non-repudiation.

    Others may add elements of their own beside it (phase4 names its version); they say nothing about our message.
    """
    proofs = receipt.findall(clark("ebbp:NonRepudiationInformation"))
    if len(proofs) != 1:
        return None
    copied: list[Reference] = []
    for part in shape.elements(proofs[0]):
        inner = shape.elements(part)
        if part.tag != clark("ebbp:MessagePartNRInformation") or [item.tag for item in inner] != [clark("ds:Reference")]:
            return None
        digest = "".join(shape.text(inner[0].find(clark("ds:DigestValue"))).split())
        copied.append(Reference(inner[0].get("URI") or "", digest))
    return tuple(copied)


def _error(item: etree._Element) -> ErrorReport:
    description = shape.text(shape.child(item, "Description")) or None
    detail = shape.text(shape.child(item, "ErrorDetail")) or None
    return ErrorReport(
        code=_attribute(item, "errorCode") or "",
        severity=(_attribute(item, "severity") or "").lower(),
        short=_attribute(item, "shortDescription"),
        category=_attribute(item, "category"),
        ref_to=_attribute(item, "refToMessageInError"),
        description=description,
        detail=detail,
        sub_code=sub_code(detail, description),
    )


def _at(unit: etree._Element, *path: str) -> etree._Element | None:
    return unit.find(_way(path))


@cache
def _way(path: tuple[str, ...]) -> str:
    return "/".join(clark(f"eb:{name}") for name in path)


def _attribute(element: etree._Element, name: str) -> str | None:
    value = element.get(name)
    return value.strip() or None if value is not None else None


def _message_id_or_none(unit: etree._Element) -> str | None:
    value = shape.text(_at(unit, "MessageInfo", "MessageId"))
    return value if is_message_id(value) else None


def _message_id(unit: etree._Element) -> str:
    value = _message_id_or_none(unit)
    if value is None:
        raise As4Error("EBMS:0009", "eb:MessageId is not a message id")
    return value


def _ref_to(unit: etree._Element) -> str | None:
    element = _at(unit, "MessageInfo", "RefToMessageId")
    value = shape.text(element)
    if element is not None and not (len(value) <= 255 and value.isprintable()):
        raise As4Error("EBMS:0009", "eb:RefToMessageId is not a message id")
    return value or None


def _timestamp(value: str) -> datetime:
    found = _TIMESTAMP.fullmatch(value)
    try:
        if not found:
            raise ValueError
        zone = "+00:00" if found[3] in {None, "Z"} else found[3]
        moment = datetime.fromisoformat(f"{found[1]}{(found[2] or '.0')[:7].ljust(7, '0')}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise As4Error("EBMS:0009", "eb:Timestamp is not a time") from None


def _party(unit: etree._Element, side: str) -> Party:
    element = _at(unit, "PartyInfo", side)
    ids = element.findall(clark("eb:PartyId")) if element is not None else []
    if len(ids) != 1:
        raise As4Error("EBMS:0003", f"eb:{side} holds {len(ids)} party ids")
    return Party(shape.text(ids[0]), _attribute(ids[0], "type"), shape.text(_at(unit, "PartyInfo", side, "Role")))


def _agreement(unit: etree._Element) -> Agreement | None:
    element = _at(unit, "CollaborationInfo", "AgreementRef")
    if element is None:
        return None
    return Agreement(shape.text(element), _attribute(element, "type"), _attribute(element, "pmode"))


def _service(unit: etree._Element) -> Service:
    element = _at(unit, "CollaborationInfo", "Service")
    return Service(shape.text(element), _attribute(element, "type") if element is not None else None)


def _part_info(element: etree._Element) -> PartInfo:
    return PartInfo(_attribute(element, "href"), _properties(shape.child(element, "PartProperties")))


def _properties(element: etree._Element | None) -> dict[str, str]:
    if element is None:
        return {}
    found: dict[str, str] = {}
    for item in element.findall(clark("eb:Property")):
        name = _attribute(item, "name") or ""
        if name in found:
            raise As4Error("EBMS:0010", "a property stands twice")
        found[name] = shape.text(item)
    return found
