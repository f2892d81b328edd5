"""PKIPath tokens and the trust in them (profile sections 4 and 4.1).

A PKIPath is a DER SEQUENCE OF Certificate, issuer-most first and the leaf last. The chain is checked link by link
up to a configured anchor, at a time that is passed in.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from .errors import As4Error

_MOST_OCTETS: Final = 65_536
_MOST_REMEMBERED: Final = 1_024
# What reading or checking a certificate someone else made may raise.
_BROKEN: Final = (
    ValueError,
    TypeError,
    IndexError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_WEAK_HASHES: Final = frozenset({"md5", "sha1"})
_UNDERSTOOD: Final = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.CertificatePolicies.oid,
        x509.SubjectAlternativeName.oid,
    }
)


@dataclass(frozen=True, slots=True)
class Signer:
    """The holder of a leaf certificate whose chain is trusted between two times."""

    certificate: x509.Certificate
    pem: bytes
    fingerprint: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True)
class Trust:
    """Which signers are believed: anchors, and optionally only these leafs, and none of those revoked.

    Fingerprints are SHA-256 in lower-case hex. Build it with `Trust.load`, which remembers parsed anchors.
    """

    anchors: tuple[x509.Certificate, ...]
    pinned: frozenset[str] = frozenset()
    revoked: frozenset[str] = frozenset()

    @classmethod
    def load(cls, anchors: Iterable[bytes | str], *, pinned: Iterable[str] = (), revoked: Iterable[str] = ()) -> "Trust":
        """Return the trust in the certificates of these PEM texts (each may hold several)."""
        pems = tuple(pem.encode() if isinstance(pem, str) else bytes(pem) for pem in anchors)
        return _load_trust(pems, frozenset(pinned), frozenset(revoked))


@lru_cache(maxsize=256)
def _load_trust(pems: tuple[bytes, ...], pinned: frozenset[str], revoked: frozenset[str]) -> Trust:
    return Trust(tuple(anchor for pem in pems for anchor in x509.load_pem_x509_certificates(pem)), pinned, revoked)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 fingerprint of a certificate in lower-case hex."""
    return certificate.fingerprint(SHA256()).hex()


def encode(path: Sequence[x509.Certificate]) -> bytes:
    """Return the PKIPath of certificates given issuer-most first."""
    content = b"".join(certificate.public_bytes(Encoding.DER) for certificate in path)
    return b"\x30" + _length(len(content)) + content


def decode(octets: bytes, *, most: int) -> list[x509.Certificate]:
    """Return the certificates of a PKIPath, issuer-most first.

    :raises As4Error: EBMS:0101 if it is no such sequence, is empty or holds more than `most`
    """
    try:
        tag, content, rest = _element(octets[: _MOST_OCTETS + 1])
        if tag != 0x30 or rest or len(octets) > _MOST_OCTETS:
            raise ValueError
        path: list[x509.Certificate] = []
        while content:
            tag, _, rest = _element(content)
            if tag != 0x30 or len(path) == most:
                raise ValueError
            path.append(x509.load_der_x509_certificate(content[: len(content) - len(rest)]))
            content = rest
    except _BROKEN:
        raise As4Error("EBMS:0101", "the token is not a PKIPath of certificates") from None
    if not path:
        raise As4Error("EBMS:0101", "the PKIPath is empty")
    return path


def trusted_signer(token: bytes, *, trust: Trust, at: datetime, most: int = 8) -> Signer:
    """Return the signer a PKIPath token names, its last certificate, once the chain is checked.

    :raises As4Error: EBMS:0101 if the chain is malformed, broken, not anchored, or not valid at that time
    """
    key = (id(trust), hashlib.sha256(token).digest())
    signer = _REMEMBERED.get(key, trust)
    if signer is None or not signer.not_before <= at <= signer.not_after:
        signer = _check(decode(token, most=most), trust=trust, at=at)
        _REMEMBERED.put(key, trust, signer)
    return signer


