"""Stop words: the versions of the list, and how a text is compared with it.

A text and the words of the list are brought to the same form first: compatible letters (NFKC) in lower
case, everything but letters and digits read as a blank, each word in the singular. Words that join others
("and", "of") and plain numbers do not count. What is left holds only stop words when the longest stop
phrases, taken from left to right, leave nothing over.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final

LIST: Final = Path(__file__).parent.parent / "tables" / "stop_words.csv"
JOINING: Final = frozenset({"and", "or", "of", "the", "a", "an", "with", "for", "in", "per"})
_WORD: Final = re.compile(r"[^\W_]+")
# Makes a blank of every ASCII character that is in no word.
_BLANKS: Final = {code: " " for code in range(128) if not chr(code).isalnum()}
# Letters at the beginning of a text that mostly tell it from stop words.
OPENING: Final = 4

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopWord:
    """One entry. embedded: whether it says nothing inside a longer text either; confirmed: known to be on the EU list."""

    term: str
    confirmed: bool
    embedded: bool
    source: str


@dataclass(frozen=True, eq=False)
class WordList:
    """The stop words in force on a day, by their form for comparison."""

    entries: Mapping[Words, StopWord]

    @cached_property
    def longest(self) -> int:
        """Return the number of words in the longest entry."""
        return max((len(words) for words in self.entries), default=0)

    @cached_property
    def heads(self) -> frozenset[str]:
        """Return the words an entry may begin with."""
        return frozenset(words[0] for words in self.entries if words)

    @cached_property
    def starts(self) -> frozenset[str]:
        """Return the words a text of stop words may begin with."""
        return self.heads | JOINING

    @cached_property
    def openings(self) -> frozenset[str]:
        """Return the first letters, OPENING of them, of every longer word with which a text of stop words may begin."""
        return frozenset(form[:OPENING] for form in _forms(self.starts) if len(form) >= OPENING)

    @cached_property
    def head_forms(self) -> frozenset[str]:
        """Return every form of the words an entry may begin with."""
        return frozenset(_forms(self.heads))

    def only(self, text: str) -> list[StopWord]:
        """Return the stop words a text consists of; none if it says anything else, or nothing at all."""
        opening = text[:OPENING].lower()
        # Most texts take this way out,
        if len(opening) == OPENING and opening.isalpha() and opening not in self.openings and text.isascii():
            return []
        first = _WORD.search(text)
        # and nearly all others this one.
        if not first or (first[0].isascii() and singular(first[0].casefold()) not in self.starts and not first[0].isdigit()):
            return []
        left, found = self._match(text)
        return [] if left else found

    def within(self, text: str) -> list[StopWord]:
        """Return the stop words that say nothing inside a text either, for a text that says something else too."""
        if text.isascii() and self.head_forms.isdisjoint(text.lower().translate(_BLANKS).split()):
            return []
        left, found = self._match(text)
        return [entry for entry in found if entry.embedded] if left else []

    def _match(self, text: str) -> tuple[bool, list[StopWord]]:
        """Return whether there is more than stop words in a text, and the stop words."""
        words = normal(text)
        if self.heads.isdisjoint(words):
            return True, []
        left, found, at = False, [], 0
        while at < len(words):
            entry, length = self._longest_at(words, at) if words[at] in self.heads else (None, 1)
            if entry:
                found.append(entry)
            elif words[at] not in JOINING and not words[at].isdigit():
                left = True
            at += length
        return left, list(dict.fromkeys(found))

    def _longest_at(self, words: Sequence[str], at: int) -> tuple[StopWord | None, int]:
        for length in range(min(self.longest, len(words) - at), 0, -1):
            if entry := self.entries.get(tuple(words[at : at + length])):
                return entry, length
        return None, 1


def _forms(words: Iterable[str]) -> Iterator[str]:
    """Yield every word that `singular` may bring to one of these words, and perhaps some more."""
    for word in words:
        yield from (word, f"{word}s", f"{word}es")
        if word.endswith("y"):
            yield f"{word[:-1]}ies"


def normal(text: str) -> Words:
    """Return the words of a text in the form in which they are compared."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return tuple(map(singular, _WORD.findall(plain.casefold())))


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """Return the singular of an English word, near enough to compare by: accessories, boxes, parts."""
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word.removesuffix("s")


def word_list(rows: Iterable[Mapping[str, str]], on: date | None = None) -> WordList:
    """Return the list made of rows (term, valid_from, valid_to, confirmed, embedded, source) as in force on a day.

    on: without it every entry that was not withdrawn. A row without `valid_from` has always been in force.
    """
    return WordList(
        {
            normal(row["term"]): StopWord(row["term"], row["confirmed"] == "yes", row["embedded"] == "yes", row["source"])
            for row in rows
            if _in_force(row, on)
        }
    )


def _in_force(row: Mapping[str, str], on: date | None) -> bool:
    if on is None:
        return not row["valid_to"]
    return (not row["valid_from"] or row["valid_from"] <= on.isoformat()) and (
        not row["valid_to"] or on.isoformat() <= row["valid_to"]
    )


@cache
def stop_words(on: date | None = None) -> WordList:
    """Return the list we hold as in force on a day; without one, its newest version."""
    return word_list(released(), on)


def released() -> list[dict[str, str]]:
    """Return the rows of the list that the release ships."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
