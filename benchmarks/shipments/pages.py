"""What pages of an operator cost: asked for as a browser does, through every layer, under row-level security.

Of each page the time of the whole answer and that of its statements alone; every time about another shipment.
"""

import gc
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final
from uuid import UUID

from benchmarks.shipments.filling import salt

WARM: Final = 5
CALENDAR: Final = "calendar"
PAUSE: Final = 0.2  # of the time of each answer
PAGES: Final = {
    "filings": "/filings/",
    "filings, page 20": "/filings/?page=20",
    "filings, last change first": "/filings/?sort=-changed",
    "filings, by LRN": "/filings/?sort=lrn",
    "filings, by type": "/filings/?sort=type",
    "filings of a state": "/filings/?state=draft",
    "filings of a type": "/filings/?type=IE3F12",
    "filings that are late": "/filings/?due=late&sort=due",
    "filings, search by number": "/filings/?q={number}",
    "shipments": "/shipments/",
    "shipments, page 8": "/shipments/?page=8",  # the last with few
    "shipments, incomplete": "/shipments/?open=incomplete",
    "shipments, late": "/shipments/?open=late",
    "shipments, not linked": "/shipments/?open=unlinked",
    "shipments, search by number": "/shipments/?q={number}",
    "board of a shipment": "/shipments/{shipment}/",
    "shipments of a filing": "/shipments/of-filing/{filing}/",
    "houses of a filing": "/filings/{filing}/parts/",
    "houses, search by number": "/filings/{filing}/parts/?q=H{which}-1-3",
    "referrals": "/referrals/",
    "referrals, closed": "/referrals/?which=closed",
}
Times = dict[str, list[tuple[float, float]]]  # by page: seconds of the answer, and of its statements


def measured(operator: Any, client: Any, *, shipments: int, times: int) -> Times:
    """Return what each page took, each time with another shipment."""
    chance = random.Random(1)  # noqa: S311 the same shipments each time
    found: Times = {name: [] for name in [*PAGES, CALENDAR]}
    calls: dict[str, Callable[[dict[str, Any]], int]] = {
        name: partial(_asked, client, f"/o/{operator.slug}{path}") for name, path in PAGES.items()
    }
    calls[CALENDAR] = lambda _: 200 if events(operator) else 500
    for name, call in calls.items():
        gc.collect()
        for number in range(times + WARM):
            given = words(operator.pk, chance.randint(1, shipments))
            with _statements() as spent:
                begun = time.perf_counter()
                status = call(given)
                took = time.perf_counter() - begun
            if status != 200:
                raise RuntimeError(f"{name}: {status}")
            time.sleep(took * PAUSE)  # a process that has a core to itself is stopped for a moment if it never rests
            if number >= WARM:  # the first ones fill the caches
                found[name].append((round(took, 5), round(sum(spent), 5)))
    return found


def _asked(client: Any, address: str, given: dict[str, Any]) -> int:
    """Ask for a page and return the status of the answer."""
    return int(client.get(address.format(**given)).status_code)


def reader(operator: Any) -> Any:
    """Return a browser in which somebody of the operator is signed in."""
    from django.test import Client

    from tenants.models import Member, User
    from tenants.scope import tenant_scope

    user = User.objects.create_user("reader@benchmark.example", "not asked for here")
    with tenant_scope(operator.pk):
        Member.objects.create(user=user, role=Member.Role.FILER)
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    return client


def words(operator_id: UUID, which: int) -> dict[str, Any]:
    """Return what addresses about a shipment are made of, as filling.py names it."""
    import hashlib

    def made(kind: str, place: int) -> UUID:
        return UUID(hashlib.md5(f"{salt(operator_id)}{kind}{which}-{place}".encode(), usedforsecurity=False).hexdigest())

    return {"which": which, "number": f"{salt(operator_id)}{which:08}", "shipment": made("s", 0), "filing": made("f", 1)}


def events(operator: Any) -> int:
    """Write the operator's calendar, past the secret of its address, and return how many events are in it."""
    from django.utils import timezone

    from filings.services import calendars
    from tenants.scope import tenant_scope

    with tenant_scope(operator.pk):
        return calendars.written(operator, at=timezone.now()).count(b"BEGIN:VEVENT")


@contextmanager
def _statements() -> Iterator[list[float]]:
    """Yield the seconds of each statement that the block sends."""
    from django.db import connection

    spent: list[float] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(time.perf_counter() - begun)

    with connection.execute_wrapper(keep):
        yield spent
