"""Finding messages of all operators: by any id, by filters, page after page; by probes of indexes however many there are."""

import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from filings.models import OutboxMessage
from integrations import search
from integrations.models import InboundMessage
from integrations.search import Place, Wanted
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db

MANY = 60_000  # of each direction
NOW = factories.NOW


@pytest.fixture(autouse=True)
def quiet(bells: list[str]) -> None:
    """Nobody hears a bell."""


def put(operator: Operator, *, at: datetime = NOW, **fields: Any) -> OutboxMessage:
    """Return a message of an operator that is about no filing."""
    with tenant_scope(operator.pk):
        values = {"message_type": "IE3F26", "message_id": f"{uuid.uuid4()}@us.example", "payload": b"", "due_at": at}
        return OutboxMessage.objects.create(created_at=at, **{**values, **fields})


def came(itsp: Any, *, at: datetime = NOW, **fields: Any) -> InboundMessage:
    values: dict[str, Any] = {
        "message_id": f"{uuid.uuid4()}@sti.example",
        "message_type": "IE3R01",
        "content_type": "",
        "body": b"",
        "payload": b"",
        "references": [],
        "receipt": b"",
        "due_at": at,
    }
    with every_tenant("a test stores a message"):
        return InboundMessage.objects.create(connection=itsp, received_at=at, **{**values, **fields})


def find(**wanted: Any) -> list[uuid.UUID]:
    with every_tenant("a test looks for messages"):
        return [row.pk for row in search.page(Wanted(**wanted)).rows]


def test_any_id_finds_its_messages_in_both_directions(itsp: Any, acme: Operator) -> None:
    with tenant_scope(acme.pk):
        filing = factories.sent()
        filing.mrn, filing.transport_document = factories.MRN, "MAEU1234567"
        filing.save()
        sent = OutboxMessage.objects.get(filing=filing)
    answer = came(itsp, ref_to_message_id=sent.message_id, operator=acme, filing=filing)
    put(acme)
    came(itsp)

    for text in (filing.lrn, filing.mrn, "MAEU123", str(filing.pk), sent.message_id[:20], f"  {sent.message_id} "):
        assert set(find(text=text)) == {sent.pk, answer.pk}, text
    assert find(text=answer.message_id) == [answer.pk]
    assert find(text=str(answer.pk)) == [answer.pk]
    assert find(text=filing.lrn, direction="received") == [answer.pk]


def test_eori_and_party_id_find_all_that_is_theirs(itsp: Any, acme: Operator) -> None:
    mine = put(acme, line=itsp.pk)
    other = put(factories.operator("other"))
    inbound = came(itsp, operator=acme)

    assert set(find(text=acme.eori.lower())) == {mine.pk, inbound.pk}
    assert set(find(text=itsp.party_id)) == {mine.pk, inbound.pk}
    assert other.pk not in find(text=acme.eori)


def test_filters_narrow_each_direction(itsp: Any, acme: Operator) -> None:
    failed = put(acme, state="failed", priority="A", done_at=NOW, line=itsp.pk)
    waits = put(acme, priority="C", message_type="IE3A32")
    parked = came(itsp, state="parked")

    assert find(state="failed") == [failed.pk]
    assert find(state="parked") == [parked.pk]
    assert find(priority="C") == [waits.pk]
    assert find(message_type="IE3A32") == [waits.pk]
    assert set(find(connection_id=itsp.pk)) == {failed.pk, parked.pk}
    assert set(find(operator_id=acme.pk)) == {failed.pk, waits.pk}
    assert find(state="failed", direction="received") == []
    assert find(since=NOW + timedelta(seconds=1)) == []
    assert find(until=NOW) == []


