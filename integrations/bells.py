"""Bells that many deeds ring at once: the first ring is heard now, those of the next moment together at its end.

To send a task costs as much as to store a message, and one ring finds whatever waits.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from filings import outbox

MOMENT: Final = 0.2  # seconds


@dataclass
class Bell:
    """A bell of this process."""

    name: str
    clock: Callable[[], float] = time.monotonic
    _heard_at: float = float("-inf")  # when it was last rung to be heard at once
    _due_at: float = float("-inf")  # until when another ring is on its way
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ring(self) -> None:
        """Wake whoever listens: now, or at the end of the moment, with all who ring in it."""
        with self._lock:
            now = self.clock()
            if now < self._due_at:
                return
            is_first = now - self._heard_at >= MOMENT
            if is_first:
                self._heard_at = now
            else:
                self._due_at = now + MOMENT
        outbox.ring(self.name, countdown=0 if is_first else MOMENT)
