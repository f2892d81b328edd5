"""Every question about shipments is answered by an index of what it asks for, however many rows there are.

The tables hold some thousand rows of one operator, and PostgreSQL is told to read a table through only where nothing else is
possible, so that it plans as it does with millions. Looking up nothing but the operator in an index would be the same as
reading the table through; unless it is one made for a list, read in order for a page. Counts for labels stop at a thousand.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone

from benchmarks.shipments import filling
from filings.models import (
    Filing,
    FilingRequest,
    FilingRequestAnswer,
    FilingRequestChange,
    FilingRequestKey,
    LinkKey,
    Shipment,
    ShipmentChange,
    ShipmentFiling,
)
from filings.models.filing_request import RequestState
from filings.services.shipments import board, elsewhere, figures, keeping, keys, matching, searching, sharing, tree
from tenants import paging
from tenants.scope import every_tenant, tenant_scope
from tests import factories

LARGE = r"filings_(?:filing|filingpart|linkkey|shipment|shipmentfiling|filingrequestkey)\b"
STATEMENT = re.compile(r"\s*(select|insert|update|delete|with)\b", re.IGNORECASE)
BOUNDED = re.compile(r"SELECT COUNT\(\*\) FROM \(.* LIMIT \d+\) subquery$")
READ_THROUGH = re.compile(rf"Seq Scan on {LARGE}")
NODE = re.compile(rf"(?:Scan (?:Backward )?using (\w+) on {LARGE}|Bitmap Index Scan on (\w+))")
# Indexes made for a list; those of what waits to be reckoned, which is emptied every few seconds; and whether there is any key
# that was agreed about.
LISTS = re.compile(
    r"shipment_(by_|incomplete|unlinked)|filings_(shipment|filingrequest)change_|filings_filingrequestkey_(operator|asked)_id_"
)
ONLY_OPERATOR = re.compile(r"Index Cond: \(operator_id = [^()]*(?:\([^()]*\)[^()]*)*\)$")


def faults(plan: str) -> list[str]:
    """Return what of a plan grows with all the rows of an operator."""
    found = READ_THROUGH.findall(plan)
    lines = plan.split("\n")
    for number, line in enumerate(lines):
        node = NODE.search(line)
        index = (node[1] or node[2]) if node else ""
        if index and not LISTS.match(index):
            condition = lines[number + 1].strip() if number + 1 < len(lines) else ""
            if not condition.startswith("Index Cond:") or ONLY_OPERATOR.match(condition):
                found.append(f"{line.strip()}: {condition}")
    return found


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Yield the statements about the large tables that the block sends."""
    found: list[tuple[str, Any]] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if STATEMENT.match(sql) and re.search(LARGE, sql) and not many:
            found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield found


