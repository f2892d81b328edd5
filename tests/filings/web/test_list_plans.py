"""What lists and boards ask of the database does not grow with the filings of an operator: each plan is read.

Every page that the benchmark of shipments measures is asked for with some thousand filings there. Of each statement about a
large table the plan must not read the table through, and may go through all rows of the operator in an index only in the order of
a list, stopping after a page.
"""

import re
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from benchmarks.shipments import pages
from filings.models import Filing
from tenants.scope import tenant_scope
from tests import factories
from tests.filings.services.shipments.test_plans import ONLY_OPERATOR, asked, filled, plans

TABLE = r"(?:filings_(?:filing|filingpart|linkkey|shipment|shipmentfiling)|referrals_(?:case|request|goods))\b"
READ_THROUGH = re.compile(rf"Seq Scan on {TABLE}")
# But for what waits to be reckoned, which is emptied every few seconds.
SCAN = re.compile(rf"Scan (?:Backward )?using \w+ on {TABLE}|Bitmap Index Scan on (?!filings_filingrequestchange_)\w+")
SORTED = re.compile(r"(?<!Incremental )Sort  \(cost")

__all__ = ["filled"]  # a fixture


def faults(plan: str) -> list[str]:
    """Return what of a plan grows with all the rows of an operator."""
    lines = [line.strip() for line in plan.split("\n")]
    stops = any("Limit  (" in line for line in lines) and not SORTED.search(plan) and "Bitmap" not in plan
    through = [node for node, line in pairwise(lines) if SCAN.search(node) and ONLY_OPERATOR.match(line)]
    return [*READ_THROUGH.findall(plan), *([] if stops else through)]


def planned(statements: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Return statements with their plans; a list is sorted only where nothing else is possible.

    A few rows are sorted sooner than read in order; of millions it is the other way round.
    """
    lists = [each for each in statements if " LIMIT " in each[0]]
    with connection.cursor() as cursor:
        cursor.execute("set local enable_sort = off")
        found = plans(lists)
        cursor.execute("set local enable_sort = on")
    return [*found, *plans([each for each in statements if each not in lists])]


@pytest.fixture
def reader(filled: Any) -> Client:
    client = Client()
    client.force_login(factories.member(filled, "rita", "reader"))
    return client


def statements_of(reader: Client, operator: Any, path: str) -> list[tuple[str, str]]:
    """Return what a page asks, with the plans."""
    words = pages.words(operator.pk, 300)
    with asked() as statements:
        assert reader.get(f"/o/{operator.slug}{path.format(**words)}").status_code == 200
    with tenant_scope(operator.pk):
        return planned(statements)


def test_no_page_grows_with_all_rows_of_an_operator(filled: Any, reader: Client) -> None:
    wrong = []
    for name, path in pages.PAGES.items():
        told = statements_of(reader, filled, path)
        assert told, name
        wrong += [(name, sql[:300], plan) for sql, plan in told if faults(plan)]

    assert wrong == [], "\n\n".join("\n".join(each) for each in wrong)


def test_a_list_in_no_order_of_an_index_would_be_noticed(filled: Any) -> None:
    with tenant_scope(filled.pk):
        with asked() as statements:
            list(Filing.objects.order_by("declarant", "reason")[:50])
            list(Filing.objects.order_by("-created_at")[:5])
            Filing.objects.filter(reason="x").count()
        noticed = {sql: bool(faults(plan)) for sql, plan in planned(statements)}

    assert [noticed[sql] for sql, _ in statements] == [True, False, True]


def test_what_is_counted_for_a_label_is_read_in_the_order_of_an_index(filled: Any, reader: Client) -> None:
    """In no order PostgreSQL reads the table from anywhere, past the rows of all other operators: they are not here to be met."""
    counts = []
    for path in pages.PAGES.values():
        with asked() as statements:
            reader.get(f"/o/{filled.slug}{path.format(**pages.words(filled.pk, 300))}")
        counts += [sql for sql, _ in statements if " LIMIT 1001" in sql]

    assert len(counts) > 30
    assert [sql for sql in counts if "ORDER BY" not in sql] == []


def test_whose_filing_a_message_names_is_found_by_an_index_across_operators(filled: Any) -> None:
    from tenants.scope import every_tenant

    with every_tenant("test"), asked() as statements:
        for column in ("lrn", "mrn"):
            list(Filing.objects.exclude(state="draft").filter(**{column: "26DE"}).order_by("-submitted_at")[:20])
    with every_tenant("test"), connection.cursor() as cursor:
        found = []
        for sql, params in statements:
            cursor.execute(f"explain {sql}", params)
            found.append("\n".join(line for (line,) in cursor.fetchall()))

    assert "filing_of_lrn" in found[0]
    assert "filing_of_mrn" in found[1]
