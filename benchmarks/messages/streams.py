"""The cost of checking filings with many houses in parts: time per house and peak memory."""

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from filings import samples
from filings.messages import check, streaming
from filings.rules import plan, streamed

ROOT = Path(__file__).parents[2]
MESSAGE = "IE3F32"
# Prints seconds of the check alone, tables and plans being read, and the peak of the whole process.
PROGRAM = r"""
import io, json, re, sys, time
from filings import samples
from filings.rules import streamed
streamed.check(io.BytesIO(b"".join(samples.stream(sys.argv[3], houses=2))))
with open(sys.argv[1], "rb") as file:
    started = time.process_time()
    checked = streamed.check(file)
    seconds = time.process_time() - started
assert not checked.findings and checked.parts == int(sys.argv[2])
# ru_maxrss would include the peak of the process that started this one.
with open("/proc/self/status") as status:
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read())
print(json.dumps([seconds, int(peak[1]) / 1024]))
"""


@dataclass(frozen=True)
class Run:
    """Medians for filings with one number of houses. seconds: CPU; memory: the highest peak, in MB."""

    houses: int
    size: int
    runs: int
    seconds: float
    memory: float

    @property
    def per_house(self) -> float:
        """Return microseconds per house."""
        return self.seconds / self.houses * 1e6


def measure(plans: Iterable[tuple[int, int]]) -> list[Run]:
    """Return the figures for numbers of houses, each checked so many times, small and large in turn."""
    found: dict[int, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {houses: _written(Path(folder), houses) for houses, _ in plans}
        for turn in range(max(runs for _, runs in plans)):
            for houses, runs in plans:
                if turn < runs:
                    found.setdefault(houses, []).append(_checked(files[houses], houses))
        return [
            Run(
                houses,
                files[houses].stat().st_size,
                len(results),
                statistics.median(seconds for seconds, _ in results),
                max(memory for _, memory in results),
            )
            for houses, results in found.items()
        ]


def _written(folder: Path, houses: int) -> Path:
    path = folder / f"{houses}.xml"
    with path.open("wb") as file:
        file.writelines(samples.stream(MESSAGE, houses=houses))
    return path


def _checked(path: Path, houses: int) -> tuple[float, float]:
    command = [sys.executable, "-c", PROGRAM, str(path), str(houses), MESSAGE]
    seconds, memory = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    return seconds, memory


def stages(houses: int) -> dict[str, float]:
    """Return microseconds per house of each step, measured one after the other."""
    with tempfile.TemporaryFile() as file:
        file.writelines(samples.stream(MESSAGE, houses=houses))
        streamed.check(file)
        stream = streaming.Stream(file)
        apart = streaming.parts_of(stream.message)
        [(path, spec)] = apart.items()
        parts = list(stream.parts(apart))
        whole = stream.frame({}, {})
        gc.collect()

        def structure() -> None:
            for part in parts:
                check.check_part(part.node, spec, f"/{MESSAGE}/{path}[1]", ordered=True)

        def consume() -> None:
            for _ in stream.parts(apart):
                pass

        steps: dict[str, Callable[[], object]] = {
            "looking over the bytes": lambda: streaming.Stream(file),
            "first reading, for the frame": lambda: stream.frame({}, apart),
            "second reading, each house as nodes": consume,
            "structure, formats and codes": structure,
            "rules, conditions and layers": lambda: plan.run(whole),
        }
        return {name: min(_timed(step) for _ in range(5)) / houses * 1e6 for name, step in steps.items()}


def _timed(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started
