"""Pulling and taking pushes: stored before receipted, once, and only what is for us and from customs."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from integrations import connections, inbound
from integrations.as4 import Kind, Part, Party, Received, Seal, Trust, WireMessage, build_receipt, receive
from integrations.models import Connection, InboundMessage
from tenants import rows
from tenants.scope import every_tenant
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock, Identities, make_connection

pytestmark = pytest.mark.django_db

XML = b"<IE3R01/>"
US = "BE0700000001"


def stored() -> list[InboundMessage]:
    with every_tenant("a test"):
        return list(InboundMessage.objects.order_by("received_at", "message_id"))


def seal_of(identity: object) -> Seal:
    return Seal(private_key=identity.private_key, chain=identity.chain)  # type: ignore[attr-defined]


def lease_of(connection: Connection) -> Connection:
    with every_tenant("a test"):
        connection.refresh_from_db()
    return connection


# --- Pull ------------------------------------------------------------------------------------------------------------------


def test_a_waiting_message_is_pulled_stored_and_receipted(itsp: Connection, sti: FakeSti, clock: Clock, bells: list[str]) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML, ref_to="ours@example.org")
    sti.waiting.append(message)

    assert inbound.pull_next(clock=clock)

    (row,) = stored()
    assert (row.message_id, row.message_type, row.ref_to_message_id) == (message.message_id, "IE3R01", "ours@example.org")
    assert (bytes(row.payload), bytes(row.body), row.content_type) == (XML, message.body, message.content_type)
    assert row.receipt_sent_at == clock.now
    assert [receipt.ref_to for receipt in sti.receipts] == [message.message_id]
    assert inbound.ROUTE_BELL in bells


def test_the_receipt_copies_what_customs_signed(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML)
    sti.waiting.append(message)

    inbound.pull_next(clock=clock)

    acknowledged = sti.receipts[0].acknowledged or ()
    assert {(item.uri, item.digest) for item in acknowledged} == {(item.uri, item.digest) for item in message.references}


def test_everything_that_waits_is_pulled_in_one_go(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    sti.waiting.extend(sti.message(to=US, action="IE3R01", payload=XML) for _ in range(5))

    inbound.pull_next(clock=clock)

    assert len(stored()) == len(sti.receipts) == 5
    assert len(sti.pulls) == 6


def test_the_receipt_leaves_only_after_the_message_is_stored(
    itsp: Connection, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(rows, "insert", fails)
    sti.waiting.append(sti.message(to=US, action="IE3R01", payload=XML))

    inbound.pull_next(clock=clock)

    assert (stored(), sti.receipts, sti.errors) == ([], [], [])


@pytest.mark.parametrize(("action", "urgent"), [("IE3Q01", True), ("IE3Q02", False), ("IE3N03", False), ("unheard-of", False)])
def test_only_a_message_of_which_minutes_count_is_read_first(
    action: str, urgent: bool, itsp: Connection, sti: FakeSti, clock: Clock
) -> None:
    sti.waiting.append(sti.message(to=US, action=action, payload=XML))

    inbound.pull_next(clock=clock)

    assert [row.urgent for row in stored()] == [urgent]


def test_a_message_offered_again_gets_the_stored_receipt_and_no_second_row(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML)
    sti.waiting.extend([message, message])

    inbound.pull_next(clock=clock)

    assert len(stored()) == 1
    assert [receipt.envelope for receipt in sti.receipts] == [sti.receipts[0].envelope] * 2


def test_a_receipt_that_was_lost_is_sent_when_the_message_comes_again(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML)
    sti.waiting.append(message)
    sti.receipt_status = 503
    inbound.pull_next(clock=clock)
    lost = stored()[0].receipt_sent_at
    sti.receipt_status = 200
    sti.waiting.append(message)
    clock.forward(60)

    inbound.pull_next(clock=clock)

    assert lost is None
    assert stored()[0].receipt_sent_at == clock.now


def test_another_content_under_a_known_id_is_refused(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    first = sti.message(to=US, action="IE3R01", payload=XML)
    second = sti.message(to=US, action="IE3R01", payload=b"<other/>", message_id=first.message_id)
    sti.waiting.extend([first, second])

    inbound.pull_next(clock=clock)

    assert [bytes(row.payload) for row in stored()] == [XML]
    assert [error.errors[0].code for error in sti.errors] == ["EBMS:0003"]


REFUSED = {
    "another party's": ({"to": "BE0700000001X", "mpc": connections.wire.pull_channel(US)}, "EBMS:0003"),
    "another channel": ({"to": US, "mpc": "urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/BE07"}, "EBMS:0003"),
    "another sender": ({"to": US, "sender": Party("nti-be", connections.wire.CUSTOMS_PARTY_TYPE, "Customs")}, "EBMS:0003"),
    "no agreement": ({"to": US, "agreement": None}, "EBMS:0001"),
    "two business messages": (
        {"to": US, "parts": (Part("a@x", XML), Part("b@x", XML, mime_type="image/gif"))},
        "EBMS:0010",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_for_us_is_answered_with_an_error(name: str, itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    fields, code = REFUSED[name]
    message = sti.message(**{"action": "IE3R01", "payload": XML, **fields})
    sti.waiting.append(message)

    inbound.pull_next(clock=clock)

    assert (stored(), sti.receipts) == ([], [])
    assert [(error.errors[0].code, error.ref_to) for error in sti.errors] == [(code, message.message_id)]
    assert sti.errors[0].verified
    assert "refused" in lease_of(itsp).last_pull_problem


def test_a_message_not_signed_by_customs_is_answered_with_an_error(
    itsp: Connection, sti: FakeSti, identities: Identities, clock: Clock
) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML, seal=seal_of(identities.stranger))
    sti.waiting.append(message)

    inbound.pull_next(clock=clock)

    assert stored() == []
    assert [error.errors[0].code for error in sti.errors] == ["EBMS:0101"]


def test_a_message_nobody_here_knows_is_stored_all_the_same(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    sti.waiting.append(sti.message(to=US, action="IE9X99", payload=b"not even XML"))

    inbound.pull_next(clock=clock)

    assert [(row.message_type, row.state) for row in stored()] == [("IE9X99", InboundMessage.State.STORED)]
    assert len(sti.receipts) == 1


def test_the_connectivity_test_is_receipted_and_not_delivered(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    from integrations.as4 import names

    service = connections.Service(names.TEST_SERVICE)
    sti.waiting.append(sti.message(to=US, action=names.TEST_ACTION, payload=b"", service=service, parts=()))

    inbound.pull_next(clock=clock)

    assert [row.state for row in stored()] == [InboundMessage.State.ROUTED]
    assert len(sti.receipts) == 1


# --- When ------------------------------------------------------------------------------------------------------------------


def test_the_longer_nothing_comes_the_rarer_we_look(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    pauses = []
    for _ in range(12):
        inbound.pull_next(clock=clock)
        pauses.append((lease_of(itsp).next_pull_at - clock.now).total_seconds())
        clock.forward(pauses[-1])

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (itsp.pull_every, connections.LONGEST_PAUSE)
    assert itsp.last_pull_problem == ""


def test_nothing_is_pulled_before_its_time(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    inbound.pull_next(clock=clock)
    clock.forward(1)

    assert not inbound.pull_next(clock=clock)


def test_a_connection_someone_is_pulling_is_left_alone(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    claimed = connections.claim_pull(at=clock.now)

    assert claimed == itsp
    assert connections.claim_pull(at=clock.now) is None


def test_a_pull_whose_worker_died_is_taken_over(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    connections.claim_pull(at=clock.now)
    clock.forward(connections.PULL_LEASE.total_seconds())

    assert inbound.pull_next(clock=clock)


def test_who_lost_the_lease_changes_nothing(itsp: Connection, clock: Clock) -> None:
    late = connections.claim_pull(at=clock.now)
    clock.forward(60)
    connections.claim_pull(at=clock.now)

    assert late is not None
    assert not connections.renew_pull(late, at=clock.now)
    connections.end_pull(late, at=clock.now, found=0)
    assert lease_of(itsp).pull_lease_until is not None


def test_a_sending_during_a_pull_is_not_forgotten(itsp: Connection, clock: Clock) -> None:
    pulling = connections.claim_pull(at=clock.now)
    connections.expect_answer(itsp, at=clock.now)

    assert pulling is not None
    connections.end_pull(pulling, at=clock.now, found=0)

    assert lease_of(itsp).next_pull_at == clock.now + connections.FIRST_LOOK


def test_customs_out_of_reach_is_noted_and_tried_again(itsp: Connection, clock: Clock) -> None:
    with every_tenant("a test"):
        Connection.objects.update(endpoint="http://127.0.0.1:9/")

    inbound.pull_next(clock=clock)

    connection = lease_of(itsp)
    assert "connection could not be made" in connection.last_pull_problem
    assert connection.next_pull_at > clock.now


def test_a_fault_gives_the_lease_back(itsp: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "pull", lambda *_, **__: 1 / 0)

    assert inbound.pull_next(clock=clock)
    assert lease_of(itsp).pull_lease_until is None


def test_a_switched_off_connection_is_not_pulled(itsp: Connection, clock: Clock) -> None:
    with every_tenant("a test"):
        Connection.objects.update(active=False)

    assert not inbound.pull_next(clock=clock)


# --- Push ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pushed(sti: FakeSti, identities: Identities, bells: list[str]) -> Connection:
    """A connection to which customs pushes."""
    return make_connection("Pushed", US, sti.url, identities, reception=Connection.Reception.PUSH)


Push = Callable[[WireMessage], tuple[int, Received]]


@pytest.fixture
def push(pushed: Connection, identities: Identities, clock: Clock) -> Push:
    """Hands a message to the gateway as customs would, and reads the signal that comes back as customs would."""

    def hand_over(message: WireMessage) -> tuple[int, Received]:
        status, signal = inbound.answer_push(content_type=message.content_type, body=message.body, at=clock.now)
        assert signal is not None
        trust = Trust.load([identities.itsp.root])
        return status, receive(content_type=signal.content_type, body=signal.body, trust=trust, at=datetime.now(UTC))

    return hand_over


def test_a_push_is_stored_and_receipted(push: Push, sti: FakeSti, bells: list[str]) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML, mpc=None)

    status, receipt = push(message)

    assert (status, receipt.kind, receipt.ref_to) == (200, Kind.RECEIPT, message.message_id)
    assert [bytes(row.payload) for row in stored()] == [XML]
    assert inbound.ROUTE_BELL in bells


def test_a_push_repeated_gets_the_same_receipt(push: Push, sti: FakeSti) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML, mpc=None)

    first, second = push(message), push(message)

    assert first[1].envelope == second[1].envelope
    assert len(stored()) == 1


@pytest.mark.parametrize(("to", "code"), [("BE9999999999", "EBMS:0003"), ("be", "EBMS:0003")])
def test_a_push_for_nobody_here_is_refused(to: str, code: str, push: Push, sti: FakeSti) -> None:
    status, error = push(sti.message(to=to, action="IE3R01", payload=XML, mpc=None))

    assert (status, error.errors[0].code, stored()) == (500, code, [])


def test_a_push_by_a_stranger_is_refused(push: Push, sti: FakeSti, identities: Identities) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML, mpc=None, seal=seal_of(identities.stranger))

    status, error = push(message)

    assert (status, error.errors[0].code, stored()) == (500, "EBMS:0101", [])


def test_whom_one_connection_believes_is_no_proof_for_another(push: Push, sti: FakeSti, identities: Identities) -> None:
    make_connection("Other", "BE0700000002", sti.url, identities, reception="push", anchors=identities.stranger.root.decode())
    message = sti.message(to=US, action="IE3R01", payload=XML, mpc=None, seal=seal_of(identities.stranger))

    _, error = push(message)

    assert (error.errors[0].code, stored()) == ("EBMS:0101", [])


def test_a_pushed_error_gets_no_answer(pushed: Connection, sti: FakeSti, clock: Clock) -> None:
    from integrations.as4 import As4Error

    error = sti.error(As4Error("EBMS:0301"))

    assert inbound.answer_push(content_type=error.content_type, body=error.body, at=clock.now) == (202, None)


def test_a_pushed_receipt_is_not_expected(push: Push, pushed: Connection, sti: FakeSti, clock: Clock) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML, mpc=None)
    received = receive(
        content_type=message.content_type, body=message.body, trust=connections.trust(pushed), at=datetime.now(UTC)
    )
    receipt = build_receipt(received=received, message_id="x@sti.example", at=clock.now, seal=sti.seal)

    _, error = push(receipt)

    assert error.errors[0].code == "EBMS:0302"


def test_rubbish_is_refused_even_where_nobody_is_pushed_to(db: None, clock: Clock) -> None:
    status, signal = inbound.answer_push(content_type="text/html", body=b"<html>", at=clock.now)

    assert status == 500
    assert signal is not None
    assert signal.body.count(b"EBMS:0007") == 1
