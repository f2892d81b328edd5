"""The outbox under several workers: each row goes to one, and a worker that comes back late is fenced off."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from filings import lifecycle, outbox, selectors
from filings.models import OutboxMessage
from filings.services import submission
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, later


@pytest.fixture
def firms(db: None) -> list[Operator]:
    return [factories.operator(slug) for slug in ("acme", "other")]


def queue(of: Operator, *, priority: str = "B", due: float = 0) -> OutboxMessage:
    with tenant_scope(of.pk):
        return outbox.put(filing=None, message_type="IE3F26", payload=b"<a/>", priority=priority, at=later(due))


def test_claim_takes_the_urgent_before_the_old(firms: list[Operator]) -> None:
    old = queue(firms[0])
    urgent = queue(firms[1], priority="A", due=5)

    claimed = [outbox.claim(at=later(9)) for _ in range(3)]

    assert [row and row.pk for row in claimed] == [urgent.pk, old.pk, None]


def test_claim_leaves_what_is_not_due(firms: list[Operator]) -> None:
    queue(firms[0], due=10)

    assert outbox.claim(at=later(9)) is None
    assert outbox.claim(at=later(10)) is not None


def test_a_lease_that_ran_out_is_claimed_again_and_its_worker_fenced_off(firms: list[Operator]) -> None:
    queue(firms[0])
    first = outbox.claim(at=NOW)
    assert first is not None
    assert outbox.claim(at=NOW + outbox.LEASE - timedelta(seconds=1)) is None

    second = outbox.claim(at=NOW + outbox.LEASE)

    assert second is not None
    assert (second.pk, second.attempts) == (first.pk, 2)
    with every_tenant("a test"):
        assert not outbox.done(first, at=later(200))
        assert not outbox.again(first, due_at=later(200), reason="late")
        assert not outbox.give_up(first, at=later(200), reason="late")
        assert outbox.done(second, at=later(200))
        assert OutboxMessage.objects.get(pk=first.pk).state == "done"


def test_a_settled_message_is_not_claimed_again(firms: list[Operator]) -> None:
    queue(firms[0])
    row = outbox.claim(at=NOW)
    assert row is not None
    with every_tenant("a test"):
        outbox.give_up(row, at=later(1), reason="no")

    assert outbox.claim(at=later(9999)) is None


def test_again_makes_it_due_later(firms: list[Operator]) -> None:
    queue(firms[0])
    row = outbox.claim(at=NOW)
    assert row is not None
    with every_tenant("a test"):
        assert outbox.again(row, due_at=later(60), reason="The endpoint does not answer.")

    assert outbox.claim(at=later(59)) is None
    assert outbox.claim(at=later(60)) is not None


def at_once(deed: Any, times: int) -> list[Any]:
    """Run a deed in several threads that start together; return what each returned or raised."""
    together = Barrier(times)

    def run(_: int) -> Any:
        try:
            together.wait(10)
            return deed()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


@pytest.mark.django_db(transaction=True)
def test_several_workers_get_each_row_once(firms: list[Operator]) -> None:
    made = {queue(firms[number % 2]).pk for number in range(24)}

    def drain() -> list[Any]:
        rows = []
        while (row := outbox.claim(at=later(1))) is not None:
            rows.append(row.pk)
        return rows

    shares = at_once(drain, 4)

    claimed = [pk for share in shares for pk in share]
    assert len(claimed) == 24
    assert set(claimed) == made


@pytest.mark.django_db(transaction=True)
def test_two_submits_at_once_give_one_message(firms: list[Operator]) -> None:
    with tenant_scope(firms[0].pk):
        pk = factories.draft().pk

    def submit() -> str:
        with tenant_scope(firms[0].pk):
            filing = selectors.filing(pk)
            submission.submit(filing=filing, by=ALICE, at=later(1))
            return "queued"

    outcomes = at_once(submit, 3)

    assert outcomes.count("queued") == 1
    assert sum(isinstance(outcome, lifecycle.NotAllowed) for outcome in outcomes) == 2
    with tenant_scope(firms[0].pk):
        assert OutboxMessage.objects.filter(filing=pk).count() == 1


def test_ring_is_silent_about_a_broker_that_is_down(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.undo()  # the bell itself, which other tests muffle
    with monkeypatch.context() as patch:
        from kombu.exceptions import OperationalError

        def refuse(*_: object, **__: object) -> None:
            raise OperationalError("down")

        patch.setattr("celery.current_app.send_task", refuse)
        outbox.ring()

    assert "the sweep will find the row" in caplog.text
