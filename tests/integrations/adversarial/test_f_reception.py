"""Cases 86 to 91: duplicates, races and crashes, at the receivers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from integrations.models import InboundMessage
from integrations.sandbox.models import Received
from tests.integrations.adversarial.sides import Side, other, seen
from tests.integrations.as4 import forge
from tests.integrations.sandbox.test_process import wait_for
from tests.integrations.sandbox.trader import now

pytestmark = pytest.mark.django_db


def rows(side: Side) -> type[Received] | type[InboundMessage]:
    return Received if side.is_customs else InboundMessage


def stored_receipt(side: Side) -> bytes:
    return seen(lambda: bytes(rows(side).objects.get().receipt))


def test_case_086_the_same_octets_get_the_same_receipt_and_are_delivered_once(side: Side) -> None:
    first, second = side.post(side.good), side.post(side.good)

    side.assert_receipted(first)
    assert first == second
    assert side.stored() == 1


def test_case_087_eight_at_once_are_one_delivery_and_one_receipt(side: Side) -> None:
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: side.post(side.good), range(8)))

    side.assert_receipted(replies[0])
    assert {reply.body for reply in replies} == {replies[0].body}
    assert side.stored() == 1


def test_case_088_other_content_under_the_same_id_is_refused_and_the_first_stays(side: Side) -> None:
    side.accepts(side.good)

    reply = side.post(side.message(side.unit((">1</eb:ConversationId>", ">2</eb:ConversationId>"))))

    side.assert_refused(reply, "EBMS:0003", ref_to=forge.MESSAGE_ID, stored=1)
    assert side.payloads() == [forge.XML]


def test_case_089_the_id_of_another_partys_message_is_refused(side: Side) -> None:
    side.accepts(side.good)
    name, signer = ("NL01234567890", other()) if side.is_customs else ("nti-be", side.signer)

    reply = side.post(side.message(side.unit((f">{side.sender_id}<", f">{name}<")), signer=signer))

    side.assert_refused(reply, "EBMS:0003", ref_to=forge.MESSAGE_ID, stored=1)


def test_case_090_a_replay_in_another_partys_hands_is_no_delivery(customs: Side) -> None:
    report = customs.refuses(customs.message(signer=other()), "EBMS:0004")

    assert report.sub_code == "A001"


def test_case_090_a_duplicate_is_known_for_as_long_as_its_row_is_kept(side: Side) -> None:
    first = side.post(side.good)
    long_ago = now() - timedelta(days=30)
    seen(lambda: rows(side).objects.update(received_at=long_ago))

    assert side.post(side.good) == first
    assert side.stored() == 1


def test_case_090_a_replay_of_what_is_forgotten_is_new_and_raises_an_alert(side: Side) -> None:
    """The rows of old messages are removed after the time the law names; a later copy cannot be known again."""
    body = side.message(side.unit(("2026-11-22T12:00:00Z", "2026-01-22T12:00:00Z")))
    since = side.server.written

    side.accepts(body)

    wait_for(lambda: "older than duplicates are remembered for" in side.server.logged(since))


def test_case_091_killed_before_the_receipt_left_the_receiver_knows_it_afterwards(side: Side) -> None:
    with side.server.dial() as raw:
        raw.sendall(side.server.head("Content-Type: " + forge.MULTIPART, f"Content-Length: {len(side.good)}") + side.good)
        wait_for(lambda: side.stored() == 1)
        side.server.kill()
    side.server.start()

    reply = side.post(side.good)

    side.assert_receipted(reply)
    assert reply.body == stored_receipt(side)
    assert side.stored() == 1
