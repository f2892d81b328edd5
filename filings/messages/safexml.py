"""The only place where XML is parsed: bounded, UTF-8, no DTD, no entities, no network.

Everything that arrives from outside (uploads, API, answers of customs, AS4 envelopes) goes through
`parse`. What a message never needs is refused before libxml2 sees it.
"""

import re
from typing import Final

from lxml import etree

# ICD: a business message has at most 100 MB.
LIMIT: Final = 100 * 1024 * 1024

_DECLARED: Final = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_UTF8_NAMES: Final = frozenset({b"utf-8", b"utf8", b"us-ascii"})
_UTF8_BOM: Final = b"\xef\xbb\xbf"


class UnsafeXml(ValueError):
    """The bytes are not XML that may be read; the text says why."""


def _parser() -> etree.XMLParser:
    # A parser of its own for each document: parsers are not to be shared between threads under load.
    return etree.XMLParser(
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


def parse(data: bytes, *, limit: int = LIMIT) -> etree._Element:
    """Return the root element of a document, comments and processing instructions left out.

    :raises UnsafeXml: if it is too large, not UTF-8, has a DTD, nests too deep or is not well-formed
    """
    if len(data) > limit:
        raise UnsafeXml(f"The XML has {len(data)} bytes; at most {limit} are allowed.")
    _refuse_other_encodings(data)
    if b"<!DOCTYPE" in data:
        raise UnsafeXml("The XML has a document type declaration (DOCTYPE); remove it.")
    try:
        return etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise UnsafeXml(f"The XML is not well-formed: {error}.") from error


def _refuse_other_encodings(data: bytes) -> None:
    declared = _DECLARED.match(data.removeprefix(_UTF8_BOM))
    if declared and declared[1].lower() not in _UTF8_NAMES:
        raise UnsafeXml("The XML must be encoded in UTF-8.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnsafeXml(f"The XML must be encoded in UTF-8; byte {error.start} is not.") from error
    # UTF-16 and UTF-32 of plain text are valid UTF-8 full of NUL characters.
    if "\0" in text:
        raise UnsafeXml("The XML must be encoded in UTF-8; it has NUL characters.")
