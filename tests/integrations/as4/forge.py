"""A second AS4 signer and verifier, by hand on lxml: the oracle for what we build, the forger of what we must refuse.

It shares no code with `integrations.as4`.
"""

import base64
import gzip
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from tests.integrations.as4 import pki

ENV = "http://www.w3.org/2003/05/soap-envelope"
EB = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = WSS + "wssecurity-secext-1.0.xsd"
WSU = WSS + "wssecurity-utility-1.0.xsd"
WSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
EC = "http://www.w3.org/2001/10/xml-exc-c14n#"
EBBP = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"
PKIP = WSS + "x509-token-profile-1.0#X509PKIPathv1"
X509V3 = WSS + "x509-token-profile-1.0#X509v3"
BASE64 = WSS + "soap-message-security-1.0#Base64Binary"
SHA = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SWA = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform"
NAMESPACES = {"env": ENV, "eb": EB, "wsse": WSSE, "wsu": WSU, "wsse11": WSSE11, "ds": DS, "ec": EC, "ebbp": EBBP}

SOAP = "application/soap+xml; charset=UTF-8"
MULTIPART = 'multipart/related; type="application/soap+xml"; start="<root@x>"; boundary="B"'
XML = b'<?xml version="1.0"?><IE3F26><LRN>1</LRN></IE3F26>'
PACKED = gzip.compress(XML, mtime=0)

MESSAGE_ID = "11111111-1111-4111-8111-111111111111@gw.example.test"
EORI = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eu-customs:EORI"
AUTH = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eu-customs:auth"
INFO = (
    f"<eb:MessageInfo><eb:Timestamp>2026-11-22T12:00:00Z</eb:Timestamp><eb:MessageId>{MESSAGE_ID}</eb:MessageId></eb:MessageInfo>"
)
FROM = f'<eb:From><eb:PartyId type="{EORI}">NL0123456789</eb:PartyId><eb:Role>Trader</eb:Role></eb:From>'
TO = f'<eb:To><eb:PartyId type="{AUTH}">sti-taxud</eb:PartyId><eb:Role>Customs</eb:Role></eb:To>'
AGREEMENT = '<eb:AgreementRef type="ics2-interface-version">EU-ICS2-TI-V2.0</eb:AgreementRef>'
SERVICE = '<eb:Service type="eu-customs-service-type">eu_ics2_t2c</eb:Service>'
ACTION = "<eb:Action>IE3F26</eb:Action>"
PART = (
    '<eb:PartInfo href="cid:message@x"><eb:PartProperties><eb:Property name="MimeType">application/xml</eb:Property>'
    '<eb:Property name="CharacterSet">utf-8</eb:Property>'
    '<eb:Property name="CompressionType">application/gzip</eb:Property></eb:PartProperties></eb:PartInfo>'
)
USER = (
    f"<eb:UserMessage>{INFO}<eb:PartyInfo>{FROM}{TO}</eb:PartyInfo><eb:CollaborationInfo>{AGREEMENT}{SERVICE}{ACTION}"
    f"<eb:ConversationId>1</eb:ConversationId></eb:CollaborationInfo><eb:PayloadInfo>{PART}</eb:PayloadInfo></eb:UserMessage>"
)
MPC = "urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/NL0123456789"
PULL = f'<eb:SignalMessage>{INFO}<eb:PullRequest mpc="{MPC}"/></eb:SignalMessage>'
Part = tuple[str, str, bytes]
PAYLOAD: Part = ("message@x", "application/gzip", PACKED)


@dataclass
class Ref:
    """One ds:Reference to write: what it names and with which algorithms."""

    uri: str
    transforms: Sequence[str] = (EC,)
    digest_method: str = SHA
    prefixes: str | None = None
    digest: str | None = None


@dataclass
class Plan:
    """How to sign; the defaults are what the profile asks for."""

    signer: pki.Holder
    certificates: list[x509.Certificate] | None = None
    refs: list[Ref] | None = None
    canonicalization: str = EC
    prefixes: str | None = "env"
    method: str = RSA
    token: str | None = None
    value_type: str = PKIP
    token_type: str | None = PKIP
    reference_type: str = PKIP
    extra_token: str | None = None
    before: Callable[[etree._Element], None] = field(default=lambda root: None)


def envelope(unit: str, *, body: str = "", header: str = "", messaging: str = "") -> str:
    """A SOAP envelope around a unit, unsigned, every prefix declared on the root."""
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return (
        f'<env:Envelope {declared}><env:Header>{header}<eb:Messaging env:mustUnderstand="true" wsu:Id="m">{unit}'
        f'</eb:Messaging>{messaging}</env:Header><env:Body wsu:Id="b">{body}</env:Body></env:Envelope>'
    )


def c14n(element: etree._Element, prefixes: str | None = None) -> bytes:
    listed = prefixes.split() if prefixes else None
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=listed)


def _digest(octets: bytes) -> str:
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()


def _make(name: str, *children: etree._Element, **attributes: str) -> etree._Element:
    prefix, _, local = name.partition(":")
    element = etree.Element(f"{{{NAMESPACES[prefix]}}}{local}", attributes, nsmap={prefix: NAMESPACES[prefix]})
    element.extend(children)
    return element


