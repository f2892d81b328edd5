"""Compare an amendment that is read in parts with the filing as last accepted, of any size, with the findings of `amended`.

previous = remembered(file)     what may not be amended, and no more
previous = recalled(frame, path, parts)     the same of a filing whose parts come from elsewhere
amending = Amending(frame, previous, apart)
amending.around                 findings outside of parts
amending.of_part(here, path)    findings in a part, and that it was added
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from filings.messages import safexml
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION, Element
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.messages.parts import Part, Store
from filings.messages.reading import Choose
from filings.messages.streaming import Here, Stream, holders, parts_of
from filings.rules import history
from filings.rules.history import FIXED, Level


@dataclass(frozen=True, slots=True)
class _List:
    """Groups of a list: which one each of them was, what tells them apart, and those there were before."""

    positions: "array[int]"
    names: list[str]
    before: list[Node]


class Amending:
    """An amendment whose parts come one by one."""

    def __init__(self, frame: Document, previous: Document, apart: Mapping[str, Element]) -> None:
        self._apart = apart
        self._lists: dict[tuple[str, str], _List] = {}
        self.around = list(history.amended(frame, previous, self._later))

    def _later(self, now: Level, before: Level | None, spec: Element) -> bool:
        """Keep which groups belong together where they are parts."""
        if spec.path not in self._apart or before is None:
            return False
        key = history.LISTS[spec.name]
        # The path of a group is long, and there are very many: only what tells them apart stays.
        mine, theirs = now.node.named(spec.name), before.node.named(spec.name)
        names, known = ([Level(node, spec, "").value(key) for node in nodes] for nodes in (mine, theirs))
        found = _List(array("l", history.pairs(names, known)), names, theirs)
        self._lists[now.path, spec.path] = found
        return True

    def of_part(self, here: Here, path: str) -> list[Finding]:
        """Return what is wrong with a part at a path."""
        found = self._lists.get((path.rpartition("/")[0], here.spec.path))
        if found is None:
            return []
        place = here.index - 1
        position = found.positions[place]
        mine = Level(here.node, here.spec, path)
        if position == history.ADDED:
            return list(history.added(mine, place, found.names))
        other = Level(found.before[position], here.spec, "") if position >= 0 else None
        return list(history.compared(mine, other))


def remembered(file: BinaryIO, *, limit: int = safexml.LIMIT, choose: Choose = lambda _: (DEFAULT, DEFAULT_VERSION)) -> Document:
    """Return a filing as `previous` of an amendment: all of it but for its parts, of which only what is compared is left.

    :raises Unreadable: if the file is no message, to its last byte
    """
    stream = Stream(file, limit=limit, choose=choose)
    apart = parts_of(stream.message)
    document = stream.frame({}, apart)
    stores = {path: Store(spec, None) for path, spec in apart.items()}
    standing: dict[str, list[list[Part]]] = {path: [] for path in apart}
    for here in stream.parts(apart):
        groups = standing[here.spec.path]
        if here.parent == len(groups):
            groups.append([])
        groups[here.parent].append(stores[here.spec.path].part(list(_compared(here.node, here.spec))))
    for path, groups in standing.items():
        name = path.rpartition("/")[2]
        for holder, parts in zip(holders(document, path), groups, strict=True):
            mine = iter(parts)
            holder.children = [next(mine) if child.name == name else child for child in holder.children]
    return document


def recalled(frame: Document, path: str, parts: Iterable[Node]) -> Document:
    """Return a filing as `previous` of an amendment, of its parts only what is compared.

    :param frame: the filing without the parts at a path; it is changed.
    """
    spec = frame.message.element(path)
    store = Store(spec, None)
    [holder] = frame.nodes(path.rpartition("/")[0])
    holder.children += [store.part(list(_compared(node, spec))) for node in parts]
    return frame


def _compared(node: Node, spec: Element) -> Iterator[Node]:
    """Yield the children of a group that are compared, with no more in them than that."""
    key = history.LISTS.get(spec.name, "")
    for child in node.children:
        known = spec.by_name.get(child.name)
        if known is None:
            continue
        if FIXED in known.rules or f"{key}/".startswith(f"{child.name}/"):
            yield child
        elif history.is_compared(known):
            yield Node(child.name, child.text, list(_compared(child, known)))
