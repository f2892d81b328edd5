"""The connectivity test: what is sent, what each answer means for whoever pressed the button, and what is kept."""

import pytest

from integrations import as4, ping
from integrations.as4 import Kind
from integrations.models import Connection, InboundMessage, Ping
from tenants.scope import every_tenant
from tests.fakes.sti import FakeSti, Reply, refuses, replies
from tests.integrations.conftest import Clock

pytestmark = pytest.mark.django_db


def test_a_signed_receipt_says_that_the_connection_works(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    row = ping.ping(itsp, at=clock.now, clock=clock)

    assert row.succeeded
    assert "works" in row.advice
    ((content_type, body),) = sti.pushes
    sent = as4.receive(content_type=content_type, body=body, trust=sti.trust, at=clock.now)
    assert (sent.kind, sent.message_id) == (Kind.PING, row.message_id)


def test_both_sides_of_it_are_kept(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    ping.ping(itsp, at=clock.now, clock=clock)

    kept = ping.latest(itsp)
    assert kept is not None
    assert (kept.content_type, bytes(kept.body)) == sti.pushes[0]
    assert bytes(kept.response) == sti.delivered[kept.message_id].body
    assert (kept.status, kept.sent_at) == (200, clock.now)


def test_it_is_stored_before_it_is_sent(itsp: Connection, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ping.http, "post", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        ping.ping(itsp, at=clock.now, clock=clock)

    kept = ping.latest(itsp)
    assert kept is not None
    assert (kept.outcome, kept.ended_at) == ("", None)


def test_nothing_was_ever_tested(itsp: Connection) -> None:
    assert ping.latest(itsp) is None


@pytest.mark.parametrize(
    ("behaviour", "outcome", "words"),
    [
        (refuses("EBMS:0004", "A001 not registered"), "refused", "not registered"),
        (refuses("EBMS:0004", "A003 down"), "transient", "Try again later"),
        (refuses("EBMS:0001"), "refused", "agreement"),
        (refuses("EBMS:0101", signed=False), "transient", "Try again later"),
        (replies(Reply(200, "text/html", b"<html>")), "no_receipt", "Try again later"),
        (replies(Reply(200)), "no_receipt", "No receipt"),
        (replies(Reply(reset=True)), "no_receipt", "not reached"),
    ],
    ids=["A001", "A003", "agreement", "unsigned", "page", "nothing", "reset"],
)
def test_what_else_comes_back_is_explained(
    behaviour: object, outcome: str, words: str, itsp: Connection, sti: FakeSti, clock: Clock
) -> None:
    sti.next_answers.append(behaviour)  # type: ignore[arg-type]

    row = ping.ping(itsp, at=clock.now, clock=clock)

    assert (row.outcome, row.succeeded) == (outcome, False)
    assert words in row.advice
    assert "tried again" not in row.advice
    assert row.reason


def test_a_test_is_never_repeated_and_touches_no_queue(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.append(replies(Reply(503)))

    ping.ping(itsp, at=clock.now, clock=clock)

    assert len(sti.pushes) == 1
    with every_tenant("a test"):
        assert (Ping.objects.count(), InboundMessage.objects.count()) == (1, 0)
