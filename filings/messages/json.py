"""Read and write the JSON form: {"IE3F26": {…}}, names as in XML, every value a string.

An element that may occur more than once is a list, dates stand without wrapper.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from filings.messages import catalogue, safexml
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION, Element, UnknownMessage
from filings.messages.document import NAME, Document, Node, Unreadable

# Deeper than any message; bounds the recursion below.
DEPTH: Final = 64
# NUL and halves of a pair are no text for the database either.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def read(data: bytes, *, limit: int = safexml.LIMIT, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> Document:
    """Return the document in the bytes.

    :raises Unreadable: if the bytes are not JSON of the right shape
    """
    return from_json(decode(data, limit=limit), message_set=message_set, version=version)


def decode(data: bytes, *, limit: int) -> object:
    """Return the value in JSON bytes, in which no key stands twice.

    :raises Unreadable: if the bytes are no such JSON
    """
    if len(data) > limit:
        raise Unreadable(f"The JSON has {len(data)} bytes; at most {limit} are allowed.")
    try:
        obj: object = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_without_twins)
    except UnicodeDecodeError as error:
        raise Unreadable(f"The JSON must be encoded in UTF-8; byte {error.start} is not.") from error
    except RecursionError as error:
        raise Unreadable("The JSON nests too deep.") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"This is not JSON: {error}.") from error
    return obj


def from_json(obj: object, *, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> Document:
    """Return the document of a decoded JSON value.

    :raises Unreadable: if it has not one key that names a message, or holds values that are no strings
    """
    if not isinstance(obj, dict) or len(obj) != 1:
        raise Unreadable('The JSON must be an object with one key, the message, such as {"IE3F26": {…}}.')
    [(name, content)] = obj.items()
    try:
        message = catalogue.message(name, message_set, version)
    except UnknownMessage as error:
        raise Unreadable(f"{error} The key of the JSON must be a message such as IE3F26.") from error
    if not isinstance(content, dict):
        raise Unreadable(f"/{name} must be an object with the elements of the message.")
    root = Node(message.root_name, children=_children(content, f"/{name}", 1))
    return Document(message, root, source="json", namespace=message.namespace)


def group(element: Element, content: dict[str, Any]) -> Node:
    """Return the node of one group, from what stands in it.

    :raises Unreadable: if it holds values that are no strings
    """
    return _node(element.name, content, element.path, element.level)


def known(content: object, element: Element) -> dict[str, Any]:
    """Return the part of a content that a group has a place for."""
    found: dict[str, Any] = {}
    for child in element.children:
        value = content.get(child.name) if isinstance(content, Mapping) else None
        if value is not None:
            found[child.name] = _known(value, child)
    return found


def _known(value: Any, element: Element) -> Any:
    if isinstance(value, list):
        return [_known(each, element) for each in value]
    return known(value, element) if element.children else value


def to_json(document: Document) -> dict[str, Any]:
    """Return the document as nested dicts, lists and strings."""
    return document.to_json()


def write(document: Document) -> bytes:
    """Return the document as indented JSON."""
    return json.dumps(document.to_json(), ensure_ascii=False, indent=2).encode("utf-8") + b"\n"


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        [(twin, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise Unreadable(f"The JSON has the key {twin!a:.70} twice in one object; use a list.")
    return found


def _children(content: dict[Any, Any], path: str, depth: int) -> list[Node]:
    if depth > DEPTH:
        raise Unreadable("The JSON nests too deep.")
    found = []
    for name, value in content.items():
        if not NAME.fullmatch(str(name)):
            raise Unreadable(f"{path}: {name!a:.70} cannot be the name of an element.")
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                found.append(_node(str(name), item, f"{path}/{name}", depth))  # noqa: PERF401 two loops read better
    return found


def _node(name: str, value: object, path: str, depth: int) -> Node:
    if isinstance(value, str):
        if bad := _UNSTORABLE.search(value):
            raise Unreadable(f"{path}: the character U+{ord(bad[0]):04X} can neither be stored nor sent; remove it.")
        return Node(name, value)
    if isinstance(value, dict):
        return Node(name, children=_children(value, path, depth + 1))
    raise Unreadable(f'{path}: write the value as text in quotes, such as "12.5", not as {value!r:.40}.')
