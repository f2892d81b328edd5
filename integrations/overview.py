"""The gateway at a glance, for the console's first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from filings.models import OutboxMessage
from filings.outbox import PRIORITIES
from integrations import credentials, figures, heartbeats, outages, refusals, trouble
from integrations.figures import Depth, Standing
from integrations.heartbeats import Sign
from integrations.models import InboundMessage, Outage, Ping, Purpose
from tenants.scope import every_tenant

MINUTES: Final = 60  # of throughput
LATE: Final = 10  # pulls that did not happen
_REASON: Final = "the ITSP watches its gateway"
_STATES: Final = OutboxMessage.State
_COLUMNS: Final = (
    ("waiting", _STATES.WAITING, False),
    ("following", _STATES.WAITING, True),
    ("running", _STATES.RUNNING, False),
    ("held", _STATES.HELD, False),
    ("failed", _STATES.FAILED, False),
)


@dataclass(frozen=True, slots=True)
class Line:
    """The queue of one priority: how many by state, and since when the oldest waits."""

    priority: str
    counts: dict[str, int]
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """A connection with what says whether it works."""

    standing: Standing
    last_ping: Ping | None
    is_late: bool  # nobody has pulled for long
    ends_at: datetime | None  # of the certificates we sign with at present; nothing if there are none
    days_left: int

    @property
    def words(self) -> str:
        """Return how it stands, in one or two words."""
        if self.standing.outages:
            return "Outage"
        if self.ends_at is None:
            return "No seal"
        if self.standing.is_paused:
            return "Paused"
        gate = self.standing.gate
        if (gate is not None and gate.failures) or self.is_late or self.standing.connection.last_pull_problem:
            return "Trouble"
        return "Works"


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page shows."""

    at: datetime
    lines: list[Line]
    connections: list[Health]
    sent: list[int]  # by minute, the oldest first; the last minute is not over
    came: list[int]
    retrying: list[OutboxMessage]
    given_up: list[OutboxMessage]
    outages: list[Outage]
    stored: int
    stored_since: datetime | None
    parked: int
    parked_since: datetime | None
    refused: int  # of customs, that nobody has dealt with
    signs: list[Sign]


def overview(*, at: datetime) -> Overview:
    """Return how the gateway stands now."""
    since = at.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    minutes = [since + timedelta(minutes=number) for number in range(MINUTES)]
    standings = figures.standings(at=at)
    sent = figures.throughput(since=since)
    with every_tenant(_REASON):
        came = trouble.arrivals(since=since)
        stored, stored_since = trouble.waiting(InboundMessage.State.STORED)
        parked, parked_since = trouble.waiting(InboundMessage.State.PARKED)
        return Overview(
            at=at,
            lines=lines(figures.depth()),
            connections=[_health(standing, at=at) for standing in standings],
            sent=[sent[minute] for minute in minutes],
            came=[came[minute] for minute in minutes],
            retrying=trouble.retrying(at=at),
            given_up=trouble.given_up(),
            outages=list(outages.in_force(at=at)),
            stored=stored,
            stored_since=stored_since,
            parked=parked,
            parked_since=parked_since,
            refused=refusals.waiting()[refusals.CUSTOMS],
            signs=heartbeats.signs(at=at),
        )


def lines(depths: Sequence[Depth]) -> list[Line]:
    """Return the queue by priority: what has not left, and what was given up."""
    found = []
    for priority in PRIORITIES:
        mine = [each for each in depths if each.priority == priority]
        counts = {
            name: sum(each.count for each in mine if each.state == state and each.behind == behind)
            for name, state, behind in _COLUMNS
        }
        waits = [each.oldest_at for each in mine if each.state == _STATES.WAITING]
        found.append(Line(priority, counts, min(waits, default=None)))
    return found


def is_late(standing: Standing, *, at: datetime) -> bool:
    """Say whether a connection we pull was not pulled for several times the longest pause between pulls."""
    connection = standing.connection
    if connection.reception != connection.Reception.PULL or connection.last_pull_at is None:
        return False
    return bool(at - connection.last_pull_at > timedelta(seconds=max(60, LATE * connection.pull_every)))


def _health(standing: Standing, *, at: datetime) -> Health:
    last_ping = Ping.objects.filter(connection=standing.connection).defer("body", "response").first()
    seal = credentials.find(standing.connection, Purpose.SEAL, at=at)
    ends_at = seal.not_after if seal else None
    return Health(standing, last_ping, is_late(standing, at=at), ends_at, (ends_at - at).days if ends_at else 0)
