"""Cases E (compression) and the payload part of D of the adversarial list."""

import gzip
import io
import time
import tracemalloc

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from integrations.as4 import As4Error, Limits, Part, Payload, pack, unpack
from integrations.as4.packaging import unpack_part
from tests.integrations.as4 import forge
from tests.integrations.as4.conftest import Receive

PACKED = pack(forge.XML)
JPEG = (
    '<eb:PartInfo href="cid:scan@x"><eb:PartProperties><eb:Property name="MimeType">image/jpeg</eb:Property>'
    '<eb:Property name="CompressionType">application/gzip</eb:Property></eb:PartProperties></eb:PartInfo>'
)
SCAN = ("scan@x", "application/gzip", gzip.compress(b"scan"))


def payloads(take: Receive, unit: str = forge.USER, parts: list[forge.Part] | None = None) -> tuple[Payload, ...]:
    return unpack(take(forge.message(unit, parts=[forge.PAYLOAD] if parts is None else parts)))


def replaced(data: bytes) -> list[forge.Part]:
    return [("message@x", "application/gzip", data)]


def prop(name: str, value: str) -> str:
    return f'<eb:Property name="{name}">{value}</eb:Property>'


XML_TYPE = prop("MimeType", "application/xml")
CHARSET = prop("CharacterSet", "utf-8")
COMPRESSED = prop("CompressionType", "application/gzip")
LAST = "</eb:PayloadInfo>"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=5_000))
def test_what_is_packed_is_unpacked(data: bytes) -> None:
    packed = pack(data)

    assert pack(data) == packed
    assert gzip.decompress(packed) == data
    assert unpack_part(packed, most=10_000, ratio=1_000) == data


def test_what_is_more_than_the_reader_holds_stays_packed(take: Receive) -> None:
    received = take(forge.message(forge.USER, parts=[forge.PAYLOAD]))

    [held] = unpack(received, hold=len(forge.XML))
    [kept] = unpack(received, hold=len(forge.XML) - 1)

    assert (held.data, held.packed) == (forge.XML, None)
    assert (kept.data, kept.packed) == (b"", received.parts[0].data)


def test_what_stays_packed_is_whole_and_within_bounds(take: Receive) -> None:
    for data in (PACKED[:-3], pack(b"0" * 2_000_000)):
        received = take(forge.message(forge.USER, parts=replaced(data)))
        with pytest.raises(As4Error) as caught:
            unpack(received, hold=10, limits=Limits(unpacked_part=1_500_000))
        assert caught.value.code == "EBMS:0303"


@pytest.mark.parametrize(
    "data",
    [
        b"not gzip at all",
        PACKED[:-3],
        PACKED[: len(PACKED) // 2],
        PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:],
        PACKED[:-4] + b"\0\0\0\0",
        PACKED + b"garbage",
        PACKED + b"\0",
        b"",
    ],
    ids=["81-not-gzip", "81-cut", "81-half", "81-crc", "81-length", "81-garbage", "81-nul", "81-empty"],
)
def test_case_81_broken_gzip_is_0303(take: Receive, data: bytes) -> None:
    with pytest.raises(As4Error) as caught:
        payloads(take, parts=replaced(data))

    assert (caught.value.code, caught.value.ref_to) == ("EBMS:0303", forge.MESSAGE_ID)


def test_case_81_concatenated_members_are_one_payload(take: Receive) -> None:
    data = gzip.compress(forge.XML[:20]) + gzip.compress(forge.XML[20:])

    assert payloads(take, parts=replaced(data))[0].data == forge.XML


