"""Read the tables once and offer messages, elements and code lists as frozen objects.

    message("IE3F26").element("declarant/identificationNumber").format.code  # "an..17"

Reading is lazy: naming a message reads the tables, asking for its `root` builds its tree. Nothing here
names a message; what the program has to know about one is a column of tables/messages.csv.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Final

from filings.messages import formats
from filings.messages.formats import Format

TABLES: Final = Path(__file__).parent / "tables"
# The message set and version used where nobody says which; another one is more rows in the same files.
DEFAULT: Final = "HTI"
DEFAULT_VERSION: Final = "2.02"

Edition = tuple[str, str]


class UnknownMessage(LookupError):
    """There is no such message in the message set."""


@dataclass(frozen=True)
class Code:
    """One code of a code list."""

    code: str
    name: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class CodeList:
    """A code list; when `values` is false its codes are published elsewhere and only formats are checked."""

    id: str
    name: str
    values: bool
    source: str
    note: str
    codes: tuple[Code, ...] = field(repr=False)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Return the name of each code."""
        return {code.code: code.name for code in self.codes}

    def __contains__(self, value: object) -> bool:
        return value in self.names


@dataclass(frozen=True, eq=False)
class Element:
    """One line of a message table: a group (with children) or a value (with a format).

    name: the XML name, also the key in JSON; title: the business name people read.
    path: names from below the root, joined by "/"; empty for the root.
    status: M mandatory, O optional, C see conditions; rules, conditions, status with overrides applied.
    wrapper: name of the element that holds the value in XML only, or "".
    """

    name: str
    title: str
    path: str
    min: int
    max: int
    format: Format | None
    status: str
    code_list: str
    rules: tuple[str, ...]
    conditions: tuple[str, ...]
    wrapper: str
    note: str
    wco_name: str
    wco_id: str
    seq: int
    level: int
    edition: Edition
    children: "tuple[Element, ...]" = field(repr=False)

    @property
    def repeats(self) -> bool:
        """Return whether the element may occur more than once (a list in JSON)."""
        return self.max > 1

    @cached_property
    def by_name(self) -> "Mapping[str, Element]":
        """Return the children by name, in table order."""
        return {child.name: child for child in self.children}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Return the place of each child by name."""
        return {child.name: place for place, child in enumerate(self.children)}

    @cached_property
    def codes(self) -> CodeList | None:
        """Return the code list, if its values are known here and stand on a value."""
        if not self.code_list or not self.format:
            return None
        found = code_list(self.code_list, *self.edition)
        return found if found.values else None

    @cached_property
    def quick(self) -> Callable[[str], object]:
        """Return a test that is true only of values there is nothing to say about; codes fit their format."""
        if self.codes:
            return self.codes.names.__contains__
        return self.format.quick if self.format else bool

    @cached_property
    def is_plain_text(self) -> bool:
        """Return whether the text of the XML element is the value as it stands."""
        return self.format is not None and not self.wrapper and not self.format.collapses

    @cached_property
    def all_optional(self) -> bool:
        """Return whether the group could be empty by occurrence; empty groups are refused all the same."""
        return bool(self.children) and all(child.min == 0 for child in self.children)

    def walk(self) -> "Iterator[Element]":
        """Yield the element and everything below it, in table order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, eq=False)
class Message:
    """One message of a message set: the columns of messages.csv, and its table as `root`.

    direction: to_customs | from_customs. family: F A N Q R. sci: specific circumstance indicator.
    answered_by: ids of direct answers; accepted_by, rejected_by, refused_by: the one that says yes, the
    one for errors of the message (IE3N99) and the one of the life cycle (IE3N01), "" if there is none.
    amends: the filing an amendment replaces. priority: A, B or C. consumer and event: which part of the
    product understands it and what then happens. new_mrn: whether customs gives an MRN for it.
    reference: path of the reference answers quote; references: every element usable for correlation.
    date: name of the date of the message. party: path of the EORI whose message it is.
    """

    id: str
    message_set: str
    version: str
    namespace: str
    root_name: str
    direction: str
    short_name: str
    title: str
    family: str
    sci: str
    mode: str
    level: str
    phase: str
    addressed_by: str
    ens_effect: str
    risk_analysis_timer: str
    air_preloading_analysis: bool
    description: str
    filer: str
    filer_basis: str
    answered_by: tuple[str, ...]
    accepted_by: str
    rejected_by: str
    refused_by: str
    amends: str
    may_follow: str
    follows: str
    process: str
    priority: str
    consumer: str
    event: str
    new_mrn: bool
    attachments: bool
    reference: str
    references: tuple[str, ...]
    date: str
    party: str
    rows: int

    @property
    def edition(self) -> Edition:
        """Return message set and version, the key of every table."""
        return self.message_set, self.version

    @property
    def is_sent(self) -> bool:
        """Return whether operators send it to customs."""
        return self.direction == "to_customs"

    @cached_property
    def root(self) -> Element:
        """Return the root element with the whole table below it."""
        rows = _element_rows()[(*self.edition, self.id)]
        return _tree(rows, _overrides().get((*self.edition, self.id), {}), self.edition)

    @cached_property
    def by_path(self) -> Mapping[str, Element]:
        """Return every element by its path from below the root."""
        return {element.path: element for element in self.root.walk()}

    def element(self, path: str) -> Element:
        """Return the element at a path such as "declarant/address/city".

        :raises KeyError: if the message has no such element
        """
        return self.by_path[path]


