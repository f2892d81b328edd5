"""Where phase4 does other things than the interface says (docs/interop.md), seen on the wire; a newer one may not."""

import re
from dataclasses import replace

import pytest

from integrations import http
from integrations.as4 import (
    Outcome,
    Result,
    Seal,
    Trust,
    WireMessage,
    build_pull_request,
    build_receipt,
    build_user_message,
    new_message_id,
    outcome_of_pull,
    outcome_of_response,
    receive,
)
from tests.interop import words
from tests.interop.peer import Peer, Seals

pytestmark = pytest.mark.timeout(900)

US = "NL301"
CHANNEL = "urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/" + US
FAULT = re.compile(rb"<\w+:Fault\b")


@pytest.fixture
def seal(seals: Seals) -> Seal:
    return Seal(seals.trader.private_key, seals.trader.chain)


@pytest.fixture
def trust(seals: Seals) -> Trust:
    return Trust.load([seals.root])


def post(url: str, sent: WireMessage) -> http.Answer:
    return http.post(url, content_type=sent.content_type, body=sent.body)


def pull(seal: Seal) -> WireMessage:
    return build_pull_request(mpc=CHANNEL, message_id=new_message_id("interop.example"), at=words.now(), seal=seal)


def of_pull(answer: http.Answer, sent: WireMessage, trust: Trust) -> Outcome:
    return outcome_of_pull(
        status=answer.status,
        content_type=answer.content_type,
        body=answer.body,
        sent=sent,
        trust=trust,
        at=words.now(),
        party=US,
    )


def test_an_empty_channel_is_a_failure_to_phase4_and_empty_to_us(phase4: Peer, seal: Seal, trust: Trust) -> None:
    phase4.know(CHANNEL)
    sent = pull(seal)

    answer = post(phase4.url("customs"), sent)

    outcome = of_pull(answer, sent, trust)
    assert outcome.received is not None
    assert [(item.code, item.severity) for item in outcome.received.errors] == [("EBMS:0006", "failure")]
    assert outcome.result is Result.EMPTY


def test_a_failure_comes_with_status_200_and_no_fault(phase4: Peer, seal: Seal, trust: Trust) -> None:
    sent = build_user_message(message=words.filed(US, b"<IE3F26/>", "IE3F26"), seal=seal)

    answer = post(phase4.url("customs"), words.spoilt(sent))

    outcome = outcome_of_response(
        status=answer.status, content_type=answer.content_type, body=answer.body, sent=sent, trust=trust, at=words.now()
    )
    assert (answer.status, answer.content_type) == (200, "application/soap+xml")
    assert not FAULT.search(answer.body)
    assert outcome.result is Result.REFUSED


def test_a_message_with_a_part_that_was_exchanged_whole_is_refused(phase4: Peer, seal: Seal) -> None:
    sent = build_user_message(message=words.filed(US, b"<IE3F26/>", "IE3F26"), seal=seal)
    other = build_user_message(message=words.filed(US, b"<IE3F27/>", "IE3F26"), seal=seal, boundary="other")
    envelope, rest = _halves(sent)
    _, foreign = _halves(replace(other, body=other.body.replace(b"--other", b"--" + _boundary(sent))))

    answer = post(phase4.url("customs"), replace(sent, body=envelope + foreign))

    assert foreign != rest
    assert b'errorCode="EBMS:0102"' in answer.body


def test_a_pull_is_answered_with_a_bare_header_which_we_refuse(phase4: Peer, seal: Seal, trust: Trust) -> None:
    phase4.hold(words.answered(US, b"<IE3R01/>", "IE3R01", mpc=CHANNEL), seal="customs")
    sent = pull(seal)

    answer = post(phase4.bare_url("customs"), sent)

    outcome = of_pull(answer, sent, trust)
    assert b"Security" not in answer.body
    assert b"<IE3R01/>" not in answer.body
    assert (outcome.result, outcome.code) == (Result.UNACCEPTABLE, "EBMS:0103")


def test_a_signed_receipt_is_refused_when_it_comes_as_a_request(phase4: Peer, seal: Seal, trust: Trust) -> None:
    message = words.answered(US, b"<IE3R01/>", "IE3R01", mpc=CHANNEL)
    offered = phase4.build(message, seal="customs")
    received = receive(content_type=offered.content_type, body=offered.body, trust=trust, at=words.now())
    receipt = build_receipt(received=received, message_id=new_message_id("interop.example"), at=words.now(), seal=seal)

    answer = post(phase4.bare_url("customs"), receipt)

    assert b'errorCode="EBMS:0004"' in answer.body
    assert b"No PMode contained in AS4 state" in answer.body


def _boundary(sent: WireMessage) -> bytes:
    found = re.search('boundary="([^"]+)"', sent.content_type)
    assert found
    return found[1].encode()


def _halves(sent: WireMessage) -> tuple[bytes, bytes]:
    """Return the envelope's part and what follows it."""
    at = sent.body.index(b"\r\n--", 10)
    return sent.body[:at], sent.body[at:]
