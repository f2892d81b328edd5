"""Cases 105, 107, 110, 111 and 113: what our pull gets from an access point that errs or lies."""

from collections.abc import Callable
from typing import Any

import pytest

from filings.lifecycle import State
from filings.messages import xml
from filings.models import Filing
from integrations import inbound, outbound, routing, wire
from integrations.as4 import As4Error, Received, Seal, WireMessage
from integrations.models import Connection, InboundMessage
from tenants.scope import every_tenant
from tests import factories
from tests.fakes.sti import FakeSti, Reply
from tests.integrations.conftest import Clock, Identities
from tests.integrations.test_outbound import state

pytestmark = pytest.mark.django_db

US = "BE0700000001"
XML = b"<IE3R01/>"


def stored() -> list[InboundMessage]:
    with every_tenant("a test"):
        return list(InboundMessage.objects.order_by("received_at", "message_id"))


def problem(connection: Connection) -> str:
    with every_tenant("a test"):
        connection.refresh_from_db()
    return str(connection.last_pull_problem)


@pytest.mark.parametrize("severity", ["warning", "failure"])
def test_case_105_nothing_waiting_is_no_problem_whatever_its_severity(
    severity: str, itsp: Connection, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def empty(received: Received) -> Reply:
        reply = sti.error(As4Error("EBMS:0006"), ref_to=received.message_id, signed=False)
        return Reply(500, reply.content_type, reply.body.replace(b'"warning"', f'"{severity}"'.encode()))

    monkeypatch.setattr(sti, "_pulled", empty)

    inbound.pull_next(clock=clock)

    assert problem(itsp) == ""


def test_case_107_what_is_offered_again_gets_the_stored_receipt_and_is_delivered_once(
    itsp: Connection, sti: FakeSti, clock: Clock
) -> None:
    message = sti.message(to=US, action="IE3R01", payload=XML)
    sti.waiting.extend([message, message, message])

    inbound.pull_next(clock=clock)

    assert len(stored()) == 1
    assert [receipt.envelope for receipt in sti.receipts] == [sti.receipts[0].envelope] * 3


Make = Callable[[FakeSti, Identities], WireMessage]


def sealed_by(name: str) -> Make:
    def make(sti: FakeSti, identities: Identities) -> WireMessage:
        identity = getattr(identities, name)
        seal = Seal(private_key=identity.private_key, chain=identity.chain)
        return sti.message(to=US, action="IE3R01", payload=XML, seal=seal)

    return make


def saying(**fields: Any) -> Make:
    return lambda sti, _: sti.message(**{"to": US, "action": "IE3R01", "payload": XML, **fields})


REFUSED: dict[str, tuple[Make, str]] = {
    "110-another-channel": (saying(mpc=wire.pull_channel("BE07")), "EBMS:0003"),
    "110-no-channel": (saying(mpc=None), "EBMS:0003"),
    "110-for-another-party": (saying(to="BE0700000002", mpc=wire.pull_channel(US)), "EBMS:0003"),
    "111-a-strangers-seal": (sealed_by("stranger"), "EBMS:0101"),
    "111-our-own-seal": (sealed_by("itsp"), "EBMS:0101"),
}


@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_customs_word_to_us_gets_an_error_and_no_receipt(
    make: Make, code: str, itsp: Connection, sti: FakeSti, identities: Identities, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    message = make(sti, identities)
    sti.waiting.append(message)

    inbound.pull_next(clock=clock)

    assert (stored(), sti.receipts) == ([], [])
    assert [(error.errors[0].code, error.ref_to, error.verified) for error in sti.errors] == [(code, message.message_id, True)]
    assert "refused" in problem(itsp)
    assert any(record.levelname == "WARNING" for record in caplog.records)


@pytest.fixture
def sent(filing: Filing, sti: FakeSti, clock: Clock) -> Filing:
    outbound.send_next(clock=clock)
    clock.forward(1)
    return filing


def pull_and_route(sti: FakeSti, clock: Clock, payload: bytes) -> InboundMessage:
    sti.waiting.append(sti.message(to=US, action="IE3R01", payload=payload, ref_to="nobody@example.org"))
    inbound.pull_next(clock=clock)
    routing.route_next(at=clock.now)
    (row,) = stored()
    return row


def test_case_113_an_answer_to_nothing_we_know_finds_its_filing_by_lrn(sent: Filing, sti: FakeSti, clock: Clock) -> None:
    row = pull_and_route(sti, clock, xml.write(factories.registration(sent)))

    assert (row.state, row.filing_id) == (InboundMessage.State.ROUTED, sent.pk)
    assert state(sent) == State.REGISTERED


def test_case_113_what_names_nothing_of_ours_waits_for_a_person(sent: Filing, sti: FakeSti, clock: Clock) -> None:
    answer = factories.registration(sent)
    answer.set("LRN", "NOBODYS")
    answer.set("MRN", "26DE000000000009T9")

    row = pull_and_route(sti, clock, xml.write(answer))

    assert (row.state, row.filing_id) == (InboundMessage.State.PARKED, None)
    assert row.reason
    assert len(sti.receipts) == 1
    assert state(sent) == State.SENT
