"""The background of the sandbox: threads that judge what came, do what is due, and push what parties want pushed.

Rows are the queue. Each is claimed with SKIP LOCKED and finished in the same transaction (judging), or leased
before its POST (pushing), so a killed process leaves nothing half done and nothing forgotten.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from integrations.sandbox import customs, office, pushing, timers
from integrations.sandbox.models import REASON, Received
from tenants.scope import every_tenant

logger = logging.getLogger(__name__)

IDLE: Final = timedelta(seconds=2)  # how long a thread sleeps while nothing is known to be due
LONGEST_REST: Final = timedelta(minutes=5)
BRIEFLY: Final = timedelta(milliseconds=20)  # the row that is due may be in the hands of another thread


def judge_next(*, at: datetime) -> bool:
    """Judge the message that waits longest; say whether there was one.

    One that makes us fail is put aside for a growing while, so that it does not keep the others waiting.
    """
    received: Received | None = None
    try:
        with every_tenant(REASON):
            received = (
                Received.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("party")
                .filter(state=Received.State.STORED, due_at__lte=at)
                .order_by("due_at")
                .first()
            )
            if received is None:
                return False
            customs.process(received, here=office.load(), at=at)
    except Exception:
        if received is None:
            raise
        logger.exception("Message %s could not be judged.", received.message_id)
        _put_aside(received, at)
    return True


def _put_aside(received: Received, at: datetime) -> None:
    rest = min(timedelta(seconds=2**received.tries), LONGEST_REST)
    with every_tenant(REASON):
        Received.objects.filter(pk=received.pk, state=Received.State.STORED).update(
            tries=received.tries + 1, due_at=at + rest, outcome="failed, will be tried again"
        )


def next_due(*, at: datetime) -> timedelta:
    """Return how long to wait for the next stored message to be due, between BRIEFLY and IDLE."""
    with every_tenant(REASON):
        due = Received.objects.filter(state=Received.State.STORED).order_by("due_at").values_list("due_at", flat=True).first()
    return IDLE if due is None else max(BRIEFLY, min(due - at, IDLE))


class Crew:
    """The threads; `ring` wakes them when there is something new."""

    def __init__(self, *, judges: int = 2, pushers: int = 1, clocks: int = 1) -> None:
        self._stop = threading.Event()
        self._bells = {name: threading.Event() for name in ("judge", "push", "time")}
        deeds = [("judge", self._judge)] * judges + [("push", self._push)] * pushers + [("time", self._keep_time)] * clocks
        self._threads = [
            threading.Thread(target=self._repeat, args=(name, deed), name=f"sandbox-{name}-{number}", daemon=True)
            for number, (name, deed) in enumerate(deeds)
        ]

    def start(self) -> None:
        """Start working."""
        for thread in self._threads:
            thread.start()

    def stop(self, *, within: float = 5) -> None:
        """Finish the rows in hand and end; what remains is done after the next start."""
        self._stop.set()
        self.ring()
        for thread in self._threads:
            thread.join(within)

    def ring(self) -> None:
        """Wake everyone."""
        for bell in self._bells.values():
            bell.set()

    def _repeat(self, name: str, deed: Callable[[], timedelta]) -> None:
        while not self._stop.is_set():
            self._bells[name].clear()
            try:
                rest = deed()
            except office.NotSetUp:
                rest = IDLE
            except Exception:
                logger.exception("The sandbox's %s failed; it goes on.", name)
                rest = IDLE
            finally:
                connection.close()
            self._bells[name].wait(rest.total_seconds())

    def _judge(self) -> timedelta:
        judged = False
        while not self._stop.is_set() and judge_next(at=timezone.now()):
            judged = True
        if judged:
            self._bells["push"].set()
            self._bells["time"].set()
        return next_due(at=timezone.now())

    def _keep_time(self) -> timedelta:
        done = False
        while not self._stop.is_set() and timers.run_next(at=timezone.now()):
            done = True
        if done:
            self._bells["push"].set()
        due = timers.next_due()
        return IDLE if due is None else max(BRIEFLY, min(due - timezone.now(), IDLE))

    def _push(self) -> timedelta:
        while not self._stop.is_set() and pushing.push_next(at=timezone.now()):
            pass
        return IDLE
