"""Certificates for tests: any chain, also those that no authority would issue."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from integrations.as4 import Seal, Trust

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
FROM = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2046, 1, 1, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, eq=False)
class Holder:
    """A key, its certificate and its issuer."""

    key: Key = field(repr=False)
    certificate: x509.Certificate
    issuer: "Holder | None" = None

    @property
    def path(self) -> list[x509.Certificate]:
        """Certificates from the root to this one."""
        return [*(self.issuer.path if self.issuer else []), self.certificate]

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def seal(self) -> Seal:
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Seal(private_key=key, chain=b"".join(item.public_bytes(Encoding.PEM) for item in self.path[::-1]))

    def sign(self, octets: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(octets, padding.PKCS1v15(), SHA256())
        return self.key.sign(octets, ec.ECDSA(SHA256()))


@cache
def rsa_key(number: int, size: int = 2048) -> rsa.RSAPrivateKey:
    """A key made once per test run; the number tells keys apart."""
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


def holder(
    name: str,
    key: Key,
    *,
    issuer: Holder | None = None,
    ca: bool = False,
    path_length: int | None = None,
    signs: bool = True,
    certifies: bool | None = None,
    critical: x509.ExtensionType | None = None,
    since: datetime = FROM,
    until: datetime = UNTIL,
) -> Holder:
    """A certificate for a key, issued by another or by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        signs and not ca,
        signs and not ca,
        not signs,
        False,
        False,
        ca if certifies is None else certifies,
        ca,
        False,
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca, path_length), critical=True)
        .add_extension(usage, critical=True)
    )
    if critical is not None:
        builder = builder.add_extension(critical, critical=True)
    return Holder(key, builder.sign(issuer.key if issuer else key, SHA256()), issuer)


@dataclass(frozen=True)
class World:
    """Customs' root and CA, a trader, the STI, and people one should not believe."""

    root: Holder
    ca: Holder
    trader: Holder
    second: Holder
    sti: Holder

    @property
    def trust(self) -> Trust:
        return Trust.load([self.root.pem])


@cache
def world() -> World:
    """The same small PKI for the whole run."""
    root = holder("test root", rsa_key(0), ca=True)
    ca = holder("test CA", rsa_key(1), issuer=root, ca=True, path_length=0)
    return World(
        root,
        ca,
        holder("trader NL0123456789", rsa_key(2), issuer=ca),
        holder("trader NL0123456789", rsa_key(3), issuer=ca),
        holder("sti-taxud", rsa_key(4), issuer=ca),
    )


def pkipath(certificates: list[x509.Certificate]) -> bytes:
    """A PKIPath written by hand, apart from the code under test."""
    content = b"".join(item.public_bytes(Encoding.DER) for item in certificates)
    size = len(content)
    if size < 0x80:
        return bytes((0x30, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x30, 0x80 + len(octets))) + octets + content


def token(certificates: list[x509.Certificate]) -> str:
    return base64.b64encode(pkipath(certificates)).decode()
