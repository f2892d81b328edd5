"""Sending: one set of bytes, receipts that prove something, errors that mean something."""

from typing import Any

import pytest
from django.utils import timezone

from filings import outbox
from filings.lifecycle import State
from filings.models import Filing, OutboxMessage
from integrations import http, outbound, rota
from integrations.as4 import Reference, Seal
from integrations.models import Attempt, Connection, Exchange
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import (
    FakeSti,
    Reply,
    delivers_then,
    receipt_over,
    receipt_signed_by,
    refuses,
    replies,
)
from tests.integrations.conftest import Clock, Identities, make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(acme: Operator, itsp: Connection) -> Filing:
    """A filing that waits to be sent."""
    with tenant_scope(acme.pk):
        return factories.submitted()


def state(filing: Filing) -> str:
    with tenant_scope(filing.operator_id):
        filing.refresh_from_db()
        return str(filing.state)


def row_of(filing: Filing) -> OutboxMessage:
    with tenant_scope(filing.operator_id):
        return filing.outbox.get()


def exchange_of(filing: Filing) -> Exchange:
    with tenant_scope(filing.operator_id):
        return Exchange.objects.get(filing=filing)


def attempts_of(filing: Filing) -> list[Attempt]:
    with tenant_scope(filing.operator_id):
        return list(Attempt.objects.filter(exchange__filing=filing))


# --- The good way ----------------------------------------------------------------------------------------------------------


