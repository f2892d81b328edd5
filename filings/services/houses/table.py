"""The houses of a draft as a table: a row a house, a column a path in it; the same for filings kept in parts.

    columns(filing, chosen)      ->  the columns to show
    page(filing, wanted)         ->  the rows that fit, with what is wrong in each cell

What changes it: changes.

A column is the first occurrence of what may repeat below a house: the first goods item, its first packaging.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

from filings import selectors
from filings.linking.keys import HOUSES
from filings.messages import json
from filings.messages.catalogue import Message
from filings.messages.document import Node, steps
from filings.messages.finding import Finding
from filings.models import Filing, FilingPart
from filings.services import assessing, locking
from filings.services.houses import states as house_states
from filings.services.houses.states import HouseState, Known
from filings.services.large import parts
from tenants.errors import DomainError

TABLE: Final = Path(__file__).parent / "tables" / "house_columns.csv"
PAGE: Final = 50
LONGEST: Final = 512
REFERENCE: Final = "transportDocumentHouseLevel/documentNumber"


class NoHouses(DomainError):
    """A filing of this kind has no houses."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Column:
    """One datum of a house. path: from below the house; shown: unless one chooses others; locked: why it is not amended."""

    path: str
    title: str
    shown: bool
    longest: int = LONGEST
    locked: str = ""


@dataclass(frozen=True)
class Wanted:
    """Which rows to look at. text: how the house document begins; after: number of the last row one has.

    state: where the house stands with customs.
    """

    text: str = ""
    faulty: bool = False
    after: int = 0
    state: HouseState | None = None


@dataclass(frozen=True)
class House:
    """One row. cells: values by path; wrong: sentences by path of a column; others: what is wrong elsewhere in it."""

    number: int
    reference: str
    cells: dict[str, str]
    wrong: dict[str, list[str]] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    goods_items: int = 1
    states: tuple[HouseState, ...] = ()


def path_of(filing: Filing) -> str:
    """Return where the houses stand: for a filing kept in parts, its parts.

    :raises NoHouses: if the message has none.
    """
    if not has_houses(filing):
        raise NoHouses
    return filing.parts_path or HOUSES


def has_houses(filing: Filing) -> bool:
    """Say whether a filing is of a kind that has houses."""
    return (filing.parts_path or HOUSES) in selectors.message_of(filing).by_path


def offered(filing: Filing) -> list[Column]:
    """Return the columns there are for a filing, in the order of the table."""
    return list(_offered(selectors.message_of(filing), path_of(filing)))


def columns(filing: Filing, chosen: Iterable[str] = ()) -> list[Column]:
    """Return the columns to show: the chosen ones, else the usual ones."""
    wanted = set(chosen)
    every = offered(filing)
    return [each for each in every if each.path in wanted] or [each for each in every if each.shown]


def count(filing: Filing) -> int:
    """Return how many houses a filing has."""
    return filing.parts_count if filing.in_parts else len(selectors.document_of(filing).nodes(path_of(filing)))


def states_offered(filing: Filing) -> list[HouseState]:
    """Return by which states with customs the houses can be told apart: none before customs has the filing."""
    if not path_of(filing).endswith(assessing.HOUSES) or not house_states.known(filing).is_any:
        return []
    return list(HouseState)


def page(filing: Filing, wanted: Wanted, shown: Sequence[Column], *, size: int = PAGE) -> list[House]:
    """Return the rows that fit, one more than a page has if there are more."""
    standing = house_states.known(filing)
    if filing.in_parts:
        return _page_of_parts(filing, wanted, shown, standing, size=size)
    document = selectors.document_of(filing)
    path = path_of(filing)
    start = f"/{document.message.root_name}/"
    inside: dict[int, list[Finding]] = {}
    for finding in selectors.findings_before_submit(document, filing):
        number = _number_in(finding.path.removeprefix(start), path)
        inside.setdefault(number, []).append(finding)
    nodes = document.nodes(path)
    states = standing.states([(value(document.message, node, REFERENCE), node) for node in nodes])
    every = (
        _row(filing, number, node, inside.get(number, []), shown, states=states[number - 1])
        for number, node in enumerate(nodes, 1)
        if number > wanted.after
    )
    fits = (row for row in every if _fits(row, wanted))
    return [row for row, _ in zip(fits, range(size + 1), strict=False)]


def _page_of_parts(filing: Filing, wanted: Wanted, shown: Sequence[Column], standing: Known, *, size: int) -> list[House]:
    found = parts.parts_in(filing, reference=wanted.text, with_findings=wanted.faulty).defer(None)
    if wanted.state:
        found = house_states.narrowed(found, standing, wanted.state)
    rows = list(found.filter(number__gt=wanted.after)[: size + 1])
    nodes = [node_of(filing, row) for row in rows]
    states = standing.states([(row.reference, node) for row, node in zip(rows, nodes, strict=True)])
    return [
        _row(filing, row.number, node, parts.findings_in(filing, row), shown, states=said)
        for row, node, said in zip(rows, nodes, states, strict=True)
    ]


def _row(
    filing: Filing,
    number: int,
    node: Node,
    findings: Iterable[Finding],
    shown: Sequence[Column],
    *,
    states: Iterable[HouseState],
) -> House:
    message = selectors.message_of(filing)
    wrong: dict[str, list[str]] = {}
    others = []
    for finding in findings:
        inside = _inside(finding.path.removeprefix(f"/{message.root_name}/"), path_of(filing))
        column = next((each for each in shown if inside and (each.path == inside or each.path.startswith(f"{inside}/"))), None)
        if column:
            wrong.setdefault(column.path, []).append(finding.sentence)
        else:
            others.append(finding.sentence)
    cells = {each.path: value(message, node, each.path) for each in shown}
    reference = value(message, node, REFERENCE)
    return House(number, reference, cells, wrong, tuple(others), len(node.named("goodsItem")), tuple(states))


def node_of(filing: Filing, part: FilingPart) -> Node:
    """Return what a part says."""
    return json.group(parts.spec_of(filing), part.document)


def value(message: Message, node: Node, path: str) -> str:
    """Return the first datum of a path below a house, "" for none."""
    found: Node | None = node
    for name in path.split("/"):
        found = found.first(name) if found else None
    return (found.text or "") if found else ""


def _fits(row: House, wanted: Wanted) -> bool:
    if wanted.faulty and not (row.wrong or row.others):
        return False
    if wanted.state and wanted.state not in row.states:
        return False
    return not wanted.text or row.reference.startswith(wanted.text) or wanted.text == str(row.number)


def _number_in(path: str, house: str) -> int:
    """Return the number of the house a place is in, 0 for none."""
    depth = house.count("/") + 1
    names = steps(path)
    return (names[depth - 1][1] or 1) if "/".join(name for name, _ in names[:depth]) == house else 0


def _inside(path: str, house: str) -> str:
    """Return a place from below its house without indexes; "" where it is not in the first occurrence of all."""
    names = steps(path)[house.count("/") + 1 :]
    return "/".join(name for name, _ in names) if all(index in {0, 1} for _, index in names) else ""


@cache
def _offered(message: Message, house: str) -> tuple[Column, ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        element = message.by_path.get(f"{house}/{row['ends_with']}")
        if element is not None and element.format:
            longest = min(element.format.max_length or LONGEST, LONGEST)
            locked = locking.locks(message).get(element.path, "")
            found.append(Column(row["ends_with"], row["title"], row["shown"] == "yes", longest, locked))
    return tuple(found)
