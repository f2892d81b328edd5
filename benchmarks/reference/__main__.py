"""Measure the places of UN/LOCODE that the release ships, and write report.md beside this file.

    python -m benchmarks.reference

Each figure of a start is that of a new process; searches are medians of many, in CPU time of one process.
"""

import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from filings import reference
from filings.reference.entries import Edition
from filings.reference.searching import search
from filings.reference.shipped import TABLES

FOLDER: Final = Path(__file__).parent
ROOT: Final = Path(__file__).parents[2]
QUERIES: Final = (
    "r",
    "ro",
    "rot",
    "roterdam",
    "hambrug",
    "new yrok",
    "san jose",
    "port",
    "nlrtm",
    "NL RTM",
    "rtm",
    "puerto de la cruz",
)
TIMES: Final = 25
FIRST: Final = """
import time
from filings import reference
begin = time.process_time()
reference.unlocode("NLRTM")
print(time.process_time() - begin)
"""


def main() -> None:
    """Measure and write."""
    firsts = [float(_output(FIRST)) for _ in range(9)]
    places = reference.edition("CL244")
    if places is None:
        raise SystemExit("The release ships no places.")
    begin, before = time.process_time(), _memory()
    search(places, "x", used={})
    index, memory = time.process_time() - begin, _memory() - before
    lines = [
        "# What looking up a place costs",
        "",
        f"Made by `python -m benchmarks.reference` on {datetime.now(UTC):%Y-%m-%d} (Python {platform.python_version()}, 2 shared",
        "cores). CPU time; other programs were running.",
        "",
        f"{len(places):,} places, {(TABLES / 'CL244.txt.gz').stat().st_size / 1e6:.2f} MB in the release.",
        "",
        "| what | cost |",
        "| --- | ---: |",
        f"| first check of a place in a new process | {statistics.median(firsts) * 1000:.0f} ms |",
        f"| index, at the first search in a process | {index:.2f} s, {memory:.0f} MB |",
        "",
        "| typed | median | longest | first answer |",
        "| --- | ---: | ---: | --- |",
        *(_line(places, query) for query in QUERIES),
        "",
    ]
    (FOLDER / "report.md").write_text("\n".join(lines), encoding="utf-8")


def _line(places: Edition, query: str) -> str:
    times = []
    for _ in range(TIMES):
        begin = time.process_time()
        found = search(places, query, used={"BEANR": 3})
        times.append(time.process_time() - begin)
    first = f"{found[0].code} {found[0].name}" if found else "none"
    return f"| `{query}` | {statistics.median(times) * 1000:.1f} ms | {max(times) * 1000:.1f} ms | {first} |"


def _output(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _memory() -> float:
    """Return the most memory this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
