"""Which message set a message is written in: by message type, operator connection and date.

The choice stands in rows (EditionChoice). An operator's row goes before one for all, one for the message before one
for every message, a later one before an earlier one; without any row it is the set of the release. A filing keeps
the set it was drafted in.
"""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from filings.messages import catalogue, reading, safexml
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION, Message
from filings.messages.document import Document
from filings.messages.elements import Edition
from filings.models import EditionChoice
from tenants.errors import DomainError


class UnknownEdition(DomainError):
    """There is no such message in that message set; load the set first (manage.py load_message_set)."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ChosenAlready(DomainError):
    """There is a choice for this message, this connection and this moment."""


class Choices:
    """The choices in force at a moment for an operator, read once."""

    def __init__(self, *, at: datetime, operator_id: UUID | None = None) -> None:
        mine = Q(operator=None) | Q(operator_id=operator_id) if operator_id else Q(operator=None)
        rows = EditionChoice.objects.filter(mine, since__lte=at)
        self._rows = sorted(rows, key=lambda row: (row.operator_id is not None, row.message_type != "", row.since), reverse=True)

    def edition(self, message_type: str) -> Edition:
        """Return the message set for a message; one that lacks the message is passed over."""
        for row in self._rows:
            edition = (row.message_set, row.version)
            if row.message_type in {"", message_type} and _has(edition, message_type):
                return edition
        if not _has((DEFAULT, DEFAULT_VERSION), message_type) and (newer := catalogue.named(message_type)):
            return newer[-1].edition
        return DEFAULT, DEFAULT_VERSION

    def message(self, message_type: str) -> Message:
        """Return a message in the set chosen for it.

        :raises catalogue.UnknownMessage: if that set has no such message.
        """
        return catalogue.message(message_type, *self.edition(message_type))

    def messages(self) -> Iterable[Message]:
        """Return every message of the sets in use, each in the set chosen for it, by id."""
        editions = dict.fromkeys([(DEFAULT, DEFAULT_VERSION), *((row.message_set, row.version) for row in self._rows)])
        ids = {message.id for edition in editions for message in catalogue.messages(*edition)}
        return [self.message(id_) for id_ in sorted(ids)]

    def read(self, data: bytes, *, limit: int = safexml.LIMIT) -> Document:
        """Return the document in XML or JSON bytes, in the set chosen for its message.

        :raises Unreadable: if it is no message of that set.
        """
        return reading.read(data, limit=limit, choose=self.edition)


def edition_for(message_type: str, *, at: datetime, operator_id: UUID | None = None) -> Edition:
    """Return name and version of the message set a message is written in."""
    return Choices(at=at, operator_id=operator_id).edition(message_type)


@transaction.atomic
def choose(
    *, edition: Edition, since: datetime, by: str, at: datetime, message_type: str = "", operator_id: UUID | None = None
) -> EditionChoice:
    """Use a message set from a moment on, for one message or all, for one operator's connection or all.

    :raises UnknownEdition: if the set does not exist or lacks the message.
    :raises ChosenAlready: if this was decided before; decide for another moment.
    """
    if not (_has(edition, message_type) if message_type else catalogue.messages(*edition)):
        raise UnknownEdition
    try:
        with transaction.atomic():
            return EditionChoice.objects.create(
                operator_id=operator_id,
                message_type=message_type,
                message_set=edition[0],
                version=edition[1],
                since=since,
                decided_at=at,
                decided_by=by[:120],
            )
    except IntegrityError as error:
        raise ChosenAlready from error


def _has(edition: Edition, message_type: str) -> bool:
    return any(message.id == message_type for message in catalogue.messages(*edition))
