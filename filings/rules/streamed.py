"""Check a message of any size with the same findings as `book.findings`, in memory that does not grow with it.

    checked = check(file)
    if not checked.errors: …

The answer comes once, at the end. Nothing said before it would be true: what is read last may break what was
read first, and the last byte may make the whole unreadable.

Rules about the inside of a part (a house consignment, say) see it and what is around it. Rules around the parts
see stand-ins of them; what those have to remember is found out by asking (filings.messages.parts).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import BinaryIO, Final, Protocol

from filings.messages import safexml
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION, Element, Message
from filings.messages.check import check as check_structure
from filings.messages.check import check_part, is_fine_part
from filings.messages.document import Document, Groups, Node
from filings.messages.finding import Finding
from filings.messages.parts import Forgotten
from filings.messages.reading import Choose
from filings.messages.streaming import Here, Stream, Wanted, parts_of
from filings.rules import book, order, plan
from filings.rules.alone import Alone
from filings.rules.amending import Amending
from filings.rules.history import Used, used_before
from filings.rules.layers import ALL, Layers
from filings.rules.plan import Plan
from filings.rules.repairs import mended
from filings.rules.reusing import InParts
from filings.rules.scope import Scope, step
from filings.rules.uniqueness import Uses, reused

# Is told how many parts are checked, and of how many.
Progress = Callable[[int, int], None]

# Findings told one by one; who has more corrects these first.
KEPT: Final = 10_000
STRIDE: Final = 256

# What rules around parts were found to look at in them, by message; spares the next reader the finding out.
_asked: Final[dict[Message, dict[str, set[str]]]] = {}


@dataclass(frozen=True)
class History:
    """What other messages are asked.

    previous: what customs accepted. used: whether a reference was used; uses: where those were that may not come back.
    """

    previous: Document | None
    used: Used | None
    uses: Uses | None


class Taker(Protocol):
    """Takes the parts of a message while it is checked. None of it is true before the check has returned."""

    def begin(self, frame: Document, counts: Mapping[str, Sequence[int]]) -> None:
        """Begin, or begin anew: all that was taken before is void.

        frame: the message without its parts. counts: by path of parts, how many each group that holds some has.
        """

    def take(self, here: Here, found: Sequence[Finding]) -> None:
        """Take a part with its findings."""


@dataclass(frozen=True)
class Checked:
    """What was found in a message. findings: the first ones; errors, warnings: how many there are in all; parts: read."""

    message: Message
    findings: tuple[Finding, ...]
    errors: int
    warnings: int
    parts: int

    @property
    def more(self) -> int:
        """Return how many findings there are beside those told."""
        return self.errors + self.warnings - len(self.findings)


def check(
    file: BinaryIO,
    *,
    limit: int = safexml.LIMIT,
    choose: Choose = lambda _: (DEFAULT, DEFAULT_VERSION),
    previous: Document | None = None,
    used: Used | None = None,
    uses: Uses | None = None,
    layers: Layers = ALL,
    keep: int = KEPT,
    progress: Progress | None = None,
    taker: Taker | None = None,
) -> Checked:
    """Return everything that is wrong or doubtful in the XML in a file that can be read more than once.

    previous, used, uses, layers: as in `book.findings`; a large previous filing is `amending.remembered`. keep: how
    many findings to tell. progress: is told how many parts are checked, and of how many. taker: gets each part, too.
    :raises Unreadable: if the file is no message, to its last byte
    """
    stream = Stream(file, limit=limit, choose=choose)
    apart = dict(parts_of(stream.message))
    asked = _asked.setdefault(stream.message, _likely(stream.message, layers, apart))
    while True:
        try:
            history = History(previous, used, uses)
            return _check(stream, apart, asked, layers=layers, history=history, keep=keep, progress=progress, taker=taker)
        except Forgotten as error:
            if error.name is None:
                del apart[error.path]
            else:
                asked[error.path].add(error.name)


def _check(
    stream: Stream,
    apart: Mapping[str, Element],
    asked: Wanted,
    *,
    layers: Layers,
    history: History,
    keep: int,
    progress: Progress | None,
    taker: Taker | None,
) -> Checked:
    around = _Around(stream.message, stream.frame(asked, apart), apart, layers, history)
    if taker:
        taker.begin(around.hollow, around.counts)
    kept = _Kept(stream.message, keep)
    kept.add(around.of_frame())
    count = 0
    for some in _some(stream.parts(apart)):
        again = around.reused(some)
        for here in some:
            found = around.of_part(here, again.get(id(here), ()))
            kept.add(found)
            if taker:
                taker.take(here, found)
        count += len(some)
        if progress:
            progress(count, around.parts)
    kept.add(around.of_absent_parts())
    return Checked(stream.message, kept.findings(), kept.count["error"], kept.count["warning"], count)


def _some(parts: Iterator[Here]) -> Iterator[list[Here]]:
    """Yield parts a few hundred at a time."""
    while some := list(islice(parts, STRIDE)):
        yield some


class _Kept:
    """The first findings in the order of the document, and how many there are."""

    def __init__(self, message: Message, most: int) -> None:
        self._root = message.root
        self._most = most
        self._first: list[tuple[order.Key, int, Finding]] = []
        self.count = Counter[str]()

    def add(self, found: Iterable[Finding]) -> None:
        """Take findings of a place that no other call is about."""
        for finding in found:
            self._first.append((order.key(self._root, finding.path), self.count.total(), finding))
            self.count[finding.severity] += 1
        if len(self._first) > 2 * self._most:
            self._cut()

    def findings(self) -> tuple[Finding, ...]:
        """Return the first findings."""
        self._cut()
        return tuple(finding for *_, finding in self._first)

    def _cut(self) -> None:
        self._first = sorted(self._first, key=itemgetter(0, 1))[: self._most]


@dataclass
class _Side:
    """Findings of structure, of everything else, and of references that other messages used."""

    structure: list[Finding] = field(default_factory=list)
    others: list[Finding] = field(default_factory=list)
    reused: Sequence[Finding] = ()


class _Around:
    """The frame of a message: what it says by itself, and what it means for each part."""

    def __init__(self, message: Message, frame: Document, apart: Mapping[str, Element], layers: Layers, history: History) -> None:
        self._plans = _inside(message, layers)
        self._readers = layers.readers
        self._alone = {path: Alone(message, spec) for path, spec in apart.items()}
        root = Scope(frame.root, message.root)
        self._scopes = {path: _scopes(frame, path, root) for path in apart}
        self._paths = {path: [scope.path for scope in scopes] for path, scopes in self._scopes.items()}
        self.counts = {path: [len(one.kids[apart[path].name]) for one in scopes] for path, scopes in self._scopes.items()}
        self.parts = sum(sum(counts) for counts in self.counts.values())
        structure = mended(check_structure(frame, apart=apart), frame)
        others: list[Finding] = []
        plan.visit(_outside(message, layers, frozenset(apart)), root, others)
        self.hollow = _without(frame, apart)
        for layer, read in self._readers:
            others += [layer.finding(place, breach) for place, breach in read(self.hollow)]
        self._amending = _amending(frame, history.previous, apart)
        if self._amending:
            others += self._amending.around
        if history.used is not None:
            others += used_before(frame, history.used)
        self._uses = history.uses
        self._numbered = {path: InParts(self.hollow, spec) for path, spec in apart.items()}
        self._frame = _Side(reused=list(reused(self.hollow, history.uses)) if history.uses else ())
        self._sides = dict[str, _Side]()
        starts = tuple(f"{path}/{apart[key].name}[" for key, paths in self._paths.items() for path in paths)
        for finding in structure:
            self._side(finding.path, starts).structure.append(finding)
        for finding in others:
            self._side(finding.path, starts).others.append(finding)

    def _side(self, path: str, starts: tuple[str, ...]) -> _Side:
        """Return where the finding at a path belongs: to the part it is in, or to the frame."""
        for start in starts:
            if path.startswith(start):
                part = path[: path.index("]", len(start)) + 1]
                return self._sides.setdefault(part, _Side())
        return self._frame

    def of_frame(self) -> list[Finding]:
        """Return the findings outside of parts."""
        return _told(self._frame)

    def _path(self, here: Here) -> str:
        return step(self._paths[here.spec.path][here.parent], here.spec, here.index)

    def reused(self, some: Sequence[Here]) -> Mapping[int, Sequence[Finding]]:
        """Return what other messages used of these parts' references, by identity of the part."""
        if self._uses is None:
            return {}
        found: dict[int, Sequence[Finding]] = {}
        for path, numbered in self._numbered.items():
            if numbered.windows:
                mine = [(here.node, self._path(here), id(here)) for here in some if here.spec.path == path]
                found.update(numbered.reused(mine, self._uses))
        return found

    def of_part(self, here: Here, again: Sequence[Finding] = ()) -> list[Finding]:
        """Return the findings in one part, with those about its references used before."""
        spec = here.spec
        path = self._path(here)
        side = self._sides.pop(path, None) if self._sides else None
        groups = Groups()
        structure = [] if is_fine_part(here.node, spec, groups) else check_part(here.node, spec, path, ordered=True)
        others: list[Finding] = []
        inside = self._plans.get(spec.path)
        if inside and here.node.children:
            around = self._scopes[spec.path][here.parent]
            plan.visit(inside, Scope(here.node, spec, around, here.index, groups), others)
        alone = self._alone[spec.path].holding(here.node, path)
        for layer, read in self._readers:
            others += [layer.finding(alone.away(place), breach) for place, breach in read(alone.document, groups)]
        if self._amending:
            others += self._amending.of_part(here, path)
        if structure:
            structure = alone.mended(structure)
        if side:
            # What is seen from around a part comes first, as in a walk from the root.
            structure, others = side.structure + structure, side.others + others
        return _told(_Side(structure, others, again)) if structure or others or again else []

    def of_absent_parts(self) -> list[Finding]:
        """Return what the frame says of parts that were not there, once all others are read."""
        return [finding for side in self._sides.values() for finding in _told(side)]


