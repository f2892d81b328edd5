"""Writing XML straight in exclusive canonical form (profile section 4, "shortcut").

What we sign we also write, so the octets to digest are the octets to send: no tree is built and none is
canonicalised afterwards. Names are "prefix:local"; prefixes are those of `names.PREFIXES`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from .names import PREFIXES

_TEXT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}
_ATTRIBUTE: Final = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED: Final = re.compile('[&<>"\t\n\r]')
_TEXT_TABLE: Final = str.maketrans(_TEXT)
_ATTRIBUTE_TABLE: Final = str.maketrans(_ATTRIBUTE)


@dataclass(frozen=True, slots=True)
class Raw:
    """Octets already in exclusive canonical form, standing on their own."""

    octets: bytes


class Tag(NamedTuple):
    """One element: its prefixed name, attributes and content."""

    name: str
    attributes: Mapping[str, str] = MappingProxyType({})
    children: Sequence["Tag | Raw | str"] = ()


def tag(name: str, /, *children: Tag | Raw | str, **attributes: str) -> Tag:
    """Return an element; keyword attributes have no namespace."""
    return Tag(name, attributes, children)


def escape_text(text: str) -> str:
    """Return character data as canonical XML spells it."""
    return text.translate(_TEXT_TABLE) if _ESCAPED.search(text) else text


def escape_attribute(text: str) -> str:
    """Return an attribute value as canonical XML spells it."""
    return text.translate(_ATTRIBUTE_TABLE) if _ESCAPED.search(text) else text


def canonical(element: Tag, *, inclusive: Sequence[str] = (), namespaces: Mapping[str, str] = PREFIXES) -> bytes:
    """Return the exclusive canonical form of an element as the apex of its document subset.

    :param inclusive: prefixes of the InclusiveNamespaces PrefixList, in scope at the apex
    :raises ValueError: if a value holds a character that XML cannot hold
    """
    pieces: list[str] = []
    _write(element, frozenset(("xml", "")), inclusive, namespaces, pieces)
    text = "".join(pieces)
    if _NOT_XML.search(text):
        raise ValueError("a value holds a character that XML cannot hold")
    return text.encode()


def _write(
    element: Tag, declared: frozenset[str], inclusive: Sequence[str], namespaces: Mapping[str, str], pieces: list[str]
) -> None:
    """Add an element's text to the pieces. Every message we sign is written here, piece after piece, without detours."""
    name, attributes = element.name, element.attributes
    prefixes = [name.partition(":")[0] if ":" in name else "", *inclusive]
    if attributes:
        prefixes += [key.partition(":")[0] for key in attributes if ":" in key]
    pieces.append(f"<{name}")
    if fresh := [prefix for prefix in {*prefixes} if prefix not in declared]:
        pieces += [f' xmlns:{prefix}="{escape_attribute(namespaces[prefix])}"' for prefix in sorted(fresh)]
        declared = declared.union(fresh)
    if attributes:
        ordered = attributes if len(attributes) < 2 else sorted(attributes, key=lambda key: _attribute_order(key, namespaces))
        pieces += [f' {key}="{escape_attribute(attributes[key])}"' for key in ordered]
    pieces.append(">")
    for child in element.children:
        if isinstance(child, Tag):
            _write(child, declared, (), namespaces, pieces)
        elif isinstance(child, Raw):
            pieces.append(child.octets.decode())
        else:
            pieces.append(escape_text(child))
    pieces.append(f"</{name}>")


def _attribute_order(name: str, namespaces: Mapping[str, str]) -> tuple[str, str]:
    prefix, _, local = name.rpartition(":")
    return (namespaces[prefix] if prefix else "", local)
