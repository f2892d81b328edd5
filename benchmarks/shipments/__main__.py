"""Measure what lists and boards of shipments cost with few and with many filings, and what messages of customs cost.

    python -m benchmarks.shipments [--few 10000] [--many 1000000] [--messages 100000] [--seconds 6000] [--folder DIR]

A filing has ten house consignments. One operator of nine holds a fifth of all filings; its pages are asked for with few and
with many, in one run, and the ratio counts. Then messages of customs are applied to a database with many, for so many seconds at
most. Either part can be measured alone (--part pages, --part messages); the figures of the other stay. It writes
report.md, report.svg and figures.json beside this file, or elsewhere (--report DIR). --draw writes the first two from the last.
Pages are measured on a core that nobody else gets; --beside leaves the cores to all, which spoils times, but not CPU.
"""

import argparse
import json
import os
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.gateway import clock
from benchmarks.gateway.stage import connect, identities, stage, superuser
from benchmarks.gateway.stage import operators as stage_operators
from benchmarks.shipments import bulk, inbound, pages, report

HERE: Final = Path(__file__).parent
OPERATORS: Final = 9  # the measured one with two tenths of the filings, eight with one each


def main() -> None:
    """Measure, or draw what was measured."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--few", type=int, default=10_000)
    asked.add_argument("--many", type=int, default=1_000_000)
    asked.add_argument("--messages", type=int, default=100_000)
    asked.add_argument("--seconds", type=float, default=6000)
    asked.add_argument("--times", type=int, default=100)
    asked.add_argument("--folder", type=Path, help="where the database is made; it needs 3 KB for each house consignment")
    asked.add_argument("--report", type=Path, default=HERE)
    asked.add_argument("--part", choices=("pages", "messages", "both"), default="both")
    asked.add_argument("--beside", action="store_true")
    asked.add_argument("--draw", action="store_true")
    options = asked.parse_args()
    kept = options.report / "figures.json"
    if not options.draw:
        found = measured(options)
        before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        kept.write_text(json.dumps(before | found) + "\n", encoding="utf-8")
    figures = json.loads(kept.read_text(encoding="utf-8"))
    if not {"sizes", "inbound"} <= figures.keys():
        raise SystemExit("The figures are kept. Measure the other part too: the report shows both.")
    (options.report / "report.md").write_text(report.text(figures), encoding="utf-8")
    (options.report / "report.svg").write_text(report.drawn(figures), encoding="utf-8")


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of one run."""
    with stage(durable=False, folder=options.folder) as var:
        server = superuser(var)
        for setting in ("max_wal_size = '8GB'", "checkpoint_timeout = '30min'"):
            server.execute(f"alter system set {setting}")
        first, *_ = operators = stage_operators(OPERATORS)
        client = pages.reader(first)
        figures: dict[str, Any] = {"python": platform.python_version()}
        filled = bulk.Filled(lambda: superuser(var), [each.pk for each in operators])
        sizes: dict[str, Any] = {}
        for name in ("few", "many") if options.part != "messages" else ():
            begun = time.monotonic()
            filled.to(getattr(options, name))
            took = time.monotonic() - begun
            with core_alone(var, wanted=not options.beside) as how:
                times = pages.measured(first, client, shipments=filled.shipments[0], times=options.times)
            sizes[name] = {
                **_size(server, filled, var),
                "filled": took,
                "core": how,
                "times": times,
                "events": pages.events(first),
                **_about(),
            }
            print(name, f"{took:.0f} s of filling", _about(), flush=True)  # noqa: T201
        if options.part != "pages":
            if not sizes:
                filled.to(options.many)
            figures["inbound"] = {"filings": filled.filings, **_inbound(server, first, var, options)}
        return figures | ({"sizes": sizes} if sizes else {})


def _inbound(server: Any, operator: Any, var: Path, options: argparse.Namespace) -> dict[str, Any]:
    customs, trader = identities()
    inbound.stored(server, operator, connect("http://127.0.0.1:9/msh", customs, trader), messages=options.messages)
    with core_alone(var, wanted=not options.beside) as how:
        begun = time.monotonic()
        samples = [asdict(each) for each in inbound.applied(server, var, seconds=options.seconds)]
        took = time.monotonic() - begun
    return {
        "waiting": options.messages // inbound.EACH * inbound.EACH, "samples": samples, "seconds": took, "core": how,
        "parked": inbound.parked(server), "large": inbound.large(server), **_about(),
    }  # fmt: skip


@contextmanager
def core_alone(var: Path, *, wanted: bool) -> Iterator[str]:
    """If wanted keep a core to this process and its database, and say whether that was granted; afterwards share all again."""
    cores = os.sched_getaffinity(0)
    try:
        yield clock.take_a_core(var) if wanted else clock.SHARED
    finally:
        clock.give_cores_back(var, cores)


def _size(server: Any, filled: bulk.Filled, var: Path) -> dict[str, Any]:
    own = filled.shipments[0]
    houses = server.execute("select reltuples::bigint from pg_class where relname = 'filings_filingpart'").fetchone()[0]
    return {
        "filings": filled.filings, "houses": houses, "own": own * 5, "own_shipments": own, "shipments": sum(filled.shipments),
        "bytes": server.execute("select pg_database_size(current_database())").fetchone()[0],
        "free": shutil.disk_usage(var).free,
    }  # fmt: skip


def _about() -> dict[str, str]:
    return {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "load": " ".join(f"{load:.1f}" for load in os.getloadavg())}


if __name__ == "__main__":
    main()
