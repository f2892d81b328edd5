"""Mutual TLS on a real socket: who is let in, whom we believe, and what we say when it cannot work."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from integrations import connections, http, pki, tls
from integrations.models import Connection
from integrations.pki import Identity
from tests.integrations.conftest import END, START, Identities, give, make_connection

pytestmark = pytest.mark.django_db

HERE = ("127.0.0.1", "localhost")


@cache
def world() -> SimpleNamespace:
    """Return the identities of these tests, made once; the clock of TLS is the machine's, so the short ones ended long ago."""
    root, other = (pki.make_root(name, not_before=START, not_after=END) for name in ("TLS root", "Other TLS root"))
    valid = {"not_before": START, "not_after": END}
    ended = {"not_before": START, "not_after": START + timedelta(days=1)}
    return SimpleNamespace(
        root=root,
        other=other,
        customs=pki.make_tls("customs", issuer=root, hosts=HERE, **valid),
        elsewhere=pki.make_tls("elsewhere", issuer=root, hosts=("customs.example",), **valid),
        ended=pki.make_tls("ended", issuer=root, hosts=HERE, **ended),
        unknown=pki.make_tls("unknown", issuer=other, hosts=HERE, **valid),
        ours=pki.make_tls("ours", issuer=root, **valid),
        strange=pki.make_tls("strange", issuer=other, **valid),
        too_old=pki.make_tls("too old", issuer=root, **ended),
    )


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """A refused handshake is what the test is about."""


@contextmanager
def serving(identity: Identity) -> Iterator[str]:
    """Serve by TLS to whoever shows a certificate of the root."""
    server = _Server(("127.0.0.1", 0), _Handler)
    context = tls.server(private_key=identity.private_key, chain=identity.chain, client_anchors=world().root.root)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/msh"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


Line = Callable[..., Connection]


@pytest.fixture
def line(identities: Identities, bells: list[str]) -> Line:
    """Make a connection that trusts an authority and shows a certificate."""

    def make(url: str, *, shows: Identity | None, trusts: bytes = b"") -> Connection:
        made = make_connection("TLS", "BE1", url, identities, tls_anchors=(trusts or world().root.root).decode())
        if shows:
            give(made, shows, purpose="tls")
        return connections.get(made.pk)

    return make


def ask(connection: Connection, at: datetime | None = None) -> http.Answer:
    secured = tls.client(connection, at=at or datetime.now(UTC))
    return http.post(connection.endpoint, content_type="a/b", body=b"<x/>", tls=secured, read=5)


def test_the_certificate_of_the_connection_opens_the_door(line: Line) -> None:
    with serving(world().customs) as url:
        assert ask(line(url, shows=world().ours)).status == 202


def test_without_a_certificate_the_handshake_is_refused(line: Line) -> None:
    with serving(world().customs) as url, pytest.raises(http.Unreachable) as caught:
        ask(line(url, shows=None))

    assert "TLS client certificate" in str(caught.value)


def test_a_certificate_of_another_authority_is_refused_by_customs(line: Line) -> None:
    with serving(world().customs) as url, pytest.raises(http.Unreachable, match="our TLS client certificate"):
        ask(line(url, shows=world().strange))


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ("unknown", "from an authority that the connection does not trust"),
        ("elsewhere", "for another host than that of the address"),
        ("ended", "has ended"),
    ],
)
def test_customs_is_not_believed_under_a_wrong_certificate(server: str, reason: str, line: Line) -> None:
    with serving(getattr(world(), server)) as url, pytest.raises(http.Unreachable) as caught:
        ask(line(url, shows=world().ours))

    assert "fix the set-up" in str(caught.value)
    assert reason in str(caught.value)
    assert caught.value.is_setup


def test_without_anchors_of_its_own_a_connection_trusts_the_public_authorities(line: Line) -> None:
    with serving(world().customs) as url:
        connection = line(url, shows=world().ours)
        connection.tls_anchors = ""
        with pytest.raises(http.Unreachable, match="does not trust"):
            ask(connection)


def test_private_anchors_count_alone(line: Line) -> None:
    context = tls.client(line("https://customs.example/", shows=None), at=datetime.now(UTC))

    assert context
    assert len(context.get_ca_certs()) == 1
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


def test_a_certificate_that_has_ended_is_not_shown(line: Line) -> None:
    with serving(world().customs) as url, pytest.raises(http.Unreachable, match="TLS client certificate"):
        ask(line(url, shows=world().too_old))


def test_the_key_leaves_no_file_behind(line: Line, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fresh = pki.make_tls("fresh", issuer=world().root, not_before=START, not_after=END)

    tls.client(line("https://customs.example/", shows=fresh), at=datetime.now(UTC))

    assert list(tmp_path.iterdir()) == []