def test_pages_follow_each_other_without_a_gap_or_a_repetition(itsp: Any, acme: Operator) -> None:
    other = factories.operator("other")
    moments = [NOW + timedelta(seconds=number // 3) for number in range(130)]  # three at a time share their moment
    wanted = {put(each, at=at).pk for at in moments for each in (acme, other)} | {came(itsp, at=at).pk for at in moments}

    for order in (search.NEWEST, search.OLDEST):
        seen: list[uuid.UUID] = []
        times: list[datetime] = []
        for page in pages(order):
            seen += [row.pk for row in page.rows]
            times += [row.at for row in page.rows]
        assert len(seen) == len(set(seen)) == 390
        assert set(seen) == wanted
        assert times == sorted(times, reverse=order == search.NEWEST)


def pages(order: str) -> Iterator[search.Page]:
    after: Place | None = None
    while True:
        with every_tenant("a test turns pages"):
            page = search.page(Wanted(order=order, after=after))
        yield page
        if page.following is None:
            return
        after = Place.read(str(page.following))
        assert after == page.following


@pytest.mark.parametrize("text", ["", "nonsense", "2026-01-01_nonsense", "_", "x" * 80])
def test_a_place_that_is_none_is_no_place(text: str) -> None:
    assert Place.read(text) is None


@pytest.fixture
def many(itsp: Any, acme: Operator) -> list[Operator]:
    """Twenty operators with three thousand messages each, sent and received, and a few that still move."""
    operators = [acme, *(factories.operator(f"operator-{number}") for number in range(19))]
    for operator in operators:
        with tenant_scope(operator.pk), database.cursor() as cursor:
            cursor.execute(
                """
                insert into filings_outboxmessage (id, operator_id, message_type, message_id, payload, priority, state, attempts,
                    due_at, created_at, done_at, reason, awaits_answer, line)
                select gen_random_uuid(), %(operator)s, 'IE3F26', gen_random_uuid() || '@us.example', '', 'B', 'done', 1,
                    %(at)s, %(at)s + n * interval '1 second', %(at)s + n * interval '2 seconds', '', false, %(line)s
                from generate_series(1, %(count)s) n
                """,
                {"operator": operator.pk, "at": NOW, "line": itsp.pk, "count": MANY // 20},
            )
    with every_tenant("a test stores many messages"), database.cursor() as cursor:
        cursor.execute(
            """
            insert into integrations_inboundmessage (id, connection_id, message_id, message_type, ref_to_message_id, content_type,
                body, payload, "references", signer, receipt, receipt_type, state, reason, received_at, due_at, tries, note)
            select gen_random_uuid(), %(line)s, gen_random_uuid() || '@sti.example', 'IE3R01', gen_random_uuid() || '@us.example',
                '', '', '', '[]', '', '', '', 'routed', '', %(at)s + n * interval '1 second', %(at)s, 0, ''
            from generate_series(1, %(count)s) n
            """,
            {"at": NOW, "line": itsp.pk, "count": MANY},
        )
    for operator in operators[:3]:
        put(
            operator,
            at=NOW + timedelta(seconds=700),
            message_id="0a1b2c@us.example" if operator is acme else f"{uuid.uuid4()}@us",
        )
        put(operator, at=NOW + timedelta(seconds=9000), state="running", lease_until=NOW)
    with every_tenant("a test looks at plans"), database.cursor() as cursor:
        cursor.execute("analyze filings_outboxmessage, integrations_inboundmessage")
    return operators


def _touched(plan: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Yield for each scan of a plan its kind, what it reads, and how many rows it read and threw away."""
    if "Scan" in plan["Node Type"]:
        rows = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
        yield plan["Node Type"], plan.get("Relation Name", ""), round(rows)
    for below in plan.get("Plans", []):
        yield from _touched(below)


MIDDLE = Place(NOW + timedelta(seconds=1500), uuid.UUID(int=0))
QUESTIONS: list[dict[str, Any]] = [
    {},
    {"text": "0a1b"},
    {"text": "ffffffff-0000-4000-8000-000000000000"},
    {"text": "acme"},  # stands for its EORI
    {"direction": "sent"},
    {"direction": "received"},
    {"state": "waiting"},
    {"state": "running"},
    {"state": "failed"},
    {"state": "held"},
    {"state": "done"},
    {"state": "parked"},
    {"state": "routed"},
    {"priority": "B"},
    {"message_type": "IE3F26"},
    {"message_type": "IE3R01"},
    {"connection_id": "itsp"},
    {"operator_id": "acme"},
    {"since": NOW + timedelta(seconds=1000), "until": NOW + timedelta(seconds=2000)},
]


def _asked(question: dict[str, Any], acme: Operator, itsp: Any) -> Wanted:
    names = {"operator_id": acme.pk, "connection_id": itsp.pk, "text": acme.eori}
    return Wanted(**{name: names[name] if value in {"acme", "itsp"} else value for name, value in question.items()})


def _faults(wanted: Wanted) -> Iterator[str]:
    """Yield each scan of a question's plans that reads a whole table, or more than a page of each operator."""
    with every_tenant("a test looks at plans"), CaptureQueriesContext(database) as asked:
        search.page(wanted)
    statements = [each["sql"] for each in asked if "filings_outboxmessage" in each["sql"] or "inboundmessage" in each["sql"]]
    assert statements
    with every_tenant("a test looks at plans"), database.cursor() as cursor:
        search.steer()
        for statement in statements:
            cursor.execute("explain (analyze, format json) " + statement)
            (found,) = cursor.fetchone()
            plan = found if isinstance(found, list) else json.loads(found)
            for kind, table, rows in _touched(plan[0]["Plan"]):
                is_large = table in {"filings_outboxmessage", "integrations_inboundmessage"}
                if rows > 20 * (search.PAGE + 1) * 2 or (is_large and not kind.startswith("Index")):
                    yield f"{kind} of {table} reads {rows} rows for {wanted}: {statement}"
        search.let_go()


def test_no_question_reads_a_whole_table_on_any_page(many: list[Operator], itsp: Any) -> None:
    """What a scan reads stays far below what is stored: a page of each operator at most; also from a place in the middle on."""
    faults = [
        fault
        for question in QUESTIONS
        for more in ({}, {"after": MIDDLE}, {"after": MIDDLE, "order": search.OLDEST}, {"order": search.OLDEST})
        for fault in _faults(_asked({**question, **more}, many[0], itsp))
    ]

    assert faults == []


def test_what_moves_is_found_among_all_that_is_kept(acme: Operator) -> None:
    other = factories.operator("other")
    put(acme, state="done", done_at=NOW)
    first, second = put(acme), put(other, at=NOW + timedelta(seconds=1))
    third = put(acme, at=NOW + timedelta(seconds=2), follows=first)
    running = put(acme, state="running", lease_until=NOW)
    before = Place(NOW + timedelta(seconds=1), second.pk)

    assert find(state="waiting") == [third.pk, second.pk, first.pk]
    assert find(state="waiting", order=search.OLDEST) == [first.pk, second.pk, third.pk]
    assert find(state="waiting", after=before) == [first.pk]
    assert find(state="waiting", after=before, order=search.OLDEST) == [third.pk]
    assert find(state="waiting", operator_id=other.pk) == [second.pk]
    assert find(state="waiting", priority="A") == []
    assert find(state="running") == [running.pk]


def test_a_question_that_takes_too_long_is_given_up(itsp: Any, acme: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_wanted: Wanted) -> search.Page:
        with database.cursor() as cursor:
            cursor.execute("select pg_sleep(2)")
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr(search, "PATIENCE", 50)
    monkeypatch.setattr(search, "_page", slow)

    with pytest.raises(search.TooBroad), every_tenant("a test waits"):
        search.page(Wanted())
