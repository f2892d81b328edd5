"""Where a rule stands in a document, and the way from there to what it reads.

A Scope is one group of a document with the groups around it. A Way is a path of the hint language, looked
up once per message: "house:consignee/typeOfPerson" becomes "two groups up, then down these names".
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from filings.messages.catalogue import Element, Message
from filings.messages.document import Groups, Node

HOUSE: Final = "consignmentHouseLevel"
MASTER: Final = "consignmentMasterLevel"

# The elements from the root of a message down to a group.
Chain = tuple[Element, ...]


class Scope:
    """One group of a document: its node, its line in the table and the scope around it.

    kids: children by name; groups: those of the groups that were looked at before.
    """

    __slots__ = ("_root", "groups", "index", "kids", "node", "parent", "spec")

    def __init__(
        self, node: Node, spec: Element, parent: "Scope | None" = None, index: int = 1, groups: Groups | None = None
    ) -> None:
        self.node = node
        self.spec = spec
        self.parent = parent
        self.index = index
        # None for the root itself, as a cycle would keep whole documents until somebody collects it.
        self._root: Scope | None = (parent._root or parent) if parent else None
        self.groups: Groups = (parent.groups if parent else Groups()) if groups is None else groups
        self.kids = self.groups.get(node) or _grouped(node)

    @property
    def root(self) -> "Scope":
        """Return the scope of the whole message."""
        return self._root or self

    def up(self, count: int) -> "Scope":
        """Return the scope so many groups above."""
        found = self
        for _ in range(count):
            if found.parent is None:
                raise LookupError("there is nothing above the root")
            found = found.parent
        return found

    def enclosing(self, name: str) -> "Scope | None":
        """Return the nearest group of a name, this one included."""
        found: Scope | None = self
        while found is not None and found.spec.name != name:
            found = found.parent
        return found

    def nodes(self, path: str) -> list[Node]:
        """Return what stands at a path below this group."""
        if "/" not in path:
            return self.kids.get(path, [])
        first, *names = path.split("/")
        found = self.kids.get(first, [])
        for name in names:
            found = [child for node in found for child in node.named(name)]
        return found

    def value(self, path: str) -> str:
        """Return the first value at a path below this group, "" if there is none."""
        for node in self.nodes(path):
            if node.text:
                return node.text
        return ""

    def kids_of(self, node: Node) -> Collection[str]:
        """Return the names of the children of a node below this group."""
        kids = self.groups.get(node)
        return {child.name for child in node.children} if kids is None else kids

    @property
    def path(self) -> str:
        """Return the XPath of this group."""
        if self.parent is None:
            return f"/{self.spec.name}"
        return step(self.parent.path, self.spec, self.index)

    def place(self, spec: Element, index: int = 1) -> str:
        """Return the XPath of the index-th child of a kind."""
        return step(self.path, spec, index)


def _grouped(node: Node) -> dict[str, list[Node]]:
    """Return the children of a group by name."""
    kids: dict[str, list[Node]] = {}
    for child in node.children:
        if child.name in kids:
            kids[child.name].append(child)
        else:
            kids[child.name] = [child]
    return kids


def step(path: str, spec: Element, index: int) -> str:
    """Return the path of an occurrence as the structural check writes it: an index only where it may repeat."""
    return f"{path}/{spec.name}[{index}]" if spec.max > 1 or index > 1 else f"{path}/{spec.name}"


@dataclass(frozen=True)
class Stand:
    """Where a rule or condition stands: on an element of a group of a message.

    chain: the groups from the root to the one the element is in. reading: why we read the table otherwise
    than it is written here, "" if we do not.
    """

    spec: Element
    chain: Chain
    message: Message
    reading: str = ""

    @property
    def note(self) -> str:
        """Return what a sentence says about our reading."""
        return f" (Our reading: {self.reading}.)" if self.reading else ""


class NoWay(LookupError):
    """The message has no element at the path a rule reads."""


@dataclass(frozen=True)
class Way:
    """A path of the hint language from a group of one message.

    ups: how many groups to climb. specs: the elements to go down then; empty for the group itself.
    """

    ups: int
    specs: tuple[Element, ...]
    first: str
    further: tuple[str, ...]

    @property
    def spec(self) -> Element:
        """Return the line of what the path leads to."""
        return self.specs[-1]

    @cached_property
    def label(self) -> str:
        """Return the title of what the path leads to, with the group it is in."""
        *above, last = self.specs
        return f"“{last.title}” of “{above[-1].title}”" if above else f"“{last.title}”"

    def nodes(self, scope: Scope) -> Sequence[Node]:
        """Return everything the path leads to."""
        ups = self.ups
        while ups:
            scope = scope.parent or scope
            ups -= 1
        found = scope.kids.get(self.first)
        if not found:
            return ()
        for name in self.further:
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def is_lost(self, scope: Scope) -> bool:
        """Return whether nothing is there because something mandatory on the way is missing.

        The structural check reports that; a rule that reads it cannot be judged.
        """
        nodes: list[Node] = []
        for depth, spec in enumerate(self.specs):
            below = scope.up(self.ups).kids.get(spec.name, []) if depth == 0 else [n for g in nodes for n in g.named(spec.name)]
            if not below:
                return spec.min > 0
            nodes = below
        return False


def way(path: str, chain: Chain) -> Way:
    """Return the way of a path of the hint language for the group at the end of a chain.

    For a condition the group is the parent of the element it stands on, so "../x" is a child of the group.
    :raises NoWay: if the message has no such element
    """
    ups, names = _start(path, chain)
    spec = chain[len(chain) - 1 - ups]
    specs = []
    for name in names:
        if name not in spec.by_name:
            raise NoWay(f"{spec.path or spec.name} has no {name}, which {path} asks for")
        spec = spec.by_name[name]
        specs.append(spec)
    return Way(ups, tuple(specs), names[0], tuple(names[1:]))


def _start(path: str, chain: Chain) -> tuple[int, list[str]]:
    if path.startswith("/"):
        return len(chain) - 1, path[1:].split("/")
    if path.startswith("master:"):
        names = path.removeprefix("master:").split("/")
        above = _ups(chain, MASTER)
        return (above, names) if above is not None else (len(chain) - 1, [MASTER, *names])
    if path.startswith("house:"):
        above = _ups(chain, HOUSE)
        if above is None:
            raise NoWay(f"{chain[-1].path} is in no house consignment, which {path} asks for")
        return above, path.removeprefix("house:").split("/")
    return 0, path.removeprefix("../").removeprefix("./").split("/")


def _ups(chain: Chain, name: str) -> int | None:
    return next((ups for ups, spec in enumerate(reversed(chain)) if spec.name == name), None)
