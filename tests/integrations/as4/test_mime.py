"""multipart/related: round trip, and cases A of the adversarial list."""

import base64
import time
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from integrations.as4 import As4Error, Kind, Limits, RawPart, new_boundary, unpack
from integrations.as4.mime import parse, parse_content_type, write
from tests.integrations.as4 import forge, pki
from tests.integrations.as4.conftest import Receive

Refusal = Callable[..., As4Error]
SIGNED = forge.sign(forge.envelope(forge.USER), forge.Plan(pki.world().trader), [forge.PAYLOAD])
GOOD = forge.multipart(SIGNED, [forge.PAYLOAD])


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=200),
    st.lists(st.tuples(st.sampled_from(["application/gzip", "text/plain"]), st.binary(max_size=400)), max_size=6),
)
def test_what_is_written_is_read(envelope: bytes, contents: list[tuple[str, bytes]]) -> None:
    parts = tuple(RawPart(f"part-{index}@x", kind, data) for index, (kind, data) in enumerate(contents))

    content_type, body = write(envelope, parts, root_cid="root@x", boundary=new_boundary())

    package = parse(content_type, body, Limits())
    assert (package.envelope, package.parts) == (envelope, parts)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300).map(lambda data: data.replace(b"|", b"\r\n--B")))
def test_any_octets_are_read_or_refused(body: bytes) -> None:
    try:
        package = parse(forge.MULTIPART, b"--B\r\n" + body, Limits())
    except As4Error as error:
        found = error.code
    else:
        found = "" if len(package.envelope) <= len(body) else "grown"

    assert found in {"", "EBMS:0007"}


def _many(count: int) -> bytes:
    return forge.multipart(b"<x/>", [(f"p{index}", "application/gzip", b"") for index in range(count)])


A_0007 = {
    "4-html": (GOOD, "text/html"),
    "4-absent": (GOOD, ""),
    "5-no-boundary": (GOOD, "multipart/related"),
    "6-other-boundary": (GOOD, forge.MULTIPART.replace('"B"', '"C"')),
    "6-cut": (GOOD[: GOOD.rindex(b"\r\n--B--")], forge.MULTIPART),
    "6-cut-in-delimiter": (GOOD[:-4], forge.MULTIPART),
    "7-same-cid": (forge.multipart(SIGNED, [forge.PAYLOAD, forge.PAYLOAD]), forge.MULTIPART),
    "8-start-absent": (GOOD, forge.MULTIPART.replace("<root@x>", "<nobody@x>")),
    "10-17-parts": (_many(16), forge.MULTIPART),
    "10-10000-parts": (_many(10_000), forge.MULTIPART),
    "17-headers-1MB": (
        GOOD.replace(b"Content-ID: <message", b"X: " + b"a" * 1_000_000 + b"\r\nContent-ID: <message"),
        forge.MULTIPART,
    ),
    "17-nul": (GOOD.replace(b"Content-ID: <message", b"X: \0\r\nContent-ID: <message"), forge.MULTIPART),
    "17-no-colon": (GOOD.replace(b"Content-ID: <message", b"nonsense\r\nContent-ID: <message"), forge.MULTIPART),
    "bare-line-ends": (GOOD.replace(b"\r\n", b"\n"), forge.MULTIPART),
    "boundary-twice": (GOOD, forge.MULTIPART + '; boundary="C"'),
    "cid-header-twice": (
        GOOD.replace(b"Content-ID: <message@x>", b"Content-ID: <message@x>\r\nContent-ID: <other@x>"),
        forge.MULTIPART,
    ),
    "bad-base64": (
        GOOD.replace(b"Content-ID: <message", b"Content-Transfer-Encoding: base64\r\nContent-ID: <message"),
        forge.MULTIPART,
    ),
    "unknown-encoding": (
        GOOD.replace(b"Content-ID: <message", b"Content-Transfer-Encoding: gzip\r\nContent-ID: <message"),
        forge.MULTIPART,
    ),
    "part-without-cid": (GOOD.replace(b"Content-ID: <message@x>\r\n", b""), forge.MULTIPART),
    "root-of-other-type": (GOOD.replace(b"application/soap+xml", b"application/xop+xml"), forge.MULTIPART),
    "no-part": (b"--B--\r\n", forge.MULTIPART),
}


