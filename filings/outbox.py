"""What is waiting to leave: put(), claim(), settle, ring(). The rows are the queue; the bell is a courtesy.

Whose turn it is (docs/decisions/0016-queue.md): A before B before C, but every tenth message is a C if one waits; within a
priority one message of each operator in turn; of an operator the one that is due longest; of a filing in the order of
creation, each after the one before it is settled. Each step is a probe of an index, however many rows wait.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from kombu.exceptions import OperationalError

from filings import ways
from filings.messages import catalogue
from filings.models import Filing, OutboxMessage
from tenants import rows
from tenants.scope import every_tenant

# How soon another worker takes over a row whose worker died; a live one renews while its POST is under way.
LEASE: Final = timedelta(seconds=10)
BELL: Final = "integrations.send_waiting"
PRIORITIES: Final = ("A", "B", "C")  # interface document, table 7
SHARE: Final = 10  # every tenth message is one of the lowest priority, so that it moves however much is before it

_REASON: Final = "the gateway sends for all operators"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """Whose messages leave together: of one operator, or of all but some. The key is the caller's, kept with the row.

    via: the connection those messages name; without it those that name none.
    """

    key: int | None = None
    only: UUID | None = None
    but: tuple[UUID, ...] = ()
    via: str = ""

    @property
    def rows(self) -> Q:
        """Return the condition for its messages."""
        return Q(via=self.via) & (Q(operator_id=self.only) if self.only else ~Q(operator_id__in=self.but))


@dataclass(frozen=True, slots=True)
class Turn:
    """How far a line has come: the operator served last by priority, and how many messages it has sent."""

    served: Mapping[str, UUID] = field(default_factory=dict)
    count: int = 0

    @property
    def order(self) -> tuple[str, ...]:
        """Return the priorities in the order in which they are asked now."""
        first, *rest = PRIORITIES
        return (first, *reversed(rest)) if self.count % SHARE == SHARE - 1 else PRIORITIES


EVERYBODY: Final = Line()
FIRST: Final = Turn()


def put(
    *, filing: Filing | None, message_type: str, payload: bytes, priority: str, at: datetime, in_turn: bool = True, via: str = ""
) -> OutboxMessage:
    """Add a message to the queue of the operator in scope, and ring once the transaction is committed.

    :param filing: what it is about; the caller holds it locked if it has other messages under way.
    :param in_turn: whether it waits for earlier messages of its filing, and later ones for it; a question does not.
    :param payload: the business XML in UTF-8.
    :param priority: A, B or C.
    :param via: PartyId of the connection it takes; without it the one of its filing.
    """
    row: OutboxMessage = OutboxMessage.objects.create(
        filing=filing,
        message_type=message_type,
        message_id=f"{uuid.uuid4()}@{settings.GATEWAY_HOST}",
        payload=payload,
        priority=priority,
        via=via or (way_of(filing) if filing else ""),
        follows=_unsettled(filing).last() if filing and in_turn else None,
        awaits_answer=in_turn and bool(catalogue.message(message_type).accepted_by),
        due_at=at,
        created_at=at,
    )
    transaction.on_commit(ring)
    return row


def way_of(filing: Filing) -> str:
    """Return the connection chosen for the filing, or for the one that it is about."""
    return ways.still(filing.via or (filing.about.via if filing.about else ""))


def _unsettled(filing: Filing) -> QuerySet[OutboxMessage]:
    """Return the messages of the filing, and of requests about it, that a later one has to wait for, oldest first."""
    whole = filing.about_id or filing.pk
    states = OutboxMessage.State
    under_way = Q(state__in=[states.WAITING, states.HELD, states.RUNNING])
    unanswered = Q(state=states.DONE, awaits_answer=True)
    found: QuerySet[OutboxMessage] = OutboxMessage.objects.filter(
        Q(filing=whole) | Q(filing__about=whole), under_way | unanswered, answered_at=None
    )
    return found.order_by("created_at", "pk").defer("payload")


# --- Claiming --------------------------------------------------------------------------------------------------------------


def claim(*, at: datetime, line: Line = EVERYBODY, turn: Turn = FIRST) -> OutboxMessage | None:
    """Lease the message of a line whose turn it is, or one whose lease ran out; nothing when all is done.

    Several workers may call at once: each row goes to one (FOR UPDATE SKIP LOCKED). The token fences off a worker
    that comes back after its lease.
    """
    with every_tenant(_REASON):
        with connection.cursor() as cursor:
            cursor.execute(BY_INDEX)
        return lease(at=at, line=line, turn=turn)


def lease(*, at: datetime, line: Line, turn: Turn) -> OutboxMessage | None:
    """Do what claim() does, in a transaction of the caller's that sees every tenant and in which BY_INDEX holds."""
    statement, values = turn_query(line, turn, at=at)
    values |= {"until": at + LEASE, "token": uuid.uuid4(), "line": line.key}
    with connection.cursor() as cursor:
        cursor.execute(_LEASE_SQL.format(turn=statement, columns=rows.columns(OutboxMessage, "m")), values)
        found = cursor.fetchone()
    return rows.read(OutboxMessage, found) if found else None


