"""What there is to check in a message, compiled once: for each group its checks, and where to go on.

A plan follows the table. Only groups with something to check in or below them are visited.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from filings.messages import catalogue
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.rules.conditions import Check, condition
from filings.rules.registry import RULES, At, Breach, Rule
from filings.rules.scope import Chain, Scope, Stand


@dataclass
class Plan:
    """The checks of a group, those of the groups below, and which rules stand for them."""

    spec: Element
    checks: list[Check] = field(default_factory=list)
    below: list["Plan"] = field(default_factory=list)
    stands: list[tuple[str, str]] = field(default_factory=list)

    def walk(self) -> "Iterator[Plan]":
        """Yield the plan and those below."""
        yield self
        for plan in self.below:
            yield from plan.walk()


@cache
def plan(message: Message) -> Plan:
    """Return the plan of a message."""
    plans: dict[str, Plan] = {}
    _build((message.root,), message, plans)
    root = plans[""]
    _prune(root)
    return root


def run(document: Document) -> list[Finding]:
    """Return what rules and conditions find in a document, in the order of the table."""
    found: list[Finding] = []
    _visit(plan(document.message), Scope(document.root, document.message.root), found)
    return found


def _visit(here: Plan, scope: Scope, found: list[Finding]) -> None:
    for check in here.checks:
        check(scope, found)
    for below in here.below:
        for index, node in enumerate(scope.kids.get(below.spec.name, ()), 1):
            # An empty group is one fault; what should be in it is not many more.
            if node.children:
                _visit(below, Scope(node, below.spec, scope, index), found)


def _build(chain: Chain, message: Message, plans: dict[str, Plan]) -> None:
    group = chain[-1]
    here = plans[group.path] = Plan(group)
    for child in group.children:
        readings = _readings(message, child.path)
        for id_ in child.conditions:
            here.checks.append(condition(id_, Stand(child, chain, message, readings.get(id_, ""))))
            here.stands.append((id_, child.path))
        for id_ in child.rules:
            if id_ in RULES:
                _add(RULES[id_], Stand(child, chain, message, readings.get(id_, "")), plans)
    for child in group.children:
        if child.children:
            _build((*chain, child), message, plans)
            here.below.append(plans[child.path])


def _prune(here: Plan) -> bool:
    here.below = [below for below in here.below if _prune(below)]
    return bool(here.checks or here.below)


def _add(rule: Rule, stand: Stand, plans: dict[str, Plan]) -> None:
    """Put the check of a rule into the plan of the group it is evaluated in."""
    if rule.on and stand.spec.name not in rule.on:
        return
    holder = plans[stand.chain[-2 if rule.looks == "each" else -1].path]
    holder.checks.append(_of_value(rule, stand) if rule.of_value else _of_place(rule, stand))
    holder.stands.append((rule.id, stand.spec.path))


def _finding(rule: Rule, path: str, breach: Breach, stand: Stand) -> Finding:
    where = path + (f"/{breach.below}" if breach.below else "")
    return Finding(where, breach.code or rule.code, rule.id, breach.severity, breach.sentence + stand.note, breach.repair)


def _of_value(rule: Rule, stand: Stand) -> Check:
    spec, name, judge = stand.spec, stand.spec.name, rule.of_value

    def check(scope: Scope, found: list[Finding]) -> None:
        for index, node in enumerate(scope.kids.get(name, ()), 1):
            breach = judge(node.text, scope) if judge and node.text else None
            if breach:
                found.append(_finding(rule, scope.place(spec, index), breach, stand))

    return check


def _of_place(rule: Rule, stand: Stand) -> Check:
    """Return the check of a rule about the occurrences of its element, or of the groups that element is in."""
    judge, absent = rule.of_place, rule.looks == "parent"
    listed = stand.chain[-1] if rule.looks == "each" else stand.spec

    def check(scope: Scope, found: list[Finding]) -> None:
        nodes = scope.kids.get(listed.name, [])
        if judge and (nodes or absent):
            found.extend(
                _finding(rule, scope.place(listed, breach.at or 1), breach, stand)
                for breach in judge(At(scope, stand.spec, nodes, stand.message))
            )

    return check


def _readings(message: Message, path: str) -> Mapping[str, str]:
    """Return why we read rules and conditions of an element otherwise than its table says, by their id."""
    return {
        id_: row["reason"]
        for row in _overrides().get((*message.edition, message.id, path), ())
        for id_ in (*row["rules"].split(), *row["conditions"].split())
    }


@cache
def _overrides() -> Mapping[tuple[str, str, str, str], list[dict[str, str]]]:
    found: dict[tuple[str, str, str, str], list[dict[str, str]]] = {}
    for row in catalogue.rows("overrides"):
        found.setdefault((row["message_set"], row["version"], row["message"], row["path"]), []).append(row)
    return found
