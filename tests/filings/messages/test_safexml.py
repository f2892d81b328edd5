"""Hostile XML is refused with a reason, before it costs anything."""

import pytest

from filings.messages import safexml, xml
from filings.messages.document import Unreadable

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><IE3F25>&y;</IE3F25>"""
OUTSIDE = b"""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><IE3F25>&x;</IE3F25>"""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB, "DOCTYPE"),
        (OUTSIDE, "DOCTYPE"),
        (b"<!DOCTYPE a SYSTEM 'http://127.0.0.1/a.dtd'><a/>", "DOCTYPE"),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16"), "UTF-8"),
        ("<a/>".encode("utf-16-le"), "UTF-8"),
        ("<a/>".encode("utf-32"), "UTF-8"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", "UTF-8"),
        (b"<?xml version='1.0' encoding='UTF-7'?><a/>", "UTF-8"),
        (b"<a>\xff</a>", "byte 3"),
        (b"<a>" * 5000 + b"</a>" * 5000, "well-formed"),
        (b"<a>&unknown;</a>", "well-formed"),
        (b"<a><b></a>", "well-formed"),
        (b"", "well-formed"),
        (b"<a>" + b" " * 100 + b"</a>", "107 bytes; at most 100"),
    ],
)
def test_hostile_xml_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(safexml.UnsafeXml, match=reason):
        safexml.parse(data, limit=100 if "most 100" in reason else 100_000)


def test_a_byte_order_mark_and_comments_are_no_harm() -> None:
    root = safexml.parse(b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a>x<!-- no -->y<?p z?>z</a>", limit=1000)

    assert root.text == "xyz"
    assert len(root) == 0


def test_a_large_message_is_read() -> None:
    item = b"<a>" + b"x" * 1000 + b"</a>"
    root = safexml.parse(b"<r>" + item * 15_000 + b"</r>")

    assert len(root) == 15_000


def test_unsafe_xml_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="DOCTYPE"):
        xml.read(BOMB)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB, "DOCTYPE"),
        (b"<a>\xc3\xa9\xe2\x82\xac</a>", ""),
        (b"<a>\xc3\xa9\xe2\x82</a>", "byte 5"),
        (b"<a>\xff</a>", "byte 3"),
        (b"<a>\xe2\x82", "byte 3"),
        (b"<a>\0</a>", "NUL"),
    ],
)
def test_pieces_are_looked_over_as_the_whole_is(data: bytes, reason: str, size: int) -> None:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    for given in (pieces, [data]):
        if reason:
            with pytest.raises(safexml.UnsafeXml, match=reason):
                safexml.inspect(given)
        else:
            safexml.inspect(given)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<a>\n<b></a>", "Opening and ending tag mismatch: b line 2 and a (line 2, column 8)."),
        (b"<a>&x;</a>", "Entity 'x' not defined (line 1, column 7)."),
        (b"", "Document is empty (line 1, column 1)."),
    ],
)
def test_what_is_not_well_formed_is_told_by_line_and_column(data: bytes, words: str) -> None:
    with pytest.raises(safexml.UnsafeXml) as refusal:
        safexml.parse(data)

    assert str(refusal.value) == f"The XML is not well-formed: {words}"