def messages(message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> tuple[Message, ...]:
    """Return all messages of a message set, by id."""
    return tuple(_messages().get((message_set, version), {}).values())


def message(message_id: str, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> Message:
    """Return one message.

    :raises UnknownMessage: if the message set has no such message
    """
    try:
        return _messages()[message_set, version][message_id]
    except KeyError:
        raise UnknownMessage(f"There is no message {message_id} in {message_set} {version}.") from None


def code_list(list_id: str, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> CodeList:
    """Return one code list.

    :raises LookupError: if there is no such list
    """
    try:
        return _code_lists()[message_set, version][list_id]
    except KeyError:
        raise LookupError(f"There is no code list {list_id} in {message_set} {version}.") from None


def code_lists(message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> tuple[CodeList, ...]:
    """Return all code lists, by id, those without values included."""
    return tuple(_code_lists()[message_set, version].values())


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of one table, for example "conditions" or "rules_usage"."""
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _messages() -> Mapping[Edition, Mapping[str, Message]]:
    found: dict[Edition, dict[str, Message]] = {}
    for row in rows("messages"):
        found.setdefault((row["message_set"], row["version"]), {})[row["message"]] = _message(row)
    return found


def _message(row: dict[str, str]) -> Message:
    """Return the message of one row: columns are named as the fields are, but for these."""
    values: dict[str, object] = dict(row)
    values["id"] = values.pop("message")
    values["root_name"] = values.pop("root")
    for flag in ("new_mrn", "attachments", "air_preloading_analysis"):
        values[flag] = row[flag] == "yes"
    for ids in ("answered_by", "references"):
        values[ids] = tuple(row[ids].split())
    values["rows"] = int(row["rows"])
    return Message(**values)  # type: ignore[arg-type]


@cache
def _code_lists() -> Mapping[Edition, Mapping[str, CodeList]]:
    found: dict[Edition, dict[str, CodeList]] = {}
    for row in rows("code_lists"):
        edition = row["message_set"], row["version"]
        found.setdefault(edition, {})[row["code_list"]] = CodeList(
            id=row["code_list"],
            name=row["name"],
            values=row["values"] == "yes",
            source=row["source"],
            note=row["note"],
            codes=_codes(row["code_list"], edition) if row["values"] == "yes" else (),
        )
    return found


def _codes(list_id: str, edition: Edition) -> tuple[Code, ...]:
    return tuple(
        Code(row["code"], row["name"], row["note"])
        for row in rows(f"codelists/{list_id}")
        if (row["message_set"], row["version"]) == edition
    )


@cache
def _overrides() -> Mapping[tuple[str, str, str], Mapping[str, list[dict[str, str]]]]:
    found: dict[tuple[str, str, str], dict[str, list[dict[str, str]]]] = {}
    for row in rows("overrides"):
        key = row["message_set"], row["version"], row["message"]
        found.setdefault(key, {}).setdefault(row["path"], []).append(row)
    return found


@cache
def _element_rows() -> Mapping[tuple[str, str, str], list[list[str]]]:
    """Return the lines of elements.csv by message, cells not yet interpreted."""
    with (TABLES / "elements.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        if tuple(header) != _COLUMNS:
            raise ValueError(f"elements.csv has other columns than expected: {header}")
        return {(key[0], key[1], key[2]): list(lines) for key, lines in groupby(reader, key=lambda line: line[:3])}


_COLUMNS: Final = (
    "message_set", "version", "message", "seq", "level", "kind", "min", "max", "name", "format", "status",
    "rules", "conditions", "code_list", "xml_name", "wrapper", "wco_name", "wco_id", "note",
)  # fmt: skip


def _tree(lines: list[list[str]], overrides: Mapping[str, list[dict[str, str]]], edition: Edition) -> Element:
    """Return the root of the tree that the level column describes, built from the last line up."""
    paths = _paths(lines)
    waiting: dict[int, list[Element]] = {}
    for line, path in zip(reversed(lines), reversed(paths), strict=True):
        level = int(line[4])
        children = tuple(reversed(waiting.pop(level + 1, [])))
        element = _element(line, path, children, overrides.get(path, []), edition)
        waiting.setdefault(level, []).append(element)
    return waiting[0][0]


def _paths(lines: list[list[str]]) -> list[str]:
    paths: list[str] = []
    open_: list[str] = []
    for line in lines:
        level = int(line[4])
        open_[level:] = [line[14]]
        paths.append("/".join(open_[1 : level + 1]))
    return paths


def _element(
    line: list[str],
    path: str,
    children: tuple[Element, ...],
    overrides: list[dict[str, str]],
    edition: Edition,
) -> Element:
    rules, conditions, status = line[11].split(), line[12].split(), line[10]
    for override in overrides:
        rules = [rule for rule in rules if rule != override["replaces"]] + override["rules"].split()
        conditions = [each for each in conditions if each != override["replaces"]]
        conditions += override["conditions"].split()
        status = override["status"] or status
    return Element(
        name=line[14],
        title=line[8],
        path=path,
        min=int(line[6]),
        max=int(line[7]),
        format=formats.parse(line[9]) if line[9] else None,
        status=status,
        code_list=line[13],
        rules=tuple(dict.fromkeys(rules)),
        conditions=tuple(dict.fromkeys(conditions)),
        wrapper=line[15],
        note=line[18],
        wco_name=line[16],
        wco_id=line[17],
        seq=int(line[3]),
        level=int(line[4]),
        edition=edition,
        children=children,
    )