def test_a_waiting_filing_is_sent_and_its_receipt_kept(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    assert outbound.send_next(clock=clock)

    exchange = exchange_of(filing)
    assert state(filing) == State.SENT
    assert row_of(filing).state == OutboxMessage.State.DONE
    assert exchange.state == Exchange.State.RECEIPTED
    assert bytes(exchange.receipt) == sti.delivered[exchange.message_id].body
    assert sti.pushes == [(exchange.content_type, bytes(exchange.body))]
    assert [attempt.outcome for attempt in attempts_of(filing)] == ["receipted"]


def test_nothing_to_send_is_said(itsp: Connection, clock: Clock) -> None:
    assert not outbound.send_next(clock=clock)


def test_an_answer_is_looked_for_soon_after_a_message_was_handed_over(
    filing: Filing, itsp: Connection, clock: Clock, bells: list[str]
) -> None:
    with every_tenant("a test"):
        Connection.objects.update(next_pull_at=factories.later(3600), empty_pulls=99)

    outbound.send_next(clock=clock)

    with every_tenant("a test"):
        itsp.refresh_from_db()
    assert (itsp.next_pull_at - clock.now).total_seconds() <= 1
    assert itsp.empty_pulls == 0
    assert rota.PULL_BELL in bells


def test_an_operator_with_a_connection_of_its_own_sends_over_it(
    filing: Filing, acme: Operator, sti: FakeSti, identities: Identities, clock: Clock
) -> None:
    own = make_connection("Own", "DE0000000001", sti.url, identities, operator=acme)

    outbound.send_next(clock=clock)

    assert exchange_of(filing).connection_id == own.pk


def test_the_most_urgent_message_goes_first(filing: Filing, acme: Operator, clock: Clock) -> None:
    with tenant_scope(acme.pk):
        urgent = outbox.put(filing=None, message_type="IE3R03", payload=b"<x/>", priority="A", at=factories.later(5))

    outbound.send_next(clock=clock)

    with tenant_scope(acme.pk):
        assert Exchange.objects.get().message_id == urgent.message_id


# --- Receipts that prove nothing (adversarial F 94-98) ---------------------------------------------------------------------


def _altered(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    first, *rest = references
    other = "A" * 43 + "="
    return (Reference(first.uri, other, first.xml.replace(first.digest.encode(), other.encode())), *rest)


NO_RECEIPTS = {
    "one reference left out": receipt_over(lambda references: references[1:]),
    "one reference twice": receipt_over(lambda references: (*references, references[0])),
    "a digest altered": receipt_over(_altered),
    "empty 200": replies(Reply(200)),
    "HTML 200": replies(Reply(200, "text/html", b"<html>Welcome</html>")),
    "redirect": replies(Reply(302, "text/html", b"moved")),
    "503": replies(Reply(503, "text/plain", b"try later")),
    "reset": replies(Reply(reset=True)),
    "cut short": replies(Reply(200, body=b"x" * 5000, cut=True)),
    "unsigned error": refuses("EBMS:0101", signed=False),
    "error about another message": refuses("EBMS:0101", ref_to="other@example.org"),
    "UUM&DS down": refuses("EBMS:0004", "A003 the register is down"),
    "not stored": refuses("EBMS:0202"),
}


@pytest.mark.parametrize("name", NO_RECEIPTS)
def test_what_is_no_receipt_is_tried_again_with_the_same_bytes(name: str, filing: Filing, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.append(NO_RECEIPTS[name])

    outbound.send_next(clock=clock)
    first = row_of(filing)
    clock.forward(60)
    outbound.send_next(clock=clock)

    assert first.state == OutboxMessage.State.WAITING
    assert first.reason
    assert 20 < (first.due_at - factories.later(60)).total_seconds() < 40
    assert sti.pushes[0] == sti.pushes[1]
    assert state(filing) == State.SENT
    assert [attempt.number for attempt in attempts_of(filing)] == [1, 2]


@pytest.mark.parametrize("who", ["stranger", "itsp"])
def test_a_receipt_signed_by_another_party_is_none(
    who: str, filing: Filing, sti: FakeSti, identities: Identities, clock: Clock
) -> None:
    identity = getattr(identities, who)
    sti.next_answers.append(receipt_signed_by(Seal(private_key=identity.private_key, chain=identity.chain)))

    outbound.send_next(clock=clock)

    assert row_of(filing).state == OutboxMessage.State.WAITING
    assert exchange_of(filing).receipt is None
    assert state(filing) == State.QUEUED


def test_a_pinned_connection_believes_no_other_certificate_of_the_same_authority(
    filing: Filing, sti: FakeSti, identities: Identities, clock: Clock
) -> None:
    with every_tenant("a test"):
        Connection.objects.update(pinned=sti.seal.fingerprint)
    other = identities.other_customs
    sti.next_answers.append(receipt_signed_by(Seal(private_key=other.private_key, chain=other.chain)))

    outbound.send_next(clock=clock)

    assert row_of(filing).state == OutboxMessage.State.WAITING


def test_references_may_come_back_in_another_order(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.append(receipt_over(lambda references: references[::-1]))

    outbound.send_next(clock=clock)

    assert exchange_of(filing).state == Exchange.State.RECEIPTED


def test_the_response_of_every_attempt_is_kept(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.append(replies(Reply(503, "text/plain", b"try later")))

    outbound.send_next(clock=clock)

    (attempt,) = attempts_of(filing)
    assert (attempt.status, bytes(attempt.response), attempt.response_type) == (503, b"try later", "text/plain")
    assert attempt.ended_at is not None


def test_nobody_listening_is_a_failed_attempt(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    with every_tenant("a test"):
        Connection.objects.update(endpoint="http://127.0.0.1:9/")

    outbound.send_next(clock=clock)

    (attempt,) = attempts_of(filing)
    assert (attempt.outcome, attempt.code, attempt.status) == ("no_receipt", "EBMS:0005", None)


# --- When to stop ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "detail"), [("EBMS:0101", ""), ("EBMS:0003", ""), ("EBMS:0303", ""), ("EBMS:0004", "A001 not registered")]
)
def test_a_signed_error_that_no_retry_changes_ends_the_attempts(
    code: str, detail: str, filing: Filing, sti: FakeSti, clock: Clock
) -> None:
    sti.next_answers.append(refuses(code, detail))

    outbound.send_next(clock=clock)

    assert row_of(filing).state == OutboxMessage.State.FAILED
    assert row_of(filing).reason.startswith(code)
    assert state(filing) == State.FAILED


def test_no_receipt_at_all_is_given_up_exactly_once(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.extend([refuses("EBMS:0202")] * 9)
    for _ in range(9):
        outbound.send_next(clock=clock)
        clock.forward(1000)

    assert row_of(filing).state == OutboxMessage.State.FAILED
    assert row_of(filing).reason.startswith("EBMS:0301")
    assert len(sti.pushes) < 9
    with tenant_scope(filing.operator_id):
        assert filing.events.filter(kind="not_delivered").count() == 1


def test_attempts_end_after_the_number_the_connection_allows(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    with every_tenant("a test"):
        Connection.objects.update(max_attempts=3, first_delay=1)
    sti.next_answers.extend([refuses("EBMS:0202")] * 9)

    for _ in range(9):
        outbound.send_next(clock=clock)
        clock.forward(60)

    assert len(sti.pushes) == 3


def test_a_filing_sent_again_by_a_person_goes_out_with_the_same_bytes(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    from filings.services import submission

    sti.next_answers.append(refuses("EBMS:0004", "A001 not registered"))
    outbound.send_next(clock=clock)
    with tenant_scope(filing.operator_id):
        submission.send_again(filing=Filing.objects.get(pk=filing.pk), by=factories.ALICE, at=clock.forward(86_400))

    outbound.send_next(clock=clock)

    assert sti.pushes[0] == sti.pushes[1]
    assert state(filing) == State.SENT


def test_a_duplicate_error_after_an_attempt_of_ours_means_delivered_without_proof(
    filing: Filing, sti: FakeSti, clock: Clock
) -> None:
    sti.next_answers.extend([delivers_then(Reply(reset=True)), refuses("EBMS:4001")])

    outbound.send_next(clock=clock)
    clock.forward(60)
    outbound.send_next(clock=clock)

    assert exchange_of(filing).state == Exchange.State.UNPROVEN
    assert row_of(filing).state == OutboxMessage.State.DONE
    assert state(filing) == State.SENT


def test_a_duplicate_error_at_the_first_attempt_needs_a_person(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.append(refuses("EBMS:4001"))

    outbound.send_next(clock=clock)

    assert row_of(filing).state == OutboxMessage.State.FAILED


def test_a_receipt_after_the_lost_one_is_the_stored_one(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.append(delivers_then(Reply(reset=True)))

    outbound.send_next(clock=clock)
    clock.forward(60)
    outbound.send_next(clock=clock)

    assert len(sti.delivered) == 1
    assert exchange_of(filing).state == Exchange.State.RECEIPTED


# --- Faults of ours --------------------------------------------------------------------------------------------------------


def test_without_a_connection_the_message_waits_and_says_why(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    with every_tenant("a test"):
        Connection.objects.update(active=False)

    outbound.send_next(clock=clock)
    waiting = row_of(filing)
    with every_tenant("a test"):
        Connection.objects.update(active=True)
    clock.forward(120)
    outbound.send_next(clock=clock)

    assert (waiting.state, waiting.attempts) == (OutboxMessage.State.WAITING, 0)
    assert "no active connection" in waiting.reason
    assert state(filing) == State.SENT


def test_a_fault_is_logged_once_and_the_message_tried_again(
    filing: Filing, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(http, "post", lambda *_, **__: 1 / 0)
        outbound.send_next(clock=clock)
    clock.forward(60)
    outbound.send_next(clock=clock)

    assert [record.exc_info is not None for record in caplog.records if record.levelname == "ERROR"] == [True]
    assert [attempt.outcome for attempt in attempts_of(filing)] == ["lost", "receipted"]


def test_a_fault_that_stays_is_put_before_a_person(filing: Filing, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "post", lambda *_, **__: 1 / 0)

    for _ in range(10):
        outbound.send_next(clock=clock)
        clock.forward(600)

    assert row_of(filing).state == OutboxMessage.State.FAILED
    assert row_of(filing).attempts == outbound.MOST_FAULTS
    assert state(filing) == State.FAILED


def test_the_clock_of_the_product_is_the_default(filing: Filing, sti: FakeSti, monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant_scope(filing.operator_id):
        filing.outbox.update(due_at=timezone.now())

    assert outbound.send_next()
    assert state(filing) == State.SENT


def test_an_exchange_keeps_no_secret(filing: Filing, clock: Clock) -> None:
    outbound.send_next(clock=clock)

    fields: dict[str, Any] = {field.name: getattr(exchange_of(filing), field.attname) for field in Exchange._meta.fields}
    assert "PRIVATE KEY" not in repr(fields)
