"""Whose turn it is: priorities, operators in turn, the order within a filing, and what a claim costs with many rows."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filings import outbox
from filings.models import Filing, OutboxMessage
from filings.outbox import Line, Turn
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.factories import NOW, later

pytestmark = pytest.mark.django_db
States = OutboxMessage.State


@pytest.fixture
def firms(db: None) -> list[Operator]:
    return sorted((factories.operator(slug) for slug in ("acme", "bella", "cargo")), key=lambda firm: firm.pk)


def queue(
    of: Operator, *, priority: str = "B", due: float = 0, filing: Filing | None = None, kind: str = "IE3F26"
) -> OutboxMessage:
    with tenant_scope(of.pk):
        return outbox.put(filing=filing, message_type=kind, payload=b"<a/>", priority=priority, at=later(due))


def served(count: int, *, line: Line = outbox.EVERYBODY, at: float = 100) -> list[OutboxMessage]:
    """Claim so many, passing the turn on as a gate does."""
    last: dict[str, UUID] = {}
    rows = []
    for number in range(count):
        row = outbox.claim(at=later(at), line=line, turn=Turn(last, number))
        if row is None:
            break
        last[row.priority] = row.operator_id
        rows.append(row)
    return rows


def test_operators_take_turns_however_much_one_has(firms: list[Operator]) -> None:
    for _ in range(30):
        queue(firms[0])
    for firm in firms[1:]:
        queue(firm, due=50)
        queue(firm, due=51)

    order = [row.operator_id for row in served(7)]

    one, two, three = (firm.pk for firm in firms)
    assert order == [one, two, three, one, two, three, one]


def test_the_most_urgent_of_all_operators_goes_first(firms: list[Operator]) -> None:
    for firm in firms:
        queue(firm)
    urgent = [queue(firm, priority="A", due=9) for firm in firms]

    assert {row.pk for row in served(3)} == {row.pk for row in urgent}


def test_the_least_urgent_moves_while_others_keep_coming(firms: list[Operator]) -> None:
    for _ in range(40):
        queue(firms[0])
    for _ in range(5):
        queue(firms[1], priority="C")

    priorities = "".join(row.priority for row in served(30))

    assert priorities == "BBBBBBBBBC" * 3


def test_an_operators_messages_leave_in_the_order_in_which_they_are_due(firms: list[Operator]) -> None:
    rows = [queue(firms[0], due=due) for due in (5, 1, 3)]

    assert [row.pk for row in served(3)] == [rows[1].pk, rows[2].pk, rows[0].pk]


def test_a_line_carries_the_messages_of_its_operators_only(firms: list[Operator]) -> None:
    for firm in firms:
        queue(firm)

    own = served(9, line=Line(key=7, only=firms[1].pk))
    common = served(9, line=Line(key=8, but=(firms[1].pk,)))

    assert [(row.operator_id, row.line) for row in own] == [(firms[1].pk, 7)]
    assert {row.operator_id for row in common} == {firms[0].pk, firms[2].pk}


def test_a_lease_that_ran_out_is_taken_over_on_its_own_line(firms: list[Operator]) -> None:
    queue(firms[0])
    outbox.claim(at=NOW)
    after = NOW + outbox.LEASE

    assert outbox.claim(at=after, line=Line(only=firms[1].pk)) is None
    assert outbox.claim(at=after, line=Line(only=firms[0].pk)) is not None


# --- Order within a filing -------------------------------------------------------------------------------------------------


@pytest.fixture
def filing(firms: list[Operator]) -> Filing:
    with tenant_scope(firms[0].pk):
        return factories.draft()


def settle(row: OutboxMessage, how: str) -> None:
    with tenant_scope(row.operator_id):
        filing = Filing.objects.get(pk=row.filing_id)
        filing.lock()
        if how == "failed":
            outbox.give_up(row, at=later(200), reason="no")
        else:
            outbox.done(row, at=later(200))
        if how == "answered":
            outbox.answered(filing=filing, by="IE3R01", answers=row.message_id, at=later(201))


@pytest.mark.parametrize(("how", "goes"), [("answered", True), ("failed", True), ("delivered", False)])
def test_a_later_message_of_a_filing_waits_until_the_one_before_is_settled(
    how: str, goes: bool, firms: list[Operator], filing: Filing
) -> None:
    first, second = (queue(firms[0], filing=filing, due=due) for due in (1, 2))
    claimed = served(9)

    settle(claimed[0], how)

    assert [row.pk for row in claimed] == [first.pk]
    assert [row.pk for row in served(9, at=300)] == ([second.pk] if goes else [])


def test_what_customs_never_answers_holds_nothing_up_once_it_is_delivered(firms: list[Operator], filing: Filing) -> None:
    queue(firms[0], filing=filing, kind="IE3R03", priority="A")
    second = queue(firms[0], filing=filing, due=1)

    settle(served(9)[0], "delivered")

    assert [row.pk for row in served(9, at=300)] == [second.pk]


def test_an_answer_that_overtakes_the_receipt_frees_the_next(firms: list[Operator], filing: Filing) -> None:
    queue(firms[0], filing=filing)
    second = queue(firms[0], filing=filing, due=1)
    first = served(1)[0]
    with tenant_scope(firms[0].pk):
        assert outbox.answered(filing=filing, by="IE3N99", at=later(150))

    assert [row.pk for row in served(9)] == [second.pk]
    with tenant_scope(firms[0].pk):
        assert outbox.done(first, at=later(160))


def test_the_answer_to_another_message_frees_nothing(firms: list[Operator], filing: Filing) -> None:
    first = queue(firms[0], filing=filing)
    queue(firms[0], filing=filing, kind="IE3A26", due=1)
    settle(served(1)[0], "answered")
    served(1, at=300)

    with tenant_scope(firms[0].pk):
        told = [outbox.answered(filing=filing, by=by, answers=first.message_id, at=later(301)) for by in ("IE3N99", "IE3N10")]
        assert told == [False, False]
        assert outbox.answered(filing=filing, by="IE3N10", at=later(302))


def test_a_priority_does_not_let_a_message_overtake_its_own_filing(firms: list[Operator], filing: Filing) -> None:
    first = queue(firms[0], filing=filing)
    queue(firms[0], filing=filing, kind="IE3R03", priority="A", due=1)

    assert [row.pk for row in served(9)] == [first.pk]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 3), st.sampled_from("ABC")),
        st.tuples(st.just("claim"), st.integers(0, 9), st.just("")),
        st.tuples(st.just("settle"), st.integers(0, 9), st.sampled_from(["answered", "failed", "delivered", "again"])),
    ),
    max_size=40,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_messages_of_a_filing_leave_in_order_whatever_happens(firms: list[Operator], steps: list[tuple[str, int, str]]) -> None:
    with every_tenant("a test"):
        OutboxMessage.objects.all().delete()
    filings: list[Filing] = []
    for number in range(4):
        with tenant_scope(firms[number % 3].pk):
            filings.append(factories.draft())
    made: dict[UUID, list[UUID]] = {filing.pk: [] for filing in filings}
    first_claims: dict[UUID, list[UUID]] = {filing.pk: [] for filing in filings}
    settled: set[UUID] = set()
    under_way: list[OutboxMessage] = []

    for clock, (step, number, how) in enumerate(steps):
        if step == "put":
            filing = filings[number]
            row = queue(next(f for f in firms if f.pk == filing.operator_id), filing=filing, priority=how, due=clock)
            made[filing.pk].append(row.pk)
        elif step == "claim" and (claimed := outbox.claim(at=later(clock + 1))) is not None:
            before = made[claimed.filing_id][: made[claimed.filing_id].index(claimed.pk)]
            assert set(before) <= settled
            if claimed.pk not in first_claims[claimed.filing_id]:
                first_claims[claimed.filing_id].append(claimed.pk)
            under_way = [row for row in under_way if row.pk != claimed.pk] + [claimed]
        elif step == "settle" and under_way:
            row = under_way.pop(number % len(under_way))
            if how == "again":
                with tenant_scope(row.operator_id):
                    outbox.again(row, due_at=later(clock), reason="once more")
                continue
            settle(row, how)
            row_now = _now(row)
            if row_now.state == States.FAILED or row_now.answered_at:
                settled.add(row.pk)

    for pk, order in first_claims.items():
        assert order == made[pk][: len(order)]


def _now(row: OutboxMessage) -> OutboxMessage:
    with tenant_scope(row.operator_id):
        return OutboxMessage.objects.get(pk=row.pk)


# --- Cost ------------------------------------------------------------------------------------------------------------------


def _many(firm: Operator, count: int, *, state: str) -> None:
    """Insert rows in one statement: a test that waits for the ORM shows nothing about claiming."""
    with every_tenant("a test"), connection.cursor() as cursor:
        cursor.execute(
            """insert into filings_outboxmessage
                 (id, operator_id, message_type, message_id, payload, priority, state, attempts, due_at, reason,
                  created_at, done_at, awaits_answer)
               select gen_random_uuid(), %s, 'IE3F26', gen_random_uuid(), '', 'B', %s, 0, %s::timestamptz + n * interval '1 ms',
                      '', %s::timestamptz + n * interval '1 ms', case when %s = 'done' then %s::timestamptz end, true
               from generate_series(1, %s) n""",
            [firm.pk, state, NOW, NOW, state, later(60), count],
        )


def _buffers(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def _cost(firms: list[Operator]) -> tuple[int, str]:
    statement, values = outbox.turn_query(outbox.EVERYBODY, Turn({"B": firms[0].pk}), at=later(9999))
    with every_tenant("a test"), connection.cursor() as cursor:
        cursor.execute(outbox.BY_INDEX)
        cursor.execute("explain (analyze, buffers, format json) " + statement, values)
        [[plan]] = cursor.fetchall()
    return _buffers(plan[0]["Plan"]), str(plan)


def _few_and_many(firms: list[Operator], *, analyzed: str) -> tuple[tuple[int, str], tuple[int, str]]:
    """Return what a claim costs with few messages and with many; the planner's figures are made when it is said."""
    for firm in firms:
        _many(firm, 10, state="waiting")
    few = _cost(firms)
    _analyze(analyzed == "with few")
    _many(firms[0], 20_000, state="waiting")
    _many(firms[1], 20_000, state="done")
    _analyze(analyzed == "with many")
    return few, _cost(firms)


def _analyze(wanted: bool) -> None:
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute("analyze filings_outboxmessage")


def test_a_claim_reads_as_little_with_many_rows_as_with_few(firms: list[Operator]) -> None:
    (few, _), (many, _) = _few_and_many(firms, analyzed="never")

    assert many <= few + 24  # the index is a level or two deeper, for each priority that is asked


@pytest.mark.parametrize("analyzed", ["never", "with few", "with many"])
def test_a_claim_goes_by_its_index_whatever_the_planner_believes(firms: list[Operator], analyzed: str) -> None:
    _, (_, plan) = _few_and_many(firms, analyzed=analyzed)

    assert set(re.findall(r"'Index Name': '(\w+)'", plan)) == {"outbox_running", "outbox_turn"}
    assert "Seq Scan" not in plan.replace("CTE Scan", "")
