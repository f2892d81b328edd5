"""The ebMS header's structure as a table: what stands in what, how often and in which order (ebMS 3.0 header schema).

One row is one element of the `eb` namespace. Text values are read here too, trimmed alike for every use.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from .errors import As4Error
from .names import EB, clark


@dataclass(frozen=True, slots=True)
class Shape:
    """What one element may hold: children (name, min, max) in order, attributes, or text."""

    children: tuple[tuple[str, int, int], ...] = ()
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    text: bool = False
    empty: bool = False
    open: bool = False  # foreign content is allowed


MANY: Final = 1_000
MOST_ATTRIBUTES: Final = 64
_FLOODED: Final = etree.XPath(f"boolean(descendant-or-self::*[count(@*) > {MOST_ATTRIBUTES}])")
_PARTY: Final = Shape((("PartyId", 1, MANY), ("Role", 1, 1)))
_PROPERTIES: Final = Shape((("Property", 1, MANY),))

SHAPES: Final = {
    "UserMessage": Shape(
        (
            ("MessageInfo", 1, 1),
            ("PartyInfo", 1, 1),
            ("CollaborationInfo", 1, 1),
            ("MessageProperties", 0, 1),
            ("PayloadInfo", 0, 1),
        ),
        optional=("mpc",),
    ),
    "SignalMessage": Shape(
        (("MessageInfo", 1, 1), ("PullRequest", 0, 1), ("Receipt", 0, 1), ("Error", 0, MANY)),
    ),
    "MessageInfo": Shape((("Timestamp", 1, 1), ("MessageId", 1, 1), ("RefToMessageId", 0, 1))),
    "Timestamp": Shape(text=True),
    "MessageId": Shape(text=True),
    "RefToMessageId": Shape(text=True),
    "PartyInfo": Shape((("From", 1, 1), ("To", 1, 1))),
    "From": _PARTY,
    "To": _PARTY,
    "PartyId": Shape(text=True, optional=("type",)),
    "Role": Shape(text=True),
    "CollaborationInfo": Shape(
        (("AgreementRef", 0, 1), ("Service", 1, 1), ("Action", 1, 1), ("ConversationId", 1, 1)),
    ),
    "AgreementRef": Shape(text=True, optional=("type", "pmode")),
    "Service": Shape(text=True, optional=("type",)),
    "Action": Shape(text=True),
    "ConversationId": Shape(text=True, empty=True),
    "MessageProperties": _PROPERTIES,
    "Property": Shape(text=True, empty=True, required=("name",), optional=("type",)),
    "PayloadInfo": Shape((("PartInfo", 1, MANY),)),
    "PartInfo": Shape((("Schema", 0, 1), ("Description", 0, 1), ("PartProperties", 0, 1)), optional=("href", "id")),
    "Schema": Shape(required=("location",), optional=("version", "namespace")),
    "Description": Shape(text=True, empty=True),
    "PartProperties": _PROPERTIES,
    "PullRequest": Shape(optional=("mpc",), open=True),
    "Receipt": Shape(open=True),
    "Error": Shape(
        (("Description", 0, 1), ("ErrorDetail", 0, 1)),
        required=("errorCode", "severity"),
        optional=("category", "refToMessageInError", "origin", "shortDescription"),
    ),
    "ErrorDetail": Shape(text=True, empty=True),
}


_TAGS: Final = {name: clark(f"eb:{name}") for name in SHAPES}
_LOCAL: Final = {tag: name for name, tag in _TAGS.items()}


def elements(parent: etree._Element) -> list[etree._Element]:
    """Return the child elements, comments left out."""
    return list(parent.iterchildren("*"))


def child(parent: etree._Element, name: str) -> etree._Element | None:
    """Return the first child of this name in the `eb` namespace."""
    return parent.find(f"{{{EB}}}{name}")


def text(element: etree._Element | None) -> str:
    """Return the whole text of an element, across comments, without white space around it."""
    if element is None:
        return ""
    if not len(element):
        return (element.text or "").strip()
    return "".join([element.text or "", *(item.tail or "" for item in element)]).strip()


def is_flooded(root: etree._Element, octets: bytes, *, declarations: int) -> bool:
    """Say whether XML holds so many attributes on one element, or namespaces at all, that to sort them takes long.

    Canonical form sorts both, in libxml2 in quadratic time.
    """
    if octets.count(b"xmlns") > declarations:
        return True
    return bool(_FLOODED(root))


def check(element: etree._Element) -> None:
    """Refuse an element of the header that does not have the shape of its row.

    :raises As4Error: EBMS:0009
    """
    name = local(element)
    shape = SHAPES[name]
    _check_attributes(element, name, shape)
    if shape.open:
        return
    if shape.text:
        if (len(element) and elements(element)) or not (shape.empty or text(element)):
            raise As4Error("EBMS:0009", f"eb:{name} has no proper value")
        return
    children = elements(element)
    if text(element):
        raise As4Error("EBMS:0009", f"eb:{name} holds text")
    _check_children(children, name, shape)
    for item in children:
        check(item)


def local(element: etree._Element) -> str:
    """Return the local name of an element of the `eb` namespace, "" for any other."""
    name = str(element.tag)
    if name in _LOCAL:
        return _LOCAL[name]
    prefix = f"{{{EB}}}"
    return name[len(prefix) :] if name.startswith(prefix) else ""


def _check_attributes(element: etree._Element, name: str, shape: Shape) -> None:
    if not element.attrib and not shape.required:
        return
    present = {str(key) for key in element.attrib if not str(key).startswith("{")}
    if not present.issuperset(shape.required) or not present.issubset({*shape.required, *shape.optional}):
        raise As4Error("EBMS:0009", f"the attributes of eb:{name} are not as the schema says")


def _check_children(children: list[etree._Element], name: str, shape: Shape) -> None:
    position = 0
    tags = [child.tag for child in children]
    for wanted, least, most in shape.children:
        count, tag = 0, _TAGS[wanted]
        while position < len(tags) and tags[position] == tag:
            position += 1
            count += 1
        if not least <= count <= most:
            raise As4Error("EBMS:0009", f"eb:{wanted} stands {count} times in eb:{name}")
    if position != len(children):
        raise As4Error("EBMS:0009", f"eb:{name} holds an element out of place")
