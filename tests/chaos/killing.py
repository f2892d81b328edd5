"""What goes wrong, and when: processes of the product are killed, and the wire is cut for a while."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.proxy import Proxy
from tests.e2e.conftest import Product

VICTIMS: Final = ("web", "worker", "beat", "sandbox", "postgresql")
PARTED: Final = 0.2  # of what goes wrong is a wire on which nobody gets through
Say = Callable[[str], None]


@dataclass
class Chaos(threading.Thread):
    """Kills a process or parts the wire, again and again; each life of a process is ended once."""

    product: Product
    wires: Sequence[Proxy]
    seed: str
    every: float  # seconds between two deeds, on average
    say: Say
    kills: Counter[str] = field(default_factory=Counter)
    partings: int = 0

    def __post_init__(self) -> None:
        super().__init__(name="chaos", daemon=True)
        self.over = threading.Event()
        self._chance = random.Random(self.seed)
        self._ended: set[int] = set()
        self._left: list[str] = []

    # Threads are compared by being the same one.
    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Do harm until told to stop; first kill everybody once, for which the shortest run has the time."""
        while not self.over.wait(self._chance.uniform(0.5, 1.5) * self.every):
            if len(self.kills) == len(VICTIMS) and self._chance.random() < PARTED:
                self._part(self._chance.uniform(1, 5))
            else:
                self._kill(self._next())

    def _next(self) -> str:
        """Return the next victim: in rounds, each in an order of chance, so that a short run reaches everyone."""
        if not self._left:
            self._left = list(VICTIMS)
            self._chance.shuffle(self._left)
        return self._left.pop()

    def _kill(self, victim: str) -> None:
        end = time.monotonic() + 40  # until it is started again after the last time
        while (pid := self.product.facts["pids"].get(victim)) in self._ended or pid is None:
            if time.monotonic() > end or self.over.wait(0.3):
                return
        self._ended.add(pid)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.kills[victim] += 1
        self.say(f"killed {victim}")

    def _part(self, seconds: float) -> None:
        self.partings += 1
        self.say(f"no wire for {seconds:.1f} s")
        for wire in self.wires:
            wire.parted = True
        self.over.wait(seconds)
        for wire in self.wires:
            wire.parted = False
