"""The unique linking key (ULK) of a document, as the process description of linking builds it (L3.5 PET09).

    expectations(master)  ->  who has to file below it, and the keys by which that filing will be known
    offers(house)         ->  the keys by which a filing finds the one above it
    effect(message)       ->  the states (CL744) it is in alone and once it is linked

The upper filing of a combination is the one that names who files, or lists what must be there; where a combination has
its trigger the other way round (F25, F44) the trigger is the upper one. Which messages, which elements: the rows of
tables/. Nobody sends a key; two filings belong together when they have one in common.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final

from filings.messages.catalogue import Message
from filings.messages.document import Document, Node

TABLES: Final = Path(__file__).parent / "tables"
HOUSES: Final = "consignmentMasterLevel/consignmentHouseLevel"
MRN: Final = "MRN"


@dataclass(frozen=True)
class Part:
    """One datum of a key: where the upper and the lower filing have it; any of the paths may fit.

    words: what people call it; repair: what to do when it does not fit.
    """

    name: str
    words: str
    repair: str
    expected: bool  # its value names the party that has to file below
    upper: tuple[str, ...]
    lower: tuple[str, ...]


@dataclass(frozen=True)
class Combination:
    """Two kinds of filings that belong together.

    completes: whether the upper one waits for the lower ones: for "every" one it expects, for "any" of them, or "no".
    """

    id: str
    upper: frozenset[str]
    lower: frozenset[str]
    completes: str
    basis: str
    source: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Reading:
    """What a filing has for the parts of a key, "" for a part it lacks; house: the number of the house it stands in, or 0."""

    values: tuple[str, ...]
    house: int


@dataclass(frozen=True)
class Expectation:
    """What a filing waits for: any filing that offers one of the keys.

    party: who has to lodge it, "" if not said. completes: as in the combination.
    """

    combination: str  # the first one, where a person may lodge one kind of filing or another
    party: str
    keys: frozenset[str]
    completes: str


@dataclass(frozen=True)
class Effect:
    """The states (CL744) a filing is in: alone, and when what belongs to it is there."""

    alone: str
    when_linked: str

    @property
    def is_ens(self) -> bool:
        """Say whether the filing stands for a whole ENS, so that it becomes complete and not linked."""
        return self.when_linked == "11"


def expectations(document: Document) -> list[Expectation]:
    """Return what is expected below a filing, in the order of the table.

    A person who is named several times is expected once: the text asks for filings of all persons named.
    """
    found: dict[tuple[str, ...], list[tuple[Combination, str]]] = {}
    for combination in _of(document.message, "upper"):
        expected = next((index for index, part in enumerate(combination.parts) if part.expected), None)
        for values in _values(document, [part.upper for part in combination.parts], document.value(MRN) or ""):
            if expected is not None:
                name: tuple[str, ...] = (values[expected],)
            else:
                # What may be spelled in several ways is one thing to wait for.
                name = (
                    "",
                    combination.id,
                    *(v for v, part in zip(values, combination.parts, strict=True) if len(part.upper) == 1),
                )
            found.setdefault(name, []).append((combination, key_of(combination.id, values)))
    return [
        Expectation(
            combination=keys[0][0].id,
            party=name[0],
            keys=frozenset(key for _, key in keys),
            completes=keys[0][0].completes,
        )
        for name, keys in found.items()
    ]


def offers(document: Document, *, mrn: str = "") -> frozenset[str]:
    """Return the keys by which a filing can be found from above.

    :param mrn: the MRN customs gave it; a filing does not carry its own.
    """
    return frozenset(
        key_of(combination.id, values)
        for combination in _of(document.message, "lower")
        for values in _values(document, [part.lower for part in combination.parts], mrn)
    )


def key_of(combination: str, values: Sequence[str]) -> str:
    """Return a key: the name of its combination and the values of its parts in the order of the table."""
    return "|".join([combination, *(value.replace("|", "||") for value in values)])


def values_of(key: str) -> tuple[str, dict[str, str]]:
    """Return the combination of a key and its values by part; "" and none if the table has that combination no more."""
    name, *values = key.replace("||", "\0").split("|")
    one = next((each for each in _combinations() if each.id == name and len(each.parts) == len(values)), None)
    if one is None:
        return "", {}
    return name, {part.name: value.replace("\0", "|") for part, value in zip(one.parts, values, strict=True)}


def effect(message: Message) -> Effect | None:
    """Return the states of a filing or of an amended one; nothing for messages that are neither."""
    return _effects().get(message.sci)


def combinations() -> tuple[Combination, ...]:
    """Return every combination, in table order."""
    return _combinations()


def _of(message: Message, side: str) -> list[Combination]:
    return [one for one in _combinations() if message.sci and message.sci in getattr(one, side)]


def readings(document: Document, parts: Sequence[Sequence[str]], *, mrn: str = "") -> Iterator[Reading]:
    """Yield the values of the parts that stand together: data of one house consignment only with those of the same.

    :param parts: the paths of each part; of a part that has several, each value in turn.
    """
    known = [[path for path in paths if path == MRN or path in document.message.by_path] for paths in parts]
    if not all(known):
        return
    if any(_is_of_house(path) for paths in known for path in paths):
        for number, house in enumerate(document.nodes(HOUSES), 1):
            yield from _together(document, known, mrn, house, number)
    else:
        yield from _together(document, known, mrn, None, 0)


def place_of(document: Document, paths: Sequence[str], value: str, *, house: int, mrn: str = "") -> str:
    """Return where a value of a part stands, or for "" where it should: a path with the number of its house."""
    own = [path for path in paths if path == MRN or path in document.message.by_path]
    node = document.nodes(HOUSES)[house - 1] if house else None
    found = next((path for path in own if value and value in _read(document, path, mrn, node)), own[0] if own else "")
    return found.replace(HOUSES, f"{HOUSES}[{house}]", 1) if house and _is_of_house(found) else found


def _values(document: Document, parts: Sequence[Sequence[str]], mrn: str) -> Iterator[tuple[str, ...]]:
    return (each.values for each in readings(document, parts, mrn=mrn) if all(each.values))


def _together(document: Document, parts: Sequence[Sequence[str]], mrn: str, house: Node | None, number: int) -> Iterator[Reading]:
    choices = [dict.fromkeys(value for path in paths for value in _read(document, path, mrn, house) if value) for paths in parts]
    return (Reading(values, number) for values in dict.fromkeys(product(*(each or {"": None} for each in choices))))


def _is_of_house(path: str) -> bool:
    return path.startswith(f"{HOUSES}/")


def _read(document: Document, path: str, mrn: str, house: Node | None) -> list[str]:
    if path == MRN and mrn:
        return [mrn]
    if house is not None and _is_of_house(path):
        inside = Document(document.message, house)
        return [value.strip() for value in inside.values(path.removeprefix(f"{HOUSES}/"))]
    return [value.strip() for value in document.values(path)]


# --- Tables ----------------------------------------------------------------------------------------------------------------


@cache
def _combinations() -> tuple[Combination, ...]:
    parts: dict[str, list[Part]] = {}
    said = {row["part"]: row for row in _rows("parts")}
    for row in _rows("keys"):
        paths = tuple(row["upper_paths"].split()), tuple(row["lower_paths"].split())
        name = row["part"]
        part = Part(name, said[name]["words"], said[name]["repair"], row["expected"] == "yes", *paths)
        parts.setdefault(row["combination"], []).append(part)
    return tuple(
        Combination(
            id=row["combination"],
            upper=frozenset(row["upper"].split()),
            lower=frozenset(row["lower"].split()),
            completes=row["completes"],
            basis=row["basis"],
            source=row["source"],
            parts=tuple(parts[row["combination"]]),
        )
        for row in _rows("combinations")
    )


@cache
def _effects() -> Mapping[str, Effect]:
    return {sci: Effect(row["alone"], row["when_linked"]) for row in _rows("effects") for sci in row["sci"].split()}


def _rows(table: str) -> list[dict[str, str]]:
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
