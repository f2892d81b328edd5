"""Several pulls at a time over one connection: customs gives each another message, and each is kept and receipted once."""

import threading

import pytest

from filings import outbox
from integrations import connections, inbound
from integrations.bells import MOMENT, Bell
from integrations.models import Connection, InboundMessage
from tenants.scope import every_tenant
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock, Identities, make_connection

MANY = 12


@pytest.fixture
def itsp(transactional_db: None, sti: FakeSti, identities: Identities, bells: list[str]) -> Connection:
    return make_connection("ITSP", "BE0700000001", sti.url, identities, pull_parallel=4)


def waiting(sti: FakeSti, count: int) -> None:
    sti.waiting.extend(sti.message(to="BE0700000001", action="IE3R01", payload=b"<IE3R01/>") for _ in range(count))


def kept() -> list[InboundMessage]:
    with every_tenant("a test"):
        return list(InboundMessage.objects.all())


def test_each_message_is_kept_and_receipted_once(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    waiting(sti, MANY)

    inbound.pull_next(clock=clock)

    assert len({row.message_id for row in kept()}) == MANY
    assert len(sti.receipts) == MANY
    assert all(row.receipt_sent_at for row in kept())


def test_so_many_are_under_way_at_a_time_and_no_more(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    waiting(sti, MANY)
    busy, most, lock = 0, 0, threading.Lock()
    ask = inbound._ask

    def watched(*arguments: object) -> object:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        together.wait(0.2)
        try:
            return ask(*arguments)  # type: ignore[arg-type]
        finally:
            with lock:
                busy -= 1

    together = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inbound, "_ask", watched)
        inbound.pull_next(clock=clock)

    assert most == itsp.pull_parallel


def test_where_more_waits_than_is_pulled_in_one_go_it_goes_on_at_once(
    itsp: Connection, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "MOST_MESSAGES", 5)
    waiting(sti, MANY)

    first = inbound.pull_next(clock=clock)
    second = inbound.pull_next(clock=clock)

    assert first
    assert second
    assert len(kept()) > 5


def test_a_problem_of_one_pull_is_told_and_does_not_stop_the_others(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    waiting(sti, 4)
    sti.waiting.insert(2, sti.message(to="BE0700000001", action="IE3R01", payload=b"x", seal=None, mpc="urn:another"))

    inbound.pull_next(clock=clock)

    assert len(kept()) == 4
    assert "refused" in connections.get(itsp.pk).last_pull_problem


def test_a_bell_rung_often_is_heard_at_once_and_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[float] = []
    monkeypatch.setattr(outbox, "ring", lambda _bell, countdown=0.0: heard.append(countdown))
    now = 100.0
    bell = Bell("a bell", clock=lambda: now)

    for _ in range(5):
        bell.ring()
    now += 2 * MOMENT
    bell.ring()

    assert heard == [0, MOMENT, 0]