def _bomb(size: int) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        for _ in range(size // 1_000_000):
            file.write(bytes(1_000_000))
    return buffer.getvalue()


def test_case_82_gzip_bomb_is_0303_within_bounds() -> None:
    bomb = _bomb(200_000_000)
    start = time.perf_counter()
    tracemalloc.start()

    with pytest.raises(As4Error) as caught:
        unpack_part(bomb, most=110_000_000, ratio=Limits().ratio)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert caught.value.code == "EBMS:0303"
    assert peak < 120_000_000
    assert time.perf_counter() - start < 1


def test_case_82_members_count_together() -> None:
    member = gzip.compress(bytes(900_000))

    with pytest.raises(As4Error) as caught:
        unpack_part(member * 20, most=10_000_000, ratio=100_000)

    assert caught.value.code == "EBMS:0303"


def test_parts_count_together(take: Receive) -> None:
    received = take(forge.message(forge.USER.replace(LAST, JPEG + LAST), parts=[forge.PAYLOAD, SCAN]))
    room = len(forge.XML) + len(b"scan")

    assert len(unpack(received, limits=Limits(unpacked_total=room))) == 2
    with pytest.raises(As4Error, match="0303"):
        unpack(received, limits=Limits(unpacked_total=room - 1))


def test_case_83_long_header_fields_are_accepted(take: Receive) -> None:
    head = b"\x1f\x8b\x08\x0c" + b"\0" * 4 + b"\0\xff" + (65_535).to_bytes(2, "little") + b"e" * 65_535
    data = head + b"n" * 65_536 + b"\0" + gzip.compress(forge.XML)[10:]

    assert payloads(take, parts=replaced(data))[0].data == forge.XML


def test_case_84_uncompressed_payload_is_accepted(take: Receive) -> None:
    unit = forge.USER.replace(COMPRESSED, "")

    assert payloads(take, unit, replaced(forge.XML))[0].data == forge.XML


def test_case_85_empty_payload_is_unpacked(take: Receive) -> None:
    assert payloads(take, parts=replaced(gzip.compress(b"")))[0].data == b""


REFUSED = {
    "72-no-part": (forge.USER.replace(LAST, JPEG + LAST), [forge.PAYLOAD], "EBMS:0011"),
    "72-no-part-info": (forge.USER, [forge.PAYLOAD, SCAN], "EBMS:0011"),
    "72-twice": (forge.USER.replace(LAST, forge.PART + LAST), [forge.PAYLOAD], "EBMS:0011"),
    "72-no-href": (forge.USER.replace(' href="cid:message@x"', ""), [forge.PAYLOAD], "EBMS:0011"),
    "72-nothing": (forge.USER.replace(f"<eb:PayloadInfo>{forge.PART}{LAST}", ""), [], "EBMS:0011"),
    "73-http": (forge.USER.replace("cid:message@x", "http://127.0.0.1:9/"), [forge.PAYLOAD], "EBMS:0001"),
    "73-file": (forge.USER.replace("cid:message@x", "file:///etc/passwd"), [forge.PAYLOAD], "EBMS:0001"),
    "73-fragment": (forge.USER.replace("cid:message@x", "#b"), [forge.PAYLOAD], "EBMS:0001"),
    "74-two-xml": (
        forge.USER.replace(LAST, JPEG.replace("image/jpeg", "application/xml") + LAST),
        [forge.PAYLOAD, SCAN],
        "EBMS:0010",
    ),
    "75-no-type": (forge.USER.replace(XML_TYPE, ""), [forge.PAYLOAD], "EBMS:0303"),
    "75-no-properties": (forge.USER.replace(XML_TYPE + CHARSET + COMPRESSED, prop("x", "y")), [forge.PAYLOAD], "EBMS:0010"),
    "75-text": (forge.USER.replace(XML_TYPE, prop("MimeType", "text/plain")), [forge.PAYLOAD], "EBMS:0010"),
    "75-gif": (forge.USER.replace(LAST, JPEG.replace("image/jpeg", "image/gif") + LAST), [forge.PAYLOAD, SCAN], "EBMS:0010"),
    "75-zip": (forge.USER.replace(COMPRESSED, prop("CompressionType", "application/zip")), [forge.PAYLOAD], "EBMS:0010"),
    "76-charset": (forge.USER.replace(CHARSET, prop("CharacterSet", "klingon")), [forge.PAYLOAD], "EBMS:0003"),
    "76-latin-1": (forge.USER.replace(CHARSET, prop("CharacterSet", "iso-8859-1")), [forge.PAYLOAD], "EBMS:0003"),
}


@pytest.mark.parametrize(("unit", "parts", "code"), REFUSED.values(), ids=REFUSED)
def test_parts_that_do_not_fit_are_refused(take: Receive, unit: str, parts: list[forge.Part], code: str) -> None:
    with pytest.raises(As4Error) as caught:
        payloads(take, unit, parts)

    assert (caught.value.code, caught.value.ref_to) == (code, forge.MESSAGE_ID)


def test_a_property_twice_is_refused(take: Receive) -> None:
    with pytest.raises(As4Error, match="0010"):
        take(forge.message(forge.USER.replace(CHARSET, CHARSET * 2)))


@pytest.mark.parametrize("charset", ["UTF-8", "utf-8"])
def test_character_set_is_compared_without_case(take: Receive, charset: str) -> None:
    assert payloads(take, forge.USER.replace(">utf-8<", f">{charset}<"))[0].charset == charset


def test_attachments_follow_the_business_message(take: Receive) -> None:
    unit = forge.USER.replace(LAST, JPEG + LAST)

    found = payloads(take, unit, [SCAN, forge.PAYLOAD])

    assert [(item.cid, item.mime_type, item.data) for item in found] == [
        ("message@x", "application/xml", forge.XML),
        ("scan@x", "image/jpeg", b"scan"),
    ]


def test_extra_xml_is_for_actions_that_have_it(take: Receive) -> None:
    unit = forge.USER.replace(LAST, JPEG.replace("image/jpeg", "application/xml") + LAST)

    received = take(forge.message(unit, parts=[forge.PAYLOAD, SCAN]))

    assert len(unpack(received, extra_xml=True)) == 2


def test_a_payload_of_100_megabytes_fits() -> None:
    data = bytes(range(256)) * 400_000

    assert len(unpack_part(gzip.compress(data, 1), most=Limits().unpacked_part, ratio=Limits().ratio)) == len(data)


def test_parts_print_without_their_content() -> None:
    assert "secret" not in repr(Part("a", b"secret"))
