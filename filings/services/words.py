"""What a message of customs means: a sentence for the timeline, and what follows from it (the rows of tables/words.csv).

A row is chosen by the message and, where it answers something, by what (its id, or its family; "listed" stands for an
assessment that names parts). In the column `words` stand values of the message, {path} or {path|how}; what is in square
brackets falls away when its value is missing. The other columns are read by people as they are: headline, what it means,
what it does not mean, what to do, whether it raises an alarm. tables/causes.csv says of each error code of customs
(CL723) its likely cause and the remedy.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from filings.messages.document import Document

TABLE: Final = Path(__file__).parent / "tables" / "words.csv"
CAUSES: Final = TABLE.with_name("causes.csv")
OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
VALUE: Final = re.compile(r"\{([^{}|]+)(?:\|([a-z]+))?\}")
MOMENT: Final = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ$")
MOST: Final = 3  # values that one sentence names
FAMILY: Final = 3  # place of the letter of the family in the id of a message


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message of customs means to whoever gets it. alarm: "" for none, "yes" or "urgent"."""

    message: str
    answers: str  # what it answers: id or family of our message, "" for anything; "listed" where it names parts
    headline: str
    means: str
    means_not: str
    todo: str
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why customs gives an error code, most likely, and what to do about it."""

    code: str
    cause: str
    remedy: str


def sentence(document: Document, *, answers: str = "") -> str:
    """Return what a message says, in a sentence; the title of the message where the table has none.

    :param answers: the type of our message that it answers, if that is known
    """
    row = _row(document.message.id, answers)
    if row is None:
        return f"Customs sent: {document.message.title}."
    words = OPTIONAL.sub(lambda match: _part(document, match[1]), row[0])
    return VALUE.sub(lambda match: _value(document, match), words)


def meaning(message: str, answers: str = "") -> Meaning | None:
    """Return what a type of message means as an answer to a type of ours; nothing for a message the table does not have."""
    row = _row(message, answers)
    return row[1] if row else None


def meanings() -> list[Meaning]:
    """Return every row, in the order of the table."""
    return [meaning for _, meaning in _table().values()]


def cause(code: str) -> Cause | None:
    """Return the likely cause of an error code (CL723) and the remedy."""
    return _causes().get(code)


def as_markdown() -> str:
    """Return both tables as a page for people (docs/words.md)."""
    told: list[str] = ["# What customs says, in words", "", _INTRODUCTION, ""]
    for each in meanings():
        told += [f"## {each.headline}", "", f"`{each.message}`{_answered(each.answers)}.{_ALARMS[each.alarm]}", ""]
        told += [f"- **It means:** {each.means}", f"- **It does not mean:** {each.means_not}", f"- **To do:** {each.todo}", ""]
    told += ["## Errors", "", "| code | likely cause | remedy |", "| --- | --- | --- |"]
    told += [f"| {each.code} | {each.cause} | {each.remedy} |" for each in _causes().values()]
    return "\n".join(told) + "\n"


_INTRODUCTION: Final = (
    "Made by `tools/write_words.py` from `filings/services/tables/words.csv` and `causes.csv`; change it there. The words are "
    "ours. Sources: the process descriptions of the trader interface (L4, L3.5), code list CL723."
)
_ALARMS: Final = {"": "", "yes": " Raises an alarm.", "urgent": " Raises an urgent alarm."}
_FAMILIES: Final = {
    "F": ", in answer to a filing",
    "A": ", in answer to an amendment",
    "listed": ", where it names parts",
    "": "",
}


def _answered(answers: str) -> str:
    return _FAMILIES.get(answers, f", in answer to `{answers}`")


def _row(message: str, answers: str) -> tuple[str, Meaning] | None:
    rows = _table()
    keys: Iterable[str] = (answers, answers[FAMILY : FAMILY + 1], "")
    return next((rows[message, key] for key in keys if (message, key) in rows), None)


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
def _table() -> Mapping[tuple[str, str], tuple[str, Meaning]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["message"], row["answers"]): (row.pop("words"), Meaning(**row)) for row in rows}


@cache
def _causes() -> Mapping[str, Cause]:
    with CAUSES.open(encoding="utf-8", newline="") as file:
        return {row["code"]: Cause(**row) for row in csv.DictReader(file)}
