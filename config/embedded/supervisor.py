"""Keeps the processes of a demo running: starts them in order, restarts what dies, ends them in the opposite order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from config.embedded import paths, process

MARK: Final = "LANDFALL_DEMO"  # in the environment of every process of a demo; its value is the var folder
SHORTEST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 30.0
HEALTHY_AFTER: Final = 60.0  # a process that ran this long begins again with the shortest wait


class Service(Protocol):
    """Something that runs: a server or a program."""

    @property
    def running(self) -> bool:
        """Say whether it is still there."""

    @property
    def child(self) -> subprocess.Popen[bytes] | None:
        """Return its process."""

    @property
    def log(self) -> Path:
        """Return where its output goes."""

    def start(self) -> None:
        """Start it."""

    def stop(self) -> None:
        """End it."""


class Program:
    """One of the product's own processes, run by the Python of this process."""

    def __init__(self, name: str, arguments: Sequence[str], *, var: Path, env: Mapping[str, str]) -> None:
        self.arguments = [sys.executable, *arguments]
        self.log = var / "log" / f"{name}.log"
        self.env = {**os.environ, **env, "PYTHONUNBUFFERED": "1", MARK: str(var)}
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Say whether the process is still there."""
        return self.child is not None and self.child.poll() is None

    def start(self) -> None:
        """Start the process, after the end of whatever its predecessor left behind."""
        if self.child:
            process.kill_group(self.child.pid)
        self.child = process.spawn(self.arguments, log=self.log, env=self.env, cwd=paths.PROJECT)

    def ask_to_stop(self) -> None:
        """Send the polite signal without waiting."""
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """End the process and all it started."""
        if self.child:
            process.end(self.child)
            self.child = None

    def run_once(self) -> bool:
        """Run the process to its end and say whether it succeeded."""
        self.start()
        try:
            return self.child is not None and self.child.wait() == 0
        finally:
            self.stop()


@dataclass
class _Watched:
    """A service and what its restarts taught us."""

    name: str
    service: Service
    wait: float = SHORTEST_WAIT
    started_at: float = 0.0
    restart_at: float | None = None


@dataclass
class Supervisor:
    """The services of one demo, in the order of their start; `say` shows a line to the person watching."""

    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _watched: list[_Watched] = field(default_factory=list)

    def start(self, name: str, service: Service) -> None:
        """Start a service and watch it from now on."""
        watched = _Watched(name, service, started_at=self.clock())
        self._watched.append(watched)
        service.start()

    def pids(self) -> dict[str, int]:
        """Return the process ids by name."""
        return {watched.name: watched.service.child.pid for watched in self._watched if watched.service.child}

    def look(self) -> bool:
        """Look at every service once, restart what has died and waited long enough; say whether anything was restarted."""
        restarted = [watched for watched in self._watched if self._look_at(watched)]
        return bool(restarted)

    def _look_at(self, watched: _Watched) -> bool:
        now = self.clock()
        if watched.service.running:
            return False
        if watched.restart_at is None:
            if now - watched.started_at > HEALTHY_AFTER:
                watched.wait = SHORTEST_WAIT
            watched.restart_at = now + watched.wait
            how = f"{watched.name} ended{_how(watched.service)}"
            self.say(f"{how}; starting it again in {watched.wait:.0f} s (see {watched.service.log})")
            watched.wait = min(watched.wait * 2, LONGEST_WAIT)
            return False
        if now < watched.restart_at:
            return False
        watched.restart_at, watched.started_at = None, now
        try:
            watched.service.start()
        except Exception as error:  # whatever it is: shown, and tried again later
            self.say(f"{watched.name} did not start: {error}")
            return False
        self.say(f"{watched.name} is started again.")
        return True

    def stop(self) -> None:
        """End everything: first the programs, all at once, then the servers they used."""
        for watched in self._watched:
            if isinstance(watched.service, Program):
                watched.service.ask_to_stop()
        while self._watched:
            self._watched.pop().service.stop()


def _how(service: Service) -> str:
    code = service.child.poll() if service.child else None
    if code is None:
        return ""
    return f" by {signal.Signals(-code).name}" if code < 0 else f" with code {code}"


def end_leftovers(var: Path) -> list[int]:
    """End the processes of a demo that was killed hard, and return their ids.

    Linux ends them by itself when their supervisor dies; this catches what they in turn had started.
    """
    left = _marked(var)
    for pid in left:
        _signal(pid, signal.SIGTERM)
    process.wait_until(lambda: not any(map(process.is_alive, left)), seconds=5)
    for pid in filter(process.is_alive, left):
        _signal(pid, signal.SIGKILL)
    return left


def _marked(var: Path) -> list[int]:
    """Return the processes other than this one that carry a demo's mark for this var folder."""
    mark = f"{MARK}={var}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        pid = int(entry.name)
        if mark in environment.split(b"\0") and pid != os.getpid() and process.is_alive(pid):
            found.append(pid)
    return found


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
