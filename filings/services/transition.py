"""What a new message set means: which messages it changes, and which filings would have to be made anew."""

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from filings.lifecycle import State
from filings.messages import catalogue, comparing
from filings.messages.elements import Edition
from filings.models import EditionChoice, Filing, MessageSet
from filings.services.editions import Choices

RELEASE: Final[Edition] = (catalogue.DEFAULT, catalogue.DEFAULT_VERSION)
EXPECTED: Final = Path(__file__).parent / "dictionary" / "expected_changes.csv"


@dataclass(frozen=True)
class Outlook:
    """What is known of the change to a newer set. known: from loaded schemas; else as others have reported it."""

    newer: Edition | None
    known: bool
    messages: tuple[str, ...]


def outlook() -> Outlook:
    """Return which messages the newest set changes; without one, those that are said to change."""
    newest = next((each for each in reversed(catalogue.editions()) if each != RELEASE), None)
    if newest is None:
        return Outlook(None, known=False, messages=expected())
    changes = comparing.of_sets(RELEASE, newest)
    lists = {change.path.partition(" ")[0] for change in changes if not change.message}
    touched = {
        message.id
        for message in catalogue.messages(*RELEASE)
        if any(element.code_list in lists and element.codes for element in message.root.walk())
    }
    return Outlook(newest, known=True, messages=tuple(sorted(touched | {change.message for change in changes if change.message})))


def expected() -> tuple[str, ...]:
    """Return the messages that are said to change."""
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return tuple(row["message"] for row in csv.DictReader(file))


def to_be_filed_anew(messages: tuple[str, ...]) -> QuerySet[Filing]:
    """Return the operator's registered filings in the set of the release whose message changes, oldest first."""
    found: QuerySet[Filing] = Filing.objects.defer("document").filter(
        state=State.REGISTERED, message_set=RELEASE[0], version=RELEASE[1], message_type__in=messages
    )
    return found.order_by("registered_at", "pk")


def drafts(messages: tuple[str, ...]) -> int:
    """Return how many of the operator's drafts are in the set of the release and of a message that changes."""
    of_release = Filing.objects.filter(message_set=RELEASE[0], version=RELEASE[1], message_type__in=messages)
    return int(of_release.filter(state=State.DRAFT).count())


def loaded() -> QuerySet[MessageSet]:
    """Return the message sets that were loaded, without their tables."""
    return MessageSet.objects.defer("tables")


def in_force(messages: tuple[str, ...], *, at: datetime, operator_id: UUID | None = None) -> dict[str, Edition]:
    """Return the message set in which each message is written now."""
    choices = Choices(at=at, operator_id=operator_id)
    return {message: choices.edition(message) for message in messages}


def choices() -> QuerySet[EditionChoice]:
    """Return the choices made for everybody, and in an operator's scope its own, oldest first; the database sees to it."""
    return EditionChoice.objects.all()
