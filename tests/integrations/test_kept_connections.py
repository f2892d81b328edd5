"""Connections to customs are kept for the next message, and one that is closed meanwhile costs nothing but a new one."""

import socket
import threading
from collections.abc import Iterator

import pytest

from integrations import http

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """A server that says what it is told to each request, and counts connections."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.closes_before_answering: set[int] = set()  # numbers of requests, from 1
        self._socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/msh"

    def stop(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                taken, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(taken,), daemon=True).start()

    def _serve(self, taken: socket.socket) -> None:
        with taken, taken.makefile("rb") as lines:
            while head := lines.readline():
                length = 0
                while (head := lines.readline()) not in {b"\r\n", b""}:
                    if head.lower().startswith(b"content-length:"):
                        length = int(head.split(b":")[1])
                self.requests.append(lines.read(length))
                if len(self.requests) in self.closes_before_answering:
                    return
                taken.sendall(ANSWER)


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.stop()


def post(peer: Peer, body: bytes) -> bytes:
    return http.post(peer.url, content_type="text/plain", body=body).body


def test_the_next_message_goes_over_the_same_connection(peer: Peer) -> None:
    answers = [post(peer, body) for body in (b"one", b"two", b"three")]

    assert answers == [b"ok"] * 3
    assert peer.connections == 1


def test_a_kept_connection_that_closes_without_an_answer_costs_a_new_one(peer: Peer) -> None:
    peer.closes_before_answering = {2}

    answers = [post(peer, body) for body in (b"one", b"two")]

    assert answers == [b"ok"] * 2
    assert peer.requests == [b"one", b"two", b"two"]
    assert peer.connections == 2


def test_a_new_connection_that_closes_without_an_answer_is_a_failure(peer: Peer) -> None:
    peer.closes_before_answering = {1}

    with pytest.raises(http.Unreachable):
        post(peer, b"one")

    assert peer.requests == [b"one"]


@pytest.mark.parametrize("limit", ["KEPT", "RENEWED"])
def test_a_connection_is_not_kept_for_ever(limit: str, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, limit, 0.0)

    for body in (b"one", b"two"):
        post(peer, body)

    assert peer.connections == 2
