"""The form of who has only a link: just what is asked, drawn from the table of the message, growing by what the check misses.

    rows(document, fixed, findings)  ->  the fields to show, in table order, with their values and what is wrong with them
    read(message, fixed, posted)     ->  the document that was typed; only fields that may be asked are taken

A field is asked if customs always wants it, if asked_fields.csv names it, or if the check says that it is missing. The columns
of a spreadsheet (sheets) are the same fields.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from filings.messages import json
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node, steps
from filings.messages.fields import Field, fields
from filings.messages.finding import Finding
from filings.services import drafting
from filings.services.filing_requests import keys

TABLE: Final = Path(__file__).parent / "tables" / "asked_fields.csv"
MOST_TIMES: Final = 50  # occurrences of one group in the form; more come as a file
MOST_FIELDS: Final = 3_000
LONGEST: Final = 512
_INDEX: Final = re.compile(r"\[[0-9]+\]")


@dataclass(frozen=True)
class Row:
    """One field of the form. name: the path with places; group: of which party or thing; fixed: it is part of the key."""

    name: str
    group: str
    label: str
    field: Field
    value: str
    fixed: bool
    wrong: tuple[str, ...] = ()

    @property
    def input_id(self) -> str:
        """Return a name that may stand in an id."""
        return re.sub("[^A-Za-z0-9]", "-", self.name)


@dataclass(frozen=True)
class More:
    """A group that may be given once more. name: the path of the next one."""

    name: str
    title: str


def rows(document: Document, fixed: Mapping[str, str], findings: Iterable[Finding]) -> list[Row]:
    """Return the fields of the form with what stands in them; findings decide which further ones are needed."""
    message = document.message
    start = f"/{message.root_name}/"
    wrong: dict[str, list[str]] = {}
    for finding in findings:
        wrong.setdefault(_indexed(finding.path.removeprefix(start), message), []).append(finding.sentence)
    missed = {_INDEX.sub("", path) for path in wrong}
    by_path = fields_of(message)
    found: list[Row] = []
    for path, place in _places(Shape(message, missed), message.root, document.root):
        spec = by_path[place]
        above = [by_path[each].label for each in _above(place) if _told(each)]
        label = f"{above[-1]}: {spec.label}" if len(above) > 1 else spec.label
        value = document.value(path) or fixed.get(place, "")
        at = _indexed(path, message)
        # What is wrong with a group that is missing stands at the first of its fields.
        told = [sentence for where in [at, *_above(at)] for sentence in wrong.pop(where, [])]
        found.append(Row(path, _group(path, above), label, spec, value, place in fixed, tuple(told)))
    return found[:MOST_FIELDS]


def more(document: Document, shown: Iterable[Row]) -> list[More]:
    """Return the groups of the form of which there may be one more."""
    message, found = document.message, {}
    for row in shown:
        for above in _above(_INDEX.sub("", row.name)):
            element = message.element(above)
            if element.repeats and above not in found and _is_asked_again(element):
                count = len(document.nodes(above))
                if count < min(element.max, MOST_TIMES):
                    found[above] = More(_with_index(row.name, above, max(count, element.min, 1) + 1), element.title)
    return list(found.values())


def first(message: Message, request_key: keys.Key, combination: str, eori: str) -> Document:
    """Return the document a form begins with: the data of the linking key, and one of each group that must be there."""
    document = drafting.first_document(message, eori)
    keys.prefill(document, keys.combination(combination, message), request_key)
    return document


def fixed_values(document: Document, combination: str) -> dict[str, str]:
    """Return the values of the linking key by their path: who fills in the form cannot change them."""
    how = keys.combination(combination, document.message)
    paths = [path for part in how.parts for path in part.lower if path in document.message.by_path]
    return {path: value for path in paths if (value := document.value(path))}


def read(begun: Document, fixed: Mapping[str, str], posted: Mapping[str, str], add: str = "") -> Document:
    """Return the document with what was typed; a name that is no field of the message is left out.

    :param add: path of a field of a group to be given once more.
    """
    document, message = begun, begun.message
    for name, text in list(posted.items())[:MOST_FIELDS]:
        place = _INDEX.sub("", name)
        element = message.by_path.get(place)
        if element is None or element.children or place in fixed or not _bounded(name):
            continue
        value = text.replace("\0", "").strip()[:LONGEST]
        _make_room(document, name)
        document.set(name, value)
    if add and message.by_path.get(_INDEX.sub("", add)) is not None and _bounded(add):
        _make_room(document, add)
    return document


def filled(document: Document) -> Document:
    """Return what is to be checked and kept: nothing empty in it, and numbered where customs wants numbers."""
    copied = json.from_json(document.to_json(), message_set=document.message.message_set, version=document.message.version)
    _prune(copied.root)
    number(copied)
    return copied


def number(document: Document) -> None:
    """Count what is numbered from 1: goods items, countries of a route."""
    for element in document.message.root.walk():
        if element.format and _how(element.path) == "number":
            *above, group, name = element.path.split("/")
            for parent in _nodes_at(document.root, above):
                for place, node in enumerate(parent.named(group), 1):
                    (node.first(name) or _add(node, element)).set_text(str(place))


def _prune(node: Node) -> bool:
    """Take out what is empty; say whether nothing is left."""
    node.children = [child for child in node.children if not _prune(child)]
    return not node.children and not node.text


# --- Which fields ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """What decides which fields a form has: the message, and the places that the check misses."""

    message: Message
    missed: set[str]


def _places(shape: Shape, spec: Element, node: Node | None, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and place of every field to show, occurrence by occurrence."""
    for child in spec.children:
        given = node.named(child.name) if node else []
        if not given and not _is_needed(child, shape.missed):
            continue
        for index in range(min(max(len(given), child.min, 1), MOST_TIMES)):
            name = (f"{path}/{child.name}" if path else child.name) + (f"[{index + 1}]" if child.repeats else "")
            if child.children:
                yield from _places(shape, child, given[index] if index < len(given) else None, name)
            elif _how(child.path) != "number" and not is_ours(child, shape.message):
                yield name, child.path


