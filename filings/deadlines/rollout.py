"""Does this crossing need ICS2 on a day? A dated table of who joined when, with its sources and how sure they are.

    needed(document, on=date(2026, 11, 23)).sentence

What the table does not know is said to be unknown, never to be free: the ENS itself is due in any case, and ICS2 or the
country's older system takes it. Another edition of the table is read by `read` and handed over as `rows`.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from filings.deadlines.tables import TABLES
from filings.deadlines.voyage import MODE_WORDS, Facts, Voyage
from filings.messages.document import Document

NEEDED: Final = "needed"
NOT_NEEDED: Final = "not_needed"
NOT_YET: Final = "not_yet"
FROM_OPERATOR: Final = "from_operator"
UNKNOWN: Final = "unknown"
ANSWERS: Final = frozenset({NEEDED, NOT_YET, FROM_OPERATOR})
COLUMNS: Final = ("modes", "countries", "since", "until", "answer", "words", "source", "certain")
EVERY_COUNTRY: Final = "*"
OFFICE: Final = "customsOfficeOfFirstEntry/referenceNumber"
ADDRESSED: Final = "addressedMemberState/country"
# Norway, Switzerland and Liechtenstein are in one security area with the EU: no ENS between them.
SECURITY_AREA: Final = frozenset({"NO", "CH", "LI"})
BY_LAND: Final = frozenset("23")
TRANSIT: Final = (
    "Where the country runs phase 6 of the transit system (NCTS), the data may be given in the transit declaration instead;"
    " then no filing of its own is needed."
)


class BadRollout(ValueError):
    """The file cannot be taken as a roll-out table; the text names the line."""


@dataclass(frozen=True)
class Row:
    """From when until when one answer holds for some modes (CL018) and countries (CL717, or *)."""

    modes: frozenset[str]
    countries: frozenset[str]
    since: date
    until: date | None
    answer: str
    words: str
    source: str
    certain: bool

    def fits(self, mode: str, country: str, on: date) -> bool:
        """Say whether it is about a crossing on a day."""
        here = country in self.countries or EVERY_COUNTRY in self.countries
        return here and mode in self.modes and self.since <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True)
class Verdict:
    """Whether a crossing needs ICS2, in words. answer: needed, not_needed, not_yet, from_operator or unknown."""

    answer: str
    sentence: str
    source: str
    certain: bool
    hint: str = ""


def needed(document: Document, *, on: date, facts: Facts | None = None, rows: Sequence[Row] | None = None) -> Verdict:
    """Return whether the crossing of a filing needs ICS2 on a day."""
    voyage = Voyage(document, facts or Facts())
    country = (document.value(OFFICE) or document.value(ADDRESSED) or "").strip().upper()[:2]
    return crossing(mode=voyage.mode, country=country, loaded_in=voyage.loading_place[0], on=on, rows=rows)


def crossing(*, mode: str, country: str, on: date, loaded_in: str = "", rows: Sequence[Row] | None = None) -> Verdict:
    """Return whether a crossing by a mode (CL018) into a country needs ICS2 on a day."""
    if loaded_in in SECURITY_AREA:
        sentence = "Goods from Norway, Switzerland or Liechtenstein come from the same security area: no ENS is needed for them."
        return Verdict(NOT_NEEDED, sentence, "French customs (FAQ); Swedish customs", certain=True)
    fitting = [row for row in (shipped() if rows is None else rows) if row.fits(mode, country, on)]
    # A row that names the country knows more than one for every country; among those, the one that began last.
    best = max(fitting, key=lambda row: (EVERY_COUNTRY not in row.countries, row.since), default=None)
    hint = TRANSIT if mode in BY_LAND else ""
    if best is None:
        by = MODE_WORDS.get(mode, "an unknown mode")
        sentence = f"From when on {country or 'this country'} takes filings by {by} in ICS2 is not in our table; ask its customs."
        return Verdict(UNKNOWN, sentence, "", certain=False, hint=hint)
    return Verdict(best.answer, best.words, best.source, best.certain, hint)


@cache
def shipped() -> tuple[Row, ...]:
    """Return the table of the release."""
    return read((TABLES / "rollout.csv").read_bytes())


def read(data: bytes) -> tuple[Row, ...]:
    """Return the rows of a table (CSV, UTF-8, with the columns of the one shipped).

    :raises BadRollout: with the line and what is wrong there.
    """
    try:
        table = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        if missing := [name for name in COLUMNS if name not in (table.fieldnames or ())]:
            raise BadRollout(f"The first line must name the columns; these are missing: {', '.join(missing)}.")
        found = tuple(_row({name: row[name] or "" for name in COLUMNS}, line) for line, row in enumerate(table, 2))
    except UnicodeDecodeError as error:
        raise BadRollout("The file is not UTF-8; save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise BadRollout(f"The file is no CSV: {error}.") from error
    if not found:
        raise BadRollout("The table is empty.")
    return found


def _row(values: dict[str, str], line: int) -> Row:
    modes, countries = values["modes"].split(), values["countries"].split()
    if not modes or not set(modes) <= set(MODE_WORDS):
        raise BadRollout(f"Line {line}: “modes” are codes of CL018 such as “2 3”.")
    if not countries or not all(each == EVERY_COUNTRY or _is_country(each) for each in countries):
        raise BadRollout(f"Line {line}: “countries” are codes of two letters, or {EVERY_COUNTRY} for all.")
    if values["answer"] not in ANSWERS:
        raise BadRollout(f"Line {line}: “answer” is one of {', '.join(sorted(ANSWERS))}.")
    if values["certain"] not in {"yes", "no"}:
        raise BadRollout(f"Line {line}: “certain” is yes or no.")
    if not values["words"].strip() or not values["source"].strip():
        raise BadRollout(f"Line {line}: a row needs “words” and a “source”.")
    since, until = _days((values["since"], values["until"]), line)
    if since is None or (until is not None and until < since):
        raise BadRollout(f"Line {line}: “since” is a day, and “until” empty or not before it.")
    return Row(
        frozenset(modes), frozenset(countries), since, until, values["answer"], values["words"].strip(), values["source"].strip(),
        values["certain"] == "yes",
    )  # fmt: skip


def _days(texts: Iterable[str], line: int) -> list[date | None]:
    try:
        return [date.fromisoformat(text) if text else None for text in texts]
    except ValueError as error:
        raise BadRollout(f"Line {line}: a day is written as 2026-06-01.") from error


def _is_country(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()
