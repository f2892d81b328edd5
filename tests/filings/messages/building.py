"""Documents made from the table itself: every message, minimal, full or at random."""

import random
import string
from collections.abc import Callable

from lxml import etree

from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node
from filings.messages.formats import Format

Chooser = Callable[[Element], int]
LETTERS = string.ascii_letters + "äßéÑčŁαΩжЯ"
SIGNS = LETTERS + string.digits + " .,-/()&<>'\"#%+=;:_[]{}"


def minimal(message: Message) -> Document:
    """Return a document with only what must be there."""
    return _document(message, lambda element: element.min, plain_value)


def full(message: Message) -> Document:
    """Return a document with every element, once or as often as it must occur."""
    return _document(message, lambda element: max(1, element.min), plain_value)


def at_random(message: Message, seed: int) -> Document:
    """Return a valid document with arbitrary elements, repetitions and values."""
    dice = random.Random(seed)

    def count(element: Element) -> int:
        wanted = dice.choice([0, 0, 1, 1, 2, 3])
        return min(max(wanted, element.min), element.max)

    return _document(message, count, lambda element: random_value(element, dice))


def _document(message: Message, count: Chooser, value: Callable[[Element], str]) -> Document:
    root = _node(message.root, count, value)
    return Document(message, root, source="json", namespace=message.namespace)


def _node(element: Element, count: Chooser, value: Callable[[Element], str]) -> Node:
    if element.format:
        return Node(element.name, value(element))
    children = [_node(child, count, value) for child in element.children for _ in range(count(child))]
    if not children:
        children = [_node(element.children[0], count, value)]
    return Node(element.name, children=children)


def minimal_group(element: Element) -> Node:
    """Return one group with only what must be in it."""
    return _node(element, lambda child: child.min, plain_value)


def plain_value(element: Element) -> str:
    """Return one valid value of an element."""
    assert element.format
    if element.codes:
        return element.codes.codes[0].code
    size = element.format.min_length
    plain = {"date": "2026-01-31T09:15:00Z", "decimal": "12.5", "digits": "7" * size, "letters": "Q" * size}
    return plain.get(element.format.kind, ("Value 1" * 3)[:size] if size > 1 else "x")


def random_value(element: Element, dice: random.Random) -> str:
    """Return any valid value of an element."""
    assert element.format
    return dice.choice(element.codes.codes).code if element.codes else _random_text(element.format, dice)


def _random_text(format_: Format, dice: random.Random) -> str:
    if format_.kind == "date":
        day = f"{dice.randint(1990, 2099)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
        return f"{day}T{dice.randint(0, 23):02}:{dice.randint(0, 59):02}:{dice.randint(0, 59):02}Z"
    if format_.kind == "decimal":
        whole = _pick(string.digits, dice.randint(1, format_.max_length - format_.decimals), dice)
        decimals = _pick(string.digits, dice.randint(0, format_.decimals), dice)
        return f"{whole}.{decimals}" if decimals else whole
    size = dice.randint(format_.min_length, format_.max_length)
    if format_.kind == "text":
        return dice.choice(LETTERS) + _pick(SIGNS, size - 1, dice)
    return _pick(string.ascii_uppercase if format_.kind == "letters" else string.digits, size, dice)


def _pick(signs: str, size: int, dice: random.Random) -> str:
    return "".join(dice.choice(signs) for _ in range(size))


def as_given(document: Document) -> bytes:
    """Return the XML of a document as it is, faults and order included."""
    message = document.message
    return etree.tostring(_xml(document.root, message.root, message.namespace), encoding="UTF-8")


def _xml(node: Node, element: Element | None, namespace: str) -> etree._Element:
    made = etree.Element(f"{{{namespace}}}{node.name}", nsmap={None: namespace})
    holder = made
    if element and element.wrapper and node.wrapped and not node.children:
        holder = etree.SubElement(made, f"{{{namespace}}}{element.wrapper}")
    holder.text = node.text
    for child in node.children:
        made.append(_xml(child, element.by_name.get(child.name) if element else None, namespace))
    return made
