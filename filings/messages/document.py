"""A message as it was given: a tree of nodes that both readers produce and the check walks.

The tree keeps what the table does not know and the order in which things came, so that the check can be
strict although reading is lenient. `Document.value` and `set` speak the paths of the table:

    document.value("declarant/identificationNumber")
    document.set("LRN", "ACME-2026-000001")
    document.value("consignmentMasterLevel/consignmentHouseLevel[2]/totalGrossMass")
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from filings.messages.catalogue import Element, Message

_NAME_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
# A name as XML allows it; one of another namespace has that in braces before it.
NAME: Final = re.compile(
    f"(?:{{[^{{}}\x00\ud800-\udfff]*}})?[{_NAME_START}][{_NAME_START}\\-.0-9\u00b7\u0300-\u036f\u203f-\u2040]*"
)
_STEP: Final = re.compile(r"([^\[\]/]+)(?:\[([1-9][0-9]*)\])?")


class Unreadable(ValueError):
    """The bytes are not a message that can be looked at; the text says why and what to do."""


class Node:
    """One element of a document.

    text: the value, dates in UTC and without blanks around numbers; None for a group.
    given: the value exactly as it was given. wrapped: False for a date without its wrapper (XML).
    attributes: names of attributes found on it, which no message has.
    """

    __slots__ = ("attributes", "children", "given", "name", "text", "wrapped")

    def __init__(self, name: str, text: str | None = None, children: "list[Node] | None" = None) -> None:
        self.name = name
        self.text = text
        self.given = text
        self.children: list[Node] = [] if children is None else children
        self.wrapped = True
        self.attributes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {self.text!r}, {len(self.children)} children)"

    def named(self, name: str) -> "list[Node]":
        """Return the children of one name, in document order."""
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> "Node | None":
        """Return the first child of a name."""
        for child in self.children:
            if child.name == name:
                return child
        return None

    def set_text(self, value: str) -> None:
        """Give the node another value."""
        self.text = self.given = value
        self.wrapped = True

    def walk(self) -> "Iterator[Node]":
        """Yield the node and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


class Groups(dict[Node, dict[str, list[Node]]]):
    """The children by name of groups that were looked at; good only as long as nobody changes the document.

    is_trim: whether every value was looked at and has no blanks around it. known: what was looked up for the document
    once, by name, as the edition of a code list.
    """

    def __init__(self) -> None:
        self.is_trim = False
        self.known: dict[str, Any] = {}


@dataclass(slots=True)
class Document:
    """A message and its content. source: "xml" or "json"; namespace: as given, the right one for JSON."""

    message: Message
    root: Node
    source: str = "json"
    namespace: str = ""

    def nodes(self, path: str) -> list[Node]:
        """Return every node at a path from below the root; a step may have an index, from 1."""
        found = [self.root]
        for name, index in steps(path):
            places = [node.named(name) for node in found]
            found = [node for nodes in places for node in (nodes[index - 1 : index] if index else nodes)]
        return found

    def values(self, path: str) -> list[str]:
        """Return every value at a path, in document order."""
        return [node.text for node in self.nodes(path) if node.text is not None]

    def value(self, path: str) -> str | None:
        """Return the first value at a path, or None."""
        return next(iter(self.values(path)), None)

    def set(self, path: str, value: str | None) -> None:
        """Give the first element at a path a value, making what is missing in table order; None removes it.

        :raises KeyError: if the message has no such element
        """
        element = self.message.element("/".join(name for name, _ in steps(path)))
        if element.children:
            raise KeyError(f"{path} is a group and has no value")
        node, spec = self.root, self.message.root
        parent = node
        for name, index in steps(path):
            parent = node
            if value is None and len(node.named(name)) < (index or 1):
                return
            node = _occurrence(node, spec, name, index or 1)
            spec = spec.by_name[name]
        if value is None:
            parent.children.remove(node)
        else:
            node.set_text(value)

    def to_json(self) -> dict[str, Any]:
        """Return {"IE3F26": {…}}: nested dicts of strings in table order; what may repeat is a list."""
        return {self.message.id: _as_json(self.root, self.message.root)}


def group_as_json(node: Node, spec: Element) -> Any:
    """Return one group as it stands in the JSON of its document."""
    return _as_json(node, spec)


def empty(message: Message) -> Document:
    """Return a document with nothing in it, to be filled with `set`."""
    return Document(message, Node(message.root_name), namespace=message.namespace)


def steps(path: str) -> list[tuple[str, int]]:
    """Return the steps of a path as name and index, 0 where none is given.

    :raises ValueError: if the path is not of that form
    """
    found = []
    for step in path.split("/") if path else []:
        match = _STEP.fullmatch(step)
        if not match:
            raise ValueError(f"not a path: {path!r}")
        found.append((match[1], int(match[2] or 0)))
    return found


def in_table_order(node: Node, spec: Element | None) -> list[Node]:
    """Return the children in table order, those the table does not know last; equal names keep their order."""
    order = spec.order if spec else {}
    return sorted(node.children, key=lambda child: order.get(child.name, len(order)))


def _occurrence(node: Node, spec: Element, name: str, index: int) -> Node:
    """Return the index-th child of a name, made at its place in the table if it is the next one."""
    present = node.named(name)
    if index <= len(present):
        return present[index - 1]
    if index > len(present) + 1:
        raise KeyError(f"{spec.path}/{name} has {len(present)} occurrences, so no number {index}")
    made = Node(name)
    order = spec.order
    place = next(
        (at for at, child in enumerate(node.children) if order.get(child.name, len(order)) > order[name]),
        len(node.children),
    )
    node.children.insert(place, made)
    return made


def _as_json(node: Node, spec: Element | None) -> Any:
    if not node.children:
        return node.text if node.text is not None else {} if not spec or spec.children else ""
    found: dict[str, Any] = {}
    known = spec.by_name if spec else {}
    for child in in_table_order(node, spec):
        element = known.get(child.name)
        value = _as_json(child, element)
        if element and element.repeats:
            found.setdefault(child.name, []).append(value)
        elif child.name not in found:
            found[child.name] = value
        elif isinstance(found[child.name], list):
            found[child.name].append(value)
        else:
            found[child.name] = [found[child.name], value]
    return found
