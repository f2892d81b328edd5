"""What a filing request shares: the linking key by the names of its parts, and whether what is asked will link.

asked_for(master)               ->  who has to file below it, with the data by which customs will find that filing
prefill(house, combination, key)->  the same data, put where the house filing has them
compare(house, combination, key)->  will it link, and which field differs; the difference of weight and packages
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from itertools import chain
from typing import Any, Final

from filings.linking.keys import HOUSES, MRN, Combination, Part, combinations
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.document import Document, Node
from tenants.errors import DomainError

Key = dict[str, list[str]]
MOST_VALUES: Final = 99  # of one part of a key, as houses of a filing; the rest is asked for with another request
LONGEST: Final = 70
MASS: Final = ("consignmentMasterLevel/consignmentHouseLevel/totalGrossMass", "consignmentMasterLevel/totalGrossMass")
PACKAGES: Final = (
    "consignmentMasterLevel/consignmentHouseLevel/goodsItem/packaging/numberOfPackages",
    "consignmentMasterLevel/goodsItem/packaging/numberOfPackages",
)


class UnknownCombination(DomainError):
    """A filing of this kind cannot be asked for with these data; choose one of the kinds offered."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class KeyIncomplete(DomainError):
    """Some data of the linking key are missing; without them customs cannot put the filings together."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"Give the {' and the '.join(missing)}; without it customs cannot put the filings together.")
        self.missing = missing

    def detail(self) -> dict[str, object]:
        """Return the parts that are missing."""
        return {"missing": self.missing}


@dataclass(frozen=True)
class Asked:
    """What may be asked of one party below a filing. messages: the kinds of filing that fit."""

    combination: str
    party: str
    messages: tuple[str, ...]
    key: Key


@dataclass(frozen=True)
class Match:
    """Whether a filing will link with what was asked.

    differs: names of parts; words: a sentence for each thing to know; figures: those of them about weight and packages.
    """

    links: bool
    differs: tuple[str, ...]
    words: tuple[str, ...]
    figures: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it for a row."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def combination(name: str, message: Message) -> Combination:
    """Return a combination in which a message is the lower filing.

    :raises UnknownCombination: if there is none of that name with it.
    """
    for each in combinations():
        if each.id == name and message.sci in each.lower:
            return each
    raise UnknownCombination


def offered() -> list[tuple[Combination, Message]]:
    """Return every kind of filing that can be asked for, with the combination it belongs to, by its indicator."""
    by_sci = {message.sci: message for message in catalogue.messages() if message.family == "F"}
    found = [(each, by_sci[sci]) for each in combinations() for sci in each.lower]
    return sorted(found, key=lambda pair: (pair[1].sci, pair[0].id))


def asked_for(document: Document) -> list[Asked]:
    """Return who has to file below a filing, or what has to be there, in the order of the table.

    Several houses that name the same party are one thing to ask of it, with the data of each.
    """
    by_sci = {message.sci: message.id for message in catalogue.messages(*document.message.edition) if message.family == "F"}
    found: dict[tuple[str, str], Asked] = {}
    for each in combinations():
        if document.message.sci not in each.upper:
            continue
        for key in _keys(document, each):
            expected = next((part.name for part in each.parts if part.expected), "")
            party = key[expected][0] if expected else ""
            kinds = tuple(by_sci[sci] for sci in sorted(each.lower) if sci in by_sci)
            before = found.get((each.id, party))
            found[each.id, party] = Asked(each.id, party, kinds, _joined(before.key, key) if before else key)
    return list(found.values())


def checked_key(given: Mapping[str, Any], how: Combination, party: str) -> Key:
    """Return a key with what the combination has, nothing else.

    :raises KeyIncomplete: if a part is missing that the lower filing has to repeat.
    """
    key: Key = {}
    for part in how.parts:
        values = given.get(part.name, [])
        listed = [values] if isinstance(values, str) else values if isinstance(values, list) else []
        kept = [str(value).replace("\0", "").strip()[:LONGEST] for value in listed]
        key[part.name] = list(dict.fromkeys(value for value in kept if value))[:MOST_VALUES]
        if part.expected:
            key[part.name] = [party]
    if missing := [name for name, values in key.items() if not values and name != MRN]:
        raise KeyIncomplete(missing)
    return {name: values for name, values in key.items() if values}


def prefill(document: Document, how: Combination, key: Key) -> None:
    """Put the data of a key where the lower filing has them; with several house documents, a house for each."""
    message = document.message
    houses = max(1, len(key.get("house document", []))) if _many_houses(message) else 1
    for part in how.parts:
        path = next((path for path in part.lower if path in message.by_path), "")
        values = key.get(part.name, [])
        if not path or not values:
            continue
        inside = path.startswith(f"{HOUSES}/")
        for number in range(1, houses + 1 if inside else 2):
            value = values[number - 1] if part.name == "house document" and number <= len(values) else values[0]
            document.set(_in_house(path, number) if inside and _many_houses(message) else path, value)


def compare(document: Document, how: Combination, key: Key, *, mrn: str = "") -> Match:
    """Say whether a lower filing will be found by a key: every part must agree, those of one house in that house.

    :param mrn: the MRN customs gave it.
    """
    best: list[tuple[Part, bool]] | None = None
    for scope in _scopes(document, how):
        wrong = []
        for part in how.parts:
            values = set(chain.from_iterable(_read(document, path, scope, mrn) for path in part.lower))
            if part.name in key and not values & set(key[part.name]):
                wrong.append((part, not values))
        if best is None or len(wrong) < len(best):
            best = wrong
    wrong = best or []
    if not wrong:
        agree = ", ".join(name for name in (part.name for part in how.parts) if name in key)
        return Match(True, (), (f"It will link: the {agree} agree.",))
    words = tuple(
        f"It will not link: the {part.name} {'is missing' if missing else 'differs'} in the filing that was asked for."
        for part, missing in wrong
    )
    return Match(False, tuple(part.name for part, _ in wrong), words)


def totals_of(document: Document) -> dict[str, str]:
    """Return the gross mass and the number of packages of a filing, as far as it says them."""
    found = {"mass": _sum(document, MASS), "packages": _sum(document, PACKAGES)}
    return {name: format(value.normalize(), "f") for name, value in found.items() if value is not None}


def added(totals: list[Mapping[str, str]]) -> dict[str, str]:
    """Return the sums of what several filings say; what one of them leaves open is not known of all."""
    names = {name for name in ("mass", "packages") if totals and all(name in each for each in totals)}
    return {name: format(sum((Decimal(each[name]) for each in totals), Decimal()).normalize(), "f") for name in names}


def with_totals(match: Match, above: Mapping[str, str], below: Mapping[str, str]) -> Match:
    """Return a match that also says how weight and packages of both sides differ."""
    figures = tuple(
        sentence
        for name, unit, verb in (("mass", "kg", "weigh"), ("packages", "packages", "have"))
        if name in above and name in below
        for sentence in [_difference(Decimal(below[name]) - Decimal(above[name]), unit, verb)]
    )
    return replace(match, words=(*match.words, *figures), figures=figures)


def _difference(by: Decimal, unit: str, verb: str) -> str:
    amount, weighs = format(abs(by).normalize(), "f"), unit == "kg"
    if not by:
        return f"The {'gross mass' if weighs else 'number of packages'} agrees with the filing above."
    what = unit if weighs or abs(by) != 1 else unit.removesuffix("s")
    than = "more" if by > 0 else "less" if weighs else "fewer"
    return f"The filings that were asked for {verb} {amount} {what} {than} than the filing above them."


def _sum(document: Document, paths: tuple[str, ...]) -> Decimal | None:
    for path in paths:
        values = document.values(path) if path in document.message.by_path else []
        if values:
            try:
                return sum((Decimal(value) for value in values), Decimal())
            except InvalidOperation:
                return None
    return None


def _keys(document: Document, how: Combination) -> Iterator[Key]:
    """Yield the data of a key that stand together above; those of a house with the same house only."""
    of_houses = any(path.startswith(f"{HOUSES}/") for part in how.parts for path in part.upper)
    scopes: list[Node | None] = list(document.nodes(HOUSES)) if of_houses else [None]
    for scope in scopes:
        key: Key = {}
        for part in how.parts:
            values = chain.from_iterable(_read(document, path, scope, "") for path in part.upper)
            key[part.name] = list(dict.fromkeys(values))[:MOST_VALUES]
        if all(key[part.name] for part in how.parts if part.name != MRN):
            yield {name: values for name, values in key.items() if values}


def _scopes(document: Document, how: Combination) -> list[Node | None]:
    """Return the houses of a filing, or nothing in particular where no part is inside one."""
    if any(path.startswith(f"{HOUSES}/") for part in how.parts for path in part.lower):
        return list(document.nodes(HOUSES)) or [None]
    return [None]


def _read(document: Document, path: str, scope: Node | None, mrn: str) -> list[str]:
    if path == MRN:
        return [mrn] if mrn else [value for value in [document.value(MRN)] if value]
    if path not in document.message.by_path:
        return []
    if scope is not None and path.startswith(f"{HOUSES}/"):
        values = Document(document.message, scope).values(path.removeprefix(f"{HOUSES}/"))
    else:
        values = document.values(path)
    return [value.strip() for value in values if value.strip()]


def _joined(first: Key, second: Key) -> Key:
    names = dict.fromkeys([*first, *second])
    return {name: list(dict.fromkeys([*first.get(name, []), *second.get(name, [])]))[:MOST_VALUES] for name in names}


def _many_houses(message: Message) -> bool:
    house = message.by_path.get(HOUSES)
    return house is not None and house.repeats


def _in_house(path: str, number: int) -> str:
    return path.replace("consignmentHouseLevel/", f"consignmentHouseLevel[{number}]/", 1)
