"""Workers that die, and workers that meet: nothing is lost, nothing is sent twice as something new.

A worker that is killed is one that stops between two lines. Here it stops by an exception no code catches
(BaseException), after which another worker, with a database connection of its own, goes on.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection as database

from filings import outbox
from filings.lifecycle import State
from filings.messages.document import Document
from filings.models import Filing
from integrations import connections, http, inbound, leases, outbound, routing
from integrations.models import Attempt, Connection, Exchange, InboundMessage
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock, Identities, make_connection

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """SIGKILL, as near as a test can get: no handler of the product runs."""


@pytest.fixture
def itsp(transactional_db: None, sti: FakeSti, identities: Identities, bells: list[str]) -> Connection:
    return make_connection("ITSP", "BE0700000001", sti.url, identities)


@pytest.fixture
def filing(transactional_db: None, itsp: Connection) -> Filing:
    operator: Operator = factories.operator("acme")
    with tenant_scope(operator.pk):
        return factories.submitted()


def reloaded(filing: Filing) -> Filing:
    with tenant_scope(filing.operator_id):
        filing.refresh_from_db()
    return filing


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    """Run the same work in several threads at once, each with a database connection of its own."""
    together = threading.Barrier(count)

    def run() -> Any:
        try:
            together.wait(10)
            return work()
        finally:
            database.close()

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(count)]]


def die(*_: object, **__: object) -> None:
    raise Killed


# --- Killed ----------------------------------------------------------------------------------------------------------------


def test_killed_between_storing_and_sending(filing: Filing, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as fatal:
        fatal.setattr(http, "post", die)
        with pytest.raises(Killed):
            outbound.send_next(clock=clock)
    with tenant_scope(filing.operator_id):
        before = bytes(Exchange.objects.get().body)
    early = outbound.send_next(clock=clock)
    clock.forward(outbox.LEASE.total_seconds())

    outbound.send_next(clock=clock)

    assert not early
    assert [body for _, body in sti.pushes] == [before]
    assert reloaded(filing).state == State.SENT


@pytest.mark.parametrize("moment", ["_keep", "_settle"])
def test_killed_between_sending_and_storing_the_receipt(
    moment: str, filing: Filing, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as fatal:
        fatal.setattr(outbound, moment, die)
        with pytest.raises(Killed):
            outbound.send_next(clock=clock)
    clock.forward(outbox.LEASE.total_seconds())

    outbound.send_next(clock=clock)

    assert sti.pushes[0] == sti.pushes[1]
    assert len(sti.delivered) == 1
    with tenant_scope(filing.operator_id):
        exchange = Exchange.objects.get()
        assert bytes(exchange.receipt) == sti.delivered[exchange.message_id].body
        assert [attempt.outcome for attempt in Attempt.objects.all()] == ["lost", "receipted"]
    assert reloaded(filing).state == State.SENT


def test_killed_after_everything_was_stored(filing: Filing, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as fatal:
        fatal.setattr(connections, "expect_answer", die)
        with pytest.raises(Killed):
            outbound.send_next(clock=clock)
    clock.forward(3600)

    assert not outbound.send_next(clock=clock)
    assert len(sti.pushes) == 1


def test_killed_between_storing_a_message_and_its_receipt(
    itsp: Connection, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = sti.message(to=itsp.party_id, action="IE3R01", payload=b"<IE3R01/>")
    sti.waiting.append(message)
    with monkeypatch.context() as fatal:
        fatal.setattr(inbound, "_post_back", die)
        fatal.setattr(connections, "end_pull", lambda *_, **__: None)
        with pytest.raises(Killed):
            inbound.pull_next(clock=clock)
    sti.waiting.append(message)
    clock.forward(connections.PULL_LEASE.total_seconds())

    inbound.pull_next(clock=clock)

    with every_tenant("a test"):
        assert InboundMessage.objects.count() == 1
    assert [receipt.ref_to for receipt in sti.receipts] == [message.message_id]


def test_killed_while_routing(filing: Filing, itsp: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.integrations.test_routing import arrived

    outbound.send_next(clock=clock)
    arrived(itsp, factories.registration(filing))
    with monkeypatch.context() as fatal:
        fatal.setitem(routing.VERBS, ("filing", "register"), die)  # type: ignore[arg-type]
        with pytest.raises(Killed):
            routing.route_next(at=clock.now)

    routing.route_next(at=clock.now)

    assert reloaded(filing).state == State.REGISTERED


# --- Meeting ---------------------------------------------------------------------------------------------------------------


def test_two_workers_and_one_message(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    did = in_threads(4, lambda: outbound.send_next(clock=clock))

    assert sorted(did) == [False, False, False, True]
    assert len(sti.pushes) == 1


def test_workers_share_the_messages_that_wait(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    with tenant_scope(filing.operator_id):
        for _ in range(7):
            factories.submitted()

    def drain() -> int:
        count = 0
        while outbound.send_next(clock=clock):
            count += 1
        return count

    assert sum(in_threads(4, drain)) == 8
    assert len(sti.pushes) == len(sti.delivered) == 8


def test_a_worker_that_comes_back_after_its_lease_changes_nothing(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    def somebody_else_sends_it_meanwhile() -> None:
        sti.before_answer = None
        clock.forward(outbox.LEASE.total_seconds())
        in_threads(1, lambda: outbound.send_next(clock=clock))

    sti.before_answer = somebody_else_sends_it_meanwhile

    outbound.send_next(clock=clock)

    assert len(sti.pushes) == 2
    assert len(sti.delivered) == 1
    assert reloaded(filing).state == State.SENT
    with tenant_scope(filing.operator_id):
        assert filing.events.filter(kind="handed_over").count() == 1
        assert Exchange.objects.get().state == Exchange.State.RECEIPTED


def test_a_lease_is_renewed_while_customs_takes_its_time(filing: Filing, sti: FakeSti, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.05)
    renewed: list[bool] = []
    monkeypatch.setattr(outbox, "renew", _recorded(outbox.renew, renewed))
    with tenant_scope(filing.operator_id):
        filing.outbox.update(due_at=factories.NOW.replace(year=2020))
    sti.before_answer = lambda: _wait_until(lambda: len(renewed) >= 2)

    outbound.send_next()

    assert renewed[:2] == [True, True]
    assert reloaded(filing).state == State.SENT


def test_one_puller_at_a_time(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    sti.waiting.extend(sti.message(to=itsp.party_id, action="IE3R01", payload=b"<IE3R01/>") for _ in range(3))

    did = in_threads(4, lambda: inbound.pull_next(clock=clock))

    assert sorted(did) == [False, False, False, True]
    assert len(sti.receipts) == 3


def test_the_same_push_eight_times_at_once(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    with every_tenant("a test"):
        Connection.objects.update(reception=Connection.Reception.PUSH)
    message = sti.message(to=itsp.party_id, action="IE3R01", payload=b"<IE3R01/>", mpc=None)

    answers = in_threads(8, lambda: inbound.answer_push(content_type=message.content_type, body=message.body, at=clock.now))

    assert {status for status, _ in answers} == {200}
    assert len({signal.body for _, signal in answers}) == 1
    with every_tenant("a test"):
        assert InboundMessage.objects.count() == 1


def registration(filing: Filing, minute: int) -> Document:
    """Return a registration of a minute of its own: the same told again is no news."""
    answer = factories.registration(filing)
    answer.set("registrationDate", f"2026-11-23T09:{minute:02}:00Z")
    return answer


def test_several_routers_deliver_each_message_once(filing: Filing, itsp: Connection, clock: Clock) -> None:
    from tests.integrations.test_routing import arrived

    outbound.send_next(clock=clock)
    for number in range(1, 7):
        arrived(itsp, registration(filing, number), number=number)

    def drain() -> None:
        while routing.route_next(at=clock.now):
            pass

    in_threads(4, drain)

    with tenant_scope(filing.operator_id):
        assert filing.events.filter(kind="registered").count() == 6
    with every_tenant("a test"):
        assert set(InboundMessage.objects.values_list("state", flat=True)) == {"routed"}


def test_a_router_waits_for_the_one_that_looks_at_an_older_message(filing: Filing, itsp: Connection, clock: Clock) -> None:
    from tests.integrations.test_routing import arrived

    outbound.send_next(clock=clock)
    older, newer = (arrived(itsp, registration(filing, number), number=number) for number in (1, 2))

    def state(row: InboundMessage) -> str:
        with every_tenant("a test"):
            row.refresh_from_db()
        return row.state

    with every_tenant("a test"):
        InboundMessage.objects.select_for_update(of=("self",)).get(pk=older.pk)  # whose it is, is not known yet
        looked = in_threads(1, lambda: routing.route_next(at=clock.now))
    early = state(newer)
    while routing.route_next(at=clock.now):
        pass

    assert looked == [True]
    assert early == InboundMessage.State.STORED
    assert {state(older), state(newer)} == {InboundMessage.State.ROUTED}
    with tenant_scope(filing.operator_id):
        told = filing.events.filter(kind="registered").order_by("id").values_list("message_id", flat=True)
        assert list(told) == [older.message_id, newer.message_id]


def _recorded(renew: Callable[..., bool], said: list[bool]) -> Callable[..., bool]:
    def recorded(*args: Any, **kwargs: Any) -> bool:
        said.append(renew(*args, **kwargs))
        return said[-1]

    return recorded


def _wait_until(ready: Callable[[], bool]) -> None:
    stop = threading.Event()
    for _ in range(200):
        if ready():
            return
        stop.wait(0.05)
