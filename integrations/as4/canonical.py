"""Writing XML straight in exclusive canonical form (profile section 4, "shortcut").

What we sign we also write, so the octets to digest are the octets to send: no tree is built and none is
canonicalised afterwards. Names are "prefix:local"; prefixes are those of `names.PREFIXES`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .names import PREFIXES

_TEXT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}
_ATTRIBUTE: Final = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT_TABLE: Final = str.maketrans(_TEXT)
_ATTRIBUTE_TABLE: Final = str.maketrans(_ATTRIBUTE)


@dataclass(frozen=True, slots=True)
class Raw:
    """Octets already in exclusive canonical form, standing on their own."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Tag:
    """One element: its prefixed name, attributes and content."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: Sequence["Tag | Raw | str"] = ()


def tag(name: str, /, *children: Tag | Raw | str, **attributes: str) -> Tag:
    """Return an element; keyword attributes have no namespace."""
    return Tag(name, attributes, children)


def escape_text(text: str) -> str:
    """Return character data as canonical XML spells it."""
    return text.translate(_TEXT_TABLE)


def escape_attribute(text: str) -> str:
    """Return an attribute value as canonical XML spells it."""
    return text.translate(_ATTRIBUTE_TABLE)


def canonical(element: Tag, *, inclusive: Sequence[str] = (), namespaces: Mapping[str, str] = PREFIXES) -> bytes:
    """Return the exclusive canonical form of an element as the apex of its document subset.

    :param inclusive: prefixes of the InclusiveNamespaces PrefixList, in scope at the apex
    :raises ValueError: if a value holds a character that XML cannot hold
    """
    text = "".join(_write(element, frozenset(("xml",)), tuple(inclusive), namespaces))
    if _NOT_XML.search(text):
        raise ValueError("a value holds a character that XML cannot hold")
    return text.encode()


def _prefix(name: str) -> str:
    return name.partition(":")[0] if ":" in name else ""


def _write(element: Tag, declared: frozenset[str], inclusive: tuple[str, ...], namespaces: Mapping[str, str]) -> Iterator[str]:
    used = {_prefix(element.name), *(_prefix(name) for name in element.attributes if ":" in name), *inclusive}
    fresh = sorted(used - declared - {""})
    yield f"<{element.name}"
    for prefix in fresh:
        yield f' xmlns:{prefix}="{escape_attribute(namespaces[prefix])}"'
    for name in sorted(element.attributes, key=lambda name: _attribute_order(name, namespaces)):
        yield f' {name}="{escape_attribute(element.attributes[name])}"'
    yield ">"
    within = declared.union(fresh)
    for child in element.children:
        if isinstance(child, Tag):
            yield from _write(child, within, (), namespaces)
        elif isinstance(child, Raw):
            yield child.octets.decode()
        else:
            yield escape_text(child)
    yield f"</{element.name}>"


def _attribute_order(name: str, namespaces: Mapping[str, str]) -> tuple[str, str]:
    prefix, _, local = name.rpartition(":")
    return (namespaces[prefix] if prefix else "", local)
