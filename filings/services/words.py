"""What a message of customs means, in one sentence for the timeline: the rows of tables/words.csv.

A row is chosen by the message and, where it answers something, by what (its id, or its family). In the words stand
values of the message, {path} or {path|how}; what is in square brackets falls away when its value is missing.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from filings.messages.document import Document

TABLE: Final = Path(__file__).parent / "tables" / "words.csv"
OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
VALUE: Final = re.compile(r"\{([^{}|]+)(?:\|([a-z]+))?\}")
MOMENT: Final = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ$")
MOST: Final = 3  # values that one sentence names
FAMILY: Final = 3  # place of the letter of the family in the id of a message


def sentence(document: Document, *, answers: str = "") -> str:
    """Return what a message says, in a sentence; the title of the message where the table has none.

    :param answers: the type of our message that it answers, if that is known
    """
    message = document.message.id
    rows = _table()
    found = next((rows[message, key] for key in (answers, answers[FAMILY : FAMILY + 1], "") if (message, key) in rows), None)
    if found is None:
        return f"Customs sent: {document.message.title}."
    return VALUE.sub(lambda match: _value(document, match), OPTIONAL.sub(lambda match: _part(document, match[1]), found))


def _part(document: Document, text: str) -> str:
    match = VALUE.search(text)
    return text if match and document.values(match[1]) else ""


def _value(document: Document, match: re.Match[str]) -> str:
    path, how = match[1], match[2]
    if how == "errors":
        return _errors(document, path)
    values = [MOMENT.sub(r"\1 \2 UTC", value) for value in document.values(path)] or ["?"]
    if how == "count":
        return str(len(document.values(path)))
    if how == "first":
        return values[0]
    more = f" and {len(values) - MOST} more" if len(values) > MOST else ""
    return ", ".join(dict.fromkeys(values[:MOST])) + more


def _errors(document: Document, path: str) -> str:
    """Return how many errors there are, and what the first one says."""
    count = len(document.nodes(path))
    first = document.value(f"{path}/description") or document.value(f"{path}/validationCode") or "no reason given"
    return f"{first.rstrip('.')}" if count == 1 else f"{count} errors, the first: {first.rstrip('.')}"


@cache
def _table() -> Mapping[tuple[str, str], str]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["message"], row["answers"]): row["words"] for row in csv.DictReader(file)}
