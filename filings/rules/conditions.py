"""Conditions as rows: "mandatory, optional or not to be used, depending on …", compiled once per element.

A row of tables/conditions.csv holds the hint {"if": test, "then": status, "else": status}; a status is M
(missing is error 13), X (given is error 15), O, or {"at_least_one": paths} (error 13 if none is given).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from filings.messages import catalogue
from filings.messages.catalogue import Element
from filings.messages.elements import Edition
from filings.messages.finding import Finding
from filings.rules import hints
from filings.rules.scope import Chain, NoWay, Scope, Stand, Way, way

MISSING: Final = "13"
NOT_HERE: Final = "15"

# Looks at one group and adds what it finds there.
Check = Callable[[Scope, list[Finding]], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One check of a group, and whether it has anything to do when a child is there, and when it is not."""

    child: str
    if_there: bool
    if_absent: bool
    check: Check

    def run(self, scope: Scope, found: list[Finding]) -> None:
        """Look at one group if there is anything to do."""
        if self.if_there if self.child in scope.kids else self.if_absent:
            self.check(scope, found)


# What a status finds in a group: CL723 code and what to do, or nothing.
Verdict = Callable[[Scope], tuple[str, str] | None]


class UnknownStatus(ValueError):
    """A condition names a status that does not exist."""


@cache
def rows(edition: Edition) -> Mapping[str, Mapping[str, str]]:
    """Return the conditions of a message set by id, as the rows of their table."""
    found = catalogue.rows("conditions")
    return {row["id"]: row for row in found if (row["message_set"], row["version"]) == edition}


def condition(id_: str, stand: Stand) -> Step:
    """Return the check of a condition where it stands."""
    return compiled(id_, json.loads(rows(stand.message.edition)[id_]["machine_hint"]), stand)


def compiled(id_: str, hint: Mapping[str, Any], stand: Stand) -> Step:
    """Return the check of a hint where it stands."""
    spec, chain = stand.spec, stand.chain
    asks = hints.test(hint["if"], chain, stand.message)
    then, otherwise = _verdict(hint["then"], spec, chain), _verdict(hint["else"], spec, chain)
    statuses = (hint["then"], hint["else"])

    def check(scope: Scope, found: list[Finding]) -> None:
        answer = asks.holds(scope)
        if answer is None:
            return
        verdict = (then if answer else otherwise)(scope)
        if verdict:
            code, deed = verdict
            reason = asks.why(scope)
            sentence = f"{reason[:1].upper()}{reason[1:]}, so {deed}.{stand.note}"
            found.append(Finding(scope.place(spec), code, id_, "error", sentence))

    # Most elements are fine whatever the answer, and need no question.
    surplus, missing = "X" in statuses, any(status not in ("X", "O") for status in statuses)
    return Step(spec.name, if_there=surplus, if_absent=missing, check=check)


def _verdict(status: object, spec: Element, chain: Chain) -> Verdict:
    if isinstance(status, Mapping) and "at_least_one" in status:
        return _at_least_one(status["at_least_one"], spec, chain)
    if status == "M":
        return _mandatory(spec)
    if status == "X":
        return _unused(spec)
    if status == "O":
        return _fine
    raise UnknownStatus(f"there is no status {status}")


def _mandatory(spec: Element) -> Verdict:
    missing = (MISSING, f"give “{spec.title}”")
    return lambda scope: None if spec.name in scope.kids else missing


def _unused(spec: Element) -> Verdict:
    surplus = (NOT_HERE, f"leave out “{spec.title}”")
    return lambda scope: surplus if spec.name in scope.kids else None


def _fine(_scope: Scope) -> None:
    return None


def _at_least_one(paths: list[str], spec: Element, chain: Chain) -> Verdict:
    """Return the verdict that something must stand at one of several places.

    The condition stands on each of the places; that nothing is given is said once, at the first of them.
    """
    roads = [road for path in paths for road in _existing(path, chain)]
    if roads[0].spec is not spec:
        return _fine
    titles = [f"in “{road.specs[-2].title}”" for road in roads if len(road.specs) > 1]
    missing = (MISSING, " or ".join([f"give “{spec.title}” here", *titles]))
    return lambda scope: None if any(road.nodes(scope) for road in roads) else missing


def _existing(path: str, chain: Chain) -> list[Way]:
    try:
        return [way(path, chain)]
    except NoWay:
        return []
