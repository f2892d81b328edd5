"""What customs compares in linked filings besides the key: weight, packages, containers (lifecycle digest 4.4).

The upper filing's figures are those of its master consignment, or of the houses that have the key in common. Several filings may
stand below one, so less than above is told as what others still have to bring, more as wrong.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Final

from filings.linking.keys import HOUSES, TABLES
from filings.messages.document import Document, Node

MASTER: Final = "consignmentMasterLevel"
MOST_NAMED: Final = 5  # containers that one sentence names


@dataclass(frozen=True)
class Measure:
    """One row: what is compared, as a sum or a set, and where below a consignment it may stand, best first."""

    what: str
    words: str
    kind: str
    unit: str
    master: tuple[str, ...]
    house: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """A figure that differs between two filings; wrong: customs will mind, else others may bring the rest."""

    what: str
    upper: str
    lower: str
    wrong: bool
    sentence: str


def differences(upper: Document, lower: Document, houses: tuple[Iterable[int], Iterable[int]]) -> tuple[Difference, ...]:
    """Return what differs between two filings that link.

    :param houses: the numbers of the houses by which they do, above and below; none for the filing as a whole.
    """
    above, below = _chosen(upper, houses[0]), _chosen(lower, houses[1])
    whole = upper.nodes(MASTER)[:1] if not above else []
    found = []
    for each in _measures():
        values = _found(whole, each.master) or _found(above or upper.nodes(HOUSES), each.house)
        others = _found(below or lower.nodes(HOUSES), each.house)
        if values and others and (difference := (_sums if each.kind == "sum" else _sets)(each, values, others)):
            found.append(difference)
    return tuple(found)


def _chosen(document: Document, numbers: Iterable[int]) -> list[Node]:
    wanted = {number for number in numbers if number}
    if not wanted:
        return []
    nodes = document.nodes(HOUSES)
    return [nodes[number - 1] for number in sorted(wanted)]


def _found(consignments: Sequence[Node], paths: Sequence[str]) -> list[str]:
    """Return every value below the consignments; of each the first path that has any."""
    return [value for node in consignments for value in next(filter(None, (_values(node, path) for path in paths)), [])]


def _values(node: Node, path: str) -> list[str]:
    nodes = [node]
    for name in path.split("/"):
        nodes = [child for each in nodes for child in each.named(name)]
    return [each.text.strip() for each in nodes if each.text and each.text.strip()]


def _sums(each: Measure, above: list[str], below: list[str]) -> Difference | None:
    try:
        upper, lower = sum(map(Decimal, above)), sum(map(Decimal, below))
    except InvalidOperation:  # a draft may hold anything; the check of the filing says so
        return None
    if upper == lower:
        return None
    above_it, below_it = (f"{_number(value)} {each.unit}".strip() for value in (upper, lower))
    more = lower > upper
    end = "that is more than the filing above says." if more else "other filings must bring the rest."
    return Difference(each.what, above_it, below_it, more, f"The {each.words} differs: {above_it} above, {below_it} below; {end}")


def _sets(each: Measure, above: list[str], below: list[str]) -> Difference | None:
    upper, lower = dict.fromkeys(above), dict.fromkeys(below)
    strange = [value for value in lower if value not in upper]
    if not strange:
        return None
    named = ", ".join(strange[:MOST_NAMED]) + (f" and {len(strange) - MOST_NAMED} more" if len(strange) > MOST_NAMED else "")
    sentence = f"The {each.words} differ: the filing above does not have {named}."
    return Difference(each.what, ", ".join(upper), ", ".join(lower), True, sentence)


def _number(value: Decimal | int) -> str:
    return f"{Decimal(value):f}".rstrip("0").rstrip(".") if "." in f"{Decimal(value):f}" else str(value)


@cache
def _measures() -> tuple[Measure, ...]:
    with (TABLES / "measures.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Measure(
                row["what"], row["words"], row["kind"], row["unit"],
                tuple(row["master_paths"].split()), tuple(row["house_paths"].split()),
            )
            for row in csv.DictReader(file)
        )  # fmt: skip
