"""What is old is removed, and nothing that anybody may still need."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from filings.models import Filing, OutboxMessage
from integrations import inbound, outbound, refusals, retention
from integrations.as4 import As4Error
from integrations.models import Attempt, Connection, Exchange, InboundMessage, Ping, Refusal
from integrations.tasks import remove_old
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock
from tests.integrations.test_console import desk  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db

LONG = 4 * 365 * 86_400 + 3 * 86_400  # seconds


@pytest.fixture
def exchanged(itsp: Connection, acme: Operator, sti: FakeSti, clock: Clock) -> Filing:
    """A filing that was sent, with a message of customs about it."""
    with tenant_scope(acme.pk):
        filing = factories.submitted()
    assert outbound.send_next(clock=clock)
    sti.waiting.append(sti.message(to="BE0700000001", action="IE3R01", payload=b"<IE3R01/>"))
    clock.forward(1)
    assert inbound.pull_next(clock=clock)
    with every_tenant("a test routes it"):
        InboundMessage.objects.update(state="routed", routed_at=clock(), filing=filing, operator=acme)
    with tenant_scope(acme.pk):
        Filing.objects.update(changed_at=clock())
    return filing


def left(filing: Filing) -> tuple[int, int, int]:
    """Return how many exchanges, attempts and messages of customs there are."""
    with every_tenant("a test counts"):
        inbound_ones = InboundMessage.objects.count()
    with tenant_scope(filing.operator_id):
        return Exchange.objects.count(), Attempt.objects.count(), inbound_ones


def test_evidence_stays_for_four_years_and_then_goes_both_ways(exchanged: Filing, clock: Clock) -> None:
    assert not retention.remove_next(at=clock.forward(4 * 365 * 86_400))
    assert left(exchanged) == (1, 1, 1)

    assert retention.remove_next(at=clock.forward(3 * 86_400))
    assert left(exchanged) == (0, 0, 0)
    with tenant_scope(exchanged.operator_id):
        row = OutboxMessage.objects.get()
        assert (bytes(row.payload), row.state, row.attempts) == (b"", "done", 1)
        assert exchanged.events.exists()
        assert Filing.objects.filter(pk=exchanged.pk, document__isnull=False).exists()
    assert not retention.remove_next(at=clock())


def test_what_moved_since_keeps_all_its_evidence(exchanged: Filing, clock: Clock) -> None:
    clock.forward(LONG)
    with tenant_scope(exchanged.operator_id):
        Filing.objects.update(changed_at=clock() - timedelta(days=10))

    assert not retention.remove_next(at=clock())
    assert left(exchanged) == (1, 1, 1)


@pytest.mark.parametrize("state", ["waiting", "held", "running", "failed"])
def test_what_is_still_in_the_queue_stays(exchanged: Filing, clock: Clock, state: str) -> None:
    with tenant_scope(exchanged.operator_id):
        OutboxMessage.objects.update(state=state)

    retention.remove_next(at=clock.forward(LONG))

    assert left(exchanged)[:2] == (1, 1)


@pytest.mark.parametrize("state", ["parked", "stored"])
def test_what_nobody_has_dealt_with_stays(exchanged: Filing, clock: Clock, state: str) -> None:
    with every_tenant("a test"):
        InboundMessage.objects.update(state=state)

    retention.remove_next(at=clock.forward(LONG))

    assert left(exchanged)[2] == 1


def test_nothing_is_old_where_the_days_are_none(exchanged: Filing, clock: Clock, settings: Any) -> None:
    settings.EVIDENCE_DAYS = 0

    assert not retention.remove_next(at=clock.forward(10 * LONG))
    assert left(exchanged) == (1, 1, 1)


def test_messages_of_customs_stay_for_as_long_as_copies_are_known(exchanged: Filing, clock: Clock, settings: Any) -> None:
    settings.EVIDENCE_DAYS = 1

    retention.remove_next(at=clock.forward(5 * 86_400))

    assert left(exchanged) == (0, 0, 1)


def test_refusals_and_pings_go_and_the_last_ping_stays(itsp: Connection, clock: Clock) -> None:
    with every_tenant("a test"):
        for number in range(2):
            Ping.objects.create(connection=itsp, message_id=f"{number}@x", sent_at=clock.forward(1), body=b"", content_type="")
    body = b"nonsense"
    what = refusals.pushed(As4Error("EBMS:0009"), content_type="", body=body, address="", received=None, connection=None)
    refusals.keep(what, at=clock())

    assert not retention.remove_next(at=clock.forward(89 * 86_400))
    assert retention.remove_next(at=clock.forward(92 * 86_400))

    with every_tenant("a test"):
        assert Refusal.objects.count() == 0
        assert [each.message_id for each in Ping.objects.all()] == ["1@x"]


def test_much_is_removed_step_by_step(itsp: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST", 2)
    for number in range(5):
        body = f"nonsense {number}".encode()
        what = refusals.pushed(As4Error("EBMS:0009"), content_type="", body=body, address="", received=None, connection=None)
        refusals.keep(what, at=clock())
    clock.forward(91 * 86_400)

    assert [retention.remove_next(at=clock()) for _ in range(4)] == [True, True, True, False]


def test_the_page_of_the_message_says_that_it_was_removed(exchanged: Filing, clock: Clock, desk: Client) -> None:  # noqa: F811
    retention.remove_next(at=clock.forward(LONG))
    with tenant_scope(exchanged.operator_id):
        pk = OutboxMessage.objects.get().pk

    page = desk.get(f"/gateway/messages/sent/{pk}/").content.decode()

    assert "removed after the time for which evidence is kept" in page
    assert desk.get(f"/gateway/messages/files/messages/{pk}/xml/").status_code == 404


def test_the_task_runs_where_nothing_is_old(exchanged: Filing) -> None:
    remove_old()

    assert left(exchanged) == (1, 1, 1)
