"""Read a message whatever form it comes in."""

from filings.messages import json, safexml, xml
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION
from filings.messages.document import Document, Unreadable


def read(data: bytes, *, limit: int = safexml.LIMIT, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> Document:
    """Return the document in XML or JSON bytes, told apart by the first character.

    :raises Unreadable: if they are neither, or no message
    """
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise Unreadable("There is nothing to read.")
    read_form = json.read if start.startswith((b"{", b"[")) else xml.read
    return read_form(data, limit=limit, message_set=message_set, version=version)