def turn_query(line: Line, turn: Turn, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """Return the statement that locks the message whose turn it is, one whose lease ran out before all others.

    Of each priority it is the next operator's after the one served last, around the table: it goes from operator to
    operator by the index.
    """
    whose = "and m.operator_id = %(only)s" if line.only else "and m.operator_id <> all(%(but)s)" if line.but else ""
    values: dict[str, Any] = {"via": line.via, "only": line.only, "but": list(line.but), "at": at}
    steps = []
    for priority in turn.order:
        last = turn.served.get(priority)
        values |= {f"priority_{priority}": priority, f"after_{priority}": last}
        steps += [(priority, f"%(after_{priority})s::uuid")] if last else []
        steps.append((priority, f"'{_NOBODY}'::uuid"))
    rows_of_steps = ", ".join(f"({place}, %(priority_{name})s, {after})" for place, (name, after) in enumerate(steps))
    return _TURN_SQL.format(waiting=_WAITING, whose=whose, steps=rows_of_steps), values


# For one transaction: right after a large batch the planner's figures are old, and sorting all of it looks cheap.
# Whatever they say, only the index outbox_turn has the order that both steps of the turn ask for.
BY_INDEX: Final = "; ".join(f"set local enable_{way} to off" for way in ("sort", "incremental_sort", "bitmapscan", "seqscan"))
_NOBODY: Final = UUID(int=0)  # before every operator
_WAITING: Final = "m.state = 'waiting' and m.follows_id is null and m.via = %(via)s"
_TURN_SQL: Final = """
    select id from (
        select m.id from filings_outboxmessage m
        where m.state = 'running' and m.via = %(via)s {whose} and m.lease_until <= %(at)s
        order by m.lease_until limit 1 for update skip locked
    ) abandoned
    union all
    select head.id from (values {steps}) step (place, priority, after)
    cross join lateral (
        with recursive stop (operator_id) as (
            (select m.operator_id from filings_outboxmessage m
             where {waiting} and m.priority = step.priority {whose} and m.operator_id > step.after
             order by m.operator_id, m.due_at, m.created_at limit 1)
            union all
            select (select m.operator_id from filings_outboxmessage m
                    where {waiting} and m.priority = step.priority {whose} and m.operator_id > stop.operator_id
                    order by m.operator_id, m.due_at, m.created_at limit 1)
            from stop where stop.operator_id is not null
        )
        select due.id from stop cross join lateral (
            select m.id from filings_outboxmessage m
            where {waiting} and m.priority = step.priority and m.operator_id = stop.operator_id and m.due_at <= %(at)s
            order by m.due_at, m.created_at limit 1 for update skip locked
        ) due limit 1
    ) head
    limit 1
    """
_LEASE_SQL: Final = """
    update filings_outboxmessage m
    set state = 'running', lease_until = %(until)s, token = %(token)s, attempts = m.attempts + 1, line = %(line)s
    where m.id = ({turn}) returning {columns}
    """


def under_way(*, at: datetime) -> Counter[int | None]:
    """Return how many messages are being sent now, by line. Ask inside every_tenant()."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY_SQL, [at])
        return Counter(dict(cursor.fetchall()))


_UNDER_WAY_SQL: Final = """
    select line, count(*) from filings_outboxmessage where state = 'running' and lease_until > %s group by line
    """


# --- Settling --------------------------------------------------------------------------------------------------------------


def renew(row: OutboxMessage, *, at: datetime) -> bool:
    """Extend the lease of a row one is still working on; say no when another worker holds it by now."""
    with every_tenant(_REASON):
        return _mine(row).update(lease_until=at + LEASE) == 1


def postpone(row: OutboxMessage, *, due_at: datetime, reason: str) -> bool:
    """Put a leased message back for a cause that is not its own; this does not count as an attempt."""
    return _settle(row, state=OutboxMessage.State.WAITING, due_at=due_at, reason=reason[:400], attempts=F("attempts") - 1)


def done(row: OutboxMessage, *, at: datetime) -> bool:
    """Mark a leased message as delivered; say no when another worker holds it by now."""
    # Whoever adds a message to a filing holds the filing locked as the caller does, so no follower is overlooked.
    with connection.cursor() as cursor:
        cursor.execute(_DONE_SQL, {"id": row.pk, "token": row.token, "at": at, "frees": not row.awaits_answer})
        settled, freed = cursor.fetchone()
    if freed:
        transaction.on_commit(ring)
    return bool(settled)


_DONE_SQL: Final = """
    with mine as (
        update filings_outboxmessage set lease_until = null, token = null, state = 'done', done_at = %(at)s, reason = ''
        where id = %(id)s and token = %(token)s and state = 'running' returning id
    ), freed as (
        update filings_outboxmessage set follows_id = null
        where follows_id = %(id)s and %(frees)s and exists (select from mine) returning id
    )
    select (select count(*) from mine), (select count(*) from freed)
    """


def again(row: OutboxMessage, *, due_at: datetime, reason: str) -> bool:
    """Put a leased message back for a later attempt; say no when another worker holds it by now."""
    return _settle(row, state=OutboxMessage.State.WAITING, due_at=due_at, reason=reason[:400])


def give_up(row: OutboxMessage, *, at: datetime, reason: str) -> bool:
    """Mark a leased message as one that a person must look at; say no when another worker holds it by now."""
    if not _settle(row, state=OutboxMessage.State.FAILED, done_at=at, reason=reason[:400]):
        return False
    _let_followers_go(row)
    return True


def answered(*, filing: Filing, by: str, answers: str = "", at: datetime) -> bool:
    """Note that customs answered a message about the filing, which the caller holds locked; say whether one waited for it.

    :param by: type of customs' message.
    :param answers: the AS4 id of our message, if customs named it; else the oldest is meant that such a message answers.
    """
    open_rows = _unsettled(filing).filter(awaits_answer=True)
    whole = filing.about_id or filing.pk
    if answers and OutboxMessage.objects.filter(Q(filing=whole) | Q(filing__about=whole), message_id=answers).exists():
        open_rows = open_rows.filter(message_id=answers)
    fitting = [row for row in open_rows if by in catalogue.message(row.message_type).answered_by]
    if not fitting:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED_SQL, {"id": fitting[0].pk, "at": at})
        [freed] = cursor.fetchone()
    if freed:
        transaction.on_commit(ring)
    return True


_ANSWERED_SQL: Final = """
    with told as (
        update filings_outboxmessage set answered_at = %(at)s where id = %(id)s
    ), freed as (
        update filings_outboxmessage set follows_id = null where follows_id = %(id)s returning id
    )
    select count(*) from freed
    """


def revive(*, filing: Filing, at: datetime) -> int:
    """Queue the filing's given-up messages again, same id and same bytes; return how many there were."""
    count = OutboxMessage.objects.filter(filing=filing, state=OutboxMessage.State.FAILED).update(
        state=OutboxMessage.State.WAITING, due_at=at, done_at=None, attempts=0
    )
    transaction.on_commit(ring)
    return count


def ring(bell: str = BELL, *, countdown: float = 0) -> None:
    """Wake the gateway; a broker that is down is no harm, the sweep finds the row.

    :param countdown: seconds until it shall look.
    """
    try:
        current_app.send_task(bell, countdown=countdown or None, expires=30)
    except (OperationalError, OSError) as error:
        log.warning("the gateway could not be woken, the sweep will find the row: %s", type(error).__name__)


def _let_followers_go(row: OutboxMessage) -> None:
    """Free the messages of the filing that wait for this one, which is settled.

    Whoever adds a message to a filing and whoever settles one hold the filing locked, so none is overlooked.
    """
    if row.filing_id and OutboxMessage.objects.filter(follows=row.pk).update(follows=None):
        transaction.on_commit(ring)


def _settle(row: OutboxMessage, **fields: object) -> bool:
    return _mine(row).update(lease_until=None, token=None, **fields) == 1


def _mine(row: OutboxMessage) -> QuerySet[OutboxMessage]:
    mine: QuerySet[OutboxMessage] = OutboxMessage.objects.filter(pk=row.pk, token=row.token, state=OutboxMessage.State.RUNNING)
    return mine
