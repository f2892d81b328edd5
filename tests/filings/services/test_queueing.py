"""Holding back, letting go and sending again: what it does to the queue, the timeline and the trail."""

import pytest

from filings import lifecycle, outbox
from filings.models import Filing, OutboxMessage
from filings.services import queueing
from filings.services.queueing import Choice
from tenants.actors import Actor
from tenants.models import AuditEvent, Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import later

pytestmark = pytest.mark.django_db
DESK = Actor(name="Lieve Maes (ITSP)", role="staff")


@pytest.fixture
def firms(db: None) -> list[Operator]:
    return [factories.operator(slug) for slug in ("first", "second")]


def submitted(of: Operator) -> Filing:
    with tenant_scope(of.pk):
        return factories.submitted()


def row_of(filing: Filing) -> OutboxMessage:
    with tenant_scope(filing.operator_id):
        return filing.outbox.get()


def kinds(filing: Filing) -> list[str]:
    with tenant_scope(filing.operator_id):
        return list(filing.events.values_list("kind", flat=True))


def deeds(filing: Filing) -> list[tuple[str, str]]:
    with tenant_scope(filing.operator_id):
        events = AuditEvent.objects.filter(target_id=str(row_of(filing).pk)).order_by("at")
        return list(events.values_list("deed", "actor"))


def test_what_is_held_does_not_leave_until_it_is_let_go(firms: list[Operator]) -> None:
    filing = submitted(firms[0])
    place = row_of(filing).due_at

    held = queueing.hold(choice=Choice(ids=(row_of(filing).pk,)), reason="The office asked for it.", by=DESK, at=later(2))
    meanwhile = outbox.claim(at=later(3))
    released = queueing.release(choice=Choice(), by=DESK, at=later(4))

    assert (held, meanwhile, released) == (1, None, 1)
    assert row_of(filing).due_at == place
    assert outbox.claim(at=later(5)) is not None
    assert kinds(filing)[-2:] == ["held", "released"]
    assert deeds(filing) == [("outbox.held", DESK.name), ("outbox.released", DESK.name)]


def test_a_choice_limits_a_deed_to_what_fits(firms: list[Operator], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "STEP", 2)
    mine, theirs = [submitted(firms[0]) for _ in range(5)], submitted(firms[1])

    held = queueing.hold(choice=Choice(operator_id=firms[0].pk), reason="", by=DESK, at=later(2))

    assert held == 5
    assert {row_of(filing).state for filing in mine} == {"held"}
    assert row_of(theirs).state == "waiting"


def test_inside_an_operators_scope_only_its_messages_are_touched(firms: list[Operator]) -> None:
    mine, theirs = submitted(firms[0]), submitted(firms[1])

    with tenant_scope(firms[0].pk):
        held = queueing.hold(choice=Choice(), reason="", by=factories.ALICE, at=later(2))

    assert held == 1
    assert (row_of(mine).state, row_of(theirs).state) == ("held", "waiting")


def test_what_is_being_sent_is_not_held(firms: list[Operator]) -> None:
    submitted(firms[0])
    outbox.claim(at=later(2))

    assert queueing.hold(choice=Choice(), reason="", by=DESK, at=later(3)) == 0


def test_a_given_up_filing_is_sent_again_as_the_same_message(firms: list[Operator]) -> None:
    with tenant_scope(firms[0].pk):
        filing = factories.failed()
    before = row_of(filing)

    count = queueing.resend(choice=Choice(), by=DESK, at=later(9))

    after = row_of(filing)
    with tenant_scope(firms[0].pk):
        filing.refresh_from_db()
    assert count == 1
    assert (after.state, after.attempts, after.message_id) == ("waiting", 0, before.message_id)
    assert filing.state == lifecycle.State.QUEUED
    assert kinds(filing).count("resent") == 1


def test_a_later_message_of_a_filing_can_be_let_go_by_a_person(firms: list[Operator]) -> None:
    filing = submitted(firms[0])
    with tenant_scope(firms[0].pk):
        later_one = outbox.put(filing=filing, message_type="IE3A26", payload=b"<a/>", priority="B", at=later(2))
    outbox.claim(at=later(3))

    queueing.release(choice=Choice(ids=(later_one.pk,)), by=DESK, at=later(4))
    still = outbox.claim(at=later(5))
    queueing.release(choice=Choice(ids=(later_one.pk,)), by=DESK, at=later(6), despite_order=True)

    claimed = outbox.claim(at=later(7))
    assert still is None
    assert claimed is not None
    assert claimed.pk == later_one.pk
