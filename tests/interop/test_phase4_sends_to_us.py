"""phase4 as customs at our push endpoint: what it pushes we take once, and it verifies what we answer."""

from collections.abc import Iterator

import pytest

from integrations import http
from integrations.as4 import WireMessage
from integrations.models import InboundMessage
from tenants.scope import every_tenant
from tests.interop import words
from tests.interop.conftest import connect
from tests.interop.peer import Peer, Seals
from tests.interop.serving import Serving

pytestmark = [pytest.mark.timeout(900), pytest.mark.django_db(transaction=True)]

US = "NL123"
OUR_SEAL = "CN=alfa"


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    running = Serving()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def ours(transactional_db: None, serving: Serving, phase4: Peer, seals: Seals, bells: list[str]) -> str:
    """The address of our push endpoint, where a connection waits for pushes."""
    connect(phase4, seals, reception="push")
    return serving.url


def stored() -> list[InboundMessage]:
    with every_tenant("a test"):
        return list(InboundMessage.objects.order_by("received_at", "message_id"))


def post(url: str, sent: WireMessage) -> http.Answer:
    return http.post(url, content_type=sent.content_type, body=sent.body)


def test_a_pushed_message_is_stored_and_phase4_accepts_the_receipt(phase4: Peer, ours: str) -> None:
    message = words.answered(US, b"<IE3R01/>", "IE3R01", ref_to="ours@example.org")

    report = phase4.push(message, seal="customs", url=ours)

    (row,) = stored()
    assert (report["result"], report["receipt"], report["signer"]) == ("success", "matches", OUR_SEAL), report
    assert report["ref_to"] == message.message_id
    assert (row.message_id, row.message_type, row.ref_to_message_id) == (message.message_id, "IE3R01", "ours@example.org")
    assert bytes(row.payload) == b"<IE3R01/>"


def test_the_connectivity_test_is_receipted_and_not_delivered(phase4: Peer, ours: str) -> None:
    report = phase4.push(words.ping(words.CUSTOMS, words.trader(US)), seal="customs", url=ours)

    (row,) = stored()
    assert (report["result"], report["receipt"]) == ("success", "matches"), report
    assert row.state == InboundMessage.State.ROUTED
    assert bytes(row.payload) == b""


def test_a_pushed_message_may_carry_binary_parts(phase4: Peer, ours: str) -> None:
    message = words.with_attachments(words.answered(US, b"<IE3R08/>", "IE3R08"))

    report = phase4.push(message, seal="customs", url=ours)

    (row,) = stored()
    assert (report["result"], report["receipt"]) == ("success", "matches"), report
    assert bytes(row.payload) == b"<IE3R08/>"
    assert len(row.references) == 5  # header, body and three parts


def test_xml_that_is_not_compressed_is_digested_in_its_canonical_form(phase4: Peer, ours: str) -> None:
    report = phase4.push(words.plain(words.answered(US, b"", "IE3R01")), seal="customs", url=ours)

    (row,) = stored()
    assert (report["result"], report["receipt"]) == ("success", "matches"), report
    assert bytes(row.payload) == words.UNTIDY


def test_a_large_message_is_taken(phase4: Peer, ours: str) -> None:
    message = words.large(words.answered(US, b"<IE3R08/>", "IE3R08"))

    report = phase4.push(message, seal="customs", url=ours)

    (row,) = stored()
    assert (report["result"], report["receipt"]) == ("success", "matches"), report["errors"]
    assert len(row.body) > 12_000_000


def test_the_same_octets_again_get_the_same_receipt(phase4: Peer, ours: str) -> None:
    sent = phase4.build(words.answered(US, b"<IE3R01/>", "IE3R01"), seal="customs")

    first, second = post(ours, sent), post(ours, sent)

    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert len(stored()) == 1


def test_an_id_used_again_for_another_message_is_refused(phase4: Peer, ours: str) -> None:
    message = words.answered(US, b"<IE3R01/>", "IE3R01")
    phase4.push(message, seal="customs", url=ours)

    report = phase4.push(message, seal="customs", url=ours)  # signed anew: another time in its header

    assert [error["code"] for error in report["errors"]] == ["EBMS:0003"], report
    assert len(stored()) == 1


def test_phase4_reads_our_refusal_of_a_strangers_seal(phase4: Peer, ours: str) -> None:
    message = words.answered(US, b"<IE3R01/>", "IE3R01")

    report = phase4.push(message, seal="stranger", url=ours)

    (error,) = report["errors"]
    assert (report["result"], report["status"], report["signer"]) == ("as4-error-msg-received", 500, OUR_SEAL), report
    assert (error["code"], error["severity"], error["ref_to"]) == ("EBMS:0101", "failure", message.message_id)
    assert stored() == []


def test_a_part_changed_on_the_way_is_refused(phase4: Peer, ours: str) -> None:
    sent = phase4.build(words.answered(US, b"<IE3R01/>", "IE3R01"), seal="customs")

    answer = post(ours, words.spoilt(sent))

    assert answer.status == 500
    assert b'errorCode="EBMS:0101"' in answer.body
    assert stored() == []


def test_a_header_changed_on_the_way_is_refused(phase4: Peer, ours: str) -> None:
    sent = phase4.build(words.answered(US, b"<IE3R01/>", "IE3R01"), seal="customs")
    changed = WireMessage(sent.content_type, sent.body.replace(b">IE3R01<", b">IE3R04<"), sent.message_id, ())

    answer = post(ours, changed)

    assert answer.status == 500
    assert b'errorCode="EBMS:0101"' in answer.body
    assert stored() == []


def test_a_token_with_one_certificate_is_refused(phase4: Peer, ours: str) -> None:
    sent = phase4.build(words.answered(US, b"<IE3R01/>", "IE3R01"), seal="customs", single=True)

    answer = post(ours, sent)

    assert answer.status == 500
    assert b'errorCode="EBMS:0103"' in answer.body
    assert stored() == []


def test_phase4_reads_that_nothing_is_to_be_pulled_from_us(phase4: Peer, ours: str) -> None:
    report = phase4.pull("urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/" + US, seal="customs", url=ours)

    assert [error["code"] for error in report["errors"]] == ["EBMS:0010"], report
