"""The only place where XML is parsed: bounded, UTF-8, no DTD, no entities, no network.

Everything that arrives from outside (uploads, API, answers of customs, AS4 envelopes) goes through
`parse`. What a message never needs is refused before libxml2 sees it.
"""

import codecs
import re
from collections.abc import Collection, Iterable
from typing import Final, Literal, TypedDict

from lxml import etree

# ICD: a business message has at most 100 MB.
LIMIT: Final = 100 * 1024 * 1024

_DECLARED: Final = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_UTF8_NAMES: Final = frozenset({b"utf-8", b"utf8", b"us-ascii"})
_DOCTYPE: Final = b"<!DOCTYPE"
_UTF8_BOM: Final = b"\xef\xbb\xbf"


class UnsafeXml(ValueError):
    """The bytes are not XML that may be read; the text says why."""


class _Strictness(TypedDict):
    resolve_entities: bool
    load_dtd: bool
    dtd_validation: bool
    attribute_defaults: bool
    no_network: bool
    huge_tree: bool
    remove_comments: bool
    remove_pis: bool
    recover: bool


# What every parser here is told.
_STRICT: Final = _Strictness(
    resolve_entities=False,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    no_network=True,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    recover=False,
)


def _parser(*, blanks: bool) -> etree.XMLParser:
    # A parser of its own for each document: parsers are not to be shared between threads under load.
    return etree.XMLParser(remove_blank_text=not blanks, **_STRICT)


def stream(*, event: Literal["start", "end"], tag: Collection[str] | None = None) -> etree.XMLPullParser:
    """Return a parser that takes a document in pieces; give it only what `inspect` has let pass.

    tag: full names of the elements whose starts or ends are wanted; `{*}name` for any namespace.
    """
    return etree.XMLPullParser(events=(event,), tag=tag, **_STRICT)


def parse(data: bytes, *, limit: int = LIMIT, blanks: bool = True) -> etree._Element:
    """Return the root element of a document, comments and processing instructions left out.

    blanks: whether to keep blanks between elements; those in an element without others are always kept.
    :raises UnsafeXml: if it is too large, not UTF-8, has a DTD, nests too deep or is not well-formed
    """
    if len(data) > limit:
        raise UnsafeXml(f"The XML has {len(data)} bytes; at most {limit} are allowed.")
    inspect([data])
    try:
        return etree.fromstring(data, _parser(blanks=blanks))
    except etree.XMLSyntaxError as error:
        raise UnsafeXml(malformed(error)) from error


def malformed(error: etree.XMLSyntaxError) -> str:
    """Return what is wrong with XML and where, in a sentence; lxml itself names a file that is none."""
    reason = (error.msg or "it ends too early").partition(" (<")[0]
    reason = re.sub(r", line [0-9]+, column [0-9]+$", "", reason)
    line, column = error.position
    place = f" (line {line}, column {column})" if line else ""
    return f"The XML is not well-formed: {reason}{place}."


def inspect(pieces: Iterable[bytes]) -> None:
    """Look over the bytes of a document, whole or in pieces, before they are parsed.

    :raises UnsafeXml: if they are not UTF-8 or have a DTD
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    end, at, nul, doctype = b"", 0, False, False
    for piece in pieces:
        if not at:
            _refuse_other_encodings(piece)
        nul = _decode(decoder, piece, at) or nul
        doctype = doctype or _DOCTYPE in piece or _DOCTYPE in end + piece[: len(_DOCTYPE)]
        end = (end + piece[-len(_DOCTYPE) :])[-len(_DOCTYPE) :]
        at += len(piece)
    _decode(decoder, b"", at, final=True)
    # UTF-16 and UTF-32 of plain text are valid UTF-8 full of NUL characters.
    if nul:
        raise UnsafeXml("The XML must be encoded in UTF-8; it has NUL characters.")
    if doctype:
        raise UnsafeXml("The XML has a document type declaration (DOCTYPE); remove it.")


def _refuse_other_encodings(start: bytes) -> None:
    declared = _DECLARED.match(start.removeprefix(_UTF8_BOM))
    if declared and declared[1].lower() not in _UTF8_NAMES:
        raise UnsafeXml("The XML must be encoded in UTF-8.")


def _decode(decoder: codecs.IncrementalDecoder, piece: bytes, at: int, *, final: bool = False) -> bool:
    """Return whether a piece that begins at a byte has NUL characters."""
    waiting = len(decoder.getstate()[0])
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError as error:
        raise UnsafeXml(f"The XML must be encoded in UTF-8; byte {at - waiting + error.start} is not.") from error
    return b"\0" in piece
