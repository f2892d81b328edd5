"""Rows put together: those of one house consignment to it, each goods item below, and all of it into a document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from filings.messages import json
from filings.messages.catalogue import Element
from filings.messages.document import Document, steps
from filings.services.filing_requests import form
from filings.services.filing_requests.sheets.columns import Column, Level, Sheet

Cells = Mapping[Column, str]


@dataclass
class Occurrence:
    """One thing that rows are about. row: the first that says something of it; cells: each with the row that said it."""

    row: int
    cells: dict[Column, tuple[str, int]] = field(default_factory=dict)
    below: list["Occurrence"] = field(default_factory=list)
    told: dict[str, "Occurrence"] = field(default_factory=dict)  # those below by what tells them apart


@dataclass(frozen=True)
class Clash:
    """Two rows that say different things of what is the same."""

    row: int
    column: Column
    sentence: str


class Filing:
    """What the rows of a sheet say, put together.

    :param given: the columns the file has.
    """

    def __init__(self, sheet: Sheet, given: list[Column]) -> None:
        self.sheet = sheet
        self.root = Occurrence(0)
        self.tells = {each.element.path: each for each in given}

    def add(self, row: int, cells: Cells) -> Iterator[Clash]:
        """Take over a row; yield where it says another thing than a row before it."""
        spot = self.root
        yield from _put(spot, row, {column: text for column, text in cells.items() if not column.level})
        for depth, level in enumerate(self.sheet.levels, 1):
            own = {column: text for column, text in cells.items() if column.level == depth}
            if not own and not any(column.level > depth for column in cells):
                return
            spot = self._spot(spot, level, row, own)
            yield from _put(spot, row, own)

    def document(self) -> Document:
        """Return the document, numbered and without what is empty, with the values that who asked has fixed."""
        content = self.sheet.begun()
        fixed = [column for path in self.sheet.fixed if (column := self.sheet.column(path))]
        self._fill(content, self.sheet.message.root, self.root, 0, fixed)
        message = self.sheet.message
        document = json.from_json({message.id: content}, message_set=message.message_set, version=message.version)
        return form.filled(document)

    def at(self, path: str) -> tuple[Occurrence, str]:
        """Return what a place of the document is about, and the key of its column."""
        spot, plain = self.root, ""
        names = []
        levels = {level.element.path: level for level in self.sheet.levels}
        for name, index in steps(path):
            plain = f"{plain}/{name}" if plain else name
            if plain in levels:
                place = max(index, 1) - 1
                spot = spot.below[place] if place < len(spot.below) else spot
                names.append(name)
            else:
                names.append(f"{name}[{index}]" if index > 1 else name)
        return spot, "/".join(names)

    def counts(self) -> list[tuple[str, int]]:
        """Return how many of each thing there are, by its title, from the outer to the inner."""
        found, spots = [], [self.root]
        for level in self.sheet.levels:
            spots = [below for spot in spots for below in spot.below]
            found.append((level.element.title.lower(), len(spots)))
        return found

    def _spot(self, above: Occurrence, level: Level, row: int, own: Cells) -> Occurrence:
        """Return the thing a row is about: one that is there, or a new one."""
        last = above.below[-1] if above.below else None
        if last and not level.element.repeats:
            return last
        column = self.tells.get(level.tells)
        if column:
            name = own.get(column, "")
            if name and name in above.told:
                return above.told[name]
            if last and not name:
                return last
            made = _made(above, row)
            above.told[name] = made
            return made
        return last if last and not any(not each.fixed for each in own) else _made(above, row)

    def _fill(self, content: dict[str, Any], spec: Element, spot: Occurrence, depth: int, fixed: list[Column]) -> None:
        """Put what is known of one thing into its group, then what is below it."""
        for column in fixed:
            if column.level == depth and column not in spot.cells:
                spot.cells[column] = (column.fixed[0], spot.row)
        for column, (text, _) in spot.cells.items():
            *groups, leaf = steps(column.inside)
            holder, element = _group(content, spec, groups)
            _set(holder, element.by_name[leaf[0]], leaf[1], text)
        levels = self.sheet.levels
        if depth == len(levels):
            return
        level = levels[depth]
        *groups, (name, _) = steps(level.inside)
        for below in spot.below or ([Occurrence(spot.row)] if not spot.row else []):
            holder, element = _group(content, spec, groups)
            made: dict[str, Any] = {}
            if element.by_name[name].repeats:
                holder.setdefault(name, []).append(made)
            else:
                holder[name] = made
            self._fill(made, level.element, below, depth + 1, fixed)


def _made(above: Occurrence, row: int) -> Occurrence:
    made = Occurrence(row)
    above.below.append(made)
    return made


def _put(spot: Occurrence, row: int, cells: Cells) -> Iterator[Clash]:
    for column, text in cells.items():
        before = spot.cells.setdefault(column, (text, row))
        if before[0] != text:
            said = f"Row {before[1]} says “{before[0][:60]}”, this one “{text[:60]}”"
            yield Clash(row, column, f"{said}, and there is room for one. Say it once, or alike.")


def _group(content: dict[str, Any], spec: Element, path: list[tuple[str, int]]) -> tuple[dict[str, Any], Element]:
    """Return the group at a path below another one, made if it is missing, and its element."""
    for name, index in path:
        spec = spec.by_name[name]
        if not spec.repeats:
            content = content.setdefault(name, {})
            continue
        listed = content.setdefault(name, [])
        listed += [{} for _ in range(max(index, 1) - len(listed))]
        content = listed[max(index, 1) - 1]
    return content, spec


def _set(holder: dict[str, Any], element: Element, index: int, text: str) -> None:
    if not element.repeats:
        holder[element.name] = text
        return
    listed = holder.setdefault(element.name, [])
    listed += ["" for _ in range(max(index, 1) - len(listed))]
    listed[max(index, 1) - 1] = text
