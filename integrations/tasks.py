"""What the bell and the sweep wake: explicit names, one call each, ``**_`` for what a newer release may pass."""

from collections.abc import Callable
from typing import Final

from celery import shared_task
from django.utils import timezone

from filings import outbox
from integrations import (
    evidence_packs,
    expiry_watch,
    heartbeats,
    inbound,
    outages,
    outbound,
    retention,
    routing,
    stamping,
    tallies,
)
from integrations.rota import Rota

MOST: Final = 50  # rows in one go; then the task joins the end of the queue, so that others get their turn


@shared_task(name="integrations.send_waiting", ignore_result=True)  # type: ignore[untyped-decorator]
def send_waiting(**_: object) -> None:
    """Send what waits to leave; where only the pace of a connection stops us, look again soon."""
    rota = Rota()
    drained = _drained(lambda: outbound.send_next(rota=rota))
    rota.end()
    if not drained:
        outbox.ring("integrations.send_waiting")
    elif rota.wait is not None:
        outbox.ring("integrations.send_waiting", countdown=rota.wait.total_seconds())


@shared_task(name="integrations.pull_all", ignore_result=True)  # type: ignore[untyped-decorator]
def pull_all(**_: object) -> None:
    """Pull every connection whose time has come."""
    _drained(inbound.pull_next)


@shared_task(name="integrations.route_waiting", ignore_result=True)  # type: ignore[untyped-decorator]
def route_waiting(**_: object) -> None:
    """Hand what customs sent to those who understand it."""
    if not _drained(lambda: routing.route_next(at=timezone.now())):
        outbox.ring("integrations.route_waiting")


@shared_task(name="integrations.read_again", ignore_result=True)  # type: ignore[untyped-decorator]
def read_again(**_: object) -> None:
    """Let what overtook the registration of its filing be read again."""
    if routing.read_again(at=timezone.now()):
        outbox.ring("integrations.route_waiting")


@shared_task(name="integrations.watch_outages", ignore_result=True)  # type: ignore[untyped-decorator]
def watch_outages(**_: object) -> None:
    """Notice when customs stops answering and when an outage is over, and stamp the filings that meet one."""
    at = timezone.now()
    outages.lift(at=at)
    outages.watch_answers(at=at)
    stamping.stamp_all(at=at)


@shared_task(name="integrations.make_evidence", ignore_result=True)  # type: ignore[untyped-decorator]
def make_evidence(**_: object) -> None:
    """Make the packs of evidence that were asked for."""
    _drained(lambda: evidence_packs.make_next(at=timezone.now()))


@shared_task(name="integrations.watch_certificates", ignore_result=True)  # type: ignore[untyped-decorator]
def watch_certificates(**_: object) -> None:
    """Tell people which certificates end soon."""
    expiry_watch.tell_all(at=timezone.now())


@shared_task(name="integrations.beat", ignore_result=True)  # type: ignore[untyped-decorator]
def beat(name: str = "worker", **_: object) -> None:
    """Leave a sign that the clock runs and that somebody serves the queue."""
    heartbeats.beat(name, at=timezone.now())


@shared_task(name="integrations.fold_tallies", ignore_result=True)  # type: ignore[untyped-decorator]
def fold_tallies(**_: object) -> None:
    """Add what ended lately to the sums that the machine that watches reads."""
    tallies.fold(at=timezone.now())


@shared_task(name="integrations.remove_old", ignore_result=True)  # type: ignore[untyped-decorator]
def remove_old(**_: object) -> None:
    """Remove what is kept no longer; the rest of much comes with the next call."""
    _drained(lambda: retention.remove_next(at=timezone.now()))


def _drained(step: Callable[[], bool]) -> bool:
    """Take steps until there is nothing left to do; say no if there may be more."""
    return not all(step() for _ in range(MOST))
