"""Stored octets of a message made readable: the fields of its header, who signed it, the beginning of its content."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from lxml import etree

from filings.messages import safexml
from integrations.as4 import As4Error, Limits, fingerprint, mime, names, pkipath

LINES: Final = 24  # of content shown
WIDTH: Final = 240  # characters of a line shown
_MOST_CERTIFICATES: Final = 8


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a header: how deep it stands, its name, its value if it holds one."""

    depth: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What people compare of a certificate."""

    subject: str
    issuer: str
    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """A message or signal as people read it; without fields where the octets are no AS4."""

    fields: list[Field]
    certificates: list[Certificate]
    parts: list[tuple[str, str, int]]  # of each MIME part after the envelope: Content-ID, media type, octets as they travelled


def read(content_type: str, body: bytes) -> Reading:
    """Return the header fields, certificates and parts of stored octets; nothing is checked, since that was done before."""
    try:
        package = mime.parse(content_type, body, Limits())
        root = safexml.parse(package.envelope, limit=Limits().envelope)
    except (As4Error, safexml.UnsafeXml):
        return Reading([], [], [])
    messaging = root.find(f".//{names.clark('eb:Messaging')}")
    parts = [(part.cid, part.content_type, len(part.data)) for part in package.parts]
    return Reading(list(_fields(messaging, 0)) if messaging is not None else [], _certificates(root), parts)


def first_lines(payload: bytes) -> list[str]:
    """Return the beginning of a payload as text that shows every sign: what cannot be shown stands as its number."""
    text = payload[: LINES * WIDTH].decode("utf-8", "backslashreplace").replace("><", ">\n<")
    return ["".join(map(_visible, line))[:WIDTH] for line in text.splitlines()[:LINES]]


def _visible(sign: str) -> str:
    """Return the sign, or its number where it cannot be seen or would turn the text around."""
    return sign if sign.isprintable() or sign == "\t" else f"\\u{ord(sign):04x}"


def _fields(element: etree._Element, depth: int) -> Iterator[Field]:
    """Yield an element, its attributes and what is in it, in the order of the document."""
    for child in element.iterchildren(etree.Element):
        text = (child.text or "").strip()
        if child.get("name") is not None and not len(child):  # eb:Property
            yield Field(depth, str(child.get("name")), text)
            continue
        noted = ", ".join(f"{etree.QName(name).localname}: {value}" for name, value in child.attrib.items())
        yield Field(depth, etree.QName(child).localname, " ".join(each for each in (text, f"({noted})" if noted else "") if each))
        yield from _fields(child, depth + 1)


def _certificates(root: etree._Element) -> list[Certificate]:
    token = root.find(f".//{names.clark('wsse:BinarySecurityToken')}")
    if token is None:
        return []
    try:
        path = pkipath.decode(base64.b64decode("".join((token.text or "").split())), most=_MOST_CERTIFICATES)
    except (As4Error, ValueError, binascii.Error):
        return []
    return [_certificate(each) for each in reversed(path)]


def _certificate(found: x509.Certificate) -> Certificate:
    return Certificate(
        subject=found.subject.rfc4514_string(),
        issuer=found.issuer.rfc4514_string(),
        serial=f"{found.serial_number:x}",
        fingerprint=fingerprint(found),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
    )
