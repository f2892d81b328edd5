"""What there is to check in a message, compiled once: for each group its checks, and where to go on.

A plan follows the table. Only groups with something to check in or below them are visited.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from filings.messages import catalogue
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document
from filings.messages.elements import Edition
from filings.messages.finding import Finding
from filings.rules import goods, notices, numbers, parties, transport  # noqa: F401 - reading them registers their rules
from filings.rules.conditions import Check, condition
from filings.rules.layers import ALL, Layer, Layers
from filings.rules.layers.layer import Look
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


def run(document: Document, layers: Layers = ALL) -> list[Finding]:
    """Return what rules, conditions and layers find in a document, in the order of the table."""
    found: list[Finding] = []
    visit(plan(document.message, layers), Scope(document.root, document.message.root), found)
    for layer in layers.active:
        if layer.reader:
            found.extend(layer.finding(path, breach) for path, breach in layer.reader(document))
    return found


def visit(here: Plan, scope: Scope, found: list[Finding]) -> None:
    for check in here.checks:
        check(scope, found)
    for below in here.below:
        for index, node in enumerate(scope.kids.get(below.spec.name, ()), 1):
            # An empty group is one fault; what should be in it is not many more.
            if node.children:
                visit(below, Scope(node, below.spec, scope, index), found)


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
    """Put the checks of the layers that look at a value into the plan of its group."""
    for layer in layers.active:
        look = layer.look(spec)
        if look:
            here.checks.append(_of_layer(layer, look, spec, layers))
            here.stands.append((layer.id, spec.path))


def _of_layer(layer: Layer, look: Look, spec: Element, layers: Layers) -> Check:
    judge, name = layer.judge, spec.name

    def check(scope: Scope, found: list[Finding]) -> None:
        nodes = scope.kids.get(name, ())
        if nodes and (not look.when or scope.value(look.when) in look.one_of):
            for index, node in enumerate(nodes, 1):
                breach = judge(node.text, scope, layers) if node.text else None
                if breach:
                    found.append(layer.finding(scope.place(spec, index), breach.about(spec.title)))

    return check


def _finding(rule: Rule, path: str, breach: Breach, stand: Stand) -> Finding:
    where = path + (f"/{breach.below}" if breach.below else "")
    return Finding(where, breach.code or rule.code, rule.id, breach.severity, breach.sentence + stand.note, breach.repair)


def _of_value(rule: Rule, stand: Stand) -> Check:
    spec, name, judge = stand.spec, stand.spec.name, rule.of_value

    def check(scope: Scope, found: list[Finding]) -> None:
        for index, node in enumerate(scope.kids.get(name, ()), 1):
            breach = judge(node.text, scope) if judge and node.text else None
            if breach:
                found.append(_finding(rule, scope.place(spec, index), breach.about(spec.title), stand))

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
