"""Changes of the houses of a draft: cells changed, houses added and taken out, as one revision; also from a spreadsheet.

change(filing, given, …)     ->  all of it or nothing
pasted(text, columns, …)     ->  what a paste from a spreadsheet means
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.db import transaction

from filings import selectors
from filings.messages import json
from filings.messages.catalogue import Message
from filings.messages.document import Document, Node
from filings.models import Filing, FilingPart
from filings.services import drafting
from filings.services.houses import table
from filings.services.large import editing, parts
from filings.services.locking import Locked, NoneAdded
from tenants.actors import Actor
from tenants.errors import DomainError

MOST_CHANGED: Final = 1_000  # houses in one change
SHARED: Final = (
    "transportDocumentMasterLevel/documentNumber",
    "transportDocumentMasterLevel/type",
    "transportDocumentHouseLevel/type",
    "carrier/identificationNumber",
    "supplementaryDeclarant/identificationNumber",
    "supplementaryDeclarant/supplementaryFilingType",
)
Cells = Mapping[str, str]


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
class Given:
    """What is to change: cells by number of the house, houses to add at the end, numbers of houses to take out."""

    changed: Mapping[int, Cells] = field(default_factory=dict)
    added: Sequence[Cells] = ()
    removed: frozenset[int] = frozenset()


@transaction.atomic
def change(*, filing: Filing, given: Given, revision: int, by: Actor, at: datetime) -> None:
    """Change cells, add houses and take houses out: all of it or nothing. A new house gets the references all share.

    :raises drafting.NotADraft, drafting.ChangedMeanwhile: if it cannot be changed, or somebody else did.
    :raises UnknownCell, NoRoom, TooManyRows: if the table has no place for it.
    :raises Locked, NoneAdded: if it is an amendment, and customs does not let that be amended.
    """
    if len(given.changed) + len(given.added) > MOST_CHANGED:
        raise TooManyRows
    known = {each.path for each in table.offered(filing)}
    if any(path not in known for cells in [*given.changed.values(), *given.added] for path in cells):
        raise UnknownCell
    if given.added and selectors.message_of(filing).amends:
        raise NoneAdded
    if filing.in_parts:
        _change_parts(filing, given, revision=revision, by=by, at=at)
        return
    document = selectors.document_of(filing)
    path = table.path_of(filing)
    there = len(document.nodes(path))
    if any(not 1 <= number <= there for number in {*given.changed, *given.removed}):
        raise UnknownCell
    repeats = document.message.element(path).repeats
    if given.added and not repeats and there:
        raise NoRoom
    for number, cells in given.changed.items():
        _must_be_open(filing, document.nodes(_at(path, number, repeats))[0], cells)
        _fill(document, _at(path, number, repeats), cells)
    shared = _shared(document, path) if given.added else {}
    for number, cells in enumerate(given.added, there + 1):
        _fill(document, _at(path, number, repeats), {**shared, **cells})
    _take_out(document, path, given.removed)
    drafting.change(filing=filing, document=document, revision=revision, by=by, at=at)


def _must_be_open(filing: Filing, house: Node, cells: Cells) -> None:
    """Refuse another value in a locked column; the same again is none.

    :raises Locked: if there is one.
    """
    locked = {each.path for each in table.offered(filing) if each.locked}
    message = selectors.message_of(filing)
    if any(path in locked and clean(text) != table.value(message, house, path) for path, text in cells.items()):
        raise Locked


def pasted(text: str, shown: Sequence[table.Column], rows: Mapping[str, int]) -> Given:
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
        document = next((cells[each.path] for each in order if each.path.endswith(table.REFERENCE) and each.path in cells), "")
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
        for number, node in enumerate(document.nodes(table.path_of(filing)), 1)
        if (text := table.value(document.message, node, table.REFERENCE))
    }


def clean(text: str) -> str:
    """Return a typed or pasted value as a document can hold it."""
    return " ".join(text.replace("\0", "").split())[: table.LONGEST]


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
        shared = _alike([table.node_of(filing, first)], filing) if first else {}
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
        values = {table.value(message, node, name) for node in nodes}
        if f"{path}/{name}" in message.by_path and len(values) == 1 and (value := values.pop()):
            found[name] = value
    return found


def _at(path: str, number: int, repeats: bool) -> str:
    return f"{path}[{number}]" if repeats else path
