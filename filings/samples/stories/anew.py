"""A story told once more: other numbers where a number may be used only once, and dates that fit the day it is told on.

What has the same number in two filings has the same new number in both, so that they find each other as before.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from filings.messages import numbers
from filings.messages.document import Document
from filings.samples import identifiers
from filings.samples.sample import STORY_DAY
from filings.samples.stories import STORIES, Filing, Story
from filings.samples.stories.writing import document_of, file_of

ENDING: Final = ".json"
# Elements with numbers of one shipment, and of the receptacles of post.
RENAMED: Final = frozenset({"documentNumber", "receptacleIdentificationNumber", "referenceNumberUCR"})
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")
_DIGITS: Final = re.compile(r"\d+")


class UnknownFiling(LookupError):
    """No story has a filing of this name."""


def names() -> list[str]:
    """Return the names of all filings of all stories, in the order they are told: folder and file, without ending."""
    return [file_of(story, each).removesuffix(ENDING) for story in STORIES for each in story.filings]


def message_of(name: str) -> str:
    """Return which message a filing is.

    :raises UnknownFiling: if there is none of that name
    """
    return _found(name).message


@cache
def declarant_of(name: str) -> str:
    """Return the EORI of who lodges a filing.

    :raises UnknownFiling: if there is none of that name
    """
    document = document_of(_found(name))
    return document.value(document.message.party) or ""


def told_anew(name: str, *, salt: str, at: datetime) -> Document:
    """Return a filing of a story with new numbers and dates.

    :param salt: the same salt makes the same numbers, so that filings told with it belong together
    :param at: the moment the story is told; its own day is moved there
    :raises UnknownFiling: if there is none of that name
    """
    document = document_of(_found(name))
    days = timedelta(days=(at.date() - STORY_DAY.date()).days)
    known = {old: renumbered(old, salt) for each in _story(name).filings for old in _numbers(document_of(each))}
    for node in document.root.walk():
        if node.text and _MOMENT.fullmatch(node.text):
            node.set_text(_moved(node.text, days))
        elif node.text in known:
            node.set_text(known[node.text])
    return document


def renumbered(number: str, salt: str) -> str:
    """Return another number of the same kind, with a true check digit where the kind has one."""
    for is_one, make in _KINDS:
        if is_one(number):
            return make(number, salt)
    runs = list(_DIGITS.finditer(number))
    if not runs:
        return number
    longest = max(runs, key=lambda run: (len(run[0]), run.start()))
    return number[: longest.start()] + _digits(len(longest[0]), number, salt) + number[longest.end() :]


def _digits(count: int, number: str, salt: str) -> str:
    return f"{identifiers.draw(10**count, 'anew', number, salt):0{count}}"


def _air_waybill(number: str, salt: str) -> str:
    head = number[:-8]
    return identifiers.air_waybill(head, int(_digits(7, number, salt)))


def _postal_item(number: str, salt: str) -> str:
    return identifiers.postal_item(number[:2], int(_digits(8, number, salt)), number[-2:])


def _receptacle(number: str, salt: str) -> str:
    # Receptacles of one despatch keep that: only its number (four digits after the year) is another one.
    return number[:16] + _digits(4, number[:20], salt) + number[20:]


_KINDS: Final[tuple[tuple[Callable[[str], bool], Callable[[str, str], str]], ...]] = (
    (numbers.is_awb, _air_waybill),
    (numbers.is_s10, _postal_item),
    (numbers.is_receptacle, _receptacle),
)


def _numbers(document: Document) -> set[str]:
    return {node.text for node in document.root.walk() if node.name in RENAMED and node.text}


def _moved(moment: str, days: timedelta) -> str:
    date = datetime.fromisoformat(moment[:10]) + days
    return f"{date:%Y-%m-%d}{moment[10:]}"


def _story(name: str) -> Story:
    found = next((story for story in STORIES if story.slug == name.partition("/")[0]), None)
    if found is None:
        raise UnknownFiling(name)
    return found


def _found(name: str) -> Filing:
    story = _story(name)
    for each in story.filings:
        if file_of(story, each).removesuffix(ENDING) == name:
            return each
    raise UnknownFiling(name)
