"""Read a message whatever form it comes in."""

from collections.abc import Callable

from filings.messages import json, safexml, xml
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION
from filings.messages.document import Document, Unreadable
from filings.messages.elements import Edition

# From the name of a message to the message set it is read in.
Choose = Callable[[str], Edition]


def read(
    data: bytes,
    *,
    limit: int = safexml.LIMIT,
    message_set: str = DEFAULT,
    version: str = DEFAULT_VERSION,
    choose: Choose | None = None,
) -> Document:
    """Return the document in XML or JSON bytes, told apart by the first character.

    :param choose: says the message set once the message is known; without it the one named.
    :raises Unreadable: if they are neither, or no message
    """
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise Unreadable("There is nothing to read.")
    if start.startswith((b"{", b"[")):
        return read_json(data, limit=limit, choose=choose or (lambda _: (message_set, version)))
    return read_xml(data, limit=limit, choose=choose or (lambda _: (message_set, version)))


def read_json(data: bytes, *, limit: int, choose: Choose) -> Document:
    """Return the document in JSON bytes.

    :raises Unreadable: if it is no message of the set chosen for it
    """
    obj = json.decode(data, limit=limit)
    name = next(iter(obj), "") if isinstance(obj, dict) else ""
    message_set, version = choose(name)
    return json.from_json(obj, message_set=message_set, version=version)


def read_xml(data: bytes, *, limit: int, choose: Choose) -> Document:
    """Return the document in XML bytes.

    :raises Unreadable: if it is no message of the set chosen for it
    """
    root = xml.parse(data, limit=limit)
    message_set, version = choose(xml.name_of(root))
    return xml.from_element(root, message_set=message_set, version=version)
