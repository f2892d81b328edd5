"""Rules about other messages: references used before, and amendments against what they amend.

They need more than the document: whether a reference was used, and the filing as customs last accepted it.
Both are handed in; nothing here looks anything up.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Final

from filings.messages.catalogue import Element
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.rules.scope import HOUSE, MASTER, step

UNIQUE: Final = "R3003"
FIXED: Final = "R3024"
DUPLICATE: Final = "94"
NO_ADDING: Final = "101"
NO_CHANGE: Final = "104"
HOUSES: Final = f"{MASTER}/{HOUSE}"
HOUSE_NUMBER: Final = "transportDocumentHouseLevel/documentNumber"

# Says whether a party (an EORI number) used a reference before in any message.
Used = Callable[[str, str], bool]


def used_before(document: Document, used: Used) -> Iterator[Finding]:
    """A reference is never used again by the same declarant (R3003).

    The key is the party whose message it is, the column `party` of the message: the declarant, or who
    notifies the arrival or asks where there is none.
    """
    message = document.message
    party = document.value(message.party) or ""
    for spec in message.root.children:
        given = document.value(spec.name)
        if UNIQUE in spec.rules and given and party and used(given, party):
            sentence = f"“{spec.title}”: {party} used “{given}” before; give one that was never used."
            yield Finding(step(f"/{message.root_name}", spec, 1), DUPLICATE, UNIQUE, "error", sentence)


def amended(document: Document, previous: Document, later: "Later | None" = None) -> Iterator[Finding]:
    """What may not be amended equals the filing as last accepted, and nothing is added (R3024, errors 101 and 104).

    Houses are compared by their transport document, those without one by their order. later: is given each list of
    groups first, and says whether it will compare them itself.
    """
    now = Level(document.root, document.message.root, f"/{document.message.root_name}")
    before = Level(previous.root, previous.message.root, "")
    yield from _compare(now, before, later or _at_once)


@dataclass(frozen=True, slots=True)
class Level:
    """A group of a document that is compared: a message, its master consignment, a house, a goods item."""

    node: Node
    spec: Element
    path: str

    def below(self, name: str) -> "list[Level]":
        """Return the groups of a name in this one."""
        spec = self.spec.by_name.get(name)
        if not spec:
            return []
        return [Level(node, spec, step(self.path, spec, index)) for index, node in enumerate(self.node.named(name), 1)]

    def value(self, path: str) -> str:
        """Return the first value at a path."""
        node: Node | None = self.node
        for name in path.split("/"):
            node = node.first(name) if node else None
        return (node.text or "" if node else "").strip()


# Takes a group now and before, and the line of a list in it.
Later = Callable[[Level, Level | None, Element], bool]

# Lists in which nothing may be added, with what tells their groups apart.
LISTS: Final = {HOUSE: HOUSE_NUMBER, "goodsItem": "goodsItemNumber"}
# In place of a position: there is none, and there is none because the group was added.
NONE: Final = -1
ADDED: Final = -2


def _at_once(_now: Level, _before: Level | None, _spec: Element) -> bool:
    return False


@cache
def is_compared(spec: Element) -> bool:
    """Say whether something in an element, or the element itself, may not be amended or is a list to which nothing is added."""
    return FIXED in spec.rules or spec.name in LISTS or any(is_compared(child) for child in spec.children)


def _compare(now: Level, before: Level | None, later: Later = _at_once) -> Iterator[Finding]:
    """Yield what is fixed in a group and differs, in the order of the table."""
    for spec in now.spec.children:
        if not is_compared(spec):
            continue
        if spec.name in LISTS:
            if not later(now, before, spec):
                yield from _compare_lists(now, before, spec, later)
        elif spec.children:
            yield from _compare_groups(now, before, spec, later)
        elif FIXED in spec.rules and before is not None:
            given, accepted = now.value(spec.name), before.value(spec.name)
            if given != accepted:
                yield _fixed(step(now.path, spec, 1), spec, given, accepted)


def _compare_groups(now: Level, before: Level | None, spec: Element, later: Later) -> Iterator[Finding]:
    mine, theirs = now.below(spec.name), before.below(spec.name) if before else []
    is_fixed = FIXED in spec.rules and before is not None
    if is_fixed and len(mine) != len(theirs):
        deed = "added" if mine else "left out"
        sentence = f"“{spec.title}” may not be {deed} in an amendment; put it back as it was or file anew."
        yield Finding(step(now.path, spec, 1), NO_CHANGE, FIXED, "error", sentence)
        return
    for one, other in zip_longest(mine, theirs):
        if one is not None:
            found = list(_compare(one, other, later))
            yield from found
            # The class as a whole is marked, and its number once more: whether a new address matters is open.
            if is_fixed and other is not None and not found and _content(one.node) != _content(other.node):
                sentence = f"“{spec.title}” differs from the filing; customs may refuse to amend it."
                yield Finding(one.path, NO_CHANGE, FIXED, "warning", sentence)
        elif other is not None and before is not None:
            yield from _compare(Level(Node(spec.name), spec, step(now.path, spec, 1)), other)


def _compare_lists(now: Level, before: Level | None, spec: Element, later: Later) -> Iterator[Finding]:
    """Yield what was added to a list, whose key was changed, and what differs in the groups that are the same."""
    if before is None:
        return
    mine, theirs = now.below(spec.name), before.below(spec.name)
    key = LISTS[spec.name]
    names = [one.value(key) for one in mine]
    for place, position in enumerate(pairs(names, [one.value(key) for one in theirs])):
        if position == ADDED:
            yield from added(mine[place], place, names)
        else:
            yield from compared(mine[place], theirs[position] if position >= 0 else None, later)


def compared(one: Level, other: Level | None, later: Later = _at_once) -> Iterator[Finding]:
    """Yield what is fixed and differs in a group of a list. other: the one it was."""
    return _compare(one, other, later)


def added(one: Level, place: int, names: Sequence[str]) -> Iterator[Finding]:
    """Yield that a group of a list was added. place: counted from 0, among those that have these names."""
    name = names[place] if _tell_apart(names) else place + 1
    sentence = f"“{one.spec.title}” {name} is not in the filing, and an amendment may not add one; file it anew."
    yield Finding(one.path, NO_ADDING, "", "error", sentence)


def pairs(mine: Sequence[str], theirs: Sequence[str]) -> list[int]:
    """Return for each group the position of the one it was, `ADDED`, or `NONE`; given what tells them apart.

    They go by their order where that is missing or not unique.
    """
    known = {name: position for position, name in enumerate(_keys(theirs))}
    more = len(mine) - len(theirs)
    found: list[int] = []
    for place, name in enumerate(_keys(mine)):
        if name in known:
            found.append(known[name])
        elif more > 0:
            more -= 1
            found.append(ADDED)
        else:
            found.append(place if place < len(theirs) else NONE)
    return found


def _keys(names: Sequence[str]) -> Sequence[str]:
    return names if _tell_apart(names) else [str(place) for place in range(1, len(names) + 1)]


def _tell_apart(names: Sequence[str]) -> bool:
    return "" not in names and len(set(names)) == len(names)


def _fixed(path: str, spec: Element, given: str, accepted: str) -> Finding:
    was = f"it was “{accepted}”" if accepted else "it was not given"
    now = f"it is “{given}”" if given else "it is missing"
    sentence = f"“{spec.title}” may not be amended: {was}, {now}; put it back or file anew."
    return Finding(path, NO_CHANGE, FIXED, "error", sentence, accepted)


def _content(node: Node) -> tuple[object, ...]:
    return (node.name, node.text, *sorted(map(repr, map(_content, node.children))))
