"""The houses of a draft as a table: a row a house, a column a path in it; the same for filings kept in parts.

    columns(filing, chosen)      ->  the columns to show
    page(filing, wanted)         ->  the rows that fit, with what is wrong in each cell
    change(filing, given, …)     ->  cells changed, houses added and taken out, as one revision

A column is the first occurrence of what may repeat below a house: the first goods item, its first packaging.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from filings import selectors
from filings.linking.keys import HOUSES
from filings.messages import json
from filings.messages.catalogue import Message
from filings.messages.document import Document, Node, steps
from filings.messages.finding import Finding
from filings.models import Filing, FilingPart
from filings.services import drafting
from filings.services.large import editing, parts
from tenants.actors import Actor
from tenants.errors import DomainError

TABLE: Final = Path(__file__).parent / "tables" / "house_columns.csv"
PAGE: Final = 50
MOST_CHANGED: Final = 1_000  # houses in one change
LONGEST: Final = 512
_REFERENCE: Final = "transportDocumentHouseLevel/documentNumber"
SHARED: Final = (
    "transportDocumentMasterLevel/documentNumber",
    "transportDocumentMasterLevel/type",
    "transportDocumentHouseLevel/type",
    "carrier/identificationNumber",
    "supplementaryDeclarant/identificationNumber",
    "supplementaryDeclarant/supplementaryFilingType",
)
Cells = Mapping[str, str]


class NoHouses(DomainError):
    """A filing of this kind has no houses."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyRows(DomainError):
    """Change at most 1,000 houses at a time."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnknownCell(DomainError):
    """There is no such house or column; look at the table again."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NoRoom(DomainError):
    """A filing of this kind has room for one house only; split it, or draft a filing for each."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Column:
    """One datum of a house. path: from below the house; shown: unless one chooses others."""

    path: str
    title: str
    shown: bool
    longest: int = LONGEST


@dataclass(frozen=True)
class Wanted:
    """Which rows to look at. text: how the house document begins; after: number of the last row one has."""

    text: str = ""
    faulty: bool = False
    after: int = 0


@dataclass(frozen=True)
class House:
    """One row. cells: values by path; wrong: sentences by path of a column; others: what is wrong elsewhere in it."""

    number: int
    reference: str
    cells: dict[str, str]
    wrong: dict[str, list[str]] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    goods_items: int = 1


@dataclass(frozen=True)
class Given:
    """What is to change: cells by number of the house, houses to add at the end, numbers of houses to take out."""

    changed: Mapping[int, Cells] = field(default_factory=dict)
    added: Sequence[Cells] = ()
    removed: frozenset[int] = frozenset()


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


def page(filing: Filing, wanted: Wanted, shown: Sequence[Column], *, size: int = PAGE) -> list[House]:
    """Return the rows that fit, one more than a page has if there are more."""
    if filing.in_parts:
        found = parts.parts_in(filing, reference=wanted.text, with_findings=wanted.faulty).defer(None)
        rows = list(found.filter(number__gt=wanted.after)[: size + 1])
        return [_row(filing, row.number, _node(filing, row), parts.findings_in(filing, row), shown) for row in rows]
    document = selectors.document_of(filing)
    path = path_of(filing)
    start = f"/{document.message.root_name}/"
    inside: dict[int, list[Finding]] = {}
    for finding in selectors.findings_before_submit(document, filing):
        number = _number_in(finding.path.removeprefix(start), path)
        inside.setdefault(number, []).append(finding)
    every = (
        _row(filing, number, node, inside.get(number, []), shown)
        for number, node in enumerate(document.nodes(path), 1)
        if number > wanted.after
    )
    fits = (row for row in every if _fits(row, wanted))
    return [row for row, _ in zip(fits, range(size + 1), strict=False)]


@transaction.atomic
def change(*, filing: Filing, given: Given, revision: int, by: Actor, at: datetime) -> None:
    """Change cells, add houses and take houses out: all of it or nothing. A new house gets the references all share.

    :raises drafting.NotADraft, drafting.ChangedMeanwhile: if it cannot be changed, or somebody else did.
    :raises UnknownCell, NoRoom, TooManyRows: if the table has no place for it.
    """
    if len(given.changed) + len(given.added) > MOST_CHANGED:
        raise TooManyRows
    known = {each.path for each in offered(filing)}
    if any(path not in known for cells in [*given.changed.values(), *given.added] for path in cells):
        raise UnknownCell
    if filing.in_parts:
        _change_parts(filing, given, revision=revision, by=by, at=at)
        return
    document = selectors.document_of(filing)
    path = path_of(filing)
    there = len(document.nodes(path))
    if any(not 1 <= number <= there for number in {*given.changed, *given.removed}):
        raise UnknownCell
    repeats = document.message.element(path).repeats
    if given.added and not repeats and there:
        raise NoRoom
    for number, cells in given.changed.items():
        _fill(document, _at(path, number, repeats), cells)
    shared = _shared(document, path) if given.added else {}
    for number, cells in enumerate(given.added, there + 1):
        _fill(document, _at(path, number, repeats), {**shared, **cells})
    _take_out(document, path, given.removed)
    drafting.change(filing=filing, document=document, revision=revision, by=by, at=at)


def pasted(text: str, shown: Sequence[Column], rows: Mapping[str, int]) -> Given:
    """Return what a paste from a spreadsheet means: a line a house, its cells in the order of the columns.

    A line with the number of a house document that is there changes that house; any other line is a new house. A first
    line with the titles of columns says their order. Empty cells change nothing.

    :param rows: numbers of houses by house document.
    """
    lines = [line.split("\t") for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    order = list(shown)
    by_title = {each.title.casefold(): each for each in shown}
    if lines and all(cell.strip().casefold() in by_title for cell in lines[0] if cell.strip()):
        order = [by_title[cell.strip().casefold()] for cell in lines.pop(0) if cell.strip()]
    changed: dict[int, dict[str, str]] = {}
    added: list[Cells] = []
    for line in lines:
        cells = {column.path: clean(cell) for column, cell in zip(order, line, strict=False) if cell.strip()}
        document = next((cells[each.path] for each in order if each.path.endswith(_REFERENCE) and each.path in cells), "")
        if document in rows:
            changed.setdefault(rows[document], {}).update(cells)
        elif cells:
            added.append(cells)
    return Given(changed, added)


def numbers_of(filing: Filing) -> dict[str, int]:
    """Return the numbers of all houses by their documents."""
    if filing.in_parts:
        found = FilingPart.objects.filter(filing=filing).exclude(reference="").values_list("reference", "number")
        return dict(found)
    document = selectors.document_of(filing)
    return {
        text: number
        for number, node in enumerate(document.nodes(path_of(filing)), 1)
        if (text := _value(document.message, node, _REFERENCE))
    }


def clean(text: str) -> str:
    """Return a typed or pasted value as a document can hold it."""
    return " ".join(text.replace("\0", "").split())[:LONGEST]


def _change_parts(filing: Filing, given: Given, *, revision: int, by: Actor, at: datetime) -> None:
    numbers = {*given.changed, *given.removed}
    rows = {row.number: row for row in FilingPart.objects.filter(filing=filing, number__in=numbers)}
    if numbers - set(rows):
        raise UnknownCell
    if given.changed:
        contents = {number: _with(filing, rows[number].document, cells) for number, cells in given.changed.items()}
        editing.change_parts(filing=filing, contents=contents, revision=revision, by=by, at=at)
        revision = filing.revision
    if given.added:
        first = FilingPart.objects.filter(filing=filing).first()
        shared = _alike([_node(filing, first)], filing) if first else {}
        made = [_with(filing, {}, {**shared, **cells}) for cells in given.added]
        editing.add_parts(filing=filing, contents=made, revision=revision, by=by, at=at)
        revision = filing.revision
    if given.removed:
        editing.remove_parts(filing=filing, numbers=given.removed, revision=revision, by=by, at=at)


def _with(filing: Filing, content: dict[str, Any], cells: Cells) -> dict[str, Any]:
    """Return the content of a part with other cells."""
    part = FilingPart(filing=filing, document=content)
    whole = {filing.message_type: parts.with_one(filing, part)}
    document = json.from_json(whole, message_set=filing.message_set, version=filing.version)
    _fill(document, filing.parts_path, cells)
    return parts.only_part(filing, document.to_json()[filing.message_type])


def _fill(document: Document, house: str, cells: Cells) -> None:
    for path, text in cells.items():
        value = clean(text)
        if value or document.nodes(f"{house}/{path}"):
            document.set(f"{house}/{path}", value or None)


def _take_out(document: Document, path: str, numbers: frozenset[int]) -> None:
    above, _, name = path.rpartition("/")
    for holder in document.nodes(above):
        houses = [child for child in holder.children if child.name == name]
        gone = {id(house) for number, house in enumerate(houses, 1) if number in numbers}
        holder.children = [child for child in holder.children if id(child) not in gone]


def _shared(document: Document, path: str) -> dict[str, str]:
    """Return what a new house takes over: the references by which customs links, where all houses have the same."""
    return _common(document.message, document.nodes(path), path)


def _alike(nodes: list[Node], filing: Filing) -> dict[str, str]:
    return _common(selectors.message_of(filing), nodes, filing.parts_path)


def _common(message: Message, nodes: Sequence[Node], path: str) -> dict[str, str]:
    found = {}
    for name in SHARED:
        values = {_value(message, node, name) for node in nodes}
        if f"{path}/{name}" in message.by_path and len(values) == 1 and (value := values.pop()):
            found[name] = value
    return found


def _row(filing: Filing, number: int, node: Node, findings: Iterable[Finding], shown: Sequence[Column]) -> House:
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
    cells = {each.path: _value(message, node, each.path) for each in shown}
    reference = _value(message, node, _REFERENCE)
    return House(number, reference, cells, wrong, tuple(others), len(node.named("goodsItem")))


def _node(filing: Filing, part: FilingPart) -> Node:
    return json.group(parts.spec_of(filing), part.document)


def _value(message: Message, node: Node, path: str) -> str:
    found: Node | None = node
    for name in path.split("/"):
        found = found.first(name) if found else None
    return (found.text or "") if found else ""


def _fits(row: House, wanted: Wanted) -> bool:
    if wanted.faulty and not (row.wrong or row.others):
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


def _at(path: str, number: int, repeats: bool) -> str:
    return f"{path}[{number}]" if repeats else path


@cache
def _offered(message: Message, house: str) -> tuple[Column, ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        element = message.by_path.get(f"{house}/{row['ends_with']}")
        if element is not None and element.format:
            longest = min(element.format.max_length or LONGEST, LONGEST)
            found.append(Column(row["ends_with"], row["title"], row["shown"] == "yes", longest))
    return tuple(found)
