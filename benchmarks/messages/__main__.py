"""Measure the message engine in one run and write report.md and report.svg beside this file.

    python -m benchmarks.messages [--quick]

What is compared is measured in turn on the same bytes; goals are ratios where they can be.
Times are CPU seconds, as other programs may share the machine.
"""

import argparse
import os
import platform
import statistics
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from benchmarks.messages import plot, small, start, streams

FOLDER = Path(__file__).parent
MACHINE = "2 shared cores"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions and no more than 10,000 houses")
    quick = parser.parse_args().quick

    core = _take_a_core()
    cold = start.measure(3 if quick else 9)
    filings = [small.measure(*filing, rounds=4 if quick else 24) for filing in small.FILINGS]
    runs = streams.measure(((1_000, 3), (10_000, 2)) if quick else ((1_000, 9), (10_000, 5), (99_999, 3)))
    stages = streams.stages(1_000 if quick else 3_000)

    text = "\n".join([*_head(core), *_start(cold), *_small(filings), *_large(runs, stages)]) + "\n"
    (FOLDER / "report.md").write_text(text, encoding="utf-8")
    (FOLDER / "report.svg").write_text(plot.drawn(filings, runs), encoding="utf-8")


def _take_a_core() -> str:
    """Keep a core to this program and those it starts, where the system allows it; return what to say of it."""
    try:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except (AttributeError, PermissionError):
        return "other programs were running, so ratios say more than seconds"
    return "on a core of its own"


def _head(core: str) -> list[str]:
    versions = f"Python {platform.python_version()}, lxml {etree.__version__}"
    return [
        "# What checking a message costs",
        "",
        f"Made by `python -m benchmarks.messages` on {datetime.now(UTC):%Y-%m-%d} ({versions}, {MACHINE}).",
        f"CPU time, all of one run; {core}.",
        "",
        "![Cost of a full check, and time per house](report.svg)",
        "",
    ]


def _verdict(met: bool, goal: str) -> str:
    return f"Goal: {goal}. **{'Met' if met else 'Not met'}.**"


def _start(cold: list[float]) -> list[str]:
    middle = statistics.median(cold)
    return [
        "## Cold start",
        "",
        f"Importing the catalogue and building the tables of all 84 messages takes {middle:.2f} s "
        f"({min(cold):.2f} to {max(cold):.2f} s in {len(cold)} new processes).",
        _verdict(middle < 0.5, "under 0.5 s"),
        "",
    ]


def _small(filings: list[small.Filing]) -> list[str]:
    most, least = max(one.ratio for one in filings), min(one.advantage for one in filings)
    narrow = max(one.narrow / one.bare for one in filings)
    slowest = max(one.valid / one.bare for one in filings)
    told = [one.told / one.full_told for one in filings]
    met, faster = sum(one.ratio <= 4 for one in filings), sum(one.advantage >= 20 for one in filings)
    return [
        "## One filing of about 10 KB",
        "",
        "Bare: lxml parse and libxml2 validation against the XSD of the message, compiled before.",
        "Full: reading, structure, codes, rules, conditions and every layer. xmlschema: its `is_valid`, compiled before.",
        f"Each is timed on the same {filings[0].count} filings of a message, xmlschema on a third of them. No two filings are",
        "alike, and each is checked in full once, so that nothing that might be remembered of its values helps. Told is the",
        "median of the rounds.",
        "",
        "| message | bytes | bare µs | full µs | full / bare | without layers / bare | xmlschema µs | xmlschema / full |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {one.message} | {one.size:,.0f} | {one.bare:.0f} | {one.full:.0f} | {one.ratio:.1f} "
            f"| {one.narrow / one.bare:.1f} | {one.valid:.0f} | {one.advantage:.1f} |"
            for one in filings
        ),
        "",
        _verdict(most <= 4, f"full at most 4 times bare; it is up to {most:.1f}, within 4 on {met} of {len(filings)}"),
        f"Without the layers beyond the specification it is up to {narrow:.1f} times bare.",
        "",
        _verdict(least >= 20, f"xmlschema at least 20 times full; it is from {least:.1f}, over 20 on {faster} of {len(filings)}"),
        f"It cannot be met: xmlschema takes {slowest:.1f} times bare at most, so a check 20 times faster than it would take",
        f"{slowest / 20:.2f} of the time in which libxml2, written in C, parses and validates the same bytes. And what xmlschema",
        "answers is less: structure only, no rule, no layer. In what people use it for, the difference is this:",
        "",
        "| message | `to_dict` µs | `to_dict` / full | `iter_errors` as text, one fault µs | full, same fault µs | ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {one.message} | {one.decoded:.0f} | {one.decoded / one.full:.1f} "
            f"| {one.told:.0f} | {one.full_told:.0f} | {one.told / one.full_told:.1f} |"
            for one in filings
        ),
        "",
        f"A readable error costs {min(told):.1f} to {max(told):.1f} times as much with xmlschema as with the full check,",
        "which also says what to do and what customs would answer.",
        "",
    ]


def _large(runs: list[streams.Run], stages: dict[str, float]) -> list[str]:
    each = [run.per_house for run in runs]
    spread = max(each) / min(each) - 1
    largest = runs[-1]
    rate = 1e6 / largest.per_house
    whole = sum(stages.values())
    return [
        "## Many house consignments, read in parts",
        "",
        "IE3F32, checked as `manage.py check_message` does, with every layer; each run in a process of its own, from the file",
        "on, once the tables are read. The samples have few kinds of goods; of what is worked out for a house, only the",
        "singular of its words is kept for the next.",
        "",
        "| houses | MB | runs | CPU s | µs per house | houses per second and core | peak memory MB |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {run.houses:,} | {run.size / 1e6:.1f} | {run.runs} | {run.seconds:.2f} | {run.per_house:.0f} "
            f"| {1e6 / run.per_house:,.0f} | {run.memory:.0f} |"
            for run in runs
        ),
        "",
        _verdict(spread <= 0.15, f"time per house within 15 % of each other; it is within {spread:.0%}"),
        "",
        _verdict(largest.memory < 300, f"under 300 MB for the largest; it is {largest.memory:.0f} MB"),
        "",
        _verdict(rate >= 5_000, f"5,000 houses per second and core; it is {rate:,.0f} with the largest"),
        "",
        "Where the time goes:",
        "",
        "| step | µs per house | share |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {cost:.0f} | {cost / whole:.0%} |" for name, cost in stages.items()),
        "",
        "Every value passes through Python about four times: as a node, as a child of its group, past its format or",
        "code list, and past its rules and layers. That, not the parser, is the limit; a second core takes another",
        "file, as threads of one process would wait for each other.",
    ]


if __name__ == "__main__":
    main()
