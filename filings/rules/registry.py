"""Rules as functions: where each one looks and what it says.

    @value("R3021", code="12")
    def container_number(value: str, here: Scope) -> Breach | None:
        \"\"\"A container number is four letters and seven digits (R3021).\"\"\"

The docstring is the wording that people, the API and the documentation show; the Breach a rule returns says
it for one document, with its values. A rule looks at each value, at each group, at the parent of its element
(so also when the element is absent), or at the list of groups its element stands in.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from filings.messages.catalogue import Element, Message
from filings.messages.document import Node
from filings.rules.scope import Scope

Looks = Literal["value", "group", "parent", "each"]


@dataclass(frozen=True, slots=True)
class Breach:
    """What a rule found. at: index of the occurrence; below: path from there; repair: a value that would do."""

    sentence: str
    severity: str = "error"
    repair: str = ""
    at: int = 0
    below: str = ""
    code: str = ""

    def about(self, title: str) -> "Breach":
        """Return the breach with the title of the element it is about."""
        return replace(self, sentence=f"“{title}”: {self.sentence}")


# Not frozen, as that would make each of very many dearer.
@dataclass(slots=True)
class At:
    """The occurrences of an element under one parent. For "each": of the groups its element stands in."""

    parent: Scope
    spec: Element
    nodes: list[Node]
    message: Message


ValueRule = Callable[[str, Scope], Breach | None]
PlaceRule = Callable[[At], Iterable[Breach]]


@dataclass(frozen=True)
class Rule:
    """One rule. on: names of the elements it is told at, where it stands on several; empty for all."""

    id: str
    code: str
    looks: Looks
    on: tuple[str, ...]
    wording: str
    of_value: ValueRule | None = None
    of_place: PlaceRule | None = None


_RULES: Final[dict[str, Rule]] = {}
RULES: Final[Mapping[str, Rule]] = MappingProxyType(_RULES)


def _add(rule: Rule) -> None:
    if rule.id in _RULES:
        raise ValueError(f"{rule.id} is written twice")
    _RULES[rule.id] = rule


def _wording(function: Callable[..., object]) -> str:
    return " ".join((function.__doc__ or "").split())


def value(id_: str, *, code: str) -> Callable[[ValueRule], ValueRule]:
    """Register a rule about each value of its element."""

    def register(function: ValueRule) -> ValueRule:
        _add(Rule(id_, code, "value", (), _wording(function), of_value=function))
        return function

    return register


def _place(looks: Looks, id_: str, code: str, on: tuple[str, ...]) -> Callable[[PlaceRule], PlaceRule]:
    def register(function: PlaceRule) -> PlaceRule:
        _add(Rule(id_, code, looks, on, _wording(function), of_place=function))
        return function

    return register


def group(id_: str, *, code: str) -> Callable[[PlaceRule], PlaceRule]:
    """Register a rule about the occurrences of a group under one parent, when there are any."""
    return _place("group", id_, code, ())


def parent(id_: str, *, code: str, on: tuple[str, ...] = ()) -> Callable[[PlaceRule], PlaceRule]:
    """Register a rule evaluated once per parent, also when its element is absent."""
    return _place("parent", id_, code, on)


def each(id_: str, *, code: str) -> Callable[[PlaceRule], PlaceRule]:
    """Register a rule about all groups of a list that its element stands in, as numbers that run 1, 2, 3."""
    return _place("each", id_, code, ())
