"""Measure the gateway and write report.md and report.svg beside this file.

    python -m benchmarks.gateway [--quick] [wire] [path] [pull] [stored] [drain] [loop]

Parts that are named are measured anew, the figures of the others stay (figures.json). Each runs in a process of its own.
"""

import argparse
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.gateway import report

FOLDER = Path(__file__).parent
PARTS = ("wire", "path", "pull", "stored", "drain", "loop")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all of it unless named")
    parser.add_argument("--quick", action="store_true", help="few repetitions, to see that it works; no report")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(import_module(f"benchmarks.gateway.{options.parts[0]}").measure(quick=options.quick)))  # noqa: T201
        return
    kept = FOLDER / "figures.json"
    figures = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for part in options.parts or PARTS:
        figures[part] = _alone(part, quick=options.quick)
    if options.quick:
        print(json.dumps(figures, indent=1))  # noqa: T201
        return
    kept.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (FOLDER / "report.md").write_text(report.text(figures), encoding="utf-8")
    (FOLDER / "report.svg").write_text(report.drawn(figures), encoding="utf-8")


def _alone(part: str, *, quick: bool) -> object:
    """Return the figures of one part, measured in a new process, with when and beside which load."""
    command = [sys.executable, "-m", "benchmarks.gateway", part, "--here", *(["--quick"] if quick else [])]
    ended = subprocess.run(command, cwd=FOLDER.parents[1], stdout=subprocess.PIPE, text=True, check=True)
    return {**json.loads(ended.stdout.splitlines()[-1]), "about": report.about()}


if __name__ == "__main__":
    main()
