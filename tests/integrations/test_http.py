"""One POST, bounded: floods, trickles and silence end in a reason, never in a hanging worker."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from integrations import http

Serve = Callable[[socket.socket], None]


@pytest.fixture
def served() -> Iterator[Callable[[Serve], str]]:
    """Runs a server for one connection that does what the test says, octet for octet."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def start(serve: Serve) -> str:
        def run() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(65_536)
                try:
                    serve(peer)
                except OSError:
                    return  # the other side has had enough

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    listener.close()
    for thread in threads:
        thread.join(5)


def ask(url: str, **bounds: float) -> http.Answer:
    return http.post(url, content_type="application/soap+xml", body=b"<x/>", **bounds)  # type: ignore[arg-type]


def test_an_answer_of_any_status_is_read(served: Callable[[Serve], str]) -> None:
    url = served(lambda peer: peer.sendall(b"HTTP/1.1 500 x\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nno"))

    assert ask(url) == http.Answer(500, "a/b", b"no")


def test_an_answer_in_chunks_is_read(served: Callable[[Serve], str]) -> None:
    chunked = b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"

    assert ask(served(lambda peer: peer.sendall(chunked))).body == b"abcde"


def test_a_redirect_is_an_answer_and_not_followed(served: Callable[[Serve], str]) -> None:
    url = served(lambda peer: peer.sendall(b"HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"))

    assert ask(url).status == 302


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nabc", "cut"),
        (b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", "cut"),
        (b"SSH-2.0-OpenSSH\r\n", "connection|read"),
        (b"", "connection"),
    ],
    ids=["cut short", "cut in a chunk", "no HTTP", "not a word"],
)
def test_half_an_answer_is_none(octets: bytes, reason: str, served: Callable[[Serve], str]) -> None:
    with pytest.raises(http.Unreachable, match=reason):
        ask(served(lambda peer: peer.sendall(octets)))


def test_a_flood_is_cut_off(served: Callable[[Serve], str]) -> None:
    def flood(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 x\r\n\r\n")
        while True:
            peer.sendall(b"x" * 65_536)

    with pytest.raises(http.Unreachable, match="too large"):
        ask(served(flood), limit=1_000_000)


def test_a_compressed_flood_is_cut_off(served: Callable[[Serve], str]) -> None:
    import gzip

    bomb = gzip.compress(b"\0" * 50_000_000)
    head = f"HTTP/1.1 200 x\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()

    with pytest.raises(http.Unreachable, match="too large"):
        ask(served(lambda peer: peer.sendall(head + bomb)), limit=1_000_000)


def test_a_trickle_ends_at_the_deadline(served: Callable[[Serve], str]) -> None:
    def trickle(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 x\r\n\r\n")
        for _ in range(200):
            peer.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with pytest.raises(http.Unreachable, match="too long"):
        ask(served(trickle), read=0.3)
    assert time.monotonic() - started < 3


def test_silence_ends_at_the_deadline(served: Callable[[Serve], str]) -> None:
    with pytest.raises(http.Unreachable, match="in time"):
        ask(served(lambda _: time.sleep(1)), read=0.2)


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(served: Callable[[Serve], str]) -> None:
    url = served(lambda peer: peer.sendall(b"HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n"))

    with pytest.raises(http.Unreachable, match="secure connection"):
        ask(url.replace("http:", "https:"))


def test_nobody_there() -> None:
    with pytest.raises(http.Unreachable, match="connection could not be made"):
        ask("http://127.0.0.1:9/")


def test_the_environments_proxies_are_not_used(served: Callable[[Serve], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    url = served(lambda peer: peer.sendall(b"HTTP/1.1 202 x\r\nContent-Length: 0\r\n\r\n"))

    assert ask(url).is_accepted
