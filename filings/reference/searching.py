"""Find codes while one types: by code or by name, forgiving typing errors, quick on 100,000 entries.

Names are cut into runs of three letters (as PostgreSQL's pg_trgm does); an entry is found by the share of the query's
runs it has. The index of an edition is built at the first question and kept as long as the edition is in use.
"""

import heapq
import unicodedata
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from weakref import WeakKeyDictionary

from filings.reference.entries import Edition, Entry

# Runs of the query an entry must have to be worth showing; one wrong letter spoils three.
ENOUGH = 0.45
LONGEST_QUERY = 60
MOST = 50
CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Rank:
    """Why an entry stands where it stands; smaller comes first."""

    kind: int  # 0 the code itself, 1 begins the code, 2 begins the name, 3 begins a word, 4 within, 5 similar
    used: int
    unlike: float
    functions: int
    length: int
    code: str

    def __lt__(self, other: "Rank") -> bool:
        return self._key() < other._key()

    def _key(self) -> tuple[int, int, float, int, int, str]:
        # What this operator uses goes before everything but the code itself and what only sounds alike.
        group = 0 if self.kind == 0 else 2 if self.kind == 5 else 1
        # Of places that fit alike, the one that is good for more is the more likely one.
        return (group, -self.used, self.kind + self.unlike, -self.functions, self.length, self.code)


class Index:
    """The names of an edition by their runs of three letters."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = sorted(entries, key=lambda entry: entry.code)
        self.codes = [entry.code for entry in self.entries]
        self.names = [plain(entry.name) for entry in self.entries]
        self.postings: dict[str, array[int]] = {}
        # People know places by the three letters after the country: RTM, HAM, LAX.
        self.tails: dict[str, list[int]] = {}
        for place, entry in enumerate(self.entries):
            if entry.functions:
                self.tails.setdefault(entry.code[2:], []).append(place)
        for place, name in enumerate(self.names):
            for run in runs(name):
                self.postings.setdefault(run, array("I")).append(place)

    def search(self, query: str, used: Mapping[str, int], limit: int) -> list[Entry]:
        """Return the best entries for what was typed; without anything typed, what is used, then the first codes."""
        wanted = plain(query[:LONGEST_QUERY])
        limit = min(limit, MOST)
        if not wanted:
            return self._usual(used, limit)
        ranks = dict(self._ranked(wanted, query.strip().upper(), used))
        best = heapq.nsmallest(limit, ranks, key=lambda place: ranks[place])
        return [self.entries[place] for place in best]

    def _usual(self, used: Mapping[str, int], limit: int) -> list[Entry]:
        mine = [self._place(code) for code in sorted(used, key=lambda code: (-used[code], code))]
        known = [place for place in mine if place is not None]
        here = set(known)
        rest = (place for place in range(len(self.entries)) if place not in here)
        return [self.entries[place] for place in [*known, *islice(rest, limit)][:limit]]

    def _place(self, code: str) -> int | None:
        place = bisect_left(self.codes, code)
        return place if place < len(self.codes) and self.codes[place] == code else None

    def _ranked(self, wanted: str, code: str, used: Mapping[str, int]) -> Iterator[tuple[int, Rank]]:
        for place, share in self._candidates(wanted, used):
            yield place, self._rank(place, wanted, code, 1 - share, used)
        # Codes last, since the same place may come twice and a code counts more.
        compact = code.replace(" ", "")
        for place in [*self._beginning(compact), *self.tails.get(compact, ())]:
            yield place, self._rank(place, wanted, compact, 0, used)

    def _beginning(self, code: str) -> Iterator[int]:
        place = bisect_left(self.codes, code)
        for each in range(place, min(place + CANDIDATES, len(self.codes))):
            if not self.codes[each].startswith(code):
                return
            yield each

    def _candidates(self, wanted: str, used: Mapping[str, int]) -> Iterator[tuple[int, float]]:
        """Yield the places whose names have enough of the query's runs, with the share they have."""
        asked = runs(wanted)
        known = [self.postings[run] for run in asked if run in self.postings]
        counts: Counter[int] = Counter()
        for posting in known:
            counts.update(posting)
        least = max(1, round(ENOUGH * len(asked)))
        found = [(count / len(asked), place) for place, count in counts.items() if count >= least]
        mine = {place for code in used if (place := self._place(code)) is not None}
        # Among equals the short name is the better answer, and what is used must not fall off the end.
        for share, place in heapq.nlargest(
            CANDIDATES, found, key=lambda each: (each[1] in mine, each[0], -len(self.names[each[1]]))
        ):
            yield place, share

    def _rank(self, place: int, wanted: str, code: str, unlike: float, used: Mapping[str, int]) -> Rank:
        entry, name = self.entries[place], self.names[place]
        if entry.code == code:
            kind = 0
        elif entry.code.startswith(code) or (entry.functions and entry.code[2:] == code):
            kind = 1
        elif name.startswith(wanted):
            kind = 2
        elif f" {wanted}" in name:
            kind = 3
        else:
            kind = 4 if wanted in name else 5
            unlike = unlike if kind == 4 else min(unlike, _unlike(wanted, name))
        return Rank(kind, used.get(entry.code, 0), unlike, len(entry.functions), len(name), entry.code)


def _unlike(wanted: str, name: str) -> float:
    """Return the share of wrong letters if a word of the name was meant to begin what was typed; it stays below 1."""
    starts = (0, *(place + 1 for place, sign in enumerate(name) if sign == " "))
    return min(mistakes(wanted, name[start : start + len(wanted) + 1]) for start in starts) / (len(wanted) + 1)


def mistakes(wanted: str, name: str) -> int:
    """Return how many letters are wrong, missing, too many or swapped if what was typed should be how a name begins."""
    before: list[int] = []
    row = list(range(len(name) + 1))
    for line, sign in enumerate(wanted, 1):
        before, above, row = row, before, [line]
        for column, other in enumerate(name, 1):
            least = min(before[column - 1] + (sign != other), before[column] + 1, row[-1] + 1)
            if line > 1 and column > 1 and sign == name[column - 2] and wanted[line - 2] == other:
                least = min(least, above[column - 2] + 1)
            row.append(least)
    return min(row)


def plain(text: str) -> str:
    """Return a text as it is compared: small letters without accents, signs as blanks."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(sign if sign.isalnum() else "" if unicodedata.combining(sign) else " " for sign in letters).split())


def runs(text: str) -> frozenset[str]:
    """Return the runs of three letters of each word, which begins with two blanks and ends with one."""
    return frozenset(padded[at : at + 3] for word in text.split() for padded in (f"  {word} ",) for at in range(len(padded) - 2))


_indexes: "WeakKeyDictionary[Edition, Index]" = WeakKeyDictionary()
_building = Lock()


def search(edition: Edition, query: str, *, used: Mapping[str, int], limit: int = 20) -> list[Entry]:
    """Return the best entries of an edition for what was typed. used: how often this operator uses a code."""
    return index(edition).search(query, used, limit)


def index(edition: Edition) -> Index:
    """Return the index of an edition, made at the first question."""
    if edition not in _indexes:
        # Who types asks at every key; a second and third index made beside the first would only slow it down.
        with _building:
            if edition not in _indexes:
                _indexes[edition] = Index(edition)
    return _indexes[edition]
