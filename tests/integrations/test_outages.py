"""Outages: announced, detected with a real dead port, seen by those they concern, stamped on filings, and drained afterwards."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from filings.models import Filing, OutboxMessage
from integrations import outages, outbound, stamping
from integrations.models import Connection, Gate, Outage, OutageStamp
from tenants.models import Operator
from tenants.scope import NoScope, every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock, Identities, make_connection

pytestmark = pytest.mark.django_db
ACCESS_POINT, PROCESSING, NATIONAL = "access_point", "processing", "national"


@pytest.fixture
def dead_port() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))  # taken, and not listening: whoever connects is refused
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def submitted(of: Operator, count: int = 1, message: str = "IE3F26", **values: str) -> list[Filing]:
    with tenant_scope(of.pk):
        return [factories.submitted(message, **values) for _ in range(count)]


def announced(clock: Clock, **more: Any) -> Outage:
    fields: dict[str, Any] = {"component": ACCESS_POINT, "text": "Maintenance.", "starts_at": clock(), "ends_at": None}
    return outages.announce(**{**fields, **more}, by="Lieve Maes", at=clock())


def open_ones() -> list[Outage]:
    with every_tenant("a test"):
        return list(Outage.objects.filter(ends_at=None))


def drained(clock: Clock, most: int = 60) -> int:
    sent = 0
    for _ in range(most):
        while outbound.send_next(clock=clock):
            sent += 1
        clock.forward(30)
    return sent


def told(filing: Filing) -> list[str]:
    with tenant_scope(filing.operator_id):
        return list(filing.events.filter(kind="outage").values_list("sentence", flat=True))


# --- Detected --------------------------------------------------------------------------------------------------------------


def test_a_dead_port_is_noticed_told_and_over_when_it_lives_again(
    itsp: Connection, acme: Operator, sti: FakeSti, dead_port: str, clock: Clock
) -> None:
    filings = submitted(acme, 5)
    with every_tenant("a test"):
        Connection.objects.update(endpoint=dead_port)
    began = clock()
    drained(clock, most=8)

    [outage] = open_ones()
    stamping.stamp_all(at=clock())
    waiting = [told(filing) for filing in filings]
    with every_tenant("a test"):
        Connection.objects.update(endpoint=sti.url)
    clock.forward(600)
    drained(clock)

    assert (outage.component, outage.source, outage.connection_id) == (ACCESS_POINT, "detected", itsp.pk)
    assert began <= outage.starts_at < outage.created_at
    assert all(len(lines) == 1 and "leaves when that ends" in lines[0] for lines in waiting)
    assert open_ones() == []
    assert len(sti.delivered) == 5
    with tenant_scope(acme.pk):
        assert {filing.outbox.get().state for filing in filings} == {"done"}
        assert OutageStamp.objects.filter(outage_id=outage.pk).count() == 5


def test_one_message_that_fails_a_few_times_is_no_outage(itsp: Connection, acme: Operator, dead_port: str, clock: Clock) -> None:
    submitted(acme)
    with every_tenant("a test"):
        Connection.objects.update(endpoint=dead_port)

    drained(clock, most=3)
    early = open_ones()
    drained(clock, most=60)

    assert early == []
    assert len(open_ones()) == 1  # but not for ever


def _handed_over(of: Operator, itsp: Connection, count: int, clock: Clock) -> list[Filing]:
    filings = submitted(of, count)
    while outbound.send_next(clock=clock):
        pass
    return filings


def test_signed_for_and_never_answered_is_noticed_and_over_with_an_answer(
    itsp: Connection, acme: Operator, sti: FakeSti, clock: Clock, settings: Any
) -> None:
    from filings import outbox

    filings = _handed_over(acme, itsp, settings.OUTAGE_SILENT_MESSAGES, clock)
    clock.forward(settings.OUTAGE_SILENCE_MINUTES * 60 - 5)
    outages.watch_answers(at=clock())
    early = open_ones()
    clock.forward(60)
    outages.watch_answers(at=clock())

    [outage] = open_ones()
    with tenant_scope(acme.pk):
        filings[0].refresh_from_db()
        outbox.answered(filing=filings[0], by="IE3R01", at=clock.forward(5))
    outages.watch_answers(at=clock())

    assert early == []
    assert outage.component == PROCESSING
    assert open_ones() == []


def test_silence_about_a_few_while_others_are_answered_is_no_outage(
    itsp: Connection, acme: Operator, sti: FakeSti, clock: Clock, settings: Any
) -> None:
    from filings import outbox

    filings = _handed_over(acme, itsp, settings.OUTAGE_SILENT_MESSAGES + 1, clock)
    clock.forward(settings.OUTAGE_SILENCE_MINUTES * 60 + 60)
    with tenant_scope(acme.pk):
        outbox.answered(filing=filings[0], by="IE3R01", at=clock())
    outages.watch_answers(at=clock())

    assert open_ones() == []


# --- Announced -------------------------------------------------------------------------------------------------------------


def test_messages_wait_in_order_for_an_announced_outage_and_drain_at_a_pace(
    itsp: Connection, acme: Operator, sti: FakeSti, clock: Clock
) -> None:
    with every_tenant("a test"):
        Connection.objects.update(drain_per_minute=60, burst=1)
    filings = submitted(acme, 3)
    clock.forward(60)
    outage = announced(clock, starts_at=clock(), ends_at=clock() + timedelta(minutes=10))

    held = drained(clock, most=10)
    clock.forward(600)
    at_once = sum(outbound.send_next(clock=clock) for _ in range(3))
    drained(clock)

    with tenant_scope(acme.pk):
        ends = list(OutboxMessage.objects.order_by("created_at").values_list("done_at", flat=True))
    assert held == 0
    assert at_once == 1
    assert ends == sorted(ends)
    assert len(sti.delivered) == len(filings)
    with every_tenant("a test"):
        assert Gate.objects.get(connection=itsp).draining is False
    assert outage.holds


def test_staff_end_an_outage_and_what_waited_leaves(itsp: Connection, acme: Operator, sti: FakeSti, clock: Clock) -> None:
    submitted(acme)
    outage = announced(clock)
    assert drained(clock, most=2) == 0

    outages.end(pk=outage.pk, by="Lieve Maes", at=clock())
    drained(clock, most=3)

    assert len(sti.delivered) == 1
    with pytest.raises(outages.IsOver):
        outages.end(pk=outage.pk, by="Lieve Maes", at=clock())


def test_a_planned_outage_holds_nothing_before_it_begins(itsp: Connection, acme: Operator, sti: FakeSti, clock: Clock) -> None:
    submitted(acme)
    announced(clock, starts_at=clock() + timedelta(hours=1), is_planned=True)

    drained(clock, most=1)

    assert len(sti.delivered) == 1


def test_the_outage_of_one_connection_holds_no_other(
    itsp: Connection, acme: Operator, sti: FakeSti, identities: Identities, clock: Clock
) -> None:
    own = factories.operator("own")
    line = make_connection("Own", "DE1", sti.url, identities, operator=own)
    mine, theirs = submitted(own), submitted(acme)
    outage = announced(clock, connection_id=line.pk)

    drained(clock, most=2)
    stamping.stamp_all(at=clock())

    with tenant_scope(acme.pk):
        assert theirs[0].outbox.get().state == "done"
        assert list(outages.register()) == []
    with tenant_scope(own.pk):
        assert mine[0].outbox.get().state == "waiting"
        assert list(outages.in_force(at=clock())) == [outage]
    assert (len(told(mine[0])), len(told(theirs[0]))) == (1, 0)


def test_an_outage_cannot_end_before_it_starts(clock: Clock) -> None:
    with pytest.raises(outages.EndsTooEarly):
        announced(clock, ends_at=clock() - timedelta(minutes=1))


# --- Seen and stamped ------------------------------------------------------------------------------------------------------


def test_a_national_outage_stamps_what_is_addressed_to_it_and_holds_nothing(
    itsp: Connection, acme: Operator, sti: FakeSti, clock: Clock
) -> None:
    announced(clock, component=NATIONAL, member_states=["NL"])
    clock.now = max(clock.now, factories.later(2))
    to_nl, to_de = (submitted(acme, addressedMemberState__country=country)[0] for country in ("NL", "DE"))
    with tenant_scope(acme.pk):
        OutboxMessage.objects.update(created_at=clock(), due_at=clock())
    clock.forward(30)

    drained(clock, most=1)
    stamping.stamp_all(at=clock())
    stamping.stamp_all(at=clock.forward(30))

    assert len(sti.delivered) == 2
    assert (len(told(to_nl)), len(told(to_de))) == (1, 0)
    assert "the answer may take longer" in told(to_nl)[0]


def test_during_answers_what_a_deadline_asks(itsp: Connection, clock: Clock) -> None:
    start = clock()
    hour = timedelta(hours=1)
    everywhere = announced(clock, starts_at=start, ends_at=start + hour)
    national = announced(clock, component=NATIONAL, starts_at=start + hour, ends_at=start + 2 * hour, member_states=["NL"])

    def asked(**more: Any) -> list[Outage]:
        with every_tenant("a test"):
            return outages.during(**more)

    assert asked(since=start - hour, until=start) == []
    assert asked(since=start, until=start + 3 * hour, member_state="NL", connection_id=itsp.pk) == [everywhere, national]
    assert asked(since=start, until=start + 3 * hour, member_state="DE") == [everywhere]
    assert asked(since=start + hour, until=start + 3 * hour, member_state="DE") == []


def test_the_register_is_closed_outside_a_scope_and_read_only_inside_an_operators(acme: Operator, clock: Clock) -> None:
    outage = announced(clock)

    with pytest.raises(NoScope):
        list(outages.register())
    with tenant_scope(acme.pk):
        assert list(outages.register()) == [outage]
        assert Outage.objects.filter(pk=outage.pk).update(text="x") == 0
