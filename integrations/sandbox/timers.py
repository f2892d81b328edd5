"""What customs does when a time has come: each timer is claimed, done and marked in one transaction."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from integrations.sandbox import assessing, office, relating, steps
from integrations.sandbox.case import Case
from integrations.sandbox.models import REASON, Registration, Timer
from integrations.sandbox.registry import GONE
from tenants.scope import every_tenant

logger = logging.getLogger(__name__)

LONGEST_REST: Final = timedelta(minutes=5)


def _expire(registration: Registration, detail: Mapping[str, Any], *, case: Case) -> str:
    outcome = relating.expire(registration, dict(detail), case=case)
    assessing.wake(relating.ready(registration), case=case)
    return outcome


DEEDS: Final[Mapping[str, Callable[..., str]]] = {
    steps.STEP: steps.take,
    steps.AWAIT: steps.go_on,
    steps.UNUSED: steps.unused,
    assessing.HOUSES: assessing.tell_houses,
    assessing.NOW: assessing.tell_ens,
    relating.EXPIRES: _expire,
}


def run_next(*, at: datetime) -> bool:
    """Do what is longest due; say whether there was something. What fails us is put aside for a growing while."""
    timer: Timer | None = None
    try:
        with every_tenant(REASON):
            # The registration first: who holds one may cancel its timers, and nobody waits for the other.
            timer = (
                Timer.objects.select_for_update(skip_locked=True, of=("registration",))
                .select_related("registration__party", "registration__received", "registration__current")
                .filter(state=Timer.State.WAITING, due_at__lte=at)
                .order_by("due_at", "pk")
                .first()
            )
            if timer is None:
                return False
            if Timer.objects.filter(pk=timer.pk, state=Timer.State.WAITING).exists():
                _run(timer, at=at)
    except Exception:
        if timer is None:
            raise
        logger.exception("Timer %s of registration %s failed.", timer.deed, timer.registration_id)
        _put_aside(timer, at)
    return True


def next_due() -> datetime | None:
    """Return when the next timer is due, if one waits."""
    with every_tenant(REASON):
        waiting = Timer.objects.filter(state=Timer.State.WAITING).order_by("due_at")
        return waiting.values_list("due_at", flat=True).first()


def _run(timer: Timer, *, at: datetime) -> None:
    held = timer.registration  # locked and read with the timer
    case = Case(office.load(), at, registration=held)
    outcome = "not in force any more" if held.state in GONE else DEEDS[timer.deed](held, timer.detail, case=case)
    timer.state, timer.outcome, timer.done_at = Timer.State.DONE, outcome[:200], at
    timer.save(update_fields=["state", "outcome", "done_at"])


def _put_aside(timer: Timer, at: datetime) -> None:
    rest = min(timedelta(seconds=2**timer.tries), LONGEST_REST)
    with every_tenant(REASON):
        Timer.objects.filter(pk=timer.pk, state=Timer.State.WAITING).update(
            tries=timer.tries + 1, due_at=at + rest, outcome="failed, will be tried again"
        )
