"""Cases 1 to 18: HTTP and MIME."""

import base64
import contextlib
import socket
from collections.abc import Callable

import pytest

from integrations import as4
from tests.integrations.adversarial.servers import BODY_WITHIN, HEAD_WITHIN, answer, pause
from tests.integrations.adversarial.sides import Side
from tests.integrations.as4 import forge

pytestmark = pytest.mark.django_db
HEADER = b"Content-ID: <message"
Make = Callable[[Side], bytes]


def parts(count: int) -> bytes:
    return forge.multipart(b"<x/>", [(f"p{index}", "application/gzip", b"") for index in range(count)])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_case_001_only_posts_are_taken(side: Side, method: str) -> None:
    reply = side.server.request(method, side.server.path)

    assert reply.status == 405
    assert b"Envelope" not in reply.body
    side.assert_stored(0)


REFUSED: dict[str, tuple[Make, str, str]] = {
    "002-empty": (lambda side: b"", forge.SOAP, "EBMS:0009"),
    "003-plain-text": (lambda side: b"plain text", forge.SOAP, "EBMS:0009"),
    "004-html": (lambda side: side.good, "text/html", "EBMS:0007"),
    "004-no-type": (lambda side: side.good, "", "EBMS:0007"),
    "005-no-boundary": (lambda side: side.good, "multipart/related", "EBMS:0007"),
    "006-other-boundary": (lambda side: side.good, forge.MULTIPART.replace('"B"', '"C"'), "EBMS:0007"),
    "006-cut": (lambda side: side.good[: side.good.rindex(b"\r\n--B--")], forge.MULTIPART, "EBMS:0007"),
    "006-cut-in-the-delimiter": (lambda side: side.good[:-4], forge.MULTIPART, "EBMS:0007"),
    "007-one-id-for-two-parts": (
        lambda side: forge.multipart(side.sealed(), [forge.PAYLOAD, forge.PAYLOAD]), forge.MULTIPART, "EBMS:0007"
    ),
    "008-start-names-nothing": (lambda side: side.good, forge.MULTIPART.replace("<root@x>", "<gone@x>"), "EBMS:0007"),
    "010-17-parts": (lambda side: parts(16), forge.MULTIPART, "EBMS:0007"),
    "010-10000-parts": (lambda side: parts(10_000), forge.MULTIPART, "EBMS:0007"),
    "017-a-megabyte-of-headers": (
        lambda side: side.good.replace(HEADER, b"X: " + b"a" * 1_000_000 + b"\r\n" + HEADER), forge.MULTIPART, "EBMS:0007"
    ),
    "017-nul": (lambda side: side.good.replace(HEADER, b"X: \0\r\n" + HEADER), forge.MULTIPART, "EBMS:0007"),
    "017-no-colon": (lambda side: side.good.replace(HEADER, b"nonsense\r\n" + HEADER), forge.MULTIPART, "EBMS:0007"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "content_type", "code"), REFUSED.values(), ids=REFUSED)
def test_broken_packages_are_refused(side: Side, make: Make, content_type: str, code: str) -> None:
    side.refuses(make(side), code, content_type=content_type)


def second_first(side: Side) -> bytes:
    head, first, second, end = side.good.split(b"--B")
    return head + b"--B" + second + b"--B" + first + b"--B" + end


def in_base64(side: Side) -> bytes:
    encoded = base64.encodebytes(forge.PACKED).replace(b"\n", b"\r\n")
    return side.good.replace(forge.PACKED, encoded).replace(HEADER, b"Content-Transfer-Encoding: base64\r\n" + HEADER)


def oddly_spelled(side: Side) -> bytes:
    return (
        side.good.replace(b"Content-ID: <message", b"cOnTeNt-iD:\r\n\t<message")
        .replace(b"--B", b"--a b")
        .replace(b"Content-Type: application/gzip", b'CONTENT-TYPE: application/gzip;\r\n  name="x;y"')
    )


def percent_encoded(side: Side) -> bytes:
    reference = forge.Ref("cid:message%40x", (forge.SWA,), digest=forge._digest(forge.PACKED))
    return side.message(side.unit(("cid:message@x", "cid:message%40x")), refs=[forge.Ref("#m"), forge.Ref("#b"), reference])


ACCEPTED: dict[str, tuple[Make, str]] = {
    "009-root-second": (second_first, forge.MULTIPART),
    "013-base64": (in_base64, forge.MULTIPART),
    "015-spellings": (oddly_spelled, forge.MULTIPART.replace('"B"', '"a b"') + '; note="a;b=\\"c"'),
    "015-upper-case": (lambda side: side.good, forge.MULTIPART.replace("multipart", "MULTIPART").replace("boundary", "Boundary")),
    "016-percent-encoded": (percent_encoded, forge.MULTIPART),
}


@pytest.mark.parametrize(("make", "content_type"), ACCEPTED.values(), ids=ACCEPTED)
def test_unusual_packages_are_read(side: Side, make: Make, content_type: str) -> None:
    side.accepts(make(side), content_type=content_type)

    assert side.payloads() == [forge.XML]


