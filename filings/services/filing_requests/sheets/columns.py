"""Which column of a spreadsheet is which element: those the form asks for, and any other one by its key.

A row is about one occurrence of each group that the table of asked fields marks with "row": a house consignment, a goods
item in it. A column belongs to the innermost of them it is in; outside of all it is said once for the whole filing. Other
groups that repeat have a column for each occurrence, the second one with [2] in its key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from filings.messages.catalogue import Element, Message
from filings.messages.document import steps
from filings.models import FilingRequest
from filings.services import drafting
from filings.services.filing_requests import form, keys

MOST: Final = 500  # columns of one sheet
SMALL: Final = 12  # codes that a hint names one by one
LONGEST_KEY: Final = 400


@dataclass(frozen=True)
class Column:
    """One datum. key: its path, without a place where a row has it, or the first; title: in words, alike in no two columns.

    level: 0 for the whole filing, 1 and up for what a row is about; inside: the path below that; fixed: what who asked says.
    """

    key: str
    title: str
    element: Element
    level: int
    inside: str
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Level:
    """One group that rows are about. inside: its path from the level above; tells: by which column one is told from another."""

    element: Element
    inside: str
    tells: str


class Sheet:
    """The spreadsheet of one filing request."""

    def __init__(self, request: FilingRequest, message: Message) -> None:
        self.request = request
        self.message = message
        self.how = keys.combination(request.combination, message)

    @cached_property
    def levels(self) -> list[Level]:
        """Return what rows are about, from the outer to the inner group."""
        groups = [each for each in self.message.root.walk() if each.children and form.says(each.path, "row")]
        found: list[Level] = []
        for group in groups:
            above = found[-1].element.path + "/" if found else ""
            if group.path.startswith(above):
                tells = [each.path for each in group.walk() if form.says(each.path, "tells")]
                found.append(Level(group, group.path.removeprefix(above), tells[0] if tells else ""))
        return found

    @cached_property
    def columns(self) -> list[Column]:
        """Return the columns to fill in, in the order of the table, by level; first the one that tells things apart."""
        begun = form.first(self.message, {}, self.request.combination, self.request.asked_eori)
        shown = form.rows(begun, {}, [])
        plain = dict.fromkeys(_short(row.name) for row in shown)
        found = [column for key in plain if (column := self.column(key))]
        missing = [path for path in self.fixed if path not in plain]
        found += [column for path in missing if (column := self.column(path))]
        tells = {level.tells for level in self.levels}
        return sorted(found, key=lambda each: (each.level, each.element.path not in tells))

    @cached_property
    def fixed(self) -> Mapping[str, tuple[str, ...]]:
        """Return the values of the linking key by the path where they stand; who fills in the sheet cannot change them."""
        found = {}
        for part in self.how.parts:
            path = next((path for path in part.lower if path in self.message.by_path), "")
            if path and (values := self.request.key.get(part.name)):
                found[path] = tuple(values)
        return found

    def column(self, key: str) -> Column | None:
        """Return the column of a key; None if no such element may be given."""
        if len(key) > LONGEST_KEY:
            return None
        key = _short(key)
        try:
            named = steps(key)
        except ValueError:
            return None
        path = "/".join(name for name, _ in named)
        element = self.message.by_path.get(path)
        if not path or element is None or element.children or self._is_counted(element) or not self._has_room(named):
            return None
        level = max((at for at, each in enumerate(self.levels, 1) if path.startswith(f"{each.element.path}/")), default=0)
        depth = self.levels[level - 1].element.path.count("/") + 1 if level else 0
        inside = "/".join(f"{name}[{index}]" if index else name for name, index in named[depth:])
        return Column(key, self._title(named), element, level, inside, self.fixed.get(path, ()))

    def by_name(self) -> dict[str, Column]:
        """Return the columns to fill in by what may stand above them: key or title."""
        return {name.casefold(): each for each in self.columns for name in (each.title, each.key)}

    def hint(self, column: Column) -> str:
        """Return how a column is filled in."""
        field = form.fields_of(self.message)[column.element.path]
        if column.fixed:
            return "given by who asks; leave it as it is"
        per = f"once for each {self.levels[column.level - 1].element.title.lower()}" if column.level else "once for all"
        codes = [code.code for code in field.choices]
        what = f"one of {', '.join(codes)}" if 0 < len(codes) <= SMALL else field.help
        return "; ".join(each for each in (per, "needed" if field.required else "", what) if each)

    def begun(self) -> dict[str, object]:
        """Return the content every document of this sheet begins with."""
        first = drafting.first_document(self.message, self.request.asked_eori)
        content: dict[str, object] = first.to_json()[self.message.id]
        return content

    def _has_room(self, named: list[tuple[str, int]]) -> bool:
        """Say whether every group of a path may occur so often; a group that rows are about has no place of its own."""
        of_rows = {each.element.path for each in self.levels}
        path = ""
        for name, index in named:
            path = f"{path}/{name}" if path else name
            most = 0 if path in of_rows else min(self.message.element(path).max, form.MOST_TIMES)
            if index > most:
                return False
        return True

    def _is_counted(self, element: Element) -> bool:
        return form.is_ours(element, self.message) or form.says(element.path, "number")

    def _title(self, named: list[tuple[str, int]]) -> str:
        """Return the titles from outside in, but for the consignments, which all of it is about."""
        path, words = "", []
        for name, index in named:
            path = f"{path}/{name}" if path else name
            if path.startswith("consignmentMasterLevel") and path.count("/") <= 1 and self.message.element(path).children:
                continue
            title = self.message.element(path).title
            words.append(f"{title} {index}" if index > 1 else title)
        return ": ".join(words)


def _short(path: str) -> str:
    """Return a path without the places of first occurrences."""
    return path.replace("[1]", "")
