"""Customs' own clock, which runs faster than ours when the settings say so, and what it will do when.

Timers are rows. Their times are real ones, so that a changed speed has to move those that wait.
"""

import tomllib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.db.models import ExpressionWrapper, F
from django.db.models.fields import DateTimeField

from integrations.sandbox.models import Registration, SandboxSettings, Timer

TABLES: Final = Path(__file__).parent / "tables"


def minutes(count: float, *, speed: int) -> timedelta:
    """Return how long so many minutes on customs' clock take on ours."""
    return timedelta(minutes=count / max(1, speed))


def times(name: str) -> int:
    """Return one of the times of times.toml."""
    return _times()[name]


def schedule(registration: Registration, deed: str, *, due_at: datetime, detail: dict[str, Any] | None = None) -> Timer:
    """Keep in mind to do something about a registration."""
    timer: Timer = Timer.objects.create(registration=registration, deed=deed, detail=detail or {}, due_at=due_at)
    return timer


def cancel(registration: Registration, *deeds: str) -> int:
    """Forget what waits for a registration: all of it, or some deeds; return how many there were."""
    waiting = Timer.objects.filter(registration=registration, state=Timer.State.WAITING)
    if deeds:
        waiting = waiting.filter(deed__in=deeds)
    return waiting.update(state=Timer.State.CANCELLED)


def set_speed(speed: int, *, at: datetime) -> None:
    """Let customs' clock run at another speed from now on; what waits comes sooner or later accordingly."""
    settings = SandboxSettings.objects.select_for_update().get()
    factor = settings.speed / max(1, speed)
    left = (F("due_at") - at) * factor
    waiting = Timer.objects.filter(state=Timer.State.WAITING, due_at__gt=at)
    waiting.update(due_at=ExpressionWrapper(at + left, output_field=DateTimeField()))
    settings.speed = max(1, speed)
    settings.save(update_fields=["speed"])


@cache
def _times() -> dict[str, int]:
    return tomllib.loads((TABLES / "times.toml").read_text(encoding="utf-8"))
