"""Choose from facts what the table of a message has: mandatory, conditional and, when asked, optional elements.

    fill(message("IE3F12"), facts, optional=False) -> {"LRN": "F12-…", …}

Facts and result have the names of the specification; a fact may be a function that tells it when asked.
First everything that may stand is taken, then the conditions and the rules of the tables remove what must not,
until nothing changes.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import islice
from typing import Any, Final

from filings.messages.catalogue import Element, Message
from filings.samples import conditions
from filings.samples.conditions import Json


class MissingFact(LookupError):
    """A mandatory element has no fact; the path says which."""


# Optional elements that always stand: one is shorter than what replaces it, the others carry the meaning of their group.
KEPT: Final = frozenset({"UNLOCODE", "containerIdentificationNumber", "country"})

# Elements that facts give more than once and that a short document needs once only.
ONCE: Final = frozenset({"communication"})


def fill(message: Message, facts: Mapping[str, object], *, optional: bool, turn: int = 0) -> Json:
    """Return a document of the message.

    optional: take optional elements as well. turn: which of the alternatives "either … or" to take first.
    :raises MissingFact: if the facts lack a mandatory element
    """
    document = _group(message.root, facts, optional, _wanted(message))
    for branch in conditions.branches(message, document):
        conditions.settle(branch, optional=optional, turn=turn)
    return document


def fill_part(message: Message, document: Json, path: str, facts: Mapping[str, object], *, optional: bool, turn: int = 0) -> Json:
    """Return one group at a path of a document of the message; the first of each group around it counts."""
    chain, node = [(message.root, document)], document
    *names, _ = path.split("/")
    for name in names:
        node = _first(node[name])
        chain.append((chain[-1][0].by_name[name], node))
    element = message.element(path)
    part = _group(element, facts, optional, _wanted(message))
    for branch in conditions.branches_in(message, (*chain, (element, part))):
        conditions.settle(branch, optional=optional, turn=turn)
    return part


def _first(value: Any) -> Json:
    found: Json = value[0] if isinstance(value, list) else value
    return found


@cache
def _wanted(message: Message) -> frozenset[str]:
    """Return the paths of optional elements to take even into a short document."""
    return conditions.wanted(message) | {path for path in message.by_path if path.split("/")[-1] in KEPT}


def _group(element: Element, facts: Mapping[str, object], optional: bool, wanted: frozenset[str]) -> Json:
    """Return the children of a group that may stand."""
    found: Json = {}
    for child in element.children:
        fact = facts.get(child.name)
        if fact is None or fact == []:
            if child.status == "M":
                raise MissingFact(child.path)
            continue
        if child.status == "O" and not optional and child.path not in wanted:
            continue
        value = _value(child, fact() if callable(fact) else fact, optional, wanted)
        if value:
            found[child.name] = value
        elif callable(fact) and child.status == "M":
            raise MissingFact(child.path)
    return found


def _value(element: Element, fact: object, optional: bool, wanted: frozenset[str]) -> object:
    """Return one element, as a list when it may repeat; never more than it may."""
    # Most are plain; asking for abstract types takes longer than all the rest.
    plain = type(fact) is str or type(fact) is dict
    facts = fact if not plain and isinstance(fact, Iterable) and not isinstance(fact, str | Mapping) else [fact]
    most = element.max if optional or element.name not in ONCE else 1
    values = [_one(element, one, optional, wanted) for one in islice(facts, most)]
    filled = [value for value in values if value]
    if not element.repeats:
        return filled[0] if filled else None
    return filled


def _one(element: Element, fact: object, optional: bool, wanted: frozenset[str]) -> object:
    if type(fact) is not str and isinstance(fact, Mapping):
        return _group(element, fact, optional, wanted)
    return fact
