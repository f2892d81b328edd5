"""Load newer lists of stop words, and tell what one would change. What they find: hits, rescanning."""

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

from django.db import connection

from filings.models import StopWordList
from filings.rules.layers import lists
from filings.rules.layers.lists import Label
from filings.rules.layers.words import WordList, normal, released, word_list
from tenants.errors import DomainError
from tenants.scope import every_tenant

LARGEST: Final = 1_000_000  # bytes
MOST: Final = 20_000  # entries
LONGEST: Final = 100  # characters of one entry
FLAGS: Final = ("confirmed", "embedded")
DAYS: Final = ("valid_from", "valid_to")

_REASON: Final = "the list of stop words is everybody's"

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
class Change:
    """What a list would change on its first day: the words before and after, the terms added and gone."""

    before: WordList
    after: WordList
    added: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class Version:
    """One list with its words. id: 0 for that of the release, which has always been there."""

    id: int
    valid_from: date | None
    source: str
    loaded_at: datetime | None
    loaded_by: str
    in_force: bool
    rows: Sequence[Row]

    @property
    def confirmed(self) -> int:
        """Return how many of its words are known to be on the EU list."""
        return sum(row["confirmed"] == "yes" for row in self.rows)


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
    return keep(rows=read(data), source=source, valid_from=valid_from, by=by, at=at)


def keep(*, rows: Sequence[Row], source: str, valid_from: date, by: str, at: datetime) -> Loaded:
    """Keep the rows of a list, as load() does those of a file."""
    packed = json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()
    sha256 = hashlib.sha256(packed).hexdigest()
    with every_tenant(_REASON):
        change = changed(rows, valid_from)
        fields = {
            "rows": zlib.compress(packed, 9), "count": len(rows), "source": source[:200], "loaded_at": at, "loaded_by": by[:120],
        }  # fmt: skip
        there = StopWordList.objects.filter(valid_from=valid_from, sha256=sha256).exists()
        if not there:
            StopWordList.objects.create(valid_from=valid_from, sha256=sha256, **fields)
    lists.look_again()
    return Loaded(len(rows), not there, change.added, change.gone)


def changed(rows: Sequence[Row], valid_from: date) -> Change:
    """Return what a list would change on its first day."""
    with every_tenant(_REASON):
        lists.look_again()
        before, after = lists.in_force(valid_from), word_list(rows, valid_from)
    return Change(before, after, _beyond(after, before), _beyond(before, after))


def _beyond(words: WordList, others: WordList) -> tuple[str, ...]:
    """Return the terms that other words lack, whichever of their forms (box, boxes) stands there."""
    return tuple(sorted(entry.term for form, entry in words.entries.items() if form not in others.entries))


def versions(*, at: datetime) -> list[Version]:
    """Return every list, the newest first and that of the release last."""
    with every_tenant(_REASON):
        lists.look_again()
        label = lists.label_in_force(at.date())
        kept = StopWordList.objects.order_by("-valid_from", "-pk")
        loaded = [_version(each, in_force=label is not None and label.id == each.pk) for each in kept]
    shipped = released()
    own = Version(0, None, "shipped with the release", None, "", label is None, shipped)
    return [*loaded, own]


def _version(row: StopWordList, *, in_force: bool) -> Version:
    rows = json.loads(zlib.decompress(bytes(row.rows)))
    return Version(row.pk, row.valid_from, row.source, row.loaded_at, row.loaded_by, in_force, rows)


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
