"""Code lists as people look things up in them: those of the message set and those others publish, ranked by own use."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from django.core.cache import cache
from django.db.models import F, Func, IntegerField

from filings import reference
from filings.messages import catalogue
from filings.messages.catalogue import CodeList, Element, UnknownMessage
from filings.models import Filing
from filings.reference import lookup, searching
from filings.reference.entries import ALWAYS, Edition, Entry
from filings.reference.shipped import sources
from tenants.scope import current_operator_id

RECENT: Final = 200  # filings whose codes count as used
SMALL: Final = 100_000  # bytes, compressed; a bigger document says little about habits and takes long to read
REMEMBERED: Final = 300  # seconds
LONG: Final = 10_000  # entries, of which an index takes seconds to make
# The one list whose codes stand on an element without naming it: its group names the list.
GOODS: Final = "harmonizedSystemSubHeadingCode"

Use = Mapping[str, Mapping[str, int]]


class UnknownList(LookupError):
    """There is no such code list."""


@dataclass(frozen=True)
class Listed:
    """A code list and the edition of it in force, None where only formats are known."""

    id: str
    title: str
    publisher: str
    edition: Edition | None

    @property
    def count(self) -> int:
        """Return how many codes are known."""
        return len(self.edition) if self.edition else 0


def listed(code_list: str, on: date | None = None) -> Listed:
    """Return a code list.

    :raises UnknownList: if there is none of that id
    """
    source = sources().get(code_list)
    if source:
        return Listed(code_list, source.title, source.publisher, reference.edition(code_list, on))
    try:
        found = catalogue.code_list(code_list)
    except LookupError:
        raise UnknownList(code_list) from None
    return Listed(code_list, found.name, "message set", _edition(found) if found.values else None)


def all_lists() -> list[Listed]:
    """Return every code list, by id."""
    return [listed(each.id) for each in sorted(catalogue.code_lists(), key=lambda each: each.id)]


def search(code_list: str, query: str, *, limit: int = 20) -> list[tuple[Entry, int]]:
    """Return the best codes for what was typed, and how often this operator used each of late.

    :raises UnknownList: if there is no such list
    """
    edition = listed(code_list).edition
    if edition is None:
        return []
    mine = used().get(code_list, {})
    return [(entry, mine.get(entry.code, 0)) for entry in searching.search(edition, query, used=mine, limit=limit)]


def prepare() -> None:
    """Make the indexes of the long lists now, so that nobody waits for them at the first question."""
    for code_list in sources():
        edition = reference.edition(code_list)
        if edition is not None and len(edition) > LONG:
            searching.index(edition)


def is_searched(element_name: str, code_list: str) -> str:
    """Return the list to search for an element, "" where there is none with codes: one others publish, or goods."""
    name = lookup.GOODS if element_name == GOODS else code_list
    return name if name in sources() and reference.edition(name) is not None else ""


def meaning(code_list: str, code: str) -> str:
    """Return the name of a code, "" for one that is not in the list."""
    edition = reference.edition(code_list)
    found = edition.get(code) if edition else None
    return found.name if found else ""


def used() -> Use:
    """Return how often the operator in scope used each code in the last filings, by list; a few minutes old at most."""
    key = f"codes-used:{current_operator_id()}"
    found: Use | None = cache.get(key)
    if found is None:
        found = _count()
        cache.set(key, found, REMEMBERED)
    return found


def _count() -> Use:
    size = Func(F("document"), function="pg_column_size", output_field=IntegerField())
    recent = Filing.objects.annotate(size=size).filter(size__lt=SMALL).order_by("-created_at")
    fields = ("message_type", "message_set", "version", "document")
    counts: dict[str, Counter[str]] = {}
    for message_type, message_set, version, document in recent.values_list(*fields)[:RECENT]:
        try:
            root = catalogue.message(message_type, message_set, version).root
        except UnknownMessage:
            continue
        for code_list, code in _codes(root, document):
            counts.setdefault(code_list, Counter())[code] += 1
    return {code_list: dict(counter) for code_list, counter in counts.items()}


def _codes(spec: Element, value: Any) -> Iterator[tuple[str, str]]:
    """Yield list and code of every coded value below an element; a draft may hold anything anywhere."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            for name, below in each.items():
                if name in spec.by_name:
                    yield from _codes(spec.by_name[name], below)
        elif isinstance(each, str) and spec.format:
            code_list = lookup.GOODS if spec.name == GOODS else spec.code_list
            if code_list and each:
                yield code_list, each


@lru_cache(maxsize=64)
def _edition(code_list: CodeList) -> Edition:
    packed = {code.code: (code.name, "") for code in code_list.codes}
    return Edition(code_list.id, code_list.name, ALWAYS, ALWAYS, True, "message set", "", packed, f"set:{code_list.id}")
