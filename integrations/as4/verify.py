"""Verifying a signature: what is believed is exactly what was signed (profile section 4; pipeline steps 5 to 7).

1. Security is there once, holds one signature, and names only allowed algorithms      EBMS:0103
2. the token it names is a chain to an anchor                                           EBMS:0101
3. the references resolve to the very elements and parts that will be processed         EBMS:0103
4. digests and the signature value hold                                                 EBMS:0101
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from filings.messages import safexml

from . import names, pkipath, shape
from .envelope import Envelope
from .errors import As4Error
from .exclusive import DEFAULT, exclusive
from .mime import parse_content_type
from .model import Limits, RawPart, Reference
from .names import clark
from .pkipath import Signer, Trust

_NCNAME: Final = re.compile(r"[^\W\d][\w.\-]*")
_XML_TYPE: Final = re.compile(r"text/xml|application/xml|(application|image)/[^;]*\+xml")
_ID_NAMES: Final = (clark("wsu:Id"), "Id", clark("xml:id"))
_WITH_ID: Final = etree.XPath(
    "descendant-or-self::*[@Id or @wsu:Id or @xml:id]", namespaces={"wsu": names.WSU, "xml": names.XML}, smart_strings=False
)
_MOST_SIGNATURE: Final = 4_096
_MOST_PREFIXES: Final = 32
_MOST_DECLARATIONS: Final = 10_000
_DIGEST_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class Verified:
    """Who signed, and the references the signature holds."""

    signer: Signer
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class _SignedReference:
    """One ds:Reference of the SignedInfo, its algorithms already allowed."""

    uri: str
    prefixes: tuple[str, ...]
    digest: bytes
    element: etree._Element


def verify(
    envelope: Envelope, parts: Sequence[RawPart], *, trust: Trust, at: datetime, limits: Limits, copies: bool = True
) -> Verified:
    """Return the signer of an envelope and its parts, once everything holds.

    :param copies: whether the references come with their canonical octets, as a receipt repeats them
    :raises As4Error: EBMS:0103 for what the policy does not allow, EBMS:0101 for what does not hold
    """
    security = _security(envelope)
    signature = _only(security, "ds:Signature")
    signed_info, value, key_info = _signature_children(signature)
    prefixes = _canonicalization(signed_info)
    signed = _references(signed_info, limits.references)
    ids = _ids(envelope.root)
    signer = pkipath.trusted_signer(_token(security, key_info, ids), trust=trust, at=at, most=limits.certificates)
    targets = [_target(item, ids, parts) for item in signed]
    _check_coverage(envelope, parts, targets)
    for item, target in zip(signed, targets, strict=True):
        if not hmac.compare_digest(_digest(item, target), item.digest):
            raise As4Error("EBMS:0101", "a digest does not match")
    _check_value(canonical_octets(signed_info, prefixes), value, signer)
    return Verified(signer, tuple(_copy(item, whole=copies) for item in signed))


def canonical_octets(element: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
    """Return the exclusive canonical form, without comments, of an element as a document subset.

    :raises As4Error: EBMS:0101 if there is none (a relative namespace URI, for one)
    """
    try:
        if DEFAULT in prefixes:
            return exclusive(_inclusive(element), prefixes)
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes))
    except etree.C14NError:
        raise As4Error("EBMS:0101", "what is signed has no canonical form") from None


def _inclusive(element: etree._Element) -> bytes:
    """Return the inclusive canonical form; as a document of its own, for libxml2 errs on part of one."""
    text = etree.tostring(element, encoding="utf-8", with_tail=False)
    return etree.tostring(safexml.parse(text), method="c14n", with_comments=False)


def _security(envelope: Envelope) -> etree._Element:
    found = list(envelope.root.iter(clark("wsse:Security")))
    if len(found) != 1 or found[0].getparent() is not envelope.header:
        raise As4Error("EBMS:0103", "there is not exactly one Security header")
    if len(list(envelope.root.iter(clark("ds:Signature")))) != 1:
        raise As4Error("EBMS:0103", "there is not exactly one signature")
    allowed = {clark("wsse:BinarySecurityToken"), clark("ds:Signature")}
    if any(item.tag not in allowed for item in shape.elements(found[0])):
        raise As4Error("EBMS:0103", "the Security header holds something else than a token and a signature")
    return found[0]


def _only(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(clark(name))
    if len(found) != 1:
        raise As4Error("EBMS:0103", f"there is not exactly one {name}")
    return found[0]


def _children(parent: etree._Element, *wanted: str) -> list[etree._Element]:
    """Return the child elements when they are exactly these."""
    found = shape.elements(parent)
    if [item.tag for item in found] != [clark(name) for name in wanted]:
        raise As4Error("EBMS:0103", "the signature does not have the structure agreed on")
    return found


def _signature_children(signature: etree._Element) -> list[etree._Element]:
    return _children(signature, "ds:SignedInfo", "ds:SignatureValue", "ds:KeyInfo")


def _canonicalization(signed_info: etree._Element) -> tuple[str, ...]:
    children = shape.elements(signed_info)
    if [item.tag for item in children[:2]] != [clark("ds:CanonicalizationMethod"), clark("ds:SignatureMethod")]:
        raise As4Error("EBMS:0103", "ds:SignedInfo does not have the structure agreed on")
    _require_algorithm(children[1], names.RSA_SHA256)
    return _exclusive(children[0])


def _require_algorithm(element: etree._Element, algorithm: str) -> None:
    if element.get("Algorithm") != algorithm or shape.elements(element):
        raise As4Error("EBMS:0103", "an algorithm of the signature is not allowed")


def _exclusive(element: etree._Element) -> tuple[str, ...]:
    """Return the PrefixList of an exclusive canonicalisation."""
    if element.get("Algorithm") != names.EXCLUSIVE_C14N:
        raise As4Error("EBMS:0103", "a canonicalisation or transform is not allowed")
    inner = shape.elements(element)
    if not inner:
        return ()
    if [item.tag for item in inner] != [clark("ec:InclusiveNamespaces")]:
        raise As4Error("EBMS:0103", "a parameter of the canonicalisation is not allowed")
    prefixes = tuple((inner[0].get("PrefixList") or "").split())
    if len(prefixes) > _MOST_PREFIXES:
        raise As4Error("EBMS:0103", "a PrefixList is too long")
    return prefixes


def _references(signed_info: etree._Element, most: int) -> list[_SignedReference]:
    found = shape.elements(signed_info)[2:]
    if not 1 <= len(found) <= most:
        raise As4Error("EBMS:0103", "the signature has no references or too many")
    return [_reference(item) for item in found]


def _reference(element: etree._Element) -> _SignedReference:
    if element.tag != clark("ds:Reference"):
        raise As4Error("EBMS:0103", "ds:SignedInfo holds something else than references")
    transforms, method, value = _children(element, "ds:Transforms", "ds:DigestMethod", "ds:DigestValue")
    _require_algorithm(method, names.SHA256)
    (transform,) = _children(transforms, "ds:Transform")
    uri = element.get("URI") or ""
    prefixes: tuple[str, ...] = ()
    if uri.startswith("cid:"):
        _require_algorithm(transform, names.ATTACHMENT_CONTENT)
    elif uri.startswith("#") and _NCNAME.fullmatch(uri[1:]):
        prefixes = _exclusive(transform)
    else:
        raise As4Error("EBMS:0103", "a reference is neither to this document nor to an attachment")
    return _SignedReference(uri, prefixes, _decoded(value, _DIGEST_LENGTH), element)


def _decoded(element: etree._Element, most: int) -> bytes:
    """Return the octets of base64 text; what is none, or too long, cannot be right."""
    text = "".join(shape.text(element).split())
    try:
        if shape.elements(element) or len(text) > most * 2:
            raise ValueError
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise As4Error("EBMS:0101", "a value of the signature is not base64") from None


def _ids(root: etree._Element) -> Mapping[str, etree._Element]:
    """Return the elements by their id, whichever of the three attributes carries it."""
    found: dict[str, etree._Element] = {}
    for element in _WITH_ID(root):
        for name in _ID_NAMES:
            value = element.get(name)
            if value is not None and found.setdefault(value, element) is not element:
                raise As4Error("EBMS:0101", "two elements carry the same id")
    return found


def _token(security: etree._Element, key_info: etree._Element, ids: Mapping[str, etree._Element]) -> bytes:
    (token_reference,) = _children(key_info, "wsse:SecurityTokenReference")
    (pointer,) = _children(token_reference, "wsse:Reference")
    if token_reference.get(clark("wsse11:TokenType")) != names.PKIPATH or pointer.get("ValueType") != names.PKIPATH:
        raise As4Error("EBMS:0103", "the token is not referenced as a PKIPath")
    uri = pointer.get("URI") or ""
    token = ids.get(uri[1:]) if uri.startswith("#") else None
    if token is None or token.tag != clark("wsse:BinarySecurityToken") or token.getparent() is not security:
        raise As4Error("EBMS:0103", "the token referenced is not in the Security header")
    if token.get("ValueType") != names.PKIPATH or token.get("EncodingType", names.BASE64) != names.BASE64:
        raise As4Error("EBMS:0103", "the token is not a PKIPath in base64")
    return _decoded(token, 65_536)


def _target(item: _SignedReference, ids: Mapping[str, etree._Element], parts: Sequence[RawPart]) -> etree._Element | RawPart:
    if item.uri.startswith("#"):
        if (element := ids.get(item.uri[1:])) is not None:
            return element
    else:
        cid = unquote(item.uri[4:])
        for part in parts:
            if part.cid == cid:
                return part
    raise As4Error("EBMS:0101", "a reference names nothing that is there")


def _check_coverage(envelope: Envelope, parts: Sequence[RawPart], targets: Sequence[etree._Element | RawPart]) -> None:
    """Refuse unless the elements and parts to be processed are themselves, by identity, those signed."""
    if len({id(target) for target in targets}) != len(targets):
        raise As4Error("EBMS:0103", "something is referenced twice")
    for wanted, name in ((envelope.messaging, "eb:Messaging"), (envelope.body, "the SOAP body")):
        if not any(target is wanted for target in targets):
            raise As4Error("EBMS:0103", f"{name} is not signed")
    if not all(any(target is part for target in targets) for part in parts):
        raise As4Error("EBMS:0103", "an attachment is not signed")


def _digest(item: _SignedReference, target: etree._Element | RawPart) -> bytes:
    octets = attachment_octets(target) if isinstance(target, RawPart) else canonical_octets(target, item.prefixes)
    return hashlib.sha256(octets).digest()


def attachment_octets(part: RawPart) -> bytes:
    """Return what the attachment transform digests: XML canonical, other text with CRLF, the rest as it is."""
    media_type = parse_content_type(part.content_type or "application/octet-stream").media_type
    if _XML_TYPE.fullmatch(media_type):
        try:
            root = safexml.parse(part.data, limit=Limits().unpacked_part)
        except safexml.UnsafeXml:
            raise As4Error("EBMS:0101", "an XML attachment cannot be read safely") from None
        if shape.is_flooded(root, part.data, declarations=_MOST_DECLARATIONS):
            raise As4Error("EBMS:0101", "an XML attachment has too many attributes")
        return canonical_octets(root)
    if media_type.startswith("text/"):
        return re.sub(rb"\r\n|\r|\n", b"\r\n", part.data)
    return part.data


def _check_value(octets: bytes, value: etree._Element, signer: Signer) -> None:
    key = signer.certificate.public_key()
    try:
        if not isinstance(key, rsa.RSAPublicKey):
            raise InvalidSignature
        key.verify(_decoded(value, _MOST_SIGNATURE), octets, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        raise As4Error("EBMS:0101", "the signature value does not hold") from None


def _copy(item: _SignedReference, *, whole: bool) -> Reference:
    return Reference(item.uri, base64.b64encode(item.digest).decode(), canonical_octets(item.element) if whole else b"")
