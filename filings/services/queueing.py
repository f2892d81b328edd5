"""What a person does to messages in the queue: hold back, let go, send again; one, several, or all that fit.

Inside an operator's scope the deeds touch its messages alone, outside any scope those of all operators (the ITSP's staff).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from filings import outbox
from filings.lifecycle import State
from filings.models import Filing, FilingEvent, OutboxMessage
from filings.services import submission
from tenants import audit
from tenants.actors import Actor
from tenants.scope import NoScope, current, every_tenant, tenant_scope

STEP: Final = 500  # messages in one transaction
_REASON: Final = "the ITSP's staff looks after the queue of all operators"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages: those of the ids, and of those the ones that fit everything else given."""

    ids: tuple[UUID, ...] = ()
    operator_id: UUID | None = None
    priority: str = ""
    message_type: str = ""
    line: int | None = None  # the connection over which it was last tried

    @property
    def rows(self) -> Q:
        """Return the condition."""
        fits = Q(pk__in=self.ids) if self.ids else Q()
        exact = {"operator_id": self.operator_id, "priority": self.priority, "message_type": self.message_type, "line": self.line}
        return fits & Q(**{name: value for name, value in exact.items() if value})


def hold(*, choice: Choice, reason: str, by: Actor, at: datetime) -> int:
    """Hold back messages that wait; return how many. One that is being sent right now is not stopped."""
    words = f"Held back by {by.name}. {reason}".strip()
    waiting = Q(state=OutboxMessage.State.WAITING)

    def deed(rows: list[OutboxMessage]) -> None:
        _change(rows, state=OutboxMessage.State.HELD, reason=words[:400])
        _tell(rows, "held", words, by=by, at=at, detail={"reason": reason})

    return _each_step(choice, waiting, "outbox.held", deed, by=by, at=at, detail={"reason": reason[:400]})


def release(*, choice: Choice, by: Actor, at: datetime, despite_order: bool = False) -> int:
    """Let held messages go, each in its old place; return how many.

    :param despite_order: also let those go that wait for an earlier message of their filing.
    """
    held = Q(state=OutboxMessage.State.HELD)
    if despite_order:
        held |= Q(state=OutboxMessage.State.WAITING, follows__isnull=False)

    def deed(rows: list[OutboxMessage]) -> None:
        freed = {"follows": None} if despite_order else {}
        _change(rows, state=OutboxMessage.State.WAITING, reason="", **freed)
        _tell(rows, "released", "Let go; it leaves when its turn comes.", by=by, at=at)

    return _each_step(choice, held, "outbox.released", deed, by=by, at=at, detail={"despite_order": despite_order})


def resend(*, choice: Choice, by: Actor, at: datetime) -> int:
    """Queue messages that were given up once more, under the same id with the same bytes; return how many."""
    failed = Q(state=OutboxMessage.State.FAILED)

    def deed(rows: list[OutboxMessage]) -> None:
        for row in rows:
            filing = Filing.objects.filter(pk=row.filing_id, state=State.FAILED).first() if row.filing_id else None
            if filing is not None:
                submission.send_again(filing=filing, by=by, at=at)
        left = [row for row in rows if OutboxMessage.objects.filter(pk=row.pk, state=OutboxMessage.State.FAILED).exists()]
        _change(left, state=OutboxMessage.State.WAITING, due_at=at, done_at=None, attempts=0, reason="")
        _tell(left, "resent", "Queued again; customs gets the same message.", by=by, at=at)

    return _each_step(choice, failed, "outbox.resent", deed, by=by, at=at)


# --- Steps -----------------------------------------------------------------------------------------------------------------


def _each_step(
    choice: Choice,
    state: Q,
    name: str,
    deed: Callable[[list[OutboxMessage]], None],
    *,
    by: Actor,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> int:
    """Do the deed to what is chosen and in the state, a limited number in each transaction, with an audit line each."""
    count = 0
    for operator_id in list(_operators(choice, state)):
        while True:
            with tenant_scope(operator_id):
                free = OutboxMessage.objects.select_for_update(skip_locked=True, of=("self",)).defer("payload")
                rows = list(free.filter(choice.rows, state).order_by("created_at", "pk")[:STEP])
                deed(rows)
                audit.record_all(name, targets=rows, by=by, at=at, detail=detail)
                transaction.on_commit(outbox.ring)
            count += len(rows)
            if len(rows) < STEP:
                break
    return count


def _operators(choice: Choice, state: Q) -> Iterator[UUID]:
    """Yield the operators whose messages are chosen: the one in scope, or all that have some."""
    try:
        inside = current().operator_id
    except NoScope:
        inside = None
    if inside is not None:
        yield inside
        return
    with every_tenant(_REASON):
        rows = OutboxMessage.objects.filter(choice.rows, state)
        yield from list(rows.order_by("operator_id").values_list("operator_id", flat=True).distinct())


def _change(rows: list[OutboxMessage], **fields: object) -> None:
    OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(**fields)


def _tell(
    rows: list[OutboxMessage], kind: str, sentence: str, *, by: Actor, at: datetime, detail: dict[str, Any] | None = None
) -> None:
    """Add a line to the timeline of each filing."""
    about = [row for row in rows if row.filing_id]
    FilingEvent.objects.bulk_create(
        FilingEvent(
            filing_id=cast(UUID, row.filing_id),
            at=at,
            kind=kind,
            sentence=sentence[:400],
            actor=by.name[:120],
            detail={"message": row.message_type, **(detail or {})},
        )
        for row in about
    )
