"""Measure what lists and boards of shipments cost with few and with many filings, and write report.md beside this file.

    python -m benchmarks.shipments [--few 10000] [--most 1000000] [--seconds 240]

One operator holds a fifth of all filings, eight others the rest. The same questions are asked with few filings and with as
many as the seconds of filling allow; what counts is the ratio of the two. Filings have about ten houses each.
"""

import argparse
import platform
import random
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg

from benchmarks.gateway.stage import stage
from benchmarks.shipments import filling

REPORT: Final = Path(__file__).parent / "report.md"
OTHERS: Final = 8  # operators beside the one that is measured, with a tenth of the filings each
CHUNK: Final = 400  # shipments for the measured one at a time
TIMES: Final = 60
LIMIT: Final = 2.0


def main() -> None:
    """Fill, measure, fill more, measure again, and write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--few", type=int, default=10_000)
    asked.add_argument("--most", type=int, default=1_000_000)
    asked.add_argument("--seconds", type=int, default=240)
    options = asked.parse_args()
    with stage(durable=False):
        from config.embedded import paths

        with psycopg.connect(paths.postgres_dsn(paths.SUPERUSER, paths.DATABASE)) as server:
            operators = _operators(server)
            here = Filled(server, operators)
            here.to(options.few, seconds=options.seconds)
            few, before = here.filings, measured(operators[0], here.shipments)
            here.to(options.most, seconds=options.seconds)
            after = measured(operators[0], here.shipments)
    _report(few, here, before, after)


class Filled:
    """How much the database holds; each chunk gives the measured operator a fifth."""

    def __init__(self, server: "psycopg.Connection[Any]", operators: list[UUID]) -> None:
        self.server, self.operators = server, operators
        self.filings, self.shipments = 0, 0  # of all; of the measured operator

    def to(self, filings: int, *, seconds: float) -> None:
        """Fill until there are so many filings, or the time is over; then bring the statistics up to date."""
        end, at = time.monotonic() + seconds, datetime.now(UTC)
        with self.server.cursor() as cursor:
            cursor.execute("set session_replication_role = replica")  # no looking up of foreign keys
            while self.filings < filings and time.monotonic() < end:
                first, mine = self.shipments + 1, min(CHUNK, max(1, (filings - self.filings) // filling.FILINGS // 5))
                for number, operator in enumerate(self.operators):
                    count = mine if not number else mine // 2
                    self.filings += filling.fill(cursor, operator, first=first, count=count, at=at) if count else 0
                self.shipments += mine
                self.server.commit()
        self.server.autocommit = True
        for table in filling.TABLES:
            self.server.execute(f"vacuum analyze {table}")
        self.server.autocommit = False


def measured(operator_id: UUID, shipments: int) -> dict[str, list[float]]:
    """Return the seconds that each question took, every time with another shipment."""
    from tenants.scope import tenant_scope

    chance = random.Random(1)  # noqa: S311 the same shipments each time
    found: dict[str, list[float]] = {}
    for name, ask in _questions().items():
        for number in range(TIMES + 5):
            with tenant_scope(operator_id):
                which = chance.randint(1, shipments)
                begin = time.perf_counter()
                ask(f"M{operator_id.hex[:4].upper()}{which:08}")
                if number >= 5:  # the first ones fill the caches
                    found.setdefault(name, []).append(time.perf_counter() - begin)
    return found


def _questions() -> Mapping[str, Callable[[str], object]]:
    from django.utils import timezone

    from filings.models import Filing, Shipment
    from filings.services.shipments import board, keeping, matching, searching, tree

    def listed(which: str, sort: str) -> Callable[[str], object]:
        def ask(_: str) -> object:
            found = searching.shipments(which=which, at=timezone.now())
            return searching.page(found, sort=sort, number=1, size=50)

        return ask

    def one(number: str) -> Shipment:
        found: Shipment = Shipment.objects.get(kind="master", sought=number)
        return found

    def counts(_: str) -> None:
        for which in ("", *searching.OPEN):
            searching.count(searching.shipments(which=which, at=timezone.now()))

    def kept(number: str) -> None:
        filing = Filing.objects.filter(shipments__shipment=one(number)).order_by("lrn")[0]
        keeping.keep(filing=filing, at=timezone.now(), content=False)

    return {
        "list, last change first": listed("", "-changed"),
        "list, what is incomplete": listed("incomplete", "-changed"),
        "list, what is late": listed("late", "due"),
        "list, what does not link": listed("unlinked", "-changed"),
        "counts beside the filters": counts,
        "search by number": lambda number: searching.page(
            searching.shipments(text=number, at=timezone.now()), sort="-changed", number=1, size=50
        ),
        "board of a shipment": lambda number: board.expected(one(number), at=timezone.now()),
        "filings of a shipment": lambda number: tree.tree(one(number)),
        "what links to a filing": lambda number: list(matching.linked(tree.members(one(number))[0])),
        "a filing changes its state": kept,
    }


def _operators(server: "psycopg.Connection[Any]") -> list[UUID]:
    from django.utils import timezone

    from tenants.models import Operator

    names = [f"op{number}" for number in range(OTHERS + 1)]
    rows = [Operator(slug=name, name=name, eori=f"DE{number}", created_at=timezone.now()) for number, name in enumerate(names)]
    server.commit()
    return [each.pk for each in Operator.objects.bulk_create(rows)]


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18] * 1000


def _report(few: int, here: Filled, before: dict[str, list[float]], after: dict[str, list[float]]) -> None:
    lines = [
        "# What shipments cost with few and with many filings",
        "",
        f"Made by `python -m benchmarks.shipments` on {datetime.now(UTC):%Y-%m-%d} (Python {platform.python_version()}, 2 shared",
        f"cores; other programs were running). p95 of {TIMES} questions each, in milliseconds, as a process asks the database.",
        "",
        f"Few: {few:,} filings. Many: {here.filings:,} filings with {here.filings * 48 // 5:,} house consignments; the operator",
        f"asked holds {here.shipments * filling.FILINGS:,} of these filings. The target is a ratio below {LIMIT:g}.",
        "",
        "| question | few | many | ratio |",
        "| --- | ---: | ---: | ---: |",
        *(
            f"| {name} | {_p95(before[name]):.1f} | {_p95(after[name]):.1f} | {_p95(after[name]) / _p95(before[name]):.2f} |"
            for name in before
        ),
        "",
    ]
    REPORT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
