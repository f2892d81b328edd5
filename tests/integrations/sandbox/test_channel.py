"""Pulling from customs, and acknowledging what was pulled (profile of the interface §2.2)."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from integrations import as4
from integrations.sandbox.models import REASON, Answer
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import CHANNEL, Trader, filing, now
from tests.integrations.sandbox.world import authority, configure, judge_all


def only_answer() -> Answer:
    with every_tenant(REASON):
        answer: Answer = Answer.objects.get()
    return answer


def let_the_interval_pass() -> None:
    with every_tenant(REASON):
        Answer.objects.update(due_at=now() - timedelta(seconds=1))


@pytest.fixture
def pulled(alfa: Trader) -> as4.Received:
    """An answer that alfa pulled and has not acknowledged."""
    alfa.file(filing())
    judge_all()
    received = alfa.pull().received
    assert received is not None
    return received


def test_an_empty_channel_answers_with_a_warning(alfa: Trader) -> None:
    wire = alfa.pull_wire()

    reply = alfa.post(wire.body, wire.content_type)

    assert reply.status == 200
    assert b"Fault" not in reply.body
    report = alfa.error(reply)
    assert (report.code, report.severity, report.ref_to) == ("EBMS:0006", "warning", wire.message_id)


def test_a_pulled_answer_names_channel_parties_and_what_it_answers(alfa: Trader) -> None:
    sent = alfa.file(filing())
    judge_all()

    received = alfa.pull().received

    assert received is not None
    assert received.user is not None
    assert received.mpc == CHANNEL + "NL12"
    assert received.ref_to == sent
    assert (received.user.sender.id, received.user.receiver.id) == ("sti-taxud", "NL12")
    assert received.user.service == as4.Service("eu_ics2_c2t", "eu-customs-service-type")


def test_a_receipt_takes_the_answer_from_the_channel(alfa: Trader, pulled: as4.Received) -> None:
    reply = alfa.acknowledge(pulled)

    assert (reply.status, reply.body) == (202, b"")
    assert only_answer().state == Answer.State.ACKNOWLEDGED
    assert alfa.pull().result is as4.Result.EMPTY


def test_without_receipt_the_same_bytes_come_again_after_the_interval(alfa: Trader) -> None:
    alfa.file(filing())
    judge_all()
    wire = alfa.pull_wire()
    first = alfa.post(wire.body, wire.content_type)
    between = alfa.pull()
    let_the_interval_pass()

    again = alfa.post(wire.body, wire.content_type)

    assert between.result is as4.Result.EMPTY
    assert again == first


def test_an_answer_offered_too_often_is_given_up(alfa: Trader, pulled: as4.Received) -> None:
    configure(max_offers=1)
    let_the_interval_pass()

    assert alfa.pull().result is as4.Result.EMPTY
    assert only_answer().state == Answer.State.FAILED
    assert "EBMS:0301" in only_answer().problem


def test_the_oldest_answer_comes_first(alfa: Trader) -> None:
    sent = []
    for number in range(3):
        sent.append(alfa.file(filing(LRN=f"LRN{number}")))
        judge_all()

    order = [outcome.received.ref_to for outcome in (alfa.pull() for _ in range(3)) if outcome.received]

    assert order == sent


def test_parallel_pulls_get_different_answers(alfa: Trader) -> None:
    for number in range(6):
        alfa.file(filing(LRN=f"LRN{number}"))
    judge_all()

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda _: alfa.pull(), range(6)))

    found = [outcome.received.message_id for outcome in outcomes if outcome.result is as4.Result.MESSAGE and outcome.received]
    assert len(found) == len(set(found)) == 6


# --- Whose channel -------------------------------------------------------------------------------------------------------


def test_nobody_pulls_from_the_channel_of_another_party(alfa: Trader, bravo: Trader) -> None:
    bravo.file(filing())
    judge_all()

    outcome = alfa.pull(CHANNEL + "NL123")

    assert (outcome.code, outcome.sub_code) == ("EBMS:0004", "A001")
    assert bravo.pull().result is as4.Result.MESSAGE


@pytest.mark.parametrize(
    "mpc",
    [
        "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC",
        CHANNEL,
        CHANNEL + "NL1",
        CHANNEL + "NL12/x",
        CHANNEL + "papa@NL9",
        "urn:else",
    ],
)
def test_a_channel_that_is_nobodys_is_refused(alfa: Trader, mpc: str) -> None:
    assert alfa.pull(mpc).code == "EBMS:0010"


def test_an_unsigned_pull_is_refused(alfa: Trader) -> None:
    body = re.sub(rb"<wsse:Security.*</wsse:Security>", b"", alfa.pull_wire().body, flags=re.DOTALL)

    reply = alfa.post(body, alfa.pull_wire().content_type)

    assert (reply.status, alfa.error(reply).code) == (500, "EBMS:0103")


# --- Receipts ------------------------------------------------------------------------------------------------------------


def receipt_error(trader: Trader, wire: as4.WireMessage) -> str:
    return trader.error(trader.post(wire.body, wire.content_type)).code


def test_a_second_receipt_is_refused(alfa: Trader, pulled: as4.Received) -> None:
    alfa.acknowledge(pulled)

    assert receipt_error(alfa, alfa.receipt(pulled)) == "EBMS:0302"
    assert only_answer().state == Answer.State.ACKNOWLEDGED


def test_a_receipt_that_comes_too_late_is_refused(alfa: Trader, pulled: as4.Received) -> None:
    let_the_interval_pass()

    assert receipt_error(alfa, alfa.receipt(pulled)) == "EBMS:0302"


def test_a_receipt_for_nothing_is_refused(alfa: Trader, pulled: as4.Received) -> None:
    assert receipt_error(alfa, alfa.receipt(replace(pulled, message_id="other@sti.example"))) == "EBMS:0302"


@pytest.mark.parametrize(
    "change",
    [
        lambda references: references[1:],
        lambda references: (*references, references[0]),
        lambda references: (
            replace(references[0], xml=re.sub(rb"(<ds:DigestValue>)[^<]+", rb"\1" + b"A" * 43 + b"=", references[0].xml)),
            *references[1:],
        ),
    ],
    ids=["one left out", "one twice", "digest altered"],
)
def test_a_receipt_for_other_references_is_refused(
    alfa: Trader, pulled: as4.Received, change: Callable[[tuple[as4.Reference, ...]], tuple[as4.Reference, ...]]
) -> None:
    wire = alfa.receipt(replace(pulled, references=change(pulled.references)))

    assert receipt_error(alfa, wire) == "EBMS:0302"
    assert only_answer().state == Answer.State.WAITING


def test_the_order_of_references_in_a_receipt_is_free(alfa: Trader, pulled: as4.Received) -> None:
    wire = alfa.receipt(replace(pulled, references=pulled.references[::-1]))

    assert alfa.post(wire.body, wire.content_type).status == 202


def test_a_receipt_of_another_party_is_refused(alfa: Trader, bravo: Trader, pulled: as4.Received) -> None:
    assert receipt_error(bravo, bravo.receipt(pulled)) == "EBMS:0004"
    assert only_answer().state == Answer.State.WAITING


def test_an_unsigned_receipt_is_an_invalid_one(alfa: Trader, pulled: as4.Received) -> None:
    wire = alfa.receipt(pulled)
    body = re.sub(rb"<wsse:Security.*</wsse:Security>", b"", wire.body, flags=re.DOTALL)

    reply = alfa.post(body, wire.content_type)

    assert alfa.error(reply).code == "EBMS:0302"
    assert only_answer().state == Answer.State.WAITING


# --- Errors instead of receipts ------------------------------------------------------------------------------------------


def error_wire(trader: Trader, pulled: as4.Received, *, signed: bool = True) -> as4.WireMessage:
    error = as4.As4Error("EBMS:0303", "cannot be unpacked", ref_to=pulled.message_id)
    seal = trader.seal if signed else None
    return as4.build_error(error=error, message_id=as4.new_message_id("trader.example"), at=now(), seal=seal)


def test_a_signed_error_ends_the_offers(alfa: Trader, pulled: as4.Received) -> None:
    wire = error_wire(alfa, pulled)

    reply = alfa.post(wire.body, wire.content_type)
    let_the_interval_pass()

    assert (reply.status, reply.body) == (202, b"")
    assert only_answer().state == Answer.State.FAILED
    assert alfa.pull().result is as4.Result.EMPTY


@pytest.mark.parametrize("case", ["unsigned", "another party", "another authority"])
def test_an_error_anybody_could_have_written_ends_nothing(alfa: Trader, bravo: Trader, pulled: as4.Received, case: str) -> None:
    sender = {"unsigned": alfa, "another party": bravo, "another authority": replace(alfa, identity=authority().other)}[case]
    wire = error_wire(sender, pulled, signed=case != "unsigned")

    reply = alfa.post(wire.body, wire.content_type)

    assert reply.status == 202
    assert only_answer().state == Answer.State.WAITING
