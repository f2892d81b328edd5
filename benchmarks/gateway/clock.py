"""CPU time, of this process and of PostgreSQL's, and what an RSA-2048 signature costs now on the same core."""

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

SHARED: Final = "beside other programs"
SIGNATURES: Final = 40  # in a round
_TICK: Final = os.sysconf("SC_CLK_TCK")
_OCTETS: Final = b"signed over and over" * 40


@dataclass(frozen=True)
class Figure:
    """What one way costs. ratio: how many of it fit into the time of one RSA-2048 signature, median of the rounds."""

    ratio: float
    low: float
    high: float
    ms: float  # CPU of our process, median
    rounds: int
    each: int

    @property
    def spread(self) -> str:
        """Return the middle half of the rounds."""
        return f"{self.low:.2f} to {self.high:.2f}"


class Signer:
    """The measure of all things: a bare signature by the library everything here uses."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def __call__(self) -> None:
        """Sign once."""
        self._key.sign(_OCTETS, padding.PKCS1v15(), SHA256())


def seconds(way: Callable[[], object], count: int) -> float:
    """Return the CPU seconds of this process for doing something so many times."""
    started = time.process_time()
    for _ in range(count):
        way()
    return time.process_time() - started


def measured(ways: Mapping[str, tuple[Callable[[], object], int]], *, rounds: int) -> dict[str, Figure]:
    """Return a figure for each way, done so many times in each round, in turn, signatures before and after each."""
    sign = Signer()
    for way, count in ways.values():
        seconds(way, min(count, 5))
    seconds(sign, SIGNATURES)
    ratios: dict[str, list[float]] = {name: [] for name in ways}
    costs: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        before = seconds(sign, SIGNATURES)
        for name, (way, count) in ways.items():
            cost = seconds(way, count) / count
            after = seconds(sign, SIGNATURES)
            ratios[name].append((before + after) / 2 / SIGNATURES / cost)
            costs[name].append(cost * 1e3)
            before = after
    return {name: figure(ratios[name], costs[name], each=ways[name][1]) for name in ways}


def figure(ratios: list[float], costs: list[float], *, each: int) -> Figure:
    """Return the figure of rounds."""
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else [ratios[0]] * 3
    return Figure(statistics.median(ratios), low, high, statistics.median(costs), len(ratios), each)


def postgres_seconds(var: Path) -> float:
    """Return the CPU seconds of all processes of the embedded server so far, in steps of a tick."""
    fields = (each for pid, each in _processes() if each[1] == str(_postmaster(var)))
    return sum(int(each[11]) + int(each[12]) for each in fields) / _TICK


def take_a_core(var: Path | None = None) -> str:
    """Keep a core to this process, its children and the database in a folder, if the system allows it; say what came of it.

    What takes turns with other programs is measured while its caches are theirs.
    """
    try:
        for pid in ours(var):
            os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))})
            os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(1))
    except (AttributeError, OSError):
        return SHARED
    return "on a core of its own"


def give_cores_back(var: Path, cores: Iterable[int]) -> None:
    """Let this process, its children and the database in a folder share cores with other programs again."""
    for pid in ours(var):
        with contextlib.suppress(AttributeError, OSError):  # ended meanwhile, or nothing was taken
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
            os.sched_setaffinity(pid, cores)


def ours(var: Path | None) -> list[int]:
    """Return this process, its children, and those of the database in a folder."""
    wanted, parents = [os.getpid()], {str(os.getpid())}
    if var is not None:
        wanted.append(_postmaster(var))
        parents.add(str(_postmaster(var)))
    processes = list(_processes())
    while found := [pid for pid, each in processes if each[1] in parents and pid not in wanted]:
        wanted += found
        parents |= {str(pid) for pid in found}
    return wanted


def _postmaster(var: Path) -> int:
    return int((next(var.glob("pg*")) / "postmaster.pid").read_text().split()[0])


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Yield each process of the machine with what /proc tells of it: its state, its parent and so on."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield int(entry.name), (entry / "stat").read_text().rpartition(")")[2].split()


def memory() -> float:
    """Return the resident memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
