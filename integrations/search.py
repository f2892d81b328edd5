"""Messages of all operators, sent and received, found by any id and filtered; for the ITSP's staff.

Every step is a probe or a short walk of an index, so that a million rows cost what ten thousand do: an id becomes a handful of
rows; a page is the next rows in time after the last one seen (no offset), operator by operator where all are asked. Ask these
questions inside every_tenant().
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import OperationalError
from django.db import connection as database
from django.db.models import Q, QuerySet
from psycopg.errors import QueryCanceled

from filings.messages import catalogue
from filings.models import OutboxMessage
from integrations.models import Connection, InboundMessage
from integrations.named import Named, named_by
from tenants.models import Operator

SENT, RECEIVED = "sent", "received"
_SIDES: Final = {"to_customs": SENT, "from_customs": RECEIVED}
PAGE: Final = 50
PATIENCE: Final = 4000  # milliseconds a question may take
NEWEST, OLDEST = "newest", "oldest"

# Ways that read more than a page of an index; the planner takes them when its figures are old, as after a night's load.
_DETOURS: Final = ("enable_seqscan", "enable_bitmapscan", "enable_sort")
_SENT_STATES: Final = frozenset(OutboxMessage.State.values)
_RECEIVED_STATES: Final = frozenset(InboundMessage.State.values)
_PAGE_SQL: Final = """
    select m.id, m.created_at from unnest(%(operators)s::uuid[]) as o (id) cross join lateral (
        select id, created_at from filings_outboxmessage
        where operator_id = o.id {conditions}
        order by created_at {way}, id {way} limit %(most)s
    ) as m order by m.created_at {way}, m.id {way} limit %(most)s
    """


# What moves is little beside what is kept: all of it is read by the indexes of the queue, which know no time.
_MOVING_SQL: Final = """
    select id, created_at from (
        {parts}
    ) as m where operator_id = any(%(operators)s::uuid[]) {conditions}
    order by created_at {way}, id {way} limit %(most)s
    """
_COLUMNS: Final = "select id, operator_id, created_at, state, priority, message_type, line from filings_outboxmessage where"
_MOVING: Final = {
    "waiting": ("state = 'waiting' and follows_id is null", "state = 'waiting' and follows_id is not null"),
    "running": ("state = 'running'",),
}


class TooBroad(Exception):
    """It takes too long to find; give an id, an operator or a shorter time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the time and id of its last row."""

    at: datetime
    pk: UUID

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}_{self.pk}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Return the place a text names, or nothing if it names none."""
        time, _, pk = text.partition("_")
        try:
            return cls(datetime.fromisoformat(time).replace(tzinfo=UTC), UUID(pk))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; whatever is empty does not matter."""

    text: str = ""
    direction: str = ""
    operator_id: UUID | None = None
    connection_id: int | None = None
    state: str = ""
    priority: str = ""
    message_type: str = ""
    since: datetime | None = None
    until: datetime | None = None
    order: str = NEWEST
    after: Place | None = None

    @property
    def sides(self) -> tuple[str, ...]:
        """Return the directions in which there may be something; states, priorities and known types are of one of them."""
        sides = {SENT, RECEIVED}
        if self.direction:
            sides &= {self.direction}
        if self.state:
            sides &= {SENT} if self.state in _SENT_STATES else {RECEIVED} if self.state in _RECEIVED_STATES else set()
        if self.priority:
            sides &= {SENT}
        if ways := {each.direction for each in catalogue.named(self.message_type)}:
            sides &= {_SIDES[way] for way in ways}  # a walk through the other direction would find none and read everything
        return tuple(sorted(sides))


@dataclass(frozen=True, slots=True)
class Row:
    """One message in the list."""

    direction: str
    at: datetime
    message: Any  # an OutboxMessage or an InboundMessage
    connection: str

    @property
    def pk(self) -> UUID:
        """Return the id of the row."""
        return UUID(str(self.message.pk))


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows in order of time, and where the next page begins."""

    rows: list[Row]
    following: Place | None


def page(wanted: Wanted) -> Page:
    """Return a page of messages.

    :raises TooBroad: if it takes too long.
    """
    try:
        steer()
        found = _page(wanted)
        let_go()
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooBroad from None
        raise
    return found


def steer() -> None:
    """Bound the questions of this transaction by time, and keep the planner to the indexes."""
    _set({"statement_timeout": str(PATIENCE), **dict.fromkeys(_DETOURS, "off")})


def let_go() -> None:
    """Lift the bounds again."""
    _set({"statement_timeout": "0", **dict.fromkeys(_DETOURS, "on")})


def _set(values: dict[str, str]) -> None:
    with database.cursor() as cursor:
        for name, value in values.items():
            cursor.execute("select set_config(%s, %s, true)", [name, value])