@pytest.mark.parametrize(("body", "content_type"), A_0007.values(), ids=A_0007)
def test_broken_mime_is_0007(refusal: Refusal, body: bytes, content_type: str) -> None:
    start = time.perf_counter()

    error = refusal(body, content_type)

    assert (error.code, error.ref_to) == ("EBMS:0007", None)
    assert time.perf_counter() - start < 1


def test_body_over_the_limit_is_0007(refusal: Refusal) -> None:
    assert refusal(b"a" * 25_000_001).code == "EBMS:0007"


@pytest.mark.parametrize("body", [b"", b"plain text"], ids=["2-empty", "3-plain"])
def test_a_body_that_is_no_soap_is_0009(refusal: Refusal, body: bytes) -> None:
    assert refusal(body, forge.SOAP).code == "EBMS:0009"


def test_case_9_root_part_may_come_second(take: Receive) -> None:
    head, first, second, end = GOOD.split(b"--B")

    received = take(head + b"--B" + second + b"--B" + first + b"--B" + end)

    assert received.kind is Kind.USER


def test_case_13_base64_part_is_digested_decoded(take: Receive) -> None:
    encoded = base64.encodebytes(forge.PACKED).replace(b"\n", b"\r\n")
    body = GOOD.replace(forge.PACKED, encoded).replace(
        b"Content-ID: <message", b"Content-Transfer-Encoding: BASE64\r\nContent-ID: <message"
    )

    assert unpack(take(body))[0].data == forge.XML


def test_case_14_what_looks_like_a_delimiter_is_content(take: Receive) -> None:
    data = b"\r\n--B-like" + bytes(range(256)) + b"\r\n--Bx\r\n--B--x\r\n"
    part = ("message@x", "application/octet-stream", data)

    received = take(forge.message(parts=[part]))

    assert received.parts[0].data == data


@pytest.mark.parametrize(
    "content_type",
    [
        forge.MULTIPART.replace("multipart/related", "Multipart/RELATED").replace("boundary", "BOUNDARY"),
        forge.MULTIPART.replace("; ", ";\r\n "),
        forge.MULTIPART.replace('"B"', "B") + '; note="a;b=\\"c"',
        forge.MULTIPART.replace('type="application/soap+xml"', 'type="text/xml"'),
    ],
    ids=["15-case", "15-folded", "15-quoted-semicolon", "type-text-xml"],
)
def test_case_15_spellings_of_content_type(take: Receive, content_type: str) -> None:
    assert take(GOOD, content_type).verified


def test_case_15_spellings_of_part_headers(take: Receive) -> None:
    body = (
        GOOD.replace(b"Content-ID: <message", b"cOnTeNt-iD:\r\n\t<message")
        .replace(b"--B", b"--a b")
        .replace(b"Content-Type: application/gzip", b'CONTENT-TYPE: application/gzip;\r\n  name="x;y"')
    )

    assert take(body, forge.MULTIPART.replace('"B"', '"a b"')).verified


def test_case_16_percent_encoded_href_names_the_part(take: Receive) -> None:
    unit = forge.USER.replace("cid:message@x", "cid:message%40x")
    ref = forge.Ref("cid:message%40x", (forge.SWA,), digest=_sha(forge.PACKED))
    refs = [forge.Ref("#m"), forge.Ref("#b"), ref]

    assert unpack(take(forge.message(unit, refs=refs)))[0].data == forge.XML


def test_preamble_and_epilogue_are_ignored(take: Receive) -> None:
    assert take(b"preamble\r\n" + GOOD + b"epilogue").verified


def test_parameters_are_read() -> None:
    parsed = parse_content_type('A/B ; x="1;2" ;y=3;')

    assert (parsed.media_type, parsed.parameters) == ("a/b", {"x": "1;2", "y": "3"})


def _sha(octets: bytes) -> str:
    return forge._digest(octets)