@pytest.mark.parametrize("name", ["content-type", "CONTENT-TYPE", "cOnTeNt-TyPe"])
def test_case_015_names_of_http_headers_have_no_case(side: Side, name: str) -> None:
    with side.server.dial() as raw:
        lines = (f"{name}: {forge.MULTIPART}", f"CONTENT-length: {len(side.good)}", "connection: CLOSE")
        raw.sendall(side.server.head(*lines) + side.good)

        assert answer(raw).startswith(b"HTTP/1.1 200")
    assert side.stored() == 1


def test_case_014_any_octets_come_through(side: Side) -> None:
    data = b"\r\n--B-like" + bytes(range(256)) + b"\r\n--Bx\r\n--B--x\r\n"
    unit = side.unit(('<eb:Property name="CompressionType">application/gzip</eb:Property>', ""))
    part = ("message@x", "application/octet-stream", data)

    side.accepts(side.message(unit, [part]))

    assert side.payloads() == [data]


# --- Floods and trickles -------------------------------------------------------------------------------------------------


def test_case_011_an_announced_flood_is_refused_unread(side: Side) -> None:
    with side.server.dial() as raw:
        raw.sendall(side.server.head("Content-Type: " + forge.SOAP, "Content-Length: 10000000000"))

        assert raw.recv(100).startswith(b"HTTP/1.1 413")


def test_case_011_a_flood_in_chunks_is_cut_off_with_memory_flat(side: Side) -> None:
    side.server.forget_peak()
    before = side.server.memory
    with side.server.dial() as raw:
        raw.sendall(side.server.head("Content-Type: " + forge.SOAP, "Transfer-Encoding: chunked"))
        sent = pour(raw, megabytes=200)

    assert sent < 60  # what fits into the limit and into the buffers of the system
    assert side.server.peak - before < 80_000_000
    side.assert_stored(0)


def pour(raw: socket.socket, *, megabytes: int) -> int:
    """Send so many megabytes in chunks, and return how many went before the server had enough."""
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    for sent in range(megabytes):
        try:
            raw.sendall(chunk)
        except OSError:
            return sent
    return megabytes


def trickles(side: Side) -> dict[str, socket.socket]:
    """Return senders that never get to the end, more of them than there are threads."""
    opened = {}
    for number in range(20):
        opened[f"{side.name} head {number}"] = side.server.dial()
        opened[f"{side.name} head {number}"].sendall(f"POST {side.server.path} HTTP/1.1\r\nHost: x\r\nX-Slow: ".encode())
        opened[f"{side.name} body {number}"] = side.server.dial()
        opened[f"{side.name} body {number}"].sendall(side.server.head("Content-Type: " + forge.SOAP, "Content-Length: 1000"))
    return opened


def test_case_012_who_sends_slowly_is_cut_off_and_keeps_nobody_waiting(customs: Side, gateway: Side) -> None:
    opened = {**trickles(customs), **trickles(gateway)}
    for side in (customs, gateway):
        side.accepts(side.good)
    for _ in range(2 * (max(HEAD_WITHIN, BODY_WITHIN) + 1)):
        for raw in opened.values():
            with contextlib.suppress(OSError):
                raw.send(b"a")
        pause(0.5)

    for name, raw in opened.items():  # closed; the notice itself may be lost, since we never stopped sending
        assert answer(raw)[:12] in {b"HTTP/1.1 408", b""}, name
        raw.close()
    assert (customs.stored(), gateway.stored()) == (1, 1)


def test_case_012_silence_before_the_first_byte_is_cut_off_too(customs: Side, gateway: Side) -> None:
    with customs.server.dial() as first, gateway.server.dial() as second:
        assert {answer(raw)[:12] for raw in (first, second)} == {b"HTTP/1.1 408"}


def test_case_017_a_head_without_end_is_cut_off(side: Side) -> None:
    with side.server.dial() as raw:
        raw.sendall(f"POST {side.server.path} HTTP/1.1\r\nHost: x\r\nX: ".encode())
        try:
            raw.sendall(b"a" * 1_000_000)
        except OSError:
            return
        assert answer(raw)[:12] in {b"HTTP/1.1 431", b""}


SMUGGLED = {
    "018-length-and-chunks": ("Content-Length: 6", "Transfer-Encoding: chunked"),
    "018-two-lengths": ("Content-Length: 6", "Content-Length: 7"),
    "018-chunks-not-last": ("Transfer-Encoding: chunked, identity",),
    "018-space-before-colon": ("Content-Length : 6",),
    "018-length-with-sign": ("Content-Length: +6",),
}


@pytest.mark.parametrize("lines", SMUGGLED.values(), ids=SMUGGLED)
def test_a_request_two_readers_could_cut_differently_is_refused(side: Side, lines: tuple[str, ...]) -> None:
    with side.server.dial() as raw:
        raw.sendall(
            side.server.head("Content-Type: " + forge.SOAP, *lines) + b"0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        said = answer(raw)

    assert said.startswith(b"HTTP/1.1 400")
    assert said.count(b"HTTP/1.1") == 1
    side.assert_stored(0)


def test_case_018_signals_are_never_signed_for_a_request_that_was_cut(side: Side) -> None:
    """A body shorter than announced is no message: the peer left."""
    with side.server.dial() as raw:
        raw.sendall(side.server.head("Content-Type: " + forge.MULTIPART, f"Content-Length: {len(side.good)}") + side.good[:-10])
        raw.shutdown(socket.SHUT_WR)
        said = answer(raw)

    assert as4.names.EBBP.encode() not in said
    side.assert_stored(0)
