"""Fill much at once: the indexes of the tables rest meanwhile and are built anew afterwards, and two connections work."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from benchmarks.shipments import filling

CHUNK: Final = 2_000  # shipments at a time
WITHOUT_INDEXES: Final = 50_000  # filings; from so many on it is faster to build the indexes anew
# What the two connections fill: about as many rows each.
SHARES: Final = (("filings_filingpart", "filings_shipment"), tuple(
    table for table in filling.TABLES if table not in {"filings_filingpart", "filings_shipment"}
))  # fmt: skip
REST: Final = """
    update pg_index set indisready = %s where indrelid = any(%s::regclass[])
    """
Job = tuple[UUID, int, int]  # operator, first shipment, how many


class Filled:
    """How much the database holds: of ten shipments two are the first operator's, and one of each of the eight others."""

    def __init__(self, connect: Callable[[], Any], operators: list[UUID]) -> None:
        self.connect, self.operators = connect, operators
        self.shipments = [0 for _ in operators]

    @property
    def filings(self) -> int:
        """Return how many filings there are."""
        return sum(self.shipments) * filling.FILINGS

    def to(self, filings: int) -> None:
        """Fill until there are so many filings, and bring the statistics up to date."""
        tenth, at = filings // filling.FILINGS // 10, datetime.now(UTC)
        jobs: list[Job] = []
        for number, operator in enumerate(self.operators):
            there, wanted = self.shipments[number], tenth * (2 if number == 0 else 1)
            jobs += [(operator, first + 1, min(CHUNK, wanted - first)) for first in range(there, wanted, CHUNK)]
            self.shipments[number] = max(there, wanted)
        resting = filings >= WITHOUT_INDEXES
        if resting:
            self._indexes_rest()
        _at_once(lambda tables: self._fill(jobs, tables, at=at), SHARES)
        _at_once(lambda tables: self._finish(tables, anew=resting), SHARES)

    def _indexes_rest(self) -> None:
        with self.connect() as server:
            server.execute(REST, [False, list(filling.TABLES)])

    def _fill(self, jobs: Iterable[Job], tables: Iterable[str], *, at: datetime) -> None:
        with self.connect() as server, server.cursor() as cursor:
            cursor.execute("set session_replication_role = replica")  # no looking up of foreign keys
            for operator, first, count in jobs:
                filling.fill(cursor, operator, first=first, count=count, at=at, tables=tables)

    def _finish(self, tables: Iterable[str], *, anew: bool) -> None:
        with self.connect() as server:
            server.execute("set maintenance_work_mem = '1GB'")
            for table in tables:
                if anew:
                    server.execute(f"reindex table {table}")
                server.execute(f"vacuum (analyze) {table}")


def _at_once(work: Callable[[tuple[str, ...]], None], shares: Iterable[tuple[str, ...]]) -> None:
    """Do the shares of a work side by side; what goes wrong in one is raised here."""
    wrong: list[BaseException] = []

    def tried(share: tuple[str, ...]) -> None:
        try:
            work(share)
        except BaseException as error:  # raised below, in the thread that waits
            wrong.append(error)

    threads = [threading.Thread(target=tried, args=(share,)) for share in shares]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if wrong:
        raise wrong[0]
