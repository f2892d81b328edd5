"""Making certificates for trying things out: a root, an issuing CA and leafs for parties, PEM in and PEM out.

The demo's first start and the tests use it. Real operators bring seals of their own from a qualified provider.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key with its certificate chain, leaf first and root last, both in PEM."""

    private_key: bytes = field(repr=False)
    chain: bytes

    @property
    def certificate(self) -> bytes:
        """Return the identity's own certificate in PEM."""
        return _certificates(self)[0].public_bytes(Encoding.PEM)

    @property
    def root(self) -> bytes:
        """Return the top of the chain in PEM: what others configure as their trust."""
        return _certificates(self)[-1].public_bytes(Encoding.PEM)


def make_root(name: str, *, not_before: datetime, not_after: datetime, key_size: int = 2048) -> Identity:
    """Return a self-issued root CA."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=key_size)
    subject = _name(name)
    builder = _builder(subject, subject, key.public_key(), not_before, not_after)
    certificate = _as_ca(builder, None).sign(key, SHA256())
    return Identity(_pem(key), certificate.public_bytes(Encoding.PEM))


def make_ca(name: str, *, issuer: Identity, not_before: datetime, not_after: datetime) -> Identity:
    """Return a CA under another, which issues leafs only."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = _builder(_name(name), _certificates(issuer)[0].subject, key.public_key(), not_before, not_after)
    certificate = _as_ca(_issued(builder, issuer), 0).sign(_key(issuer), SHA256())
    return _identity(key, certificate, issuer)


def make_leaf(name: str, *, issuer: Identity, not_before: datetime, not_after: datetime) -> Identity:
    """Return a sealing identity for a party, for digital signatures only."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    chain = certify(name, key.public_key(), issuer=issuer, not_before=not_before, not_after=not_after)
    return Identity(_pem(key), chain)


def certify(name: str, public_key: rsa.RSAPublicKey, *, issuer: Identity, not_before: datetime, not_after: datetime) -> bytes:
    """Return the chain (PEM) of a sealing certificate for a key that is elsewhere, as in a device."""
    builder = _builder(_name(name), _certificates(issuer)[0].subject, public_key, not_before, not_after)
    builder = _issued(builder, issuer).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    certificate = builder.add_extension(_usage(signature=True), critical=True).sign(_key(issuer), SHA256())
    return certificate.public_bytes(Encoding.PEM) + issuer.chain


def make_tls(name: str, *, issuer: Identity, not_before: datetime, not_after: datetime, hosts: Sequence[str] = ()) -> Identity:
    """Return an identity for TLS: a server's under its hosts (names or addresses), without any a client's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = _builder(_name(name), _certificates(issuer)[0].subject, key.public_key(), not_before, not_after)
    builder = _issued(builder, issuer).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    use = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    builder = builder.add_extension(_usage(signature=True), critical=True)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return _identity(key, builder.sign(_key(issuer), SHA256()), issuer)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _issued(builder: x509.CertificateBuilder, issuer: Identity) -> x509.CertificateBuilder:
    key = _key(issuer).public_key()
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False)


def _as_ca(builder: x509.CertificateBuilder, path_length: int | None) -> x509.CertificateBuilder:
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True).add_extension(
        _usage(signature=False), critical=True
    )


def _usage(*, signature: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=signature,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signature,
        crl_sign=not signature,
        encipher_only=False,
        decipher_only=False,
    )


def _identity(key: rsa.RSAPrivateKey, certificate: x509.Certificate, issuer: Identity) -> Identity:
    return Identity(_pem(key), certificate.public_bytes(Encoding.PEM) + issuer.chain)


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _key(identity: Identity) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(identity.private_key, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("the private key is not RSA")
    return key


def _certificates(identity: Identity) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(identity.chain)
