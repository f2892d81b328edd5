"""Stand-ins for the parts of a message that is read in parts: they remember little, and say so when asked for more.

What rules around the parts look at in them is learned, not declared: a stand-in that is asked for something it
does not remember raises `Forgotten`, and whoever reads begins again with stand-ins that remember it.
"""

from collections.abc import Collection, Iterator
from typing import Final

from filings.messages.catalogue import Element
from filings.messages.document import Node

# Names of a node and of those in it, and whether it has a value.
Shape = tuple[str, bool, tuple["Shape", ...]]
# Stands between values; XML cannot hold it.
_BETWEEN: Final = "\0"


class Forgotten(LookupError):
    """A stand-in does not remember what it was asked for. name: of the child; None for all of them."""

    def __init__(self, path: str, name: str | None) -> None:
        super().__init__(f"{path}: {name}")
        self.path = path
        self.name = name


class Store:
    """Makes stand-ins that share what they have alike. wanted: what they remember; None: all they are made with."""

    def __init__(self, spec: Element, wanted: Collection[str] | None) -> None:
        self._known = _Known(spec, None if wanted is None else frozenset(wanted))
        self._shapes: dict[tuple[Shape, ...], tuple[Shape, ...]] = {}

    def part(self, nodes: list[Node]) -> "Part":
        """Return a stand-in that remembers these children."""
        values: list[str] = []
        shapes = tuple(_shape(node, values) for node in nodes)
        return Part(self._known, self._shapes.setdefault(shapes, shapes), _BETWEEN.join(values))


class _Known:
    """What all stand-ins of one kind know."""

    __slots__ = ("names", "spec")

    def __init__(self, spec: Element, names: frozenset[str] | None) -> None:
        self.spec = spec
        self.names = names


class Part(Node):
    """A stand-in for one part."""

    __slots__ = ("_known", "_shapes", "_values")

    # As those of every group that is read in parts: what is in it is checked on its own.
    wrapped = True
    attributes = ()

    def __init__(self, known: _Known, shapes: tuple[Shape, ...], values: str) -> None:
        # Not that of a node: there are a hundred thousand of these.
        self._known = known
        self._shapes = shapes
        self._values = values

    @property
    def name(self) -> str:  # type: ignore[override]
        """Return the name of the part."""
        return self._known.spec.name

    @property
    def text(self) -> None:  # type: ignore[override]
        """Return no value: it is a group."""

    @property
    def given(self) -> None:  # type: ignore[override]
        """Return no value: it is a group."""

    @property
    def children(self) -> list[Node]:  # type: ignore[override]
        """Refuse: not all children are remembered."""
        raise Forgotten(self._known.spec.path, None)

    def named(self, name: str) -> list[Node]:
        """Return the children of one name."""
        if self._known.names is not None and name not in self._known.names:
            raise Forgotten(self._known.spec.path, name)
        values = iter(self._values.split(_BETWEEN))
        return [node for node in (_node(shape, values) for shape in self._shapes) if node.name == name]

    def first(self, name: str) -> Node | None:
        """Return the first child of a name."""
        return next(iter(self.named(name)), None)


def _shape(node: Node, values: list[str]) -> Shape:
    if node.text is not None:
        values.append(node.text)
    return (node.name, node.text is not None, tuple(_shape(child, values) for child in node.children))


def _node(shape: Shape, values: Iterator[str]) -> Node:
    name, has_text, below = shape
    text = next(values) if has_text else None
    return Node(name, text, [_node(one, values) for one in below])