def _page(wanted: Wanted) -> Page:
    named = named_by(wanted.text.strip()) if wanted.text.strip() else None
    names = dict(Connection.objects.values_list("pk", "name"))
    rows: list[Row] = []
    if SENT in wanted.sides:
        rows += [Row(SENT, each.created_at, each, names.get(each.line, "")) for each in _sent(wanted, named)]
    if RECEIVED in wanted.sides:
        rows += [Row(RECEIVED, each.received_at, each, names.get(each.connection_id, "")) for each in _received(wanted, named)]
    rows.sort(key=lambda row: (row.at, row.pk), reverse=wanted.order != OLDEST)
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return Page(rows, Place(rows[-1].at, rows[-1].pk) if more else None)


# --- Sent ------------------------------------------------------------------------------------------------------------------


def _sent(wanted: Wanted, named: Named | None) -> Iterable[OutboxMessage]:
    rows = OutboxMessage.objects.select_related("operator", "filing").defer("payload", "filing__document", "filing__errors")
    if named is not None and named.sent:
        fits = _after(Q(pk__in=named.sent) & _exact(wanted, "created_at", connection="line"), wanted, "created_at")
        return _ordered(rows.filter(fits), wanted, "created_at")
    if named is not None and not (named.operators or named.connections):
        return []
    ids = _walk(wanted, named)
    return rows.filter(pk__in=ids)


def _walk(wanted: Wanted, named: Named | None) -> list[UUID]:
    """Return the ids of the next messages in time, by the index of each operator."""
    operators = [wanted.operator_id] if wanted.operator_id else list(Operator.objects.order_by().values_list("pk", flat=True))
    values: dict[str, Any] = {"most": PAGE + 1}
    conditions = []
    for column, value in (
        ("state", wanted.state),
        ("priority", wanted.priority),
        ("message_type", wanted.message_type),
        ("line", wanted.connection_id),
    ):
        if value:
            conditions.append(f"and {column} = %({column})s")
            values[column] = value
    if named is not None and named.operators:
        operators = [pk for pk in operators if pk in named.operators]
    elif named is not None:
        conditions.append("and line = any(%(lines)s)")
        values["lines"] = named.connections
    for name, sign, moment in (("since", ">=", wanted.since), ("until", "<", wanted.until)):
        if moment:
            conditions.append(f"and created_at {sign} %({name})s")
            values[name] = moment
    is_oldest = wanted.order == OLDEST
    if wanted.after:
        conditions.append(f"and (created_at, id) {'>' if is_oldest else '<'} (%(at)s, %(pk)s)")
        values |= {"at": wanted.after.at, "pk": wanted.after.pk}
    way = {"conditions": " ".join(conditions), "way": "asc" if is_oldest else "desc"}
    if wanted.state in _MOVING:
        parts = " union all ".join(f"{_COLUMNS} {part}" for part in _MOVING[wanted.state])
        statement = _MOVING_SQL.format(parts=parts, **way)
    else:
        statement = _PAGE_SQL.format(**way)
    with database.cursor() as cursor:
        cursor.execute(statement, {**values, "operators": operators})
        return [pk for pk, _ in cursor.fetchall()]


# --- Received --------------------------------------------------------------------------------------------------------------


def _received(wanted: Wanted, named: Named | None) -> Iterable[InboundMessage]:
    fits = _exact(wanted, "received_at", connection="connection_id")
    if named is not None:
        if named.received:
            fits &= Q(pk__in=named.received)
        elif named.operators:
            fits &= Q(operator_id__in=named.operators)
        elif named.connections:
            fits &= Q(connection_id__in=named.connections)
        else:
            return []
    rows = InboundMessage.objects.select_related("operator", "filing")
    rows = rows.defer("body", "payload", "receipt", "filing__document", "filing__errors")
    return _ordered(rows.filter(_after(fits, wanted, "received_at")), wanted, "received_at")


# --- Both ------------------------------------------------------------------------------------------------------------------


def _exact(wanted: Wanted, time: str, *, connection: str) -> Q:
    values = {
        "operator_id": wanted.operator_id,
        connection: wanted.connection_id,
        "state": wanted.state,
        "message_type": wanted.message_type,
        f"{time}__gte": wanted.since,
        f"{time}__lt": wanted.until,
    }
    if time == "created_at":
        values["priority"] = wanted.priority
    return Q(**{name: value for name, value in values.items() if value})


def _after(fits: Q, wanted: Wanted, time: str) -> Q:
    if wanted.after is None:
        return fits
    than = "gt" if wanted.order == OLDEST else "lt"
    beyond = Q(**{f"{time}__{than}": wanted.after.at}) | Q(**{time: wanted.after.at, f"pk__{than}": wanted.after.pk})
    return fits & Q(**{f"{time}__{than}e": wanted.after.at}) & beyond


def _ordered(rows: QuerySet[Any], wanted: Wanted, time: str) -> QuerySet[Any]:
    sign = "" if wanted.order == OLDEST else "-"
    return rows.order_by(f"{sign}{time}", f"{sign}pk")[: PAGE + 1]
