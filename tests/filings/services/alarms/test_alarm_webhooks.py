"""Webhooks of alarms: signed, and never into a network."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from filings.services.alarms import webhooks
from filings.services.alarms.webhooks import BadWebhook, NotTaken
from tests.factories import NOW

SECRET = "whs_secret"


class Receiver(BaseHTTPRequestHandler):
    """An operator's own system: keeps what came and answers as the test wants."""

    got: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    status: ClassVar[int] = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        if self.status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Receiver.got, Receiver.status = [], 204
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}/hook?x=1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def inside(settings: Any) -> None:
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True


def call(url: str) -> None:
    webhooks.post(url, {"alarm": "ä"}, secret=SECRET, delivery="d1", at=NOW)


@pytest.mark.usefixtures("inside")
def test_a_call_is_signed_with_the_secret_and_the_time(receiver: str) -> None:
    call(receiver)

    [(path, headers, body)] = Receiver.got
    timestamp, _, signature = headers["Landfall-Signature"].removeprefix("t=").partition(",v1=")
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert (path, headers["Landfall-Delivery"], signature) == ("/hook?x=1", "d1", expected)
    assert int(timestamp) == int(NOW.timestamp())
    assert json.loads(body) == {"alarm": "ä"}


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("status", [302, 400, 500])
def test_anything_but_success_is_not_taken_and_no_redirect_followed(status: int, receiver: str) -> None:
    Receiver.status = status

    with pytest.raises(NotTaken, match=str(status)):
        call(receiver)
    assert len(Receiver.got) == 1


@pytest.mark.usefixtures("inside")
def test_a_closed_port_is_not_taken() -> None:
    with socket.socket() as held:  # bound and not listening: nobody else may have the port meanwhile
        held.bind(("127.0.0.1", 0))
        with pytest.raises(NotTaken, match="no connection"):
            call(f"http://127.0.0.1:{held.getsockname()[1]}/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3", "224.0.0.1",
        "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:0a00:0001::1",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", ("203.0.114.1", 443)), (2, 1, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", found)

    with pytest.raises(NotTaken, match="inside a network"):
        call("https://hooks.acme.example/")


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_a_public_address_is_connected_to_as_it_was_looked_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (address, 443))])

    pool = webhooks._pool(webhooks._parts("https://hooks.acme.example/"))

    assert pool.host.strip("[]") == address
    assert pool.conn_kw["server_hostname"] == "hooks.acme.example"


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.acme.example/", "ftp://hooks.acme.example/", "https://", "https://user:word@hooks.acme.example/",
        "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1:8443/x", "https://hooks.acme.example:99999/",
        "https://hooks.acme.example/a b", "https://hooks.acme.example/\r\nX: 1", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_a_bad_address_is_refused_when_it_is_entered(url: str) -> None:
    with pytest.raises(BadWebhook):
        webhooks.refuse_bad_address(url)
    with pytest.raises(NotTaken):
        call(url)
