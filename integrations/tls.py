"""TLS towards customs: whom a connection trusts there, and which certificate it shows (ICD 4.6.1; profile section 5)."""

import secrets
import ssl
import tempfile
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from certifi import where
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from integrations import credentials, http
from integrations.models import Connection, Purpose
from tenants import vault


def client(connection: Connection, *, at: datetime) -> ssl.SSLContext | None:
    """Return how the connection opens TLS at a time; None where its address has none.

    Without a valid TLS credential no certificate is shown, and it is customs that refuses.
    """
    if not connection.endpoint.startswith("https:"):
        return None
    found = credentials.find(connection, Purpose.TLS, at=at)
    if found is None:
        return _client(connection.tls_anchors, b"", "")
    return _client(connection.tls_anchors, bytes(found.private_key), found.certificates)


@lru_cache(maxsize=64)
def _client(anchors: str, locked_key: bytes, chain: str) -> ssl.SSLContext:
    """Return the context, made once for what the rows hold: private anchors count alone, not beside the public ones."""
    private = anchors.strip() != ""
    context = ssl.create_default_context(cadata=anchors) if private else ssl.create_default_context(cafile=where())
    if locked_key:
        show(context, private_key=vault.unlock(locked_key).encode(), chain=chain.encode())
    return http.strict(context)


def server(*, private_key: bytes, chain: bytes, client_anchors: bytes) -> ssl.SSLContext:
    """Return how a server opens TLS to whoever shows a certificate of these authorities, and to nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=client_anchors.decode())
    show(context, private_key=private_key, chain=chain)
    return context


def show(context: ssl.SSLContext, *, private_key: bytes, chain: bytes) -> None:
    """Let a context show a certificate. OpenSSL reads files only: the key is in one for a moment, encrypted for that moment."""
    password = secrets.token_bytes(32).hex().encode()
    key = load_pem_private_key(private_key, None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tls.pem"
        file.write_bytes(locked + chain)
        context.load_cert_chain(file, password=password)
