"""The gate of a connection with real workers on real PostgreSQL: pace, number at a time, pauses, turns between connections."""

import socket
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from filings import outbox
from filings.models import Filing, OutboxMessage
from integrations import gates, http, outbound
from integrations.models import Connection, Exchange, Gate
from integrations.rota import Rota
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti, Reply, good_receipt, refuses, replies
from tests.integrations.conftest import Clock, Identities, make_connection

DOWN = replies(Reply(503, "text/html", b"<html>Maintenance</html>"))


def queue(of: Operator, count: int = 1, *, at: datetime = factories.NOW) -> list[OutboxMessage]:
    with tenant_scope(of.pk):
        return [outbox.put(filing=None, message_type="IE3F26", payload=b"<a/>", priority="B", at=at) for _ in range(count)]


def configure(**fields: Any) -> None:
    with every_tenant("a test"):
        Connection.objects.update(**fields)


def gate_of(of: Connection) -> Gate:
    with every_tenant("a test"):
        return Gate.objects.get(connection=of)


def claims(clock: Clock, most: int = 99) -> list[OutboxMessage]:
    """Claim until nothing may leave now; nothing is settled."""
    rota, rows = Rota(), []
    while len(rows) < most and (row := rota.claim(at=clock())) is not None:
        rows.append(row)
    return rows


def finish(rows: list[OutboxMessage], clock: Clock) -> None:
    with every_tenant("a test"):
        for row in rows:
            outbox.done(row, at=clock())


@pytest.fixture
def roomy(settings: Any) -> None:
    settings.GATEWAY_SENDERS = 1000


# --- How many, how fast ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_connection_has_so_many_messages_under_way_and_no_more(itsp: Connection, acme: Operator, clock: Clock) -> None:
    queue(acme, 5)

    first = claims(clock)
    finish(first[:1], clock)
    second = claims(clock)

    assert (len(first), len(second)) == (itsp.parallel, 1)


@pytest.mark.django_db
def test_all_connections_together_leave_a_worker_free(
    itsp: Connection, acme: Operator, sti: FakeSti, identities: Identities, clock: Clock, settings: Any
) -> None:
    settings.GATEWAY_SENDERS = 3
    for number in range(3):
        firm = factories.operator(f"own{number}")
        make_connection(f"Own {number}", f"DE{number}", sti.url, identities, operator=firm)
        queue(firm, 5)

    assert len(claims(clock)) == 3


@pytest.mark.django_db
def test_connections_take_turns(
    itsp: Connection, acme: Operator, sti: FakeSti, identities: Identities, clock: Clock, roomy: None
) -> None:
    configure(parallel=50)
    own = factories.operator("own")
    make_connection("Own", "DE1", sti.url, identities, operator=own, parallel=50)
    queue(acme, 20)
    queue(own, 20)

    shares = Counter(row.operator_id for row in claims(clock, most=10))

    assert shares == {acme.pk: 5, own.pk: 5}


@pytest.mark.django_db
def test_a_pace_lets_a_burst_through_and_then_so_many_a_minute(
    itsp: Connection, acme: Operator, clock: Clock, roomy: None
) -> None:
    configure(messages_per_minute=60, burst=4, parallel=99)
    queue(acme, 30)
    rota = Rota()

    burst = claims(clock)
    assert rota.claim(at=clock()) is None
    clock.forward(3)
    after = claims(clock)
    clock.forward(3600)
    idle = claims(clock)

    assert (len(burst), len(after), len(idle)) == (4, 3, 4)
    assert rota.wait is not None


@pytest.mark.django_db(transaction=True)
def test_many_workers_share_one_pace_and_take_turns_between_operators(
    sti: FakeSti, identities: Identities, bells: list[str], clock: Clock, settings: Any
) -> None:
    settings.GATEWAY_SENDERS = 1000
    make_connection("ITSP", "BE1", sti.url, identities, messages_per_minute=60, burst=30, parallel=99)
    big, *small = [factories.operator(f"firm{number}") for number in range(4)]
    queue(big, 60)
    for firm in small:
        queue(firm, 3)
    together = threading.Barrier(4)

    def work(_: int) -> list[OutboxMessage]:
        try:
            together.wait(10)
            return claims(clock)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        shares = list(threads.map(work, range(4)))

    claimed = [row for share in shares for row in share]
    assert len(claimed) == len({row.pk for row in claimed}) == 30
    assert Counter(row.operator_id for row in claimed) == {big.pk: 21, **{firm.pk: 3 for firm in small}}


# --- When the endpoint does not work ---------------------------------------------------------------------------------------


@pytest.fixture
def filings(acme: Operator, itsp: Connection) -> list[Filing]:
    with tenant_scope(acme.pk):
        return [factories.submitted() for _ in range(4)]


def attempts(filings: list[Filing]) -> list[int]:
    with tenant_scope(filings[0].operator_id):
        return [filing.outbox.get().attempts for filing in filings]


@pytest.mark.django_db
def test_a_failing_endpoint_pauses_the_connection_and_costs_the_messages_no_attempts(
    filings: list[Filing], itsp: Connection, sti: FakeSti, clock: Clock
) -> None:
    sti.next_answers.extend([DOWN] * 20)

    sent = 0
    for _ in range(60):
        while outbound.send_next(clock=clock):
            sent += 1
        clock.forward(60)

    assert sent < 20
    assert sum(attempts(filings)) == gates.PAUSE_AFTER - 1  # those that were met before it was clear
    assert gate_of(itsp).paused_until is not None