class _Memory:
    """Chain results by trust and token. An entry counts only inside the validity of its whole chain."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[int, bytes], tuple[Trust, Signer]] = OrderedDict()

    def get(self, key: tuple[int, bytes], trust: Trust) -> Signer | None:
        with self._lock:
            if not (entry := self._entries.get(key)):
                return None
            self._entries.move_to_end(key)
            return entry[1] if entry[0] is trust else None

    def put(self, key: tuple[int, bytes], trust: Trust, signer: Signer) -> None:
        with self._lock:
            self._entries[key] = (trust, signer)
            while len(self._entries) > _MOST_REMEMBERED:
                self._entries.popitem(last=False)


_REMEMBERED: Final = _Memory()


def _check(path: Sequence[x509.Certificate], *, trust: Trust, at: datetime) -> Signer:
    whole, start = _anchored(path, trust)
    for depth, (issuer, subject) in enumerate(pairwise(whole)):
        _check_issued(subject, issuer, below=len(whole) - depth - 2)
    chain = whole[start:]
    for certificate in chain:
        _check_extensions(certificate)
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise As4Error("EBMS:0101", "a certificate of the chain is not valid at this time")
        if fingerprint(certificate) in trust.revoked:
            raise As4Error("EBMS:0101", "a certificate of the chain is revoked")
    leaf = chain[-1]
    _check_leaf(leaf, trust)
    return Signer(
        leaf,
        leaf.public_bytes(Encoding.PEM),
        fingerprint(leaf),
        max(certificate.not_valid_before_utc for certificate in chain),
        min(certificate.not_valid_after_utc for certificate in chain),
    )


def _anchored(path: Sequence[x509.Certificate], trust: Trust) -> tuple[list[x509.Certificate], int]:
    """Return the path and where its anchor stands: it is in the path already, or it issued the first certificate."""
    for index in range(len(path) - 2, -1, -1):
        if path[index] in trust.anchors:
            return list(path), index
    for anchor in trust.anchors:
        if anchor.subject == path[0].issuer and anchor != path[0]:
            try:
                path[0].verify_directly_issued_by(anchor)
            except _BROKEN:
                continue
            return [anchor, *path], 0
    raise As4Error("EBMS:0101", "the chain does not end at a trusted certificate")


def _check_issued(subject: x509.Certificate, issuer: x509.Certificate, *, below: int) -> None:
    """Refuse a certificate its issuer did not sign or may not have signed; `below` CAs stand under the issuer."""
    try:
        subject.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        hash_name = subject.signature_hash_algorithm.name if subject.signature_hash_algorithm else ""
    except _BROKEN:
        raise As4Error("EBMS:0101", "a certificate is not issued by the one above it") from None
    if not constraints.ca or (constraints.path_length is not None and constraints.path_length < below):
        raise As4Error("EBMS:0101", "an issuer of the chain is not a certification authority for it")
    usage = _key_usage(issuer)
    if (usage is not None and not usage.key_cert_sign) or hash_name in _WEAK_HASHES:
        raise As4Error("EBMS:0101", "an issuer of the chain may not sign certificates like this")


def _check_leaf(leaf: x509.Certificate, trust: Trust) -> None:
    usage = _key_usage(leaf)
    if usage is not None and not usage.digital_signature:
        raise As4Error("EBMS:0101", "the signer's certificate is not for signatures")
    if trust.pinned and fingerprint(leaf) not in trust.pinned:
        raise As4Error("EBMS:0101", "the signer is not the one expected")
    try:
        key = leaf.public_key()
    except _BROKEN:
        raise As4Error("EBMS:0103", "the signer's key is of an unknown kind") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise As4Error("EBMS:0103", "the signer's key is not RSA of at least 2048 bits")


def _check_extensions(certificate: x509.Certificate) -> None:
    try:
        unknown = [item for item in certificate.extensions if item.critical and item.oid not in _UNDERSTOOD]
    except _BROKEN:
        raise As4Error("EBMS:0101", "a certificate of the chain has malformed extensions") from None
    if unknown:
        raise As4Error("EBMS:0101", "a certificate of the chain has a critical extension that is not understood")


def _key_usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes((size,))
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def _element(octets: bytes) -> tuple[int, bytes, bytes]:
    """Return tag, content and what follows of the first DER element."""
    tag, first = octets[0], octets[1]
    start, size = 2, first
    if first & 0x80:
        start = 2 + (first & 0x7F)
        size = int.from_bytes(octets[2:start], "big")
        if start - 2 > 4 or _length(size) != octets[1:start]:
            raise ValueError("not DER")
    if len(octets) < start + size:
        raise ValueError("cut short")
    return tag, octets[start : start + size], octets[start + size :]
