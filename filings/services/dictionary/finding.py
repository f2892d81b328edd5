"""Search in the dictionary: every word of the query must stand somewhere in the name of a thing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from filings.messages import catalogue
from filings.messages.catalogue import Code, CodeList, Message
from filings.messages.elements import Edition
from filings.services.dictionary import facts
from filings.services.dictionary.facts import Named, Wording

MOST: Final = 30  # of each kind
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Hits:
    """What was found, of each kind the first few."""

    messages: Sequence[Message]
    elements: Sequence[Named]
    rules: Sequence[Wording]
    lists: Sequence[CodeList]
    codes: Sequence[tuple[CodeList, Code]]

    def __bool__(self) -> bool:
        return any((self.messages, self.elements, self.rules, self.lists, self.codes))


def search(text: str, edition: Edition) -> Hits:
    """Return what fits a query, in one message set."""
    words = text.lower().split()
    known = facts.index(edition)
    lists = catalogue.code_lists(*edition)
    codes = ((each, code) for each in lists for code in each.codes)
    return Hits(
        messages=messages(text, edition),
        elements=_fitting(words, known.elements.values(), lambda each: (each.name, *each.titles)),
        rules=_fitting(words, known.rules.values(), lambda each: (each.id, each.said, each.told)),
        lists=_fitting(words, lists, lambda each: (each.id, each.name, each.source)),
        codes=_fitting(words, codes, lambda each: (each[0].id, each[1].code, each[1].name)),
    )


def messages(text: str, edition: Edition) -> list[Message]:
    """Return the messages that fit a query, all for an empty one."""
    found = catalogue.messages(*edition)
    return _fitting(
        text.lower().split(),
        found,
        lambda each: (each.id, each.short_name, each.sci, each.mode, each.level, each.title, each.description, each.filer),
        most=len(found),
    )


def _fitting(
    words: Sequence[str], things: Iterable[Thing], texts: Callable[[Thing], Iterable[str]], most: int = MOST
) -> list[Thing]:
    found: list[Thing] = []
    for thing in things:
        haystack = " ".join(texts(thing)).lower()
        if all(word in haystack for word in words):
            found.append(thing)
            if len(found) == most:
                break
    return found