def _amending(frame: Document, previous: Document | None, apart: Mapping[str, Element]) -> Amending | None:
    return Amending(frame, previous, apart) if previous is not None and frame.message.amends else None


def _told(side: _Side) -> list[Finding]:
    """Return findings each once, without those that follow from others."""
    others = book.not_yet_told(side.others, side.structure)
    return list(dict.fromkeys([*side.structure, *others, *book.not_yet_told(list(side.reused), side.structure)]))


def _without(frame: Document, apart: Mapping[str, Element]) -> Document:
    """Return a document without its parts."""

    def hollow(node: Node, spec: Element) -> Node:
        kept = [child for child in node.children if f"{spec.path}/{child.name}".lstrip("/") not in apart]
        known = spec.by_name
        made = Node(node.name, node.text, [hollow(one, known[one.name]) if one.name in known else one for one in kept])
        made.given = node.given
        return made

    return Document(frame.message, hollow(frame.root, frame.message.root), frame.source, frame.namespace)


def _scopes(frame: Document, path: str, root: Scope) -> list[Scope]:
    """Return the groups that hold parts of a path, in the order of the document, each with those around it."""
    *names, last = path.split("/")
    found = [root]
    for name in names:
        found = [
            Scope(node, scope.spec.by_name[name], scope, index)
            for scope in found
            for index, node in enumerate(scope.kids.get(name, ()), 1)
        ]
    return [scope for scope in found if last in scope.kids]


def _likely(message: Message, layers: Layers, apart: Mapping[str, Element]) -> dict[str, set[str]]:
    """Return what is probably looked at in parts: that on which rules stand which are evaluated around them."""
    stands = [path for one in _outside(message, layers, frozenset(apart)).walk() for _, path in one.stands]
    return {part: {path.split("/")[part.count("/") + 1] for path in stands if path.startswith(f"{part}/")} for part in apart}


@cache
def _inside(message: Message, layers: Layers) -> Mapping[str, Plan]:
    """Return the plans of parts by their path."""
    parts = parts_of(message)
    return {one.spec.path: one for one in plan.plan(message, layers).walk() if one.spec.path in parts}


@cache
def _outside(message: Message, layers: Layers, apart: frozenset[str]) -> Plan:
    """Return the plan of a message without those of parts."""

    def without(one: Plan) -> Plan:
        return replace(one, below=[without(below) for below in one.below if below.spec.path not in apart])

    return without(plan.plan(message, layers))
