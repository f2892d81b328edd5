"""What becomes of a message: verdicts out of verdicts.toml, chosen by a word in the LRN, by a row, or by default."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from filings.messages.document import Document
from filings.messages.finding import Finding
from integrations.sandbox import reading
from integrations.sandbox.clock import TABLES
from integrations.sandbox.models import Party, Scenario, Script

DEFAULT: Final = "complete"
SCRIPT: Final = "script-"  # and the number of its row: a verdict somebody wrote
# What a refusal says of a verdict that does not say it itself.
ERROR: Final = {"code": "92", "text": "Refused because a scenario of the sandbox asks for it.", "paths": ["LRN", "MRN"]}
WORD: Final = re.compile(r"LF(?:-[A-Z0-9]+)+")


class UnknownVerdict(LookupError):
    """There is no such verdict; see verdicts.toml."""


@dataclass(frozen=True)
class Step:
    """One thing that follows a registration. options: the other columns of the step."""

    do: str
    after: int
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """One table of verdicts.toml."""

    name: str
    word: str
    words: str
    answer: str = "registered"
    steps: tuple[Step, ...] = ()
    amendment: str = ""
    invalidation: str = ""
    referral_answer: str = ""
    arrival: str = ""
    error: Mapping[str, Any] = field(default_factory=dict)

    def fault(self, document: Document) -> Finding:
        """Return the error this verdict gives, at the first of its places that a document has."""
        error = {**ERROR, **self.error}
        there = [path for path in error["paths"] if path in document.message.by_path]
        given = [path for path in there if document.value(path) is not None]
        path = next(iter([*given, *there]), document.message.reference)
        return Finding(reading.place(document, path), error["code"], "", "error", error["text"])


@dataclass(frozen=True)
class Alarm:
    """A result of screening after which another verdict takes over."""

    path: str
    value: str
    verdict: str


def all_verdicts() -> tuple[Verdict, ...]:
    """Return every verdict, in table order."""
    return tuple(_verdicts().values())


def verdict(name: str) -> Verdict:
    """Return one verdict.

    :raises UnknownVerdict: if there is none of that name
    """
    number = name.removeprefix(SCRIPT)
    if name != number and number.isdecimal():
        row = Script.objects.filter(pk=int(number)).first()
        if row is not None:
            return written(name, row.table)
    try:
        return _verdicts()[name]
    except KeyError:
        raise UnknownVerdict(name) from None


def alarm() -> Alarm:
    """Return what counts as an alarm."""
    table = _table()
    return Alarm(table["alarm_path"], table["alarm_value"], table["alarm"])


def in_reference(reference: str) -> Verdict | None:
    """Return the verdict whose word is in an LRN: alone, at its beginning, or after any text and a hyphen."""
    best: Verdict | None = None
    for found in WORD.finditer(reference.upper()):
        text = found.group()
        fitting = [one for one in all_verdicts() if one.word and (text == one.word or text.startswith(f"{one.word}-"))]
        best = max(fitting, key=lambda one: len(one.word), default=best)
    return best


def choose(question: Document, *, party: Party) -> Verdict:
    """Return the verdict for a new filing or arrival: the word in its LRN, else a scenario, else the default.

    A scenario that counts is used up by it.
    """
    reference = question.value(question.message.reference) or ""
    declarant = question.value(question.message.party) or "" if question.message.party else ""
    return in_reference(reference) or _attached(reference, question.message.id, party, declarant) or verdict(DEFAULT)


def _attached(reference: str, message_type: str, party: Party, declarant: str) -> Verdict | None:
    rows = Scenario.objects.select_for_update().exclude(remaining=0)
    fitting = [
        row
        for row in rows.order_by("created_at", "pk")
        if row.party_id in {None, party.pk}
        and row.eori in {"", declarant}
        and row.lrn in {"", reference}
        and row.message_type in {"", message_type}
    ]
    # The one that says most; of two that say the same the older, so that several for "the next one" queue up.
    row = max(fitting, key=lambda one: (bool(one.lrn), bool(one.message_type), bool(one.party_id)), default=None)
    if row is None:
        return None
    if row.remaining is not None:
        row.remaining -= 1
        row.save(update_fields=["remaining"])
    try:
        return verdict(row.verdict)
    except UnknownVerdict:  # the tables have changed since
        return None


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((TABLES / "verdicts.toml").read_text(encoding="utf-8"))


@cache
def _verdicts() -> Mapping[str, Verdict]:
    return {name: written(name, row) for name, row in _table()["verdicts"].items()}


def written(name: str, row: Mapping[str, Any]) -> Verdict:
    """Return the verdict that a table describes."""
    steps = tuple(
        Step(step["do"], step.get("after", 0), {key: value for key, value in step.items() if key not in {"do", "after"}})
        for step in row.get("steps", ())
    )
    return Verdict(name=name, **{"word": "", "words": "", **row, "steps": steps})
