"""Which connection sends next: those that have something to send, one message each in turn."""

import random
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q

from filings import outbox
from filings.models import OutboxMessage
from filings.outbox import Line
from integrations import connections, gates, outages
from integrations.gates import Claim, Lane
from integrations.models import Connection
from tenants.scope import every_tenant

PULL_BELL: Final = "integrations.pull_all"
_REASON: Final = "the gateway sends for all operators"


class Rota:
    """The lanes of a worker's round; it is drawn up when the last lane has nothing left."""

    def __init__(self) -> None:
        self._lanes: deque[Lane] = deque()
        self.wait: timedelta | None = None  # set when a lane would have gone on, but for its pace
        self.rung_at: datetime | None = None
        self._owes_a_ring = False
        self.last = Claim()  # what claim() gave last, with the connection it was claimed for

    def claim(self, *, at: datetime) -> OutboxMessage | None:
        """Lease the next message; nothing when no lane has one that may leave now."""
        if (row := self._round(at)) is not None:
            return row
        self._lanes = deque(lanes(at=at))
        return self._round(at)

    def _round(self, at: datetime) -> OutboxMessage | None:
        while self._lanes:
            lane = self._lanes.popleft()
            claimed = gates.claim(lane, at=at)
            if claimed.row is not None:
                self._lanes.append(lane)
                self.last = claimed
                return claimed.row
            self.wait = claimed.wait or self.wait
        return None

    def expect_answer(self, *, at: datetime) -> None:
        """Let somebody look soon for the answer to what was just handed over; one look serves several messages."""
        if self.rung_at is None or abs(at - self.rung_at) >= connections.FIRST_LOOK / 2:
            self.rung_at, self._owes_a_ring = at, False
            _ring()
        else:
            self._owes_a_ring = True

    def end(self) -> None:
        """Let somebody look for the answers to the last messages of the round, too."""
        if self._owes_a_ring:
            self._owes_a_ring = False
            _ring()


def _ring() -> None:
    outbox.ring(PULL_BELL, countdown=connections.FIRST_LOOK.total_seconds())


def lanes(*, at: datetime) -> list[Lane]:
    """Return the lanes that may have something to send now, in any order: none that an outage holds.

    An operator's own active connection carries its messages, the ITSP's those of all others, and any other those that
    name it, as connections.for_operator says for one.
    """
    with every_tenant(_REASON):
        gates.build()
        outages.lift(at=at)
        held = {outage.connection_id for outage in outages.holding(at=at)}
        if None in held:
            return []
        active = Connection.objects.filter(active=True, is_default=True)
        own = dict(active.exclude(operator=None).values_list("operator_id", "pk"))
        due = Q(state=OutboxMessage.State.WAITING, follows=None, priority__in=outbox.PRIORITIES, due_at__lte=at)
        abandoned = Q(state=OutboxMessage.State.RUNNING, lease_until__lte=at)
        usual = {"via": "", "operator_id": OuterRef("operator_id")}
        busy = active.filter(_to_send(due, **usual) | _to_send(abandoned, **usual), operator_id__in=own)
        named = {"via": OuterRef("party_id")}
        asked = Connection.objects.filter(_to_send(due, **named) | _to_send(abandoned, **named), active=True)
        found = [Lane(each, Line(key=each.pk, only=each.operator_id)) for each in busy.exclude(pk__in=held)]
        common: Connection | None = active.filter(operator=None).order_by("pk").first()
        found += [Lane(each, Line(key=each.pk, only=each.operator_id, via=each.party_id)) for each in asked.exclude(pk__in=held)]
        if common is None or common.pk not in held:
            found.append(Lane(common, Line(key=common.pk if common else None, but=tuple(own))))
    random.shuffle(found)
    return found


def _to_send(*conditions: Q, **whose: object) -> Exists:
    """Return whether there are such messages."""
    return Exists(OutboxMessage.objects.filter(*conditions, **whose))
