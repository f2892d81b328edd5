"""Cases 81 to 85: compression."""

import gzip
import zlib
from collections.abc import Callable

import pytest

from integrations import as4
from tests.integrations.adversarial.sides import Side, trader
from tests.integrations.as4 import forge
from tests.integrations.sandbox.test_process import pulled
from tests.integrations.sandbox.trader import content

pytestmark = pytest.mark.django_db

FLAGS, EXTRA, NAME = 3, 4, 8


def with_payload(side: Side, packed: bytes) -> bytes:
    return side.message(parts=[("message@x", "application/gzip", packed)])


def wrong_checksum(data: bytes) -> bytes:
    return data[:-8] + bytes(octet ^ 1 for octet in data[-8:-4]) + data[-4:]


def with_header(data: bytes, flag: int, field: bytes) -> bytes:
    """Return a gzip member with an optional field of its header (RFC 1952)."""
    head = bytearray(data[:10])
    head[FLAGS] |= flag
    return bytes(head) + field + data[10:]


BROKEN = {
    "081-no-gzip": forge.XML,
    "081-cut": forge.PACKED[:-9],
    "081-checksum": wrong_checksum(forge.PACKED),
    "081-garbage-behind": forge.PACKED + b"garbage",
    "081-nothing": b"",
    "082-large": gzip.compress(bytes(120_000_000), 1),
    "082-a-million-members": gzip.compress(b"") * 1_000_000,
    "082-ratio": gzip.compress(bytes(30_000_000)),
}


@pytest.mark.parametrize("packed", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_unpacked_within_bounds_is_0303(side: Side, packed: bytes) -> None:
    side.refuses(with_payload(side, packed), "EBMS:0303", ref_to=forge.MESSAGE_ID)


def test_case_082_a_bomb_of_20_megabytes_is_stopped_with_memory_bounded(side: Side) -> None:
    member = gzip.compress(bytes(10_000_000), 9)
    body = with_payload(side, member * (20_000_000 // len(member)))  # unpacks to some 20 GB
    side.server.forget_peak()
    before = side.server.memory

    side.refuses(body, "EBMS:0303")

    assert side.server.peak - before < 110_000_000 + 6 * len(body)


def test_case_082_what_lies_inside_is_content_and_is_not_unpacked(side: Side) -> None:
    inner = gzip.compress(bytes(100_000_000), 1)

    side.accepts(with_payload(side, gzip.compress(inner)))

    assert side.payloads() == [inner]


READ: dict[str, Callable[[bytes], bytes]] = {
    "081-two-members": lambda data: gzip.compress(data[:10]) + gzip.compress(data[10:]),
    "083-long-name": lambda data: with_header(gzip.compress(data), NAME, b"n" * 65_000 + b"\0"),
    "083-extra-field": lambda data: with_header(gzip.compress(data), EXTRA, (65_000).to_bytes(2, "little") + b"x" * 65_000),
    "083-stored": lambda data: gzip.compress(data, 0),
}


@pytest.mark.parametrize("pack", READ.values(), ids=READ)
def test_whatever_gzip_allows_is_read(side: Side, pack: Callable[[bytes], bytes]) -> None:
    side.accepts(with_payload(side, pack(forge.XML)))

    assert side.payloads() == [forge.XML]


def test_case_083_the_forged_header_is_gzip() -> None:
    assert zlib.decompress(READ["083-long-name"](forge.XML), 31) == forge.XML


def test_case_084_a_payload_that_is_not_compressed_is_accepted(side: Side) -> None:
    unit = side.unit(('<eb:Property name="CompressionType">application/gzip</eb:Property>', ""))

    side.accepts(side.message(unit, [("message@x", "application/octet-stream", forge.XML)]))

    assert side.payloads() == [forge.XML]


def test_case_085_an_empty_payload_is_receipted_and_answered_by_customs_business(customs: Side, answering: None) -> None:
    honest = trader(customs)

    outcome = honest.send(honest.wire(honest.message(b"", "IE3F26")))
    answer = pulled(honest)

    assert outcome.result is as4.Result.RECEIPTED
    assert content(answer).message.event == "reject"


def test_case_085_an_empty_payload_of_customs_is_kept_for_a_person(gateway: Side) -> None:
    gateway.accepts(with_payload(gateway, gzip.compress(b"")))

    assert gateway.payloads() == [b""]
