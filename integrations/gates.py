"""The gate of a connection: how fast and how many at a time, and one message at a time while its endpoint fails.

Everything a claim decides by is a row, so that workers on several hosts share one pace (docs/decisions/0016-queue.md). Claims
come one after the other (an advisory lock), which costs little: they touch three rows and commit without waiting for the disk,
since a claim that a crash forgets is a claim nobody made.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection as database

from filings import outbox
from filings.models import OutboxMessage
from filings.outbox import Line, Turn
from integrations import connections
from integrations.models import Connection, Gate
from tenants import rows
from tenants.scope import every_tenant

PAUSE_AFTER: Final = 3  # failures of the endpoint in a row; until then it may be the message
LONGEST_PAUSE: Final = 10  # times the connection's first delay
SOON: Final = timedelta(milliseconds=500)  # when to look again if only the pace stops us
_LOCK: Final = 0x4C46_0001  # the advisory lock of claims
_REASON: Final = "gates belong to the ITSP"


@dataclass(frozen=True, slots=True)
class Lane:
    """A connection with the operators whose messages leave over it; without a connection those who have none."""

    connection: Connection | None
    line: Line


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim gave: a message with the connection as it is now and whether it was failing, or how soon another try
    may give one.
    """

    row: OutboxMessage | None = None
    wait: timedelta | None = None
    connection: Connection | None = None
    is_failing: bool = False


def claim(lane: Lane, *, at: datetime) -> Claim:
    """Lease the message of the lane whose turn it is, if the gate lets one through now."""
    with every_tenant(_REASON):
        with database.cursor() as cursor:
            cursor.execute(_BEGIN)
        sending = outbox.under_way(at=at)
        if sending.total() >= settings.GATEWAY_SENDERS:
            return Claim()  # whoever ends first claims next
        if lane.connection is None:
            return Claim(outbox.lease(at=at, line=lane.line, turn=outbox.FIRST))
        gate, connection = _with_connection(lane.connection.pk)
        if not connection.active or not _has_room(gate, connection, sending=sending[connection.pk], at=at):
            return Claim()
        if not _fill(gate, connection, at=at):
            return Claim(wait=SOON)
        row = outbox.lease(at=at, line=lane.line, turn=_turn(gate))
        _count(gate, row)
        return Claim(row, connection=connection, is_failing=gate.failures > 0)


# Several statements in one go: none has values, and none tells anything.
_BEGIN: Final = f"set local synchronous_commit to off; {outbox.BY_INDEX}; select pg_advisory_xact_lock({_LOCK})"


def build() -> None:
    """Give each connection its gate."""
    with every_tenant(_REASON):
        missing = [Gate(connection_id=pk) for pk in Connection.objects.filter(gate=None).values_list("pk", flat=True)]
        Gate.objects.bulk_create(missing, ignore_conflicts=True)


def _with_connection(pk: int) -> tuple[Gate, Connection]:
    """Lock and return the gate of a connection, and the connection as it is now."""
    with database.cursor() as cursor:
        cursor.execute(
            f"select {rows.columns(Gate, 'g')}, {connections.columns('c')} from integrations_connection c"  # noqa: S608
            " join integrations_gate g on g.connection_id = c.id where c.id = %s for update of g",
            [pk],
        )
        found = cursor.fetchone()
    width = len(Gate._meta.concrete_fields)
    return rows.read(Gate, found[:width]), connections.read(found[width:])


def _locked(connection: Connection) -> Gate:
    gate: Gate = Gate.objects.select_for_update().get(connection=connection)
    return gate


def _has_room(gate: Gate, connection: Connection, *, sending: int, at: datetime) -> bool:
    """Say whether one more message may be under way: none in a pause, a single probe after it, else the number allowed."""
    if gate.paused_until is not None and gate.paused_until > at:
        return False
    most = 1 if gate.failures >= PAUSE_AFTER else connection.parallel
    return sending < most


def _fill(gate: Gate, connection: Connection, *, at: datetime) -> bool:
    """Put the tokens of the time gone by into the bucket; say whether there is one to spend."""
    paces = [connection.messages_per_minute, connection.drain_per_minute if gate.draining else None]
    limits = [pace for pace in paces if pace is not None]
    most = max(1.0, float(connection.burst))
    if not limits or gate.tokens_at is None:
        gate.tokens = most
    else:
        gone = max(0.0, (at - gate.tokens_at).total_seconds())
        gate.tokens = min(most, gate.tokens + gone * min(limits) / 60)
    gate.tokens_at = at
    return not limits or gate.tokens >= 1


def _turn(gate: Gate) -> Turn:
    return Turn({priority: UUID(operator) for priority, operator in gate.served.items()}, gate.count)


def _count(gate: Gate, row: OutboxMessage | None) -> None:
    """Keep what the claim changed; a line that has nothing left is drained."""
    if row is None:
        if gate.draining:
            gate.draining = False
            gate.save(update_fields=["draining"])
        return
    gate.served = {**gate.served, row.priority: str(row.operator_id)}
    gate.count += 1
    gate.tokens -= 1
    with database.cursor() as cursor:
        cursor.execute(_COUNT_SQL, [json.dumps(gate.served), gate.count, gate.tokens, gate.tokens_at, gate.pk])


_COUNT_SQL: Final = "update integrations_gate set served = %s, count = %s, tokens = %s, tokens_at = %s where connection_id = %s"


# --- What the network says -------------------------------------------------------------------------------------------------


def failed(connection: Connection, *, message: UUID, reason: str, at: datetime) -> Gate:
    """Count a failure of the endpoint as a whole, and pause sending over the connection when it is one too many."""
    with every_tenant(_REASON):
        gate = _locked(connection)
        gate.several_failed = gate.several_failed or (gate.failures > 0 and gate.failed_message != message)
        gate.failures, gate.failed_message, gate.problem = gate.failures + 1, message, reason[:400]
        gate.failing_since = gate.failing_since or at
        if gate.failures >= PAUSE_AFTER:
            gate.paused_until = at + pause(connection, failures=gate.failures)
        gate.save()
        return gate


def pause(connection: Connection, *, failures: int) -> timedelta:
    """Return how long nothing is sent after so many failures in a row: doubled each time, up to a limit."""
    doubled = connection.first_delay * 2 ** min(failures - PAUSE_AFTER, 16)
    return timedelta(seconds=max(1, min(doubled, connection.first_delay * LONGEST_PAUSE)))


def worked(connection: Connection) -> bool:
    """Open the gate again after an answer; say whether it was failing."""
    with every_tenant(_REASON), database.cursor() as cursor:
        cursor.execute(_WORKED_SQL, [connection.pk])
        return bool(cursor.rowcount)


_WORKED_SQL: Final = """
    update integrations_gate set failures = 0, failing_since = null, failed_message = null, several_failed = false,
    paused_until = null, problem = '' where connection_id = %s and failures > 0
    """


def drain(*, connection_id: int | None, at: datetime) -> None:
    """Let what waited leave at the pace of after an outage; without a connection on all of them."""
    with every_tenant(_REASON):
        gates = Gate.objects.all() if connection_id is None else Gate.objects.filter(connection=connection_id)
        gates.update(draining=True, tokens=1, tokens_at=at)
