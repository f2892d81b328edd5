"""What there is to check in a message, compiled once: for each group its checks, and where to go on.

A plan follows the table. Only groups with something to check in or below them are visited.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from filings.messages import catalogue
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Groups
from filings.messages.elements import Edition
from filings.messages.finding import Finding
from filings.rules import goods, notices, numbers, parties, transport  # noqa: F401 - reading them registers their rules
from filings.rules.conditions import Step, condition
from filings.rules.layers import ALL, Layer, Layers
from filings.rules.layers.layer import Look
from filings.rules.registry import RULES, At, Breach, Rule
from filings.rules.scope import Chain, Scope, Stand


@dataclass
class Plan:
    """The checks of a group, those of the groups below, and which rules stand for them."""

    spec: Element
    checks: list[Step] = field(default_factory=list)
    below: list["Plan"] = field(default_factory=list)
    stands: list[tuple[str, str]] = field(default_factory=list)

    def walk(self) -> "Iterator[Plan]":
        """Yield the plan and those below."""
        yield self
        for plan in self.below:
            yield from plan.walk()


@cache
def plan(message: Message, layers: Layers = ALL) -> Plan:
    """Return the plan of a message with the layers that are on."""
    plans: dict[str, Plan] = {}
    _build((message.root,), message, plans)
    for each in plans.values():
        for child in each.spec.children:
            if child.format:
                _add_layers(child, each, layers)
    root = plans[""]
    _prune(root)
    return root


def run(document: Document, layers: Layers = ALL, groups: Groups | None = None) -> list[Finding]:
    """Return what rules, conditions and layers find in a document, in the order of the table.

    groups: the children by name of groups that were looked at before.
    """
    found: list[Finding] = []
    visit(plan(document.message, layers), Scope(document.root, document.message.root, groups=groups), found)
    for layer, read in layers.readers:
        found.extend(layer.finding(path, breach) for path, breach in read(document, groups))
    return found


def visit(here: Plan, scope: Scope, found: list[Finding]) -> None:
    kids = scope.kids
    for one in here.checks:
        if one.if_there if one.child in kids else one.if_absent:
            one.check(scope, found)
    for below in here.below:
        spec = below.spec
        for index, node in enumerate(kids.get(spec.name, ()), 1):
            # An empty group is one fault; what should be in it is not many more.
            if node.children:
                visit(below, Scope(node, spec, scope, index), found)


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


def _add_layers(spec: Element, here: Plan, layers: Layers) -> None:
    """Put the check of the layers that look at a value into the plan of its group."""
    looking = [(layer, look) for layer in layers.active if (look := layer.look(spec))]
    if looking:
        here.checks.append(_of_layers(looking, spec, layers))
        here.stands.extend((layer.id, spec.path) for layer, _ in looking)


def _of_layers(looking: list[tuple[Layer, Look]], spec: Element, layers: Layers) -> Step:
    name = spec.name
    judges = [(layer.judge, look.when, look.one_of, layer) for layer, look in looking]

    def check(scope: Scope, found: list[Finding]) -> None:
        for index, node in enumerate(scope.kids[name], 1):
            text = node.text
            if text:
                for judge, when, one_of, layer in judges:
                    if not when or scope.value(when) in one_of:
                        breach = judge(text, scope, layers)
                        if breach:
                            found.append(layer.finding(scope.place(spec, index), breach.about(spec.title)))

    return Step(name, if_there=True, if_absent=False, check=check)


def _finding(rule: Rule, path: str, breach: Breach, stand: Stand) -> Finding:
    where = path + (f"/{breach.below}" if breach.below else "")
    return Finding(where, breach.code or rule.code, rule.id, breach.severity, breach.sentence + stand.note, breach.repair)


def _of_value(rule: Rule, stand: Stand) -> Step:
    spec, name, judge = stand.spec, stand.spec.name, rule.of_value

    def check(scope: Scope, found: list[Finding]) -> None:
        for index, node in enumerate(scope.kids[name], 1):
            breach = judge(node.text, scope) if judge and node.text else None
            if breach:
                found.append(_finding(rule, scope.place(spec, index), breach.about(spec.title), stand))

    return Step(name, if_there=True, if_absent=False, check=check)


def _of_place(rule: Rule, stand: Stand) -> Step:
    """Return the check of a rule about the occurrences of its element, or of the groups that element is in."""
    judge, absent = rule.of_place, rule.looks == "parent"
    listed = stand.chain[-1] if rule.looks == "each" else stand.spec

    def check(scope: Scope, found: list[Finding]) -> None:
        if judge:
            for breach in judge(At(scope, stand.spec, scope.kids.get(listed.name, []), stand.message)):
                found.append(_finding(rule, scope.place(listed, breach.at or 1), breach, stand))  # noqa: PERF401 rarely any

    return Step(listed.name, if_there=True, if_absent=absent, check=check)


def _readings(message: Message, path: str) -> Mapping[str, str]:
    """Return why we read rules and conditions of an element otherwise than its table says, by their id."""
    return {
        id_: row["reason"]
        for row in _overrides(message.edition).get((message.id, path), ())
        for id_ in (*row["rules"].split(), *row["conditions"].split())
    }


@cache
def _overrides(edition: Edition) -> Mapping[tuple[str, str], list[dict[str, str]]]:
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in catalogue.rows("overrides"):
        if (row["message_set"], row["version"]) == edition:
            found.setdefault((row["message"], row["path"]), []).append(row)
    return found
