"""Read XML leniently and write it strictly.

Reading takes any order, a date with or without its wrapper, offsets and fractions of seconds; the
document remembers how it was. Writing gives one canonical form: table order, UTC, wrapper, nothing empty.
"""

import re
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from lxml import etree

from filings.messages import catalogue, safexml
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION, Element, Message
from filings.messages.document import NAME, Document, Node, Unreadable, in_table_order
from filings.messages.formats import Format

# Deeper than any message; bounds recursion.
DEPTH: Final = 64
# More of one name in a group are written in one line each.
MANY: Final = 1_000
DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Attributes that say where a schema is; they belong to XML Schema and mean nothing to us.
_SCHEMA_HINTS: Final = frozenset(
    f"{{http://www.w3.org/2001/XMLSchema-instance}}{name}" for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
# One look by libxml2 spares a look at every element.
_has_attributes: Final = etree.XPath("boolean(descendant-or-self::*/@*)")
_SPACE: Final = " \t\r\n"
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unwritable(ValueError):
    """The document holds something that XML cannot express; check it first."""


def read(data: bytes, *, limit: int = safexml.LIMIT, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> Document:
    """Return the document in the bytes.

    :raises Unreadable: if the bytes are not safe XML, or the root element is no message
    """
    return from_element(parse(data, limit=limit), message_set=message_set, version=version)


def parse(data: bytes, *, limit: int) -> etree._Element:
    """Return the root element of the bytes.

    :raises Unreadable: if they are not safe XML
    """
    try:
        # Blanks beside a comment or CDATA may belong to a value; all others between elements are indents.
        return safexml.parse(data, limit=limit, blanks=b"<!" in data or data.find(b"<?", 2) > 0)
    except safexml.UnsafeXml as error:
        raise Unreadable(str(error)) from error


def name_of(root: etree._Element) -> str:
    """Return the name of a root element without its namespace, which names the message."""
    return etree.QName(root).localname


def from_element(root: etree._Element, *, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> Document:
    """Return the document of a parsed root element.

    :raises Unreadable: if the root element is no message
    """
    name = etree.QName(root)
    message = message_of_root(name.localname, message_set, version)
    namespace = name.namespace or ""
    prefix = f"{{{namespace}}}" if namespace else ""
    node = _node(root, message.root_name, message.root, prefix, bare=not _has_attributes(root))
    return Document(message, node, source="xml", namespace=namespace)


def group(root: etree._Element, spec: Element, prefix: str) -> Node:
    """Return the node of one group, read on its own; prefix: the namespace of the message in braces."""
    return _node(root, spec.name, spec, prefix, bare=not _has_attributes(root))


def message_of_root(name: str, message_set: str, version: str) -> Message:
    """Return the message a root element names.

    :raises Unreadable: if it names none
    """
    for message in catalogue.messages(message_set, version):
        if message.root_name == name:
            return message
    raise Unreadable(f"The root element {name} is no message of {message_set} {version}; it must be named like IE3F26.")


def _local_name(tag: str, prefix: str) -> str:
    """Return a name without the namespace of the message; a name of another one keeps its braces."""
    if not prefix or tag.startswith(prefix):
        return tag[len(prefix) :]
    return tag if tag.startswith("{") else f"{{}}{tag}"


def _node(xml: etree._Element, name: str, spec: Element, prefix: str, *, bare: bool) -> Node:
    """Return the node of an element the table knows.

    prefix: the namespace in braces, which names leave out; bare: whether no element of the document has attributes,
    so that nobody has to look for them.
    """
    node = Node(name)
    if not bare and xml.attrib:
        node.attributes = _attributes(xml)
    if spec.format is not None:
        return _value(node, xml, spec, prefix, bare=bare)
    known = _tags(spec, prefix)
    add, mixed = node.children.append, False
    for child in xml:
        found = known.get(child.tag)
        if found is None:
            add(_unknown(child, prefix))
        else:
            child_name, element, is_short, is_text = found
            # The short way for most: a value that is just the text, or the text without the blanks around it.
            if is_short and bare and not len(child):
                text = child.text or ""
                add(Node(child_name, text if is_text else text.strip(_SPACE)))
            else:
                add(_node(child, child_name, element, prefix, bare=bare))
        tail = child.tail
        if tail and tail.strip(_SPACE):
            mixed = True
    if mixed or not node.children or (xml.text or "").strip(_SPACE):
        node.text = node.given = _text_between(xml) or None
    return node


def _unknown(xml: etree._Element, prefix: str, depth: int = 1) -> Node:
    """Return the node of an element the table does not know, with what is in it.

    :raises Unreadable: if it nests deeper than any message does
    """
    if depth > DEPTH:
        raise Unreadable("The XML nests too deep.")
    node = Node(_local_name(str(xml.tag), prefix))
    node.attributes = _attributes(xml)
    node.children = [_unknown(child, prefix, depth + 1) for child in xml]
    text = _text_between(xml)
    if text or not node.children:
        node.text = node.given = text
    return node


@lru_cache(maxsize=10_000)
def _tags(spec: Element, prefix: str) -> dict[object, tuple[str, Element, bool, bool]]:
    """Return the children of an element by their full names.

    What is known of each: name, line of the table, whether it is a text with blanks around it at most, and whether blanks
    count. Bounded, as a prefix may be anything.
    """
    return {prefix + child.name: (child.name, child, _is_short(child), child.is_plain_text) for child in spec.children}


def _is_short(spec: Element) -> bool:
    """Return whether a value is the text of its element, blanks around it aside."""
    return spec.format is not None and not spec.wrapper and spec.format.kind != "date"


def _text_between(xml: etree._Element) -> str:
    """Return the text of an element that is not in its children, its pieces without blanks around them."""
    pieces = [xml.text or "", *(child.tail or "" for child in xml)]
    return " ".join(filter(None, (piece.strip(_SPACE) for piece in pieces)))


def _attributes(xml: etree._Element) -> tuple[str, ...]:
    return tuple(str(name) for name in xml.attrib if name not in _SCHEMA_HINTS)


def _value(node: Node, xml: etree._Element, spec: Element, prefix: str, *, bare: bool) -> Node:
    """Fill a node that holds a value, out of its wrapper if it has one."""
    format_ = spec.format
    if spec.wrapper:
        inner = xml[0] if len(xml) == 1 else None
        if inner is None or inner.tag != prefix + spec.wrapper:
            node.wrapped = False
        elif not (xml.text or "").strip(_SPACE) and not (inner.tail or "").strip(_SPACE):
            if not bare:
                node.attributes += _attributes(inner)
            xml = inner
    if len(xml):
        node.children = [_unknown(child, prefix) for child in xml]
    given = xml.text or ""
    if format_ is not None and format_.collapses:
        node.given = given.strip(_SPACE)
        node.text = _normal(node.given, format_)
    else:
        node.given = node.text = given
    return node


def _normal(given: str, format_: Format) -> str:
    """Return a date in UTC without fraction of a second; any other value as it is."""
    if format_.kind != "date" or format_.quick(given):
        return given
    try:
        moment = datetime.fromisoformat(given)
        return f"{moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z" if moment.tzinfo else given
    except (ValueError, OverflowError):
        return given


def write(document: Document) -> bytes:
    """Return the document in canonical form.

    :raises Unwritable: if a name or a character cannot stand in XML
    """
    message = document.message
    parts = [DECLARATION]
    _write_group(parts, document.root, message.root, "", f' xmlns="{message.namespace}"')
    return "".join(parts).encode("utf-8")


def write_group(node: Node, spec: Element, *, flat: bool = False) -> str:
    """Return one group and what is in it as `write` puts it into the document; flat: in one line, as one of very many.

    :raises Unwritable: if a name or a character cannot stand in XML
    """
    parts: list[str] = []
    if not _is_empty(node):
        _write_child(parts, node, spec, "  " * spec.level, flat=flat)
    return "".join(parts)


def _write_child(parts: list[str], node: Node, spec: Element | None, indent: str, *, flat: bool) -> None:
    if flat:
        parts.append(indent)
        _write_node(parts, node, spec, None)
        parts.append("\n")
    else:
        _write_node(parts, node, spec, indent)


def _write_node(parts: list[str], node: Node, spec: Element | None, indent: str | None) -> None:
    if node.children:
        _write_group(parts, node, spec, indent, "")
    else:
        _write_value(parts, node, spec, indent)


def _write_group(parts: list[str], node: Node, spec: Element | None, indent: str | None, attribute: str) -> None:
    """Write a group; an indent of None means in one line."""
    name, foreign = _name(node.name)
    before, after = ("", "") if indent is None else (indent, "\n")
    parts.append(f"{before}<{name}{attribute or foreign}>")
    if node.text:
        parts.append(escape(node.text))
    parts.append(after)
    known = spec.by_name if spec is not None else {}
    many = _very_many(node)
    for child in in_table_order(node, spec):
        element = known.get(child.name)
        if _is_empty(child):
            continue
        if indent is None:
            _write_node(parts, child, element, None)
        else:
            _write_child(parts, child, element, indent + "  ", flat=child.name in many)
    parts.append(f"{before}</{name}>{after}")


def _very_many(node: Node) -> frozenset[str]:
    """Return the names of children that stand in one line each, as indents would be a third of a large message."""
    if len(node.children) <= MANY:
        return frozenset()
    return frozenset(name for name, count in Counter(child.name for child in node.children).items() if count > MANY)


def _write_value(parts: list[str], node: Node, spec: Element | None, indent: str | None) -> None:
    name, foreign = _name(node.name)
    text = escape(node.text or "")
    before, after = ("", "") if indent is None else (indent, "\n")
    if spec is not None and spec.wrapper:
        inner = f"<{spec.wrapper}>{text}</{spec.wrapper}>"
        text = inner if indent is None else f"\n{indent}  {inner}\n{indent}"
    parts.append(f"{before}<{name}{foreign}>{text}</{name}>{after}")


def _is_empty(node: Node) -> bool:
    return not node.text and all(_is_empty(child) for child in node.children)


def _name(name: str) -> tuple[str, str]:
    """Return the local name and, for a name of another namespace, the declaration it needs."""
    namespace, brace, local = name[1:].partition("}") if name.startswith("{") else ("", "", name)
    if not NAME.fullmatch(name):
        raise Unwritable(f"{local!r} is not a name that can stand in XML.")
    return local, f' xmlns="{escape(namespace)}"' if brace else ""


def escape(text: str) -> str:
    """Return a text as it stands in an element.

    :raises Unwritable: if a character cannot stand in XML
    """
    if bad := _NOT_XML.search(text):
        raise Unwritable(f"The character U+{ord(bad[0]):04X} cannot stand in XML.")
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("\r", "&#13;")
