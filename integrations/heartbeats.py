"""Which processes are alive: the clock asks each queue for a sign every few seconds, and its workers leave one.

A sign shows that the clock runs, that the broker carries and that somebody serves the queue; which of several workers does not
matter. It is a row, since the page that reads it may be on another host.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from integrations.models import Heartbeat
from tenants.scope import every_tenant

CLOCK: Final = "beat"
QUEUES: Final[Mapping[str, str]] = {"worker": "celery", "checker": "large"}  # the queue by the name of who serves it
KINDS: Final[Mapping[str, str]] = {
    "worker": "Workers that send, pull and deliver",
    "checker": "Worker that checks large filings",
    CLOCK: "Clock that wakes them (beat)",
}
FORGOTTEN: Final = timedelta(days=1)
_REASON: Final = "signs of life belong to no operator"


@dataclass(frozen=True, slots=True)
class Sign:
    """When a kind of process was last heard of, and whether that is recent enough."""

    name: str
    words: str
    at: datetime | None
    host: str
    is_alive: bool


def beat(name: str, *, at: datetime) -> None:
    """Leave a sign of the process that serves a queue, and of the clock, which alone asks for it."""
    host = socket.gethostname()[:120]
    with every_tenant(_REASON):
        for each in (name, CLOCK):
            Heartbeat.objects.update_or_create(name=each, defaults={"at": at, "host": host if each == name else ""})


def signs(*, at: datetime) -> list[Sign]:
    """Return the last sign of every kind of process."""
    with every_tenant(_REASON):
        rows = {row.name: row for row in Heartbeat.objects.filter(at__gt=at - FORGOTTEN)}
    found = []
    for name, words in KINDS.items():
        row = rows.get(name)
        recent = row is not None and at - row.at <= timedelta(seconds=settings.HEARTBEAT_WITHIN)
        found.append(Sign(name, words, row.at if row else None, row.host if row else "", recent))
    return found