def _is_needed(element: Element, missed: set[str]) -> bool:
    place = element.path
    if element.min or any(path == place or path.startswith(f"{place}/") for path in missed):
        return True
    if element.format:
        return _how(place) == "ask"
    return any(_opens(each.path, place) for each in element.walk() if each.format)


def _opens(path: str, group: str) -> bool:
    """Say whether the table names the group itself, with one of its fields; a field further down opens nothing."""
    return any(f"/{path}".endswith(f"/{end}") and f"/{group}".endswith(f"/{end.partition('/')[0]}") for end in _asks())


def is_ours(element: Element, message: Message) -> bool:
    """Say whether the product fills it in: the LRN, the date, the kind of filing."""
    return element.code_list == drafting.CIRCUMSTANCE or element.path in {message.reference, message.date}


def _is_asked_again(element: Element) -> bool:
    return any(_how(each.path) in {"ask", "number"} or each.min for each in element.children)


@cache
def _table() -> tuple[tuple[str, str], ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple((row["ends_with"], row["how"]) for row in csv.DictReader(file))


@cache
def _asks() -> tuple[str, ...]:
    return tuple(end for end, how in _table() if how == "ask")


def says(path: str, what: str) -> bool:
    """Say whether the table says this of an element: ask, number, or what a row of a spreadsheet is about."""
    return any(how == what and f"/{path}".endswith(f"/{end}") for end, how in _table())


@cache
def _how(path: str) -> str:
    return next((how for end, how in _table() if f"/{path}".endswith(f"/{end}")), "")


# --- Paths -----------------------------------------------------------------------------------------------------------------


@cache
def fields_of(message: Message) -> Mapping[str, Field]:
    """Return the fields of a message by path."""
    found: dict[str, Field] = {}
    waiting = list(fields(message))
    while waiting:
        each = waiting.pop()
        found[each.path] = each
        waiting += each.fields
    return found


def _above(place: str) -> list[str]:
    names = place.split("/")
    return ["/".join(names[:count]) for count in range(1, len(names))]


def _group(path: str, above: list[str]) -> str:
    """Return the title of the party or thing a field is about, with its place from the second one on."""
    place = next((index for _, index in steps(path)[:-1] if index > 1), 0) if len(above) > 1 else 0
    return f"{above[0]} {place}" if place else above[0] if above else ""


def _told(path: str) -> bool:
    """Say whether a group is worth naming: the two levels of consignment are what all of it is about."""
    return path.count("/") > 1 or not path.startswith("consignmentMasterLevel")


def _indexed(path: str, message: Message) -> str:
    """Return a path with a place at every step that may repeat, the first where none is given."""
    names: list[str] = []
    plain = ""
    for name, index in steps(path) if path else []:
        plain = f"{plain}/{name}" if plain else name
        element = message.by_path.get(plain)
        names.append(f"{name}[{index or 1}]" if element is not None and element.repeats else name)
    return "/".join(names)


def _with_index(path: str, group: str, place: int) -> str:
    """Return a path with another place at one of the groups above it."""
    depth = group.count("/")
    names = path.split("/")
    names[depth] = f"{_INDEX.sub('', names[depth])}[{place}]"
    return "/".join(names)


def _bounded(name: str) -> bool:
    try:
        return all(index <= MOST_TIMES for _, index in steps(name))
    except ValueError:
        return False


def _make_room(document: Document, name: str) -> None:
    """Make every group above a field, those before it, too; the field stays empty if it was not there."""
    node, spec = document.root, document.message.root
    for step, index in steps(name):
        spec = spec.by_name[step]
        while len(node.named(step)) < max(index, 1):
            _add(node, spec)
        node = node.named(step)[max(index, 1) - 1]


def _add(node: Node, spec: Element) -> Node:
    """Add one more child to a group, at its place in the table."""
    made = Node(spec.name, None if spec.children else "")
    siblings = node.named(spec.name)
    at = node.children.index(siblings[-1]) + 1 if siblings else len(node.children)
    node.children.insert(at, made)
    return made


def _nodes_at(node: Node, names: list[str]) -> list[Node]:
    found = [node]
    for name in names:
        found = [child for each in found for child in each.named(name)]
    return found
