"""Sealing: the SOAP envelope with its WS-Security signature, written straight in canonical form (profile section 4)."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from . import names, pkipath
from .canonical import Raw, Tag, canonical, escape_attribute, tag
from .model import Reference

_INCLUSIVE: Final = ("env",)
_PROBE: Final = b"Does the key fit?"
_TRANSFORM: Final = {False: names.EXCLUSIVE_C14N, True: names.ATTACHMENT_CONTENT}


@dataclass(frozen=True)
class Seal:
    """A private key and its certificates, in PEM, leaf first and root last, as they are configured.

    Parsed keys are remembered per PEM text, so a Seal may be made anew for every message. Where the key is in a device,
    `signer` stands for it: it returns the RSA-SHA256 signature (PKCS#1 v1.5) of the octets it is given.
    """

    private_key: bytes = field(repr=False)
    chain: bytes
    password: bytes | None = field(default=None, repr=False)
    signer: Callable[[bytes], bytes] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Return the certificates, leaf first."""
        return _certificates(self.chain)

    @property
    def token(self) -> str:
        """Return the PKIPath (leaf last) in base64."""
        return _token(self.chain)

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 fingerprint (hex) of the leaf."""
        return pkipath.fingerprint(self.certificates[0])

    def check(self) -> None:
        """Refuse a key that does not belong to the leaf, or is not RSA.

        :raises ValueError: with the reason
        """
        public = self.certificates[0].public_key()
        if not isinstance(public, rsa.RSAPublicKey):
            raise ValueError("the key of the first certificate is not RSA")
        try:
            public.verify(self.sign(_PROBE), _PROBE, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            raise ValueError("the private key does not belong to the first certificate") from None

    def sign(self, octets: bytes) -> bytes:
        """Return the RSA-SHA256 signature (PKCS#1 v1.5) of the octets."""
        if self.signer is not None:
            return self.signer(octets)
        return _key(self.private_key, self.password).sign(octets, padding.PKCS1v15(), SHA256())


@lru_cache(maxsize=256)
def _key(pem: bytes, password: bytes | None) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(pem, password)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("the private key is not RSA")
    return key


@lru_cache(maxsize=256)
def _certificates(chain: bytes) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(chain))


@lru_cache(maxsize=256)
def _token(chain: bytes) -> str:
    return base64.b64encode(pkipath.encode(_certificates(chain)[::-1])).decode()


def mark(message_id: str) -> str:
    """Return what tells the ids of one envelope from those of any other: nobody guesses it before the message."""
    return hashlib.sha256(message_id.encode()).hexdigest()[:16]


def messaging(unit: Tag, *, label: str) -> Tag:
    """Return the eb:Messaging header around a unit."""
    return Tag("eb:Messaging", {"wsu:Id": f"id-{label}-messaging", "env:mustUnderstand": "true"}, (unit,))


def digest(octets: bytes) -> str:
    """Return the SHA-256 of the octets in base64."""
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()


def reference(uri: str, octets_digest: str) -> Reference:
    """Return the ds:Reference to a signed element ("#id") or attachment ("cid:...")."""
    # Written once for each transform; what differs between references is put where it stands.
    text = _reference(_TRANSFORM[uri.startswith("cid:")]).format(uri=escape_attribute(uri), digest=octets_digest)
    return Reference(uri, octets_digest, text.encode())


@cache
def _reference(transform: str) -> str:
    element = tag(
        "ds:Reference",
        tag("ds:Transforms", tag("ds:Transform", Algorithm=transform)),
        tag("ds:DigestMethod", Algorithm=names.SHA256),
        tag("ds:DigestValue", "{digest}"),
        URI="{uri}",
    )
    return canonical(element).decode()


def seal_envelope(
    unit: Tag,
    *,
    seal: Seal,
    label: str,
    body: Sequence[Tag] = (),
    attachments: Iterable[tuple[str, str]] = (),
) -> tuple[bytes, tuple[Reference, ...]]:
    """Return the signed envelope around a unit, and the references its signature holds.

    :param attachments: (href, digest) of every MIME part to cover
    """
    return seal_header(canonical(messaging(unit, label=label)), seal=seal, label=label, body=body, attachments=attachments)


def seal_header(
    header: bytes,
    *,
    seal: Seal,
    label: str,
    body: Sequence[Tag] = (),
    attachments: Iterable[tuple[str, str]] = (),
) -> tuple[bytes, tuple[Reference, ...]]:
    """Return what seal_envelope() does, around an eb:Messaging that is in canonical form already."""
    content = _body(label, body)
    references = (
        reference(f"#id-{label}-messaging", digest(header)),
        reference(f"#id-{label}-body", digest(content)),
        *(reference(href, octets_digest) for href, octets_digest in attachments),
    )
    signed_info = _signed_info(references)
    signature = base64.b64encode(seal.sign(signed_info)).decode()
    security = _security(signed_info.decode(), signature, seal.token, label)
    return _envelope(security + header.decode(), content.decode()), references


def bare_envelope(unit: Tag, *, label: str, body: Sequence[Tag] = ()) -> bytes:
    """Return an unsigned envelope: only for an error before a seal is known."""
    header = canonical(messaging(unit, label=label))
    return _envelope(header.decode(), _body(label, body).decode())


def _body(label: str, content: Sequence[Tag]) -> bytes:
    """Return the SOAP body in canonical form."""
    if content:
        return canonical(Tag("env:Body", {"wsu:Id": f"id-{label}-body"}, tuple(content)))
    before, after = _around_label()
    return f"{before}{label}{after}".encode()


@cache
def _around_label() -> tuple[str, str]:
    """Return what stands before and behind the label of an empty body."""
    before, _, after = canonical(Tag("env:Body", {"wsu:Id": "id-LABEL-body"})).decode().partition("LABEL")
    return before, after


def _signed_info(references: Sequence[Reference]) -> bytes:
    before, after = _around_references()
    return b"".join((before, *(item.xml.replace(_DS_DECLARATION, b"", 1) for item in references), after))


@cache
def _around_references() -> tuple[bytes, bytes]:
    """Return what stands before and behind the references of a ds:SignedInfo."""
    element = tag(
        "ds:SignedInfo",
        tag(
            "ds:CanonicalizationMethod",
            tag("ec:InclusiveNamespaces", PrefixList=" ".join(_INCLUSIVE)),
            Algorithm=names.EXCLUSIVE_C14N,
        ),
        tag("ds:SignatureMethod", Algorithm=names.RSA_SHA256),
        Raw(b"<?>"),
    )
    before, _, after = canonical(element, inclusive=_INCLUSIVE).partition(b"<?>")
    return before, after


# Inside ds:SignedInfo the prefix is declared already, so canonical form does not repeat it.
_DS_DECLARATION: Final = f' xmlns:ds="{names.DS}"'.encode()


def _security(signed_info: str, signature: str, token: str, label: str) -> str:
    return (
        f'<wsse:Security xmlns:wsse="{names.WSSE}" xmlns:wsu="{names.WSU}" env:mustUnderstand="true">'
        f'<wsse:BinarySecurityToken EncodingType="{names.BASE64}" ValueType="{names.PKIPATH}"'
        f' wsu:Id="X509-{label}">{token}</wsse:BinarySecurityToken>'
        f'<ds:Signature xmlns:ds="{names.DS}" Id="SIG-{label}">{signed_info}'
        f"<ds:SignatureValue>{signature}</ds:SignatureValue>"
        f'<ds:KeyInfo Id="KI-{label}">'
        f'<wsse:SecurityTokenReference xmlns:wsse11="{names.WSSE11}" wsse11:TokenType="{names.PKIPATH}"'
        f' wsu:Id="STR-{label}"><wsse:Reference URI="#X509-{label}" ValueType="{names.PKIPATH}"/>'
        "</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>"
    )


def _envelope(header: str, body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<env:Envelope xmlns:env="{names.ENV}"><env:Header>{header}</env:Header>{body}</env:Envelope>'
    ).encode()
