"""The gateway's figures for Prometheus, read from rows at each scrape; nothing is kept in a process.

Labels are few and bounded: priorities, states, outcomes, types of messages that a table has, and connections by their number.
No operator, no id of a message and no name is a label.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from filings.lifecycle import State
from integrations import credentials, figures, heartbeats, outages, overview, refusals, tallies, trouble
from integrations.models import InboundMessage, Outage
from tenants.scope import every_tenant

_ALL: Final = timedelta(days=36_500)
_REASON: Final = "the ITSP watches its gateway"


def scrape(*, at: datetime) -> bytes:
    """Return all figures in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Gateway(at))
    return generate_latest(registry)


class _Gateway(Collector):
    """Reads the rows of one scrape."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def describe(self) -> list[Metric]:
        """Return nothing, so that registering does not read."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        at = self._at
        standings = figures.standings(at=at)
        with every_tenant(_REASON):
            yield from _queue(at)
            yield from _connections(standings, at)
            yield from _sums()
            yield from _tray(at)
            yield from _rest(at)


def _gauge(name: str, help_text: str, labels: tuple[str, ...] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"landfall_{name}", help_text, labels=labels)


def _age(since: datetime | None, at: datetime) -> float:
    return max(0.0, (at - since).total_seconds()) if since else 0.0


def _queue(at: datetime) -> Iterator[Metric]:
    depth = _gauge("queue_messages", "Messages that have not left, or were given up.", ("priority", "state"))
    oldest = _gauge("queue_oldest_seconds", "Age of the oldest message that waits; 0 if none does.", ("priority",))
    for line in overview.lines(figures.depth()):
        for state, count in line.counts.items():
            depth.add_metric([line.priority, state], count)
        oldest.add_metric([line.priority], _age(line.oldest_at, at))
    yield depth
    yield oldest


def _connections(standings: list[figures.Standing], at: datetime) -> Iterator[Metric]:
    label = ("connection",)
    info = _gauge("connection_info", "An active connection and how it is set up.", ("connection", "environment", "reception"))
    paused = _gauge("connection_paused", "1 while nothing is sent because the endpoint fails.", label)
    failures = _gauge("connection_failures", "Failures of the endpoint in a row.", label)
    receipt = _gauge("last_receipt_timestamp_seconds", "When customs last signed for a message.", label)
    pull = _gauge("last_pull_timestamp_seconds", "When we last pulled.", label)
    problem = _gauge("pull_problem", "1 if the last pull failed.", label)
    unanswered = _gauge("unanswered_messages", "Messages customs signed for and has not answered.", label)
    for standing in standings:
        connection = standing.connection
        key = [str(connection.pk)]
        info.add_metric([*key, connection.environment, connection.reception], 1)
        paused.add_metric(key, standing.is_paused)
        failures.add_metric(key, standing.gate.failures if standing.gate else 0)
        unanswered.add_metric(key, standing.unanswered)
        problem.add_metric(key, bool(connection.last_pull_problem))
        if standing.last_receipt_at:
            receipt.add_metric(key, standing.last_receipt_at.timestamp())
        if connection.last_pull_at:
            pull.add_metric(key, connection.last_pull_at.timestamp())
    yield from (info, paused, failures, receipt, pull, problem, unanswered)


def _sums() -> Iterator[Metric]:
    yield _counter("attempts", "Attempts to send that ended.", ("connection", "outcome"))
    yield _counter("settled", "Messages that were delivered or given up.", ("priority", "state"))
    yield _counter("inbound", "Messages of customs that came in.", ("connection", "type"))
    yield _counter("refused", "What came in and was refused, by our answer and by who sent it.", ("connection", "code", "origin"))
    yield _counter("refused_unkept", "Of these, what was only counted because too much came.", ("origin",))
    yield _counter("pulls", "Pulls by what they found.", ("connection", "outcome"))
    yield _histogram("attempt_seconds", "How long an attempt to send took.", ("connection",))
    yield _histogram("delivery_seconds", "From the queue to the receipt of customs.", ("priority",))
    filings = _gauge("filings", "Filings by state, counted every few minutes.", ("state",))
    counts = tallies.read(tallies.FILINGS)
    for state in State:
        filings.add_metric([state.value], counts.get((state.value,), 0))
    yield filings


def _counter(name: str, help_text: str, labels: tuple[str, ...]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"landfall_{name}", help_text, labels=labels)
    for values, total in sorted(tallies.read(name).items()):
        family.add_metric(values, total)
    return family


def _histogram(name: str, help_text: str, labels: tuple[str, ...]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"landfall_{name}", help_text, labels=labels)
    sums = tallies.read(f"{name}_sum")
    counted = tallies.read(f"{name}_bucket")
    for values, total in sorted(sums.items()):
        buckets, below = [], 0.0
        for limit in (*map(str, tallies.BUCKETS), "+Inf"):
            below += counted.get((*values, limit), 0)
            buckets.append((limit, below))
        family.add_metric(values, buckets, sum_value=total)
    return family


def _tray(at: datetime) -> Iterator[Metric]:
    count = _gauge("inbound_waiting_messages", "Messages of customs that wait for a worker or a person.", ("state",))
    oldest = _gauge("inbound_oldest_seconds", "Age of the oldest of them; 0 if there is none.", ("state",))
    for state in (InboundMessage.State.STORED, InboundMessage.State.PARKED):
        number, since = trouble.waiting(state)
        count.add_metric([state.value], number)
        oldest.add_metric([state.value], _age(since, at))
    yield count
    yield oldest
    refused = _gauge("refused_waiting_messages", "Refused messages nobody has dealt with, by who sent them.", ("origin",))
    for origin, number in refusals.waiting().items():
        refused.add_metric([origin], number)
    yield refused


def _rest(at: datetime) -> Iterator[Metric]:
    days = _gauge("certificate_days_left", "Days until a certificate in use ends that none follows.", ("connection", "purpose"))
    for each in credentials.expiring(at=at, within=_ALL):
        for connection in each.connections:
            days.add_metric([str(connection.pk), each.credential.purpose], each.days)
    yield days
    now = [outage.component for outage in outages.in_force(at=at)]
    in_force = _gauge("outages", "Outages in force.", ("component",))
    for component in Outage.Component:
        in_force.add_metric([component.value], now.count(component.value))
    yield in_force
    heard = _gauge("heartbeat_age_seconds", "Since a kind of process was last heard of; a day if never.", ("process",))
    for sign in heartbeats.signs(at=at):
        heard.add_metric([sign.name], _age(sign.at or at - timedelta(days=1), at))
    yield heard
