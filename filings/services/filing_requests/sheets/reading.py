"""What a spreadsheet that was filled in says: the document it makes, and everything wrong with it by row and column.

A file that is none is refused with a sentence. In one that is, nothing is passed over: what cannot be read, stands under no
heading, or contradicts another row is told where it stands.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from filings.messages import delimited
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.services.filing_requests import keys
from filings.services.filing_requests.sheets import columns as sheet_columns
from filings.services.filing_requests.sheets.columns import Column, Sheet
from filings.services.filing_requests.sheets.placing import Filing
from filings.services.filing_requests.sheets.values import Unclear, value
from filings.services.filing_requests.sheets.writing import HINT
from tenants.errors import DomainError

LARGEST: Final = 2 * 1024 * 1024  # bytes
MOST_ROWS: Final = 2_000
TOLD: Final = 200  # problems named one by one
KEPT: Final = 5_000  # problems that are looked through for the first ones
SHOWN: Final = 50  # rows of a preview
LOOKED_AT: Final = 6  # cells of a row, to see whether it is one more row of headings
Check = Callable[[Document], Iterable[Finding]]


class UnreadableSheet(DomainError):
    """The file cannot be read as a spreadsheet; nothing of it was kept."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place. row: as the spreadsheet counts, 0 for the whole file; column: its letters, "" for none.

    stops: whether it has to be mended before the sheet can be handed over.
    """

    row: int
    column: str
    title: str
    sentence: str
    stops: bool = True

    @property
    def where(self) -> str:
        """Return the place in words."""
        names = [f"row {self.row}" if self.row else "", f"column {self.column}" if self.column else ""]
        place = ", ".join(each for each in names if each)
        if not place:
            return self.title or "The whole file"
        return f"{place[0].upper()}{place[1:]} ({self.title})" if self.title else f"{place[0].upper()}{place[1:]}"


@dataclass(frozen=True)
class Understood:
    """What a sheet says. problems: of reading it; found: of the check, by row and column; counts: things by their title.

    once: title and value of what is said once; titles, rows: the others, with the number of each row.
    """

    document: Document
    problems: tuple[Problem, ...]
    found: tuple[Problem, ...]
    counts: tuple[tuple[str, int], ...]
    match: keys.Match
    once: tuple[tuple[str, str], ...]
    titles: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    row_count: int

    @property
    def is_whole(self) -> bool:
        """Say whether every cell was understood."""
        return not self.problems

    @property
    def is_right(self) -> bool:
        """Say whether the check has nothing against it either."""
        return self.is_whole and not any(each.stops for each in self.found)


def read(data: bytes, sheet: Sheet, check: Check) -> Understood:
    """Return what a file says.

    :param check: returns the findings of a document.
    :raises UnreadableSheet: if it is no such file, or larger than one may be.
    """
    if len(data) > LARGEST:
        raise UnreadableSheet(f"The file has more than {LARGEST // 1024 // 1024} MB; split it.")
    try:
        return _Reading(sheet).understood(delimited.records(delimited.decoded(data)), check)
    except delimited.NotATable as error:
        raise UnreadableSheet(str(error)) from error


class _Reading:
    """One file on its way to a document."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.names = sheet.by_name()
        self.places: dict[int, Column] = {}
        self.other: dict[int, str] = {}  # headings that are no column
        self.problems: list[Problem] = []
        self.untold = 0
        self.rows: list[tuple[int, dict[Column, str]]] = []

    def understood(self, records: Iterable[tuple[int, list[str]]], check: Check) -> Understood:
        """Read row by row, put the rows together, check."""
        for number, cells in records:
            if len(cells) > sheet_columns.MOST:
                raise UnreadableSheet(f"Row {number} has more than {sheet_columns.MOST} columns.")
            said = [delimited.plain(cell).strip() for cell in cells]
            if not any(said):
                continue
            if self._is_heading(said):
                self._head(number, said)
            elif not self.places:
                raise UnreadableSheet("The first row must hold the headings of the template; download it for this request.")
            elif not all(cell.startswith(HINT) for cell in said if cell):
                self._row(number, said)
        if not self.rows:
            raise UnreadableSheet("There is no row with data below the headings.")
        return self._made(check)

    def _is_heading(self, said: list[str]) -> bool:
        given = [cell for cell in said if cell][: LOOKED_AT if self.places else None]
        known = sum(1 for cell in given if self._column(cell))
        return known > 0 and (known * 2 >= len(given) or not self.places)

    def _column(self, name: str) -> Column | None:
        return self.names.get(name.casefold()) or self.sheet.column(name)

    def _head(self, number: int, said: list[str]) -> None:
        """Take the columns of a row of headings; a key goes before a title that says another column."""
        before, self.places = self.places, {}
        for place, name in enumerate(said):
            column = self._column(name) if name else before.get(place)
            if column is None:
                if name or place in self.other:
                    self.other[place] = name or self.other[place]
                continue
            self.other.pop(place, None)
            if place in before and before[place] != column:
                sentence = f"It is headed “{before[place].title}”, but its key is that of “{column.title}”. Which of them is it?"
                self._tell(number, place, "", sentence)
            twin = next((at for at, each in self.places.items() if each == column), None)
            if twin is None:
                self.places[place] = column
            else:
                self._tell(number, place, column.title, f"Column {letters(twin)} is the same; take one of them out.")
                self.other[place] = column.title
        self.places = {**{place: column for place, column in before.items() if place >= len(said)}, **self.places}

    def _row(self, number: int, said: list[str]) -> None:
        if len(self.rows) >= MOST_ROWS:
            raise UnreadableSheet(f"The file has more than {MOST_ROWS} rows; split it and hand over one after the other.")
        cells: dict[Column, str] = {}
        for place, text in enumerate(said):
            column = self.places.get(place)
            if not text:
                continue
            if column is None:
                self._stray(number, place, text)
                continue
            try:
                cells[column] = self._cell(column, text)
            except Unclear as error:
                self._tell(number, place, column.title, str(error))
        self.rows.append((number, cells))

    def _cell(self, column: Column, text: str) -> str:
        """Return what a cell says.

        :raises Unclear: if that cannot be told, or who asked has fixed another value.
        """
        assert column.element.format  # noqa: S101 (a column has a value)
        said = value(text, column.element.format)
        if column.fixed and said not in column.fixed:
            raise Unclear(f"Who asks has fixed {' or '.join(column.fixed[:3])}; you wrote “{said[:60]}”. Leave it as it was.")
        return said

    def _stray(self, number: int, place: int, text: str) -> None:
        name = self.other.get(place, "")
        words = f"“{name[:60]}” is no column of this request" if name else "There is no heading above it"
        self._tell(number, place, "", f"{words}, so “{text[:60]}” cannot be understood. Move or remove it.")

    def _tell(self, row: int, place: int, title: str, sentence: str) -> None:
        if len(self.problems) < KEPT:
            self.problems.append(Problem(row, letters(place), title, sentence))
        else:
            self.untold += 1

    def _made(self, check: Check) -> Understood:
        filing = Filing(self.sheet, list(self.places.values()))
        place_of = {column: place for place, column in self.places.items()}
        letters_of = {column: letters(place) for column, place in place_of.items()}
        for number, cells in self.rows:
            for clash in filing.add(number, cells):
                self._tell(number, place_of[clash.column], clash.column.title, clash.sentence)
        document = filing.document()
        found = [self._placed(finding, filing, letters_of) for finding in check(document)]
        shown = [each for each in self.places.values() if any(each in cells for _, cells in self.rows)]
        many = [each for each in shown if each.level]
        return Understood(
            document=document,
            problems=_bounded(sorted(self.problems, key=lambda each: each.row), self.untold),
            found=_bounded(sorted(found, key=lambda each: (not each.stops, each.row, len(each.column), each.column))),
            counts=tuple(filing.counts()),
            match=keys.compare(document, self.sheet.how, self.sheet.request.key),
            once=tuple((each.title, filing.root.cells[each][0]) for each in shown if each in filing.root.cells),
            titles=tuple(each.title for each in many),
            rows=tuple((number, tuple(cells.get(each, "") for each in many)) for number, cells in self.rows[:SHOWN]),
            row_count=len(self.rows),
        )

    def _placed(self, finding: Finding, filing: Filing, letters_of: dict[Column, str]) -> Problem:
        """Return a finding of the check at its row and column; without a column it says which key one would have."""
        spot, key = filing.at(finding.path.removeprefix(f"/{self.sheet.message.root_name}/"))
        column = self.sheet.column(key)
        stops = finding.severity == "error"
        row = spot.cells[column][1] if column in spot.cells else spot.row
        if column is not None and column not in letters_of:
            return Problem(row, "", column.title, f"{finding.sentence} It needs a column of its own, headed {key}.", stops)
        shown = column or next((each for each in letters_of if each.key.startswith(f"{key}/")), None)
        if shown is None:
            return Problem(row, "", "", finding.sentence, stops)
        return Problem(row or self.rows[0][0], letters_of[shown], shown.title, finding.sentence, stops)


def letters(place: int) -> str:
    """Return what a spreadsheet calls a column, counted from 0: A, B … Z, AA."""
    name = ""
    while place >= 0:
        place, rest = divmod(place, 26)
        name = chr(ord("A") + rest) + name
        place -= 1
    return name


def _bounded(problems: list[Problem], untold: int = 0) -> tuple[Problem, ...]:
    """Return the problems to name; the rest is one that says how many there are."""
    if len(problems) <= TOLD:
        return tuple(problems)
    rest = problems[TOLD:]
    more = Problem(0, "", "", f"There are {len(rest) + untold} more; mend these first.", any(each.stops for each in rest))
    return (*problems[:TOLD], more)