def _text(element: etree._Element, text: str) -> etree._Element:
    element.text = text
    return element


def _with_prefixes(element: etree._Element, prefixes: str | None) -> etree._Element:
    if prefixes is not None:
        element.append(_make("ec:InclusiveNamespaces", PrefixList=prefixes))
    return element


def by_id(root: etree._Element, name: str) -> etree._Element:
    found: list[etree._Element] = root.xpath("//*[@wsu:Id=$name or @Id=$name]", name=name, namespaces=NAMESPACES)
    return found[0]


def sign(text: str | bytes, plan: Plan, parts: Sequence[Part] = ()) -> bytes:
    """The envelope with a Security header added in front of the others."""
    root = etree.fromstring(text.encode() if isinstance(text, str) else text)
    plan.before(root)
    refs = plan.refs
    if refs is None:
        refs = [Ref("#m"), Ref("#b"), *(Ref("cid:" + cid, (SWA,)) for cid, _, _ in parts)]
    signed_info = _make(
        "ds:SignedInfo",
        _with_prefixes(_make("ds:CanonicalizationMethod", Algorithm=plan.canonicalization), plan.prefixes),
        _make("ds:SignatureMethod", Algorithm=plan.method),
        *(_reference(ref, root, parts) for ref in refs),
    )
    value = _make("ds:SignatureValue")
    pointer = _make("wsse:Reference", URI="#T", ValueType=plan.reference_type)
    str_element = _make("wsse:SecurityTokenReference", pointer)
    if plan.token_type:
        str_element.set(f"{{{WSSE11}}}TokenType", plan.token_type)
    signature = _make("ds:Signature", signed_info, value, _make("ds:KeyInfo", str_element))
    encoded = plan.token or pki.token(plan.certificates or plan.signer.path)
    security = _make("wsse:Security", *_tokens(plan, encoded), signature)
    security.set(f"{{{ENV}}}mustUnderstand", "true")
    root[0].insert(0, security)
    value.text = base64.b64encode(plan.signer.sign(c14n(signed_info, plan.prefixes))).decode()
    return etree.tostring(root)


def _tokens(plan: Plan, encoded: str) -> list[etree._Element]:
    texts = [("X", plan.extra_token)] if plan.extra_token else []
    tokens = []
    for name, text in (*texts, ("T", encoded)):
        element = _text(_make("wsse:BinarySecurityToken", EncodingType=BASE64, ValueType=plan.value_type), text)
        element.set(f"{{{WSU}}}Id", name)
        tokens.append(element)
    return tokens


def _reference(ref: Ref, root: etree._Element, parts: Sequence[Part]) -> etree._Element:
    digest = ref.digest
    if digest is None and ref.uri.startswith("cid:"):
        digest = _digest(next(data for cid, _, data in parts if "cid:" + cid == ref.uri))
    elif digest is None:
        digest = _digest(c14n(by_id(root, ref.uri[1:]), ref.prefixes))
    transforms = [_with_prefixes(_make("ds:Transform", Algorithm=name), ref.prefixes) for name in ref.transforms]
    return _make(
        "ds:Reference",
        _make("ds:Transforms", *transforms),
        _make("ds:DigestMethod", Algorithm=ref.digest_method),
        _text(_make("ds:DigestValue"), digest),
        URI=ref.uri,
    )


def multipart(root: bytes, parts: Sequence[Part] = (), *, boundary: str = "B") -> bytes:
    """A multipart body, root first."""
    chunks = [f"--{boundary}\r\nContent-Type: {SOAP}\r\nContent-ID: <root@x>\r\n\r\n".encode() + root]
    chunks += [
        f"--{boundary}\r\nContent-Type: {kind}\r\nContent-ID: <{cid}>\r\n\r\n".encode() + data for cid, kind, data in parts
    ]
    return b"\r\n".join(chunks) + f"\r\n--{boundary}--\r\n".encode()


def message(unit: str = USER, parts: Sequence[Part] = (PAYLOAD,), **plan: Any) -> bytes:
    """A whole signed multipart from the trader."""
    plan.setdefault("signer", pki.world().trader)
    return multipart(sign(envelope(unit), Plan(**plan), parts), parts)


def verify(envelope_octets: bytes, parts: Sequence[Part], leaf: x509.Certificate) -> list[str]:
    """The URIs of the references of an envelope, every digest and the signature checked by hand."""
    root = etree.fromstring(envelope_octets)
    signed_info = root.find(f".//{{{WSSE}}}Security/{{{DS}}}Signature/{{{DS}}}SignedInfo")
    assert signed_info is not None
    uris = []
    for ref in signed_info.findall(f"{{{DS}}}Reference"):
        uri = ref.get("URI") or ""
        if uri.startswith("cid:"):
            octets = next(data for cid, _, data in parts if "cid:" + cid == uri)
        else:
            octets = c14n(by_id(root, uri[1:]))
        assert ref.findtext(f"{{{DS}}}DigestValue") == _digest(octets), uri
        uris.append(uri)
    value = signed_info.getnext()
    key = leaf.public_key()
    assert value is not None
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(value.text or ""), c14n(signed_info, "env"), padding.PKCS1v15(), SHA256())
    return uris
