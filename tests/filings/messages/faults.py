"""Ways to break a valid document, each at every place of a message where it can happen.

A way yields breaks: the path of the place, the codes that must be found there, and the deed. Breaks
are spread over the whole message, so that no part of it goes unseen.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node

MANY = 120


@dataclass(frozen=True)
class Break:
    """One way to break one place. at: path of the finding, from below the root; codes: what it must be."""

    at: str
    codes: tuple[str, ...]
    do: Callable[[Document], None]


def _spread(breaks: list[Break], count: int = 6) -> list[Break]:
    step = max(1, len(breaks) // count)
    return breaks[::step][: count + 1]


def place(message: Message, path: str) -> str:
    """Return the XPath of the first occurrence of an element."""
    steps = path.split("/")
    names = ["/".join(steps[: length + 1]) for length in range(len(steps))]
    indexed = [step + ("[1]" if message.element(name).repeats else "") for step, name in zip(steps, names, strict=True)]
    return "/".join([f"/{message.id}", *indexed])


def _values(message: Message) -> Iterator[Element]:
    return (element for element in message.root.walk() if element.format)


def _parent(document: Document, path: str) -> Node:
    found = document.nodes(path.rpartition("/")[0])
    return found[0]


def _setter(path: str, value: str) -> Callable[[Document], None]:
    return lambda document: document.nodes(path)[0].set_text(value)


def _text(message: Message, value: Callable[[Element], str | None], *codes: str) -> list[Break]:
    found = []
    for element in _values(message):
        given = value(element)
        if given is not None:
            found.append(Break(place(message, element.path), codes, _setter(element.path, given)))
    return found


def missing(message: Message) -> list[Break]:
    """Take a mandatory element away."""

    def remove(path: str) -> Callable[[Document], None]:
        name = path.rpartition("/")[2]

        def deed(document: Document) -> None:
            parent = _parent(document, path)
            parent.children = [child for child in parent.children if child.name != name]

        return deed

    return [
        Break(place(message, element.path), ("13",), remove(element.path))
        for element in message.root.walk()
        if element.level and element.min and len(message.element(element.path.rpartition("/")[0]).children) > 1
    ]


def too_many(message: Message) -> list[Break]:
    """Repeat an element more often than allowed."""

    def repeat(path: str, count: int) -> Callable[[Document], None]:
        name = path.rpartition("/")[2]

        def deed(document: Document) -> None:
            parent = _parent(document, path)
            node = parent.named(name)[0]
            at = parent.children.index(node)
            others = [child for child in parent.children if child.name != name]
            parent.children = others[:at] + [node] * count + others[at:]

        return deed

    return [
        Break(
            f"{place(message, element.path).removesuffix('[1]')}[{element.max + 1}]",
            ("35",),
            repeat(element.path, element.max + 1),
        )
        for element in message.root.walk()
        if element.level and element.max < MANY
    ]


def too_long(message: Message) -> list[Break]:
    """Give a value more characters or digits than allowed."""

    def value(element: Element) -> str | None:
        assert element.format
        size = element.format.max_length + 1
        signs = {"text": "x", "letters": "X", "digits": "1", "decimal": "1"}
        return signs[element.format.kind] * size if element.format.kind in signs else None

    return _text(message, value, "39")


def too_short(message: Message) -> list[Break]:
    """Give a value of fixed length fewer characters."""

    def value(element: Element) -> str | None:
        assert element.format
        signs = {"text": "x", "letters": "X", "digits": "1"}
        size = element.format.min_length - 1
        return signs[element.format.kind] * size if size and element.format.kind in signs else None

    return _text(message, value, "40")


def bad_format(message: Message) -> list[Break]:
    """Give signs a format does not know."""

    def value(element: Element) -> str | None:
        assert element.format
        size = element.format.min_length
        wrong = {"letters": "a" * size, "digits": "x" * size, "decimal": "x", "date": "2026-01-31"}
        return wrong.get(element.format.kind)

    return _text(message, value, "37")


def bad_date(message: Message) -> list[Break]:
    """Give a date the calendar does not have."""
    return _text(message, _only("date", "2026-02-30T10:00:00Z"), "12")


def bad_decimal(message: Message) -> list[Break]:
    """Write a number with a comma."""
    return _text(message, _only("decimal", "1,5"), "19")


def no_digit_before_point(message: Message) -> list[Break]:
    """Leave the zero out."""
    return _text(message, _only("decimal", ".5"), "38")


def _only(kind: str, value: str) -> Callable[[Element], str | None]:
    return lambda element: value if element.format and element.format.kind == kind else None


def bad_code(message: Message) -> list[Break]:
    """Give a code the list does not have, of the right format."""
    wrong = {"letters": "Q", "digits": "8", "text": "Q"}

    def value(element: Element) -> str | None:
        assert element.format
        if not element.codes or element.format.kind not in wrong:
            return None
        given = wrong[element.format.kind] * element.format.min_length
        return given if given not in element.codes else None

    return _text(message, value, "12")


def forbidden_character(message: Message) -> list[Break]:
    """Give a character of another script."""

    def value(element: Element) -> str | None:
        assert element.format
        return "日" * element.format.min_length if element.format.kind == "text" else None

    return _text(message, value, "102")


def empty_value(message: Message) -> list[Break]:
    """Leave a value out but not its element."""
    return _text(message, lambda _element: "", "13")


def unknown_element(message: Message) -> list[Break]:
    """Put an element no table knows into every group."""

    def add(path: str) -> Callable[[Document], None]:
        return lambda document: document.nodes(path)[0].children.append(Node("surprise", "x"))

    return [
        Break((place(message, element.path) if element.path else f"/{message.id}") + "/surprise", ("15",), add(element.path))
        for element in message.root.walk()
        if element.children
    ]


def wrong_order(message: Message) -> list[Break]:
    """Put the last element of a group first."""

    def turn(path: str) -> Callable[[Document], None]:
        def deed(document: Document) -> None:
            node = document.nodes(path)[0]
            node.children.insert(0, node.children.pop())

        return deed

    return [
        Break(place(message, element.children[-1].path), ("15",), turn(element.path))
        for element in message.root.walk()
        if len(element.children) > 2
    ]


WAYS: dict[str, Callable[[Message], list[Break]]] = {
    way.__name__: way
    for way in (
        missing, too_many, too_long, too_short, bad_format, bad_date, bad_decimal, no_digit_before_point,
        bad_code, forbidden_character, empty_value, unknown_element, wrong_order,
    )
}  # fmt: skip


def breaks(message: Message, way: str) -> list[Break]:
    """Return some breaks of one kind, spread over the message."""
    return _spread(WAYS[way](message))
