"""What a message set says, turned round: where a rule stands, where a list is used, which elements there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from filings.messages import catalogue
from filings.messages.catalogue import CodeList, Message
from filings.messages.elements import Edition, Element
from filings.rules.layers import layers
from filings.rules.registry import RULES

# Where something stands: the path below the root, and the messages that have it there.
Stands = Mapping[str, Sequence[str]]
KINDS = {"rule": "Rule", "condition": "Condition", "layer": "Beyond the specification"}


@dataclass(frozen=True)
class Wording:
    """A rule, a condition or a check beyond the specification, in words. said: as we check it; told: as the tables have it."""

    id: str
    kind: str
    said: str
    told: str = ""
    source: str = ""
    severity: str = ""
    stands: Stands = field(default_factory=dict, repr=False)

    @property
    def kind_words(self) -> str:
        """Return what it is."""
        return KINDS[self.kind]

    @property
    def used(self) -> int:
        """Return at how many places it stands."""
        return sum(len(ids) for ids in self.stands.values())


@dataclass(frozen=True)
class Line:
    """One line of a message as a page shows it. readings: why we read it otherwise than the table has it."""

    element: Element
    readings: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """Return the name of the place on the page."""
        return anchor(self.element.path)

    @property
    def depth(self) -> int:
        """Return how deep it is in the message, from 1."""
        return min(self.element.level, 9)

    @property
    def most(self) -> str:
        """Return how often it may occur at most."""
        return "any number" if self.element.max >= 9_999_999 else str(self.element.max)


@dataclass(frozen=True)
class Named:
    """All elements of one name."""

    name: str
    titles: tuple[str, ...]
    formats: tuple[str, ...]
    lists: tuple[str, ...]
    places: Stands = field(repr=False)

    @property
    def messages(self) -> int:
        """Return how many messages have it."""
        return len({id_ for ids in self.places.values() for id_ in ids})


@dataclass(frozen=True)
class Index:
    """A message set turned round."""

    elements: Mapping[str, Named]
    rules: Mapping[str, Wording]
    lists: Mapping[str, Stands]


def anchor(path: str) -> str:
    """Return the name of the place of an element on the page of its message."""
    return path.replace("/", ".")


def placed(stands: Stands) -> list[dict[str, object]]:
    """Return places with the anchor each has on the page of a message."""
    return [{"path": path, "anchor": anchor(path), "messages": ids} for path, ids in stands.items()]


@lru_cache(maxsize=4)
def index(edition: Edition) -> Index:
    """Return a message set turned round."""
    rules: dict[str, dict[str, list[str]]] = {}
    lists: dict[str, dict[str, list[str]]] = {}
    names: dict[str, list[tuple[str, Element]]] = {}
    for message in catalogue.messages(*edition):
        for element in message.root.walk():
            if not element.path:
                continue
            names.setdefault(element.name, []).append((message.id, element))
            for id_ in (*element.rules, *element.conditions):
                rules.setdefault(id_, {}).setdefault(element.path, []).append(message.id)
            if element.code_list:
                lists.setdefault(element.code_list, {}).setdefault(element.path, []).append(message.id)
    named = {name: _named(name, places) for name, places in sorted(names.items(), key=lambda item: item[0].lower())}
    return Index(named, _wordings(edition, rules), lists)


def _named(name: str, found: list[tuple[str, Element]]) -> Named:
    places: dict[str, list[str]] = {}
    for id_, element in found:
        places.setdefault(element.path, []).append(id_)

    def distinct(values: list[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for value in values if value))

    return Named(
        name=name,
        titles=distinct([element.title for _, element in found]),
        formats=distinct([str(element.format or "group") for _, element in found]),
        lists=distinct([element.code_list for _, element in found]),
        places=dict(sorted(places.items())),
    )


def _wordings(edition: Edition, stands: Mapping[str, Stands]) -> Mapping[str, Wording]:
    found: dict[str, Wording] = {}
    for row in _rows("rules", edition):
        said = RULES[row["id"]].wording if row["id"] in RULES else row["summary"]
        found[row["id"]] = Wording(row["id"], "rule", said, row["summary"], stands=stands.get(row["id"], {}))
    for row in _rows("conditions", edition):
        found[row["id"]] = Wording(row["id"], "condition", row["summary"], row["summary"], stands=stands.get(row["id"], {}))
    for layer in layers().values():
        found[layer.id] = Wording(layer.id, "layer", layer.wording, source=layer.source, severity=layer.severity)
    return found


def _rows(table: str, edition: Edition) -> list[dict[str, str]]:
    return [row for row in catalogue.rows(table) if (row["message_set"], row["version"]) == edition]


def lines(message: Message) -> list[Line]:
    """Return the lines of a message below its root."""
    readings: dict[str, list[str]] = {}
    for row in _rows("overrides", message.edition):
        if row["message"] == message.id:
            readings.setdefault(row["path"], []).append(_reading(row))
    return [Line(element, tuple(readings.get(element.path, ()))) for element in message.root.walk() if element.path]


def _reading(row: Mapping[str, str]) -> str:
    added = " ".join((row["rules"] + " " + row["conditions"]).split())
    deed = ", ".join(
        part
        for part in (
            f"{added} instead of {row['replaces']}" if added and row["replaces"] else added,
            f"status {row['status']}" if row["status"] else "",
        )
        if part
    )
    return f"{deed}: {row['reason']}" if deed else row["reason"]


def rules_of(message: Message) -> list[Wording]:
    """Return what stands on a message, in the order it first does."""
    known = index(message.edition).rules
    ids = (id_ for element in message.root.walk() for id_ in (*element.rules, *element.conditions))
    return [known[id_] for id_ in dict.fromkeys(ids) if id_ in known]


def lists_of(message: Message) -> list[CodeList]:
    """Return the code lists a message uses, by id."""
    ids = {element.code_list for element in message.root.walk() if element.code_list}
    return [catalogue.code_list(id_, *message.edition) for id_ in sorted(ids)]
