"""Compile the tests of the machine hints: what a condition asks of the document, and how to say the answer.

A test answers yes, no, or None when it cannot be judged: something mandatory is missing or a value is
wrong, which the structural check reports already. `why` says the answer in words, with the values found.
The language is that of the column machine_hint of tables/conditions.csv.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.document import Node
from filings.rules.scope import Chain, Scope, Way, way

Answer = bool | None


@dataclass(frozen=True)
class Test:
    """One test of one element of one message."""

    holds: Callable[[Scope], Answer]
    why: Callable[[Scope], str]


class UnknownHint(ValueError):
    """The hint language has no such word."""


def test(hint: Mapping[str, Any], chain: Chain, message: Message) -> Test:
    """Return the test of a hint for the group at the end of a chain.

    :raises UnknownHint: if there is no such test
    :raises scope.NoWay: if the message lacks what it reads
    """
    if len(hint) == 1:
        [(word, argument)] = hint.items()
        if word in _WORDS:
            return _WORDS[word](argument, chain, message)
    raise UnknownHint(f"there is no test {dict(hint)}")


def country_of(place: Node) -> str:
    """Return the country of a place: of its UN/LOCODE, else of its address; "" when it has neither."""
    code = place.first("UNLOCODE")
    if code is None:
        address = place.first("address")
        code = address.first("country") if address else None
    return (code.text or "")[:2] if code else ""


def _present(path: str, chain: Chain, _message: Message, *, wanted: bool = True) -> Test:
    road = way(path, chain)

    def why(scope: Scope) -> str:
        found = road.nodes(scope)
        value = f" ({found[0].text})" if found and found[0].text else ""
        return f"{road.label} is given{value}" if found else f"{road.label} is not given"

    return Test(lambda scope: bool(road.nodes(scope)) is wanted, why)


def _absent(path: str, chain: Chain, message: Message) -> Test:
    return _present(path, chain, message, wanted=False)


def _value(road: Way, scope: Scope) -> str | None:
    """Return the value a way leads to, "" if it may be absent and is; None if it cannot be relied on."""
    found = road.nodes(scope)
    if not found:
        return None if road.is_lost(scope) else ""
    text = found[0].text
    return text if text and road.spec.quick(text) else None


def _compared(path: str, chain: Chain, accepts: Callable[[str], bool]) -> Test:
    road = way(path, chain)

    def holds(scope: Scope) -> Answer:
        value = _value(road, scope)
        return None if value is None else bool(value) and accepts(value)

    def why(scope: Scope) -> str:
        value = _value(road, scope)
        return f"{road.label} is {value}" if value else f"{road.label} is not given"

    return Test(holds, why)


def _eq(argument: tuple[str, str], chain: Chain, _message: Message) -> Test:
    path, wanted = argument
    return _compared(path, chain, lambda value: value == wanted)


def _in(argument: tuple[str, list[str]], chain: Chain, _message: Message) -> Test:
    path, choice = argument
    return _compared(path, chain, frozenset(choice).__contains__)


def _regex(argument: tuple[str, str], chain: Chain, _message: Message) -> Test:
    path, pattern = argument
    compiled = re.compile(pattern)
    return _compared(path, chain, lambda value: bool(compiled.fullmatch(value)))


def _any_eq(argument: tuple[str, str], chain: Chain, _message: Message) -> Test:
    path, wanted = argument
    road = way(path, chain)
    group = f"“{road.specs[-2].title}”" if len(road.specs) > 1 else road.label

    def holds(scope: Scope) -> Answer:
        found = road.nodes(scope)
        return bool(found) and any(node.text == wanted for node in found)

    def why(scope: Scope) -> str:
        title = road.spec.title.lower()
        return f"{group} has the {title} {wanted}" if holds(scope) else f"no {group} has the {title} {wanted}"

    return Test(holds, why)


def _in_list(argument: tuple[Any, str], chain: Chain, message: Message) -> Test:
    """The one use of a list here is the country of a place."""
    subject, list_id = argument
    if not isinstance(subject, Mapping) or "country_of_place" not in subject:
        raise UnknownHint(f"there is no list test of {subject}")
    road = way(subject["country_of_place"], chain)
    codes = catalogue.code_list(list_id, *message.edition).names

    def country(scope: Scope) -> str:
        found = road.nodes(scope)
        return country_of(found[0]) if found else ""

    def holds(scope: Scope) -> Answer:
        value = country(scope)
        return value in codes if value else None

    return Test(holds, lambda scope: f"{road.label} is in {country(scope)}")


def _list_value_is(argument: tuple[str, str, str], chain: Chain, message: Message) -> Test:
    path, list_id, wanted = argument
    road = way(path, chain)
    names = catalogue.code_list(list_id, *message.edition).names

    def holds(scope: Scope) -> Answer:
        value = _value(road, scope)
        return None if value is None else names.get(value) == wanted

    def why(scope: Scope) -> str:
        known = "has" if holds(scope) else "does not have"
        return f"{list_id} {known} {road.label} {_value(road, scope)} with the mark {wanted}"

    return Test(holds, why)


def _and(hints: list[Mapping[str, Any]], chain: Chain, message: Message) -> Test:
    tests = [test(hint, chain, message) for hint in hints]

    def holds(scope: Scope) -> Answer:
        result: Answer = True
        for one in tests:
            answer = one.holds(scope)
            if answer is False:
                return False
            if answer is None:
                result = None
        return result

    def why(scope: Scope) -> str:
        answer = holds(scope)
        return " and ".join(one.why(scope) for one in tests if one.holds(scope) is answer)

    return Test(holds, why)


def _or(hints: list[Mapping[str, Any]], chain: Chain, message: Message) -> Test:
    inner = _and([{"not": hint} for hint in hints], chain, message)
    return Test(lambda scope: _opposite(inner.holds(scope)), inner.why)


def _not(hint: Mapping[str, Any], chain: Chain, message: Message) -> Test:
    inner = test(hint, chain, message)
    return Test(lambda scope: _opposite(inner.holds(scope)), inner.why)


def _opposite(answer: Answer) -> Answer:
    return None if answer is None else not answer


def _ne(argument: tuple[str, str], chain: Chain, message: Message) -> Test:
    return _not({"eq": argument}, chain, message)


def _channel(channel: str, _chain: Chain, message: Message) -> Test:
    """What we send goes through the trader interface; how others notified a received message is unknown."""
    answer = channel == "trader_interface" if message.is_sent else None
    return Test(lambda _scope: answer, lambda _scope: "the message goes through the trader interface")


_WORDS: Final[Mapping[str, Callable[[Any, Chain, Message], Test]]] = {
    "present": _present,
    "absent": _absent,
    "eq": _eq,
    "ne": _ne,
    "in": _in,
    "any_eq": _any_eq,
    "regex": _regex,
    "in_list": _in_list,
    "list_value_is": _list_value_is,
    "and": _and,
    "or": _or,
    "not": _not,
    "channel": _channel,
}
