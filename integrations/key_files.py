"""Reading what people bring: a private key with its certificates, as PEM or PKCS#12, brought into one form and checked.

No message of a refusal repeats anything of the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from tenants.errors import DomainError

SHORTEST: Final = 2048  # bits of an RSA key
_PEM: Final = b"-----BEGIN "

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class NotReadable(DomainError):
    """It is neither PEM nor PKCS#12, or the password is not right."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class KeyMissing(DomainError):
    """There is no private key in it; give the key and its certificates in one file."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CertificateMissing(DomainError):
    """There is no certificate in it; give the certificate and those above it up to the root."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class KeyDoesNotFit(DomainError):
    """The private key belongs to none of the certificates."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ChainBroken(DomainError):
    """The certificates do not follow from one another; give the leaf and each issuer above it, and no other ones."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Material:
    """A private key (PEM, not encrypted; empty if it is elsewhere) and its certificates, leaf first."""

    private_key: bytes = field(repr=False)
    certificates: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """Return the certificate of the key."""
        return self.certificates[0]

    @property
    def chain(self) -> bytes:
        """Return the certificates in PEM."""
        return b"".join(each.public_bytes(Encoding.PEM) for each in self.certificates)

    @property
    def not_before(self) -> datetime:
        """Return from when on all certificates are valid."""
        return max(each.not_valid_before_utc for each in self.certificates)

    @property
    def not_after(self) -> datetime:
        """Return until when all certificates are valid."""
        return min(each.not_valid_after_utc for each in self.certificates)


def read(data: bytes, *, password: str = "") -> Material:
    """Return the key and certificates of a file.

    :raises NotReadable: also for a wrong password.
    :raises KeyMissing:
    :raises CertificateMissing:
    :raises KeyDoesNotFit:
    :raises ChainBroken:
    """
    secret = password.encode() or None
    key, certificates = _of_pem(data, secret) if _PEM in data else _of_pkcs12(data, secret)
    if not certificates:
        raise CertificateMissing
    public = key.public_key()
    leaf = next((each for each in certificates if each.public_key() == public), None)
    if leaf is None:
        raise KeyDoesNotFit
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Material(pem, _ordered(leaf, certificates))


def read_certificates(data: bytes) -> Material:
    """Return certificates whose key is in a device; the first is its own.

    :raises CertificateMissing:
    :raises ChainBroken:
    """
    certificates = authorities(data)
    return Material(b"", _ordered(certificates[0], certificates))


def authorities(data: bytes) -> list[x509.Certificate]:
    """Return the certificates of a PEM text.

    :raises CertificateMissing: if there is none that can be read.
    """
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise CertificateMissing from None


def _of_pem(data: bytes, password: bytes | None) -> tuple[PrivateKey, list[x509.Certificate]]:
    if b"PRIVATE KEY-----" not in data:
        raise KeyMissing
    encrypted = b"ENCRYPTED" in data
    try:
        key = load_pem_private_key(data[data.index(_first_key(data)) :], password if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotReadable from None
    return _of_use(key), authorities(data) if b"BEGIN CERTIFICATE" in data else []


def _first_key(data: bytes) -> bytes:
    """Return the line that opens the key: the file may begin with certificates."""
    return next(line for line in data.splitlines() if line.startswith(_PEM) and b"PRIVATE KEY" in line)


def _of_pkcs12(data: bytes, password: bytes | None) -> tuple[PrivateKey, list[x509.Certificate]]:
    try:
        key, leaf, others = pkcs12.load_key_and_certificates(data, password)
    except (ValueError, UnsupportedAlgorithm):
        raise NotReadable from None
    if key is None:
        raise KeyMissing
    return _of_use(key), [*([leaf] if leaf else []), *others]


def _of_use(key: object) -> PrivateKey:
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        return key
    raise NotReadable


def _ordered(leaf: x509.Certificate, certificates: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return the chain from the leaf up to where it ends.

    :raises ChainBroken: if certificates are left over, or one was not issued by the next.
    """
    left = [each for each in certificates if each != leaf]
    chain = [leaf]
    while (above := next((each for each in left if each.subject == chain[-1].issuer), None)) is not None:
        try:
            chain[-1].verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            raise ChainBroken from None
        left.remove(above)
        chain.append(above)
    if left:
        raise ChainBroken
    return tuple(chain)
