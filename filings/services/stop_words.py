"""Load newer lists of stop words, and tell which open drafts need a look because of one."""

import csv
import hashlib
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.db import connection

from filings import selectors
from filings.lifecycle import State
from filings.models import Filing, FilingEvent, StopWordList
from filings.rules import book
from filings.rules.layers import ALL, Layers, lists
from filings.rules.layers.lists import Label
from filings.rules.layers.words import normal, word_list
from tenants.actors import SYSTEM
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope

LARGEST: Final = 1_000_000  # bytes
MOST: Final = 20_000  # entries
LONGEST: Final = 100  # characters of one entry
FLAGS: Final = ("confirmed", "embedded")
DAYS: Final = ("valid_from", "valid_to")
KIND: Final = "stop_words"
NONE: Final = Layers(ALL.on, word_list(()))

Row = Mapping[str, str]


class BadStopWordList(DomainError):
    """The file cannot be taken as a list of stop words."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Loaded:
    """What came of loading a list. new: False if it was there already."""

    count: int
    new: bool
    added: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class Doubtful:
    """A draft that has findings only because of the list of stop words."""

    operator: str
    filing: UUID
    message: str
    paths: tuple[str, ...]


class DatabaseShelf:
    """The table StopWordList as a shelf; asked inside a transaction only, as every request and task has one."""

    def labels(self) -> Sequence[Label] | None:
        """Return every list, oldest first; None outside a transaction."""
        if not connection.in_atomic_block or connection.needs_rollback:
            return None
        return [Label(*row) for row in StopWordList.objects.order_by("pk").values_list("pk", "valid_from")]

    def rows(self, label: Label) -> Sequence[Row]:
        """Return the rows of a list."""
        found: list[Row] = json.loads(
            zlib.decompress(bytes(StopWordList.objects.values_list("rows", flat=True).get(pk=label.id)))
        )
        return found


def load(*, data: bytes, source: str, valid_from: date, by: str, at: datetime) -> Loaded:
    """Keep a list of stop words and return what it changes; the same list for the same day again changes nothing.

    data: CSV, UTF-8, with a column `term`, and `confirmed`, `embedded` (yes or no), `valid_from`, `valid_to`, `source`
    where there are; it replaces the list in force from `valid_from` on.
    :raises BadStopWordList: if the file cannot be read.
    """
    rows = read(data)
    packed = json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()
    sha256 = hashlib.sha256(packed).hexdigest()
    with every_tenant("the list of stop words is everybody's"):
        lists.look_again()
        before = {entry.term for entry in lists.in_force(valid_from).entries.values()}
        after = {entry.term for entry in word_list(rows, valid_from).entries.values()}
        fields = {
            "rows": zlib.compress(packed, 9), "count": len(rows), "source": source[:200], "loaded_at": at, "loaded_by": by[:120],
        }  # fmt: skip
        there = StopWordList.objects.filter(valid_from=valid_from, sha256=sha256).exists()
        if not there:
            StopWordList.objects.create(valid_from=valid_from, sha256=sha256, **fields)
    lists.look_again()
    return Loaded(len(rows), not there, tuple(sorted(after - before)), tuple(sorted(before - after)))


def read(data: bytes) -> list[Row]:
    """Return the rows of a file, in order of their terms, each term once.

    :raises BadStopWordList: with the reason and the line.
    """
    if len(data) > LARGEST:
        raise BadStopWordList(f"The file is larger than {LARGEST:,} bytes.")
    try:
        table = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        if "term" not in (table.fieldnames or ()):
            raise BadStopWordList("The first line must name the columns, and one of them must be “term”.")
        found = {row["term"]: row for line, given in enumerate(table, 2) if (row := _row(given, line))}
    except UnicodeDecodeError as error:
        raise BadStopWordList("The file is not UTF-8; save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise BadStopWordList(f"The file is no CSV: {error}.") from error
    if not found or len(found) > MOST:
        raise BadStopWordList(f"The file has {len(found):,} entries; a list has 1 to {MOST:,}.")
    return [found[term] for term in sorted(found)]


def rescan(*, at: datetime, on: date | None = None) -> list[Doubtful]:
    """Compare every operator's open drafts with the list in force on a day, else today; return those to look at.

    Each gets a line in its timeline, once for each list.
    """
    found: list[Doubtful] = []
    for pk, slug in Operator.objects.order_by("slug").values_list("pk", "slug"):
        with tenant_scope(pk):
            lists.look_again()
            drafts = list(Filing.objects.filter(state=State.DRAFT).order_by("created_at", "pk").values_list("pk", flat=True))
        for draft in drafts:
            # One transaction each: whoever works on a draft waits for that one only, and it may be gone by now.
            with tenant_scope(pk):
                filing = Filing.objects.select_for_update(no_key=True).filter(pk=draft, state=State.DRAFT).first()
                doubtful = _judged(filing, slug, at=at, on=on) if filing else None
            found += [doubtful] if doubtful else []
    return found


def _judged(filing: Filing, operator: str, *, at: datetime, on: date | None) -> Doubtful | None:
    """Return a draft with what only the stop words find in it, and note it in its timeline; None if that is nothing."""
    document = selectors.document_of(filing)
    without = set(book.findings(document, layers=NONE))
    words = Layers(ALL.on, lists.in_force(on))
    paths = tuple(one.path for one in book.findings(document, layers=words) if one not in without)
    if not paths:
        return None
    label = lists.label_in_force(on)
    name = f"{label.valid_from:%Y-%m-%d}" if label else "the release"
    # A list is told apart by its number, since two may begin on the same day.
    detail = {"list": label.id if label else 0, "revision": filing.revision}
    if not FilingEvent.objects.filter(filing=filing, kind=KIND, detail=detail).exists():
        sentence = f"The stop-word list of {name} makes this draft need a look: {', '.join(paths[:3])}."
        filing.happened(KIND, sentence, by=SYSTEM, at=at, detail=detail)
    return Doubtful(operator, filing.pk, filing.message_type, paths)


def _row(given: Mapping[str | None, str | None], line: int) -> Row | None:
    """Return a row as it is kept; None for a line without anything."""
    values = {name: " ".join((given.get(name) or "").split()) for name in ("term", *DAYS, *FLAGS, "source")}
    if not any(values.values()):
        return None
    if not normal(values["term"]) or len(values["term"]) > LONGEST:
        raise BadStopWordList(f"Line {line}: “{values['term'][:LONGEST]}” has no word or more than {LONGEST} characters.")
    for name in FLAGS:
        values[name] = values[name].casefold() or "no"
        if values[name] not in {"yes", "no"}:
            raise BadStopWordList(f"Line {line}: “{name}” is “{values[name][:20]}”; write yes or no.")
    for name in DAYS:
        if values[name] and not _is_day(values[name]):
            raise BadStopWordList(f"Line {line}: “{name}” is “{values[name][:20]}”; write a day such as 2026-05-04.")
    return values


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
