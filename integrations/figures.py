"""How the queue stands, in figures: for the gateway's console, its metrics and its tests. Counted by indexes, not by reading."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncMinute

from filings.models import OutboxMessage
from integrations.models import Connection, Gate, Outage
from tenants.scope import every_tenant

_STATES: Final = OutboxMessage.State
_REASON: Final = "the ITSP watches the queue of all operators"


@dataclass(frozen=True, slots=True)
class Depth:
    """Messages of an operator that have not left, of one priority and state; `behind` wait for another of their filing."""

    operator_id: UUID
    connection_id: int | None
    priority: str
    state: str
    behind: bool
    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How sending over one connection stands."""

    connection: Connection
    gate: Gate | None
    waiting: int
    oldest_at: datetime | None
    running: int
    last_minute: int
    last_receipt_at: datetime | None
    unanswered: int
    outages: tuple[Outage, ...] = ()

    @property
    def is_paused(self) -> bool:
        """Say whether its endpoint fails at present."""
        return self.gate is not None and self.gate.paused_until is not None


def depth() -> list[Depth]:
    """Return what has not left, and what was given up, by operator, priority and state."""
    parts = (
        Q(state=_STATES.WAITING, follows__isnull=True),
        Q(state=_STATES.WAITING, follows__isnull=False),
        Q(state=_STATES.HELD),
        Q(state=_STATES.FAILED),
        Q(state=_STATES.RUNNING),
    )
    with every_tenant(_REASON):
        ways = _ways()
        return [
            Depth(
                operator_id=row["operator_id"],
                connection_id=ways.taken(row["operator_id"], row["via"]),
                priority=row["priority"],
                state=row["state"],
                behind=number == 1,
                count=row["count"],
                oldest_at=row["oldest"],
            )
            for number, part in enumerate(parts)
            for row in _grouped(OutboxMessage.objects.filter(part))
        ]


def _grouped(rows: QuerySet[OutboxMessage]) -> list[dict[str, Any]]:
    groups = (
        rows.order_by().values("operator_id", "via", "priority", "state").annotate(count=Count("pk"), oldest=Min("created_at"))
    )
    return [dict(group) for group in groups]


@dataclass(frozen=True, slots=True)
class _Ways:
    """Which connection a message takes, as connections.for_operator says for one; nothing where there is none."""

    own: dict[UUID, int]
    common: int | None
    named: dict[str, tuple[int, UUID | None]]  # by PartyId

    def taken(self, operator_id: UUID, via: str) -> int | None:
        """Return the connection that an operator's message takes which names one, or names none."""
        if not via:
            return self.own.get(operator_id, self.common)
        pk, owner = self.named.get(via, (None, None))
        return pk if owner in {None, operator_id} else None


def _ways() -> _Ways:
    active = Connection.objects.filter(active=True)
    usual = active.filter(is_default=True)
    return _Ways(
        own=dict(usual.exclude(operator=None).values_list("operator_id", "pk")),
        common=usual.filter(operator=None).values_list("pk", flat=True).first(),
        named={party: (pk, owner) for party, pk, owner in active.values_list("party_id", "pk", "operator_id")},
    )


def throughput(*, since: datetime, connection_id: int | None = None) -> Counter[datetime]:
    """Return how many messages customs signed for, by minute."""
    with every_tenant(_REASON):
        lines = [connection_id] if connection_id is not None else list(Connection.objects.values_list("pk", flat=True))
        rows = OutboxMessage.objects.filter(line__in=lines, done_at__gte=since, state=_STATES.DONE)
        minutes = rows.annotate(minute=TruncMinute("done_at")).order_by().values_list("minute").annotate(count=Count("pk"))
        return Counter(dict(minutes))


def standings(*, at: datetime) -> list[Standing]:
    """Return how each active connection stands."""
    waiting: Counter[int | None] = Counter()
    oldest: dict[int | None, datetime] = {}
    for each in depth():
        if each.state == _STATES.WAITING:
            waiting[each.connection_id] += each.count
            oldest[each.connection_id] = min(each.oldest_at, oldest.get(each.connection_id, each.oldest_at))
    with every_tenant(_REASON):
        now = list(Outage.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at))
        return [
            _standing(connection, waiting[connection.pk], oldest.get(connection.pk), now, at=at)
            for connection in Connection.objects.filter(active=True).select_related("gate").order_by("name")
        ]


def _standing(
    connection: Connection, waiting: int, oldest_at: datetime | None, outages: list[Outage], *, at: datetime
) -> Standing:
    rows = OutboxMessage.objects.filter(line=connection.pk)
    left = rows.filter(state=_STATES.DONE, done_at__isnull=False)
    return Standing(
        connection=connection,
        gate=getattr(connection, "gate", None),
        waiting=waiting,
        oldest_at=oldest_at,
        running=rows.filter(state=_STATES.RUNNING, lease_until__gt=at).count(),
        last_minute=left.filter(done_at__gt=at - timedelta(minutes=1)).count(),
        last_receipt_at=left.aggregate(last=Max("done_at"))["last"],
        unanswered=left.filter(awaits_answer=True, answered_at=None).count(),
        outages=tuple(each for each in outages if each.connection_id in {None, connection.pk}),
    )
