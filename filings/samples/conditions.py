"""Apply conditions and rules of choice of the message tables to a document that holds too much.

The sentences are those of conditions.csv and rules.csv (their `machine_hint`). This module makes documents
fit them; whether a document fits is the business of the rule book, which shares nothing with it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from filings.messages import catalogue
from filings.messages.catalogue import Element, Message

Json = dict[str, Any]
Alternative = tuple[str, ...]
HOUSE: Final = "consignmentHouseLevel"
MASTER: Final = "consignmentMasterLevel"
# Rules that say "either … or": giving both is at least doubtful, so a sample gives one.
EITHER_OR: Final = frozenset({"R3002", "R3007", "R3008", "R3028", "R3029", "R3034", "R3035", "R3048"})


@dataclass(frozen=True)
class Branch:
    """A group of the document with the groups above it, root first; the last one is the group itself."""

    message: Message
    chain: tuple[tuple[Element, Json], ...]

    @property
    def element(self) -> Element:
        """Return the table line of the group."""
        return self.chain[-1][0]

    @property
    def node(self) -> Json:
        """Return the group."""
        return self.chain[-1][1]

    def nearest(self, name: str) -> Json:
        """Return the closest group of a name, this one included; an empty one if there is none."""
        return next((node for element, node in reversed(self.chain) if element.name == name), {})

    def base(self, path: str) -> tuple[Json, str]:
        """Return where a path of a hint starts and what is left of it. `.` is this group."""
        if path.startswith("/"):
            return self.chain[0][1], path[1:]
        if path.startswith("house:"):
            return self.nearest(HOUSE), path.removeprefix("house:")
        if path.startswith("master:"):
            return self.chain[0][1].get(MASTER, {}), path.removeprefix("master:")
        return self.node, path.removeprefix("./").removeprefix("../")

    def values(self, path: str) -> list[Any]:
        """Return everything at a path."""
        node, rest = self.base(path)
        return _below([node], rest.split("/"))

    def drop(self, path: str) -> None:
        """Remove what stands at a path."""
        node, rest = self.base(path)
        *parents, name = rest.split("/")
        for parent in _below([node], parents):
            parent.pop(name, None)


def branches(message: Message, document: Json) -> Iterator[Branch]:
    """Yield every group of a document, outer ones first."""
    yield from branches_in(message, ((message.root, document),))


def branches_in(message: Message, chain: tuple[tuple[Element, Json], ...]) -> Iterator[Branch]:
    """Yield the group at the end of a chain of groups, and every group in it."""
    yield from _branches(Branch(message, chain))


def _branches(branch: Branch) -> Iterator[Branch]:
    yield branch
    for child in branch.element.children:
        if child.format:
            continue
        for node in _listed(branch.node.get(child.name)):
            yield from _branches(Branch(branch.message, (*branch.chain, (child, node))))


def settle(branch: Branch, *, optional: bool, turn: int) -> None:
    """Remove from one group what its conditions and its rules of choice do not let stand."""
    for child in branch.element.children:
        for condition in child.conditions:
            _judge(branch, child, _hints("conditions", child.edition)[condition], optional)
        for rule in child.rules:
            if child.format is None and _is_relative(rule, child):
                for node in _listed(branch.node.get(child.name)):
                    _choose(Branch(branch.message, (*branch.chain, (child, node))), rule, optional, turn)
            else:
                _choose(branch, rule, optional, turn)


def wanted(message: Message) -> frozenset[str]:
    """Return the optional elements of a message that some rule may ask for."""
    return frozenset(
        path
        for element in message.root.walk()
        for rule in element.rules
        if "not" not in _hints("rules", element.edition)[rule].get("assert", {})
        for alternative in alternatives(rule, element)
        for path in _schema_paths(element, alternative)
    )


def alternatives(rule: str, element: Element) -> list[Alternative]:
    """Return the sets of elements of which one must be complete, if the rule is about that."""
    return _alternatives_of(rule, element.edition)


@cache
def _alternatives_of(rule: str, edition: tuple[str, str]) -> list[Alternative]:
    hint = _hints("rules", edition).get(rule, {})
    return _alternatives(hint.get("assert", {})) if "when" not in hint else []


def _alternatives(test: Any) -> list[Alternative]:
    match test:
        case {"present": path}:
            return [(path,)]
        case {"and": tests}:
            return [tuple(path for one in tests for path in _alternatives(one)[0])] if all(map(_alternatives, tests)) else []
        case {"or": tests} | {"exactly_one_of": tests} | {"not": {"and": tests}}:
            return [alternative for one in tests for alternative in _alternatives(one)]
    return []


def _schema_paths(element: Element, alternative: Alternative) -> Iterator[str]:
    """Yield the paths of an alternative from below the root."""
    for path in alternative:
        if path.startswith("/"):
            yield path[1:]
        elif path.startswith("house:"):
            yield f"{MASTER}/{HOUSE}/{path.removeprefix('house:')}"
        elif path.startswith("./"):
            yield f"{element.path}/{path[2:]}"


def _is_relative(rule: str, element: Element) -> bool:
    return any(path.startswith("./") for alternative in alternatives(rule, element) for path in alternative)


def _choose(branch: Branch, rule: str, optional: bool, turn: int) -> None:
    """Keep one alternative of a rule: always if it says "either … or", else when only the needed stands."""
    offered = alternatives(rule, branch.element)
    complete = [alternative for alternative in offered if all(branch.values(path) for path in alternative)]
    if not complete or (optional and rule not in EITHER_OR):
        return
    kept = complete[turn % len(complete)] if rule in EITHER_OR else complete[0]
    for alternative in offered:
        for path in alternative:
            if path not in kept:
                branch.drop(path)


def _judge(branch: Branch, child: Element, hint: Mapping[str, Any], optional: bool) -> None:
    """Apply one condition to a child: it must, may or must not stand."""
    verdict = hint["then"] if _holds(branch, hint["if"]) else hint["else"]
    if isinstance(verdict, dict):
        given = [path for path in verdict["at_least_one"] if branch.values(path)]
        for path in () if optional else given[1:]:
            branch.drop(path)
    elif verdict == "X" or (verdict == "O" and not optional):
        branch.node.pop(child.name, None)


def _holds(branch: Branch, test: Any) -> bool:  # noqa: PLR0911 - one line for each word of the hint language
    match test:
        case {"eq": [path, value]} | {"any_eq": [path, value]}:
            return value in branch.values(path)
        case {"in": [path, choice]}:
            return any(value in choice for value in branch.values(path))
        case {"present": path}:
            return bool(branch.values(path))
        case {"absent": path}:
            return not branch.values(path)
        case {"and": tests}:
            return all(_holds(branch, one) for one in tests)
        case {"in_list": [{"country_of_place": path}, listed]}:
            return _country(branch, path) in _list(branch, listed)
        case {"list_value_is": [path, listed, name]}:
            return any(_list(branch, listed).get(value) == name for value in branch.values(path))
        case {"channel": channel}:
            return bool(channel == "trader_interface")
    raise ValueError(f"unknown hint {test}")


def _list(branch: Branch, name: str) -> Mapping[str, str]:
    return catalogue.code_list(name, *branch.message.edition).names


def _country(branch: Branch, path: str) -> str:
    codes = branch.values(f"{path}/UNLOCODE") or branch.values(f"{path}/address/country")
    return str(codes[0])[:2] if codes else ""


def _below(nodes: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Return what stands below nodes along a path of names, lists taken apart."""
    for name in names:
        nodes = [value for node in nodes for value in _listed(node.get(name))]
    return list(nodes)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


@cache
def _hints(table: str, edition: tuple[str, str]) -> Mapping[str, Any]:
    """Return the machine hints of conditions or rules by id."""
    rows = (row for row in catalogue.rows(table) if (row["message_set"], row["version"]) == edition)
    return {row["id"]: json.loads(row["machine_hint"] or "{}") for row in rows}