@pytest.mark.django_db
def test_while_it_is_paused_one_message_at_a_time_tries(
    filings: list[Filing], itsp: Connection, sti: FakeSti, clock: Clock
) -> None:
    sti.next_answers.extend([DOWN] * 3)
    for _ in range(3):
        outbound.send_next(clock=clock)
    assert claims(clock) == []

    clock.now = gate_of(itsp).paused_until

    assert len(claims(clock)) == 1


@pytest.mark.django_db
def test_an_answer_opens_the_gate_and_all_leave(filings: list[Filing], itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.extend([DOWN] * 3)
    for _ in range(3):
        outbound.send_next(clock=clock)
    clock.forward(600)

    for _ in range(4):
        outbound.send_next(clock=clock)
        clock.forward(1)  # it drains at a pace

    assert len(sti.delivered) == 4
    assert gate_of(itsp).failures == 0


@pytest.mark.django_db
def test_the_pause_grows_and_has_an_end(itsp: Connection) -> None:
    itsp.first_delay = 4

    pauses = [gates.pause(itsp, failures=failures).total_seconds() for failures in range(3, 10)]

    assert pauses == [4, 8, 16, 32, 40, 40, 40]


@pytest.mark.django_db
def test_a_message_that_alone_fails_is_given_up(filings: list[Filing], itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    with tenant_scope(filings[0].operator_id):
        bad = filings[0].outbox.get().message_id

    def picky(sti: FakeSti, content_type: str, body: bytes) -> Reply:
        return (DOWN if bad.encode() in body else good_receipt)(sti, content_type, body)

    sti.next_answers.extend([picky] * 40)
    for number in range(14):
        while outbound.send_next(clock=clock):
            pass
        clock.forward(300)
        with tenant_scope(filings[0].operator_id):
            if number < 12:
                factories.submitted()

    with tenant_scope(filings[0].operator_id):
        assert filings[0].outbox.get().state == OutboxMessage.State.FAILED
        assert Exchange.objects.filter(state=Exchange.State.RECEIPTED).count() >= 12


@pytest.mark.django_db
def test_an_error_of_one_message_does_not_pause_the_connection(
    filings: list[Filing], itsp: Connection, sti: FakeSti, clock: Clock
) -> None:
    sti.next_answers.extend([refuses("EBMS:0202")] * 4)

    for _ in range(4):
        outbound.send_next(clock=clock)

    assert attempts(filings) == [1, 1, 1, 1]
    assert gate_of(itsp).failures == 0


@pytest.fixture
def hanging() -> Iterator[str]:
    """An address that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.mark.django_db(transaction=True)
def test_a_hanging_endpoint_never_holds_all_workers(
    hanging: str, sti: FakeSti, identities: Identities, bells: list[str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four workers; the ITSP's connection hangs, another one works: its messages leave meanwhile."""
    post = http.post
    monkeypatch.setattr(http, "post", lambda url, **more: post(url, **{**more, "read": 3.0}))
    monkeypatch.setattr("integrations.leases.RENEW_EVERY", 60)
    settings.GATEWAY_SENDERS = 3
    make_connection("ITSP", "BE1", hanging, identities)
    own, common = factories.operator("own"), factories.operator("common")
    make_connection("Own", "DE1", sti.url, identities, operator=own)
    for firm in (common, own):
        queue(firm, 6, at=timezone.now())
    together = threading.Barrier(4)

    def work(_: int) -> None:
        try:
            together.wait(10)
            while outbound.send_next():
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        workers = [threads.submit(work, number) for number in range(4)]
        with_the_other = threading.Event()
        for _ in range(300):
            if len(sti.delivered) == 6:
                with_the_other.set()
                break
            with_the_other.wait(0.01)
        hung = [worker for worker in workers if not worker.done()]
        for worker in workers:
            worker.result(60)

    assert with_the_other.is_set()
    assert hung  # it did hang while the others left


@pytest.mark.django_db
def test_a_claim_that_dies_with_its_worker_is_one_nobody_made(itsp: Connection, acme: Operator, clock: Clock) -> None:
    queue(acme)
    first = claims(clock)
    clock.forward(outbox.LEASE / timedelta(seconds=1))

    again = claims(clock)

    assert [row.pk for row in again] == [row.pk for row in first]


@pytest.mark.django_db
def test_draining_a_long_queue_keeps_memory_flat(itsp: Connection, acme: Operator, clock: Clock) -> None:
    """What a worker holds does not grow with what waits: the second half of a drain takes no more than the first."""
    configure(parallel=99)
    others = [factories.operator(f"firm{number}") for number in range(4)]
    for firm in (acme, *others):
        queue(firm, 60)
    rota, peaks = Rota(), []

    for _ in range(2):
        tracemalloc.start()
        for _ in range(150):
            row = rota.claim(at=clock())
            assert row is not None
            with tenant_scope(row.operator_id):
                outbox.done(row, at=clock())
        peaks.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 200_000