def plans(statements: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Return each statement with its plan.

    Among some hundred rows reading all of them and a sort cost about what the order of an index does, by chance less; so a plan
    that has faults counts only if one without a sort has them, too.
    """
    found = []
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        for sql, params in statements:
            if not BOUNDED.match(sql):
                plan = _plan(cursor, sql, params)
                if faults(plan):
                    cursor.execute("set local enable_sort = off")
                    other = _plan(cursor, sql, params)
                    cursor.execute("set local enable_sort = on")
                    plan = plan if faults(other) else other
                found.append((sql, plan))
        cursor.execute("set local enable_seqscan = on")
    return found


def _plan(cursor: Any, sql: str, params: Any) -> str:
    cursor.execute(f"explain {sql}", params)
    return "\n".join(line for (line,) in cursor.fetchall())


@pytest.fixture
def filled(transactional_db: None) -> Any:
    """Return an operator with some thousand filings, the statistics of the database brought up to date."""
    operator = factories.operator("acme")
    with tenant_scope(operator.pk), connection.cursor() as cursor:
        filling.fill(cursor, operator.pk, first=1, count=600, at=timezone.now())
    owner, where = connections["owner"].settings_dict, connection.settings_dict
    _agreed(operator)
    login = {"user": owner["USER"], "password": owner["PASSWORD"] or None}
    place = {"host": where["HOST"], "port": where["PORT"] or None, "dbname": where["NAME"]}
    with psycopg.connect(**login, **place, autocommit=True) as server:
        server.execute(f"analyze {', '.join(filling.TABLES)}, filings_filingrequestkey, filings_filingrequestanswer")
    return operator


def _agreed(operator: Any) -> None:
    """Let each of two operators have accepted a request of the other one; markers wait for the one that is filled."""
    other = factories.operator("forwarder")
    with tenant_scope(operator.pk):
        found = LinkKey.objects.values_list("digest", "filing_id").distinct("digest")
        keys_of = {side: list(found.filter(side=side, party=party)) for side, party in (("upper", "NL2"), ("lower", ""))}
    for asking, asked, side in ((operator, other, "upper"), (other, operator, "lower")):
        with tenant_scope(asking.pk):
            request = _accepted(asking, asked)
            both = {"operator": asking, "asked": asked, "request": request}
            FilingRequestKey.objects.bulk_create(FilingRequestKey(**both, digest=digest) for digest, _ in keys_of[side])
            marked = [digest for digest, _ in keys_of[side][:50]]
            waiting = "asking" if asking is operator else "asked"
            FilingRequestChange.objects.bulk_create(
                FilingRequestChange(operator=asking, asked=asked, side=waiting, digest=each, at=timezone.now()) for each in marked
            )
    with tenant_scope(operator.pk):
        FilingRequestAnswer.objects.bulk_create(
            FilingRequestAnswer(asking=other, request=request, filing_id=filing, created_at=timezone.now())
            for _, filing in keys_of["lower"]
        )


def _accepted(asking: Any, asked: Any) -> FilingRequest:
    times = dict.fromkeys(("due_at", "expires_at", "created_at", "changed_at"), timezone.now())
    found: FilingRequest = FilingRequest.objects.create(
        operator=asking, asked=asked, asked_eori=asked.eori, message_type="IE3F15", combination="sea-house",
        state=RequestState.ACCEPTED, **times,
    )  # fmt: skip
    return found


def lists() -> None:
    """Ask for the first page of every list, and for the counts of its filters."""
    at = timezone.now()
    for which in ("", *searching.OPEN):
        found = searching.shipments(which=which, at=at)
        paging.counted(found)
        for sort in ("due",) if which == "late" else searching.SORTS:
            searching.page(found, sort=sort, number=1, size=50)
    for text in ("m0000 01", "DE48", "zzz"):
        searching.page(searching.shipments(text=text, at=at), sort="-changed", number=1, size=50)


def kept(shipment: Shipment) -> None:
    """Keep the filings of a shipment once more."""
    for each in Filing.objects.filter(shipments__shipment=shipment):
        keeping.keep(filing=each, at=timezone.now())


QUESTIONS: dict[str, Callable[[Shipment], object]] = {
    "lists": lambda _: lists(),
    "board": lambda one: board.expected(one, at=timezone.now()),
    "consents": lambda one: elsewhere._agreed(one.pk),
    "behind": lambda one: figures.behind(list(Shipment.objects.values_list("pk", flat=True)[:50])) | figures.behind([one.pk]),
    "shared": lambda one: sharing.covered([one.pk]),
    "tree": tree.tree,
    "figures": lambda one: figures.reckon([one.pk], at=timezone.now()),
    "linked": lambda one: list(matching.linked(tree.members(one)[0])),
    "keep": kept,
}


def test_nothing_grows_with_all_rows_of_an_operator(filled: Any) -> None:
    wrong, seen = [], 0
    with tenant_scope(filled.pk):
        shipment = Shipment.objects.order_by("-changed_at")[300]
        for name, question in QUESTIONS.items():
            with asked() as statements:
                question(shipment)
            seen += bool(statements)
            wrong += [(name, sql[:400], found) for sql, plan in plans(statements) if (found := faults(plan))]
        with asked() as statements:
            list(LinkKey.objects.filter(key="by its text"))
            list(LinkKey.objects.filter(digest=keys.digest("x")))
        noticed = [bool(faults(plan)) for _, plan in plans(statements)]

    with tenant_scope(filled.pk):
        agreed = elsewhere._agreed(Shipment.objects.order_by("-changed_at")[500].pk)  # whose keys nothing has kept anew
    with asked() as statements:
        elsewhere._found(filled.pk, agreed)
        elsewhere._met(filled.pk, agreed)
    with every_tenant("test"):
        across = [plan for _, plan in plans(statements)]

    assert wrong == [], "\n".join(map(str, wrong))
    assert seen == len(QUESTIONS)
    assert noticed == [True, False]
    assert agreed.keys
    assert [("link_key_by_digest" in plan, faults(plan)) for plan in across] == [(True, [])] * 2


def test_what_another_operator_did_is_found_by_the_keys_it_is_about(filled: Any) -> None:
    with asked() as statements:
        sharing.sweep()
    with tenant_scope(filled.pk):
        [(_, plan)] = plans(statements)
        marked = ShipmentChange.objects.count()

    assert marked == 50
    assert "link_key_by_digest" in plan
    assert faults(plan) == []


def test_who_agreed_with_nobody_pays_nothing_for_the_consent_of_others(filled: Any) -> None:
    alone = factories.operator("alone")
    with tenant_scope(alone.pk), connection.cursor() as cursor:
        filling.fill(cursor, alone.pk, first=1, count=1, at=timezone.now())
        shipment, filing = Shipment.objects.get(), Filing.objects.first()
        with asked() as statements:
            sharing.covered([shipment.pk])
            sharing.tell(filing, at=timezone.now(), content=True)
            elsewhere._agreed(shipment.pk, answers=False)
        spent = []
        for sql, params in statements:
            cursor.execute(f"explain (analyze, timing off, costs off, summary off) {sql}", params)
            spent.append("\n".join(line for (line,) in cursor.fetchall()))

    assert len(spent) == 3
    for plan in spent:
        assert re.search(r"(linkkey mine|shipmentfiling member).*\(never executed\)", plan), plan


def test_the_figures_of_a_large_shipment_are_reckoned_in_time_that_grows_with_its_filings(filled: Any) -> None:
    with tenant_scope(filled.pk), connection.cursor() as cursor:
        shipment = Shipment.objects.order_by("pk").first()
        ShipmentFiling.objects.filter(shipment__in=Shipment.objects.order_by("pk")[1:200]).update(shipment=shipment)
        members = ShipmentFiling.objects.filter(shipment=shipment).count()
        with asked() as statements:
            figures.reckon_now([shipment.pk], at=timezone.now())
        [(sql, params)] = [each for each in statements if each[0].strip().startswith("with member")]
        cursor.execute(f"explain (analyze, timing off) {sql}", params)
        rows = [re.search(r"actual rows=([\d.]+) loops=(\d+)", line) for (line,) in cursor.fetchall()]

    assert members > 800
    assert sum(float(each[1]) * int(each[2]) for each in rows if each) < 60 * members
