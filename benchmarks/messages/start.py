"""The cold start of the catalogue in new processes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import time
started = time.perf_counter()
from filings.messages import catalogue
roots = [message.root for message in catalogue.messages()]
assert len(roots) == 84
print(time.perf_counter() - started)
"""


def measure(runs: int) -> list[float]:
    """Return the seconds each run took from the first import to the last table."""
    return [float(_output(PROGRAM)) for _ in range(runs)]


def _output(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
