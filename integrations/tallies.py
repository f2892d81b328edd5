"""Sums for the machine that watches: what ended since the last look is added to rows, so that no scrape counts all there is.

A sum begins at nothing when it is first asked for and only grows. What is looked at ended a few seconds ago at least: a
transaction that is open for longer would be overlooked.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection as database
from django.db.models import F

from filings.messages import catalogue
from integrations.models import Connection, Tally
from tenants.scope import every_tenant

Labels = tuple[str, ...]
Sums = dict[tuple[str, Labels], float]

UNTIL: Final = "folded"
SETTLED: Final = timedelta(seconds=10)  # after which what has ended is certainly committed
LONGEST: Final = timedelta(hours=1)  # of one look: after a pause of the clock it goes on hour by hour
FILINGS_EVERY: Final = timedelta(minutes=5)
FILINGS: Final = "filings"
BUCKETS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)  # seconds; the rest is +Inf
OTHER: Final = "other"  # a type that no message set has: customs may write anything there
_REASON: Final = "the ITSP counts what its gateway does"

_ENDED: Final = """
    select x.connection_id, a.outcome, extract(epoch from a.ended_at - a.started_at)
    from integrations_attempt a join integrations_exchange x on x.id = a.exchange_id
    where a.ended_at > %(since)s and a.ended_at <= %(until)s
    """
_SETTLED: Final = """
    select m.priority, m.state, extract(epoch from m.done_at - m.created_at) from filings_outboxmessage m
    where m.line = any(%(lines)s) and m.done_at > %(since)s and m.done_at <= %(until)s
    """
_ARRIVED: Final = """
    select connection_id, message_type, count(*) from integrations_inboundmessage
    where received_at > %(since)s and received_at <= %(until)s group by 1, 2
    """
_BY_STATE: Final = "select state, count(*) from filings_filing group by state"


def add(name: str, *labels: str, at: datetime, value: float = 1) -> None:
    """Add to one sum."""
    with every_tenant(_REASON):
        _add({(name, labels): value}, at=at)


def fold(*, at: datetime) -> None:
    """Add what ended since the last look, and count the filings by state now and then. One worker does it at a time."""
    with every_tenant(_REASON):
        mark = Tally.objects.select_for_update(skip_locked=True).filter(name=UNTIL).first()
        if mark is None:
            Tally.objects.bulk_create([Tally(name=UNTIL, at=at - SETTLED)], ignore_conflicts=True)
            return
        until = min(at - SETTLED, mark.at + LONGEST)
        if until <= mark.at:
            return
        _add(_since(mark.at, until), at=at)
        mark.at = until
        mark.save(update_fields=["at"])
        _count_filings(at=at)


def read(name: str) -> dict[Labels, float]:
    """Return the sums of a name by their labels. Call it inside every_tenant()."""
    rows = Tally.objects.filter(name=name).values_list("labels", "value")
    return {tuple(labels): value for labels, value in rows}


def known(message_type: str) -> str:
    """Return the type of a message, or one word for all that no table has."""
    return message_type if catalogue.named(message_type) else OTHER


# --- Counting --------------------------------------------------------------------------------------------------------------


def _since(since: datetime, until: datetime) -> Sums:
    lines = list(Connection.objects.values_list("pk", flat=True))
    period = {"since": since, "until": until, "lines": lines}
    sums: Sums = defaultdict(float)
    for line, outcome, seconds in _rows(_ENDED, period):
        sums["attempts", (str(line), outcome)] += 1
        if outcome != "lost":
            _observe(sums, "attempt_seconds", (str(line),), float(seconds))
    for priority, state, seconds in _rows(_SETTLED, period):
        sums["settled", (priority, state)] += 1
        if state == "done":
            _observe(sums, "delivery_seconds", (priority,), float(seconds))
    for line, message_type, count in _rows(_ARRIVED, period):
        sums["inbound", (str(line), known(message_type))] += count
    return sums


def _observe(sums: Sums, name: str, labels: Labels, seconds: float) -> None:
    """Put one duration into its bucket and its sum."""
    bucket = next((str(limit) for limit in BUCKETS if seconds <= limit), "+Inf")
    sums[f"{name}_bucket", (*labels, bucket)] += 1
    sums[f"{name}_sum", labels] += seconds


def _count_filings(*, at: datetime) -> None:
    """Count the filings by state, unless that was done a short while ago: it looks at an entry of an index for each."""
    last = Tally.objects.filter(name=FILINGS).order_by("-at").first()
    if last is not None and last.at > at - FILINGS_EVERY:
        return
    counts = {state: count for state, count in _rows(_BY_STATE, {})}  # noqa: C416 (pairs of any kind)
    Tally.objects.filter(name=FILINGS).exclude(labels__in=[[state] for state in counts]).delete()
    rows = [Tally(name=FILINGS, labels=[state], value=count, at=at) for state, count in counts.items()]
    Tally.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name", "labels"], update_fields=["value", "at"])


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _add(sums: Sums, *, at: datetime) -> None:
    """Add to the rows, which are made where there are none; always in the same order, so that two never wait for each other."""
    ordered = sorted(sums.items())
    rows = [Tally(name=name, labels=list(labels), at=at) for (name, labels), _ in ordered]
    Tally.objects.bulk_create(rows, ignore_conflicts=True)
    for (name, labels), value in ordered:
        Tally.objects.filter(name=name, labels=list(labels)).update(value=F("value") + value, at=at)
