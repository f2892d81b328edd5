"""Cases 102 to 109 and 112: who pulls from customs' access point, and what it answers."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from integrations import as4
from integrations.sandbox.models import Answer
from tests.integrations.adversarial.sides import TRADER, WORLD, Side, answers, other, outside, seen, trader, with_answer
from tests.integrations.as4 import forge
from tests.integrations.as4.forge import Ref
from tests.integrations.sandbox.trader import CHANNEL, Trader, now
from tests.integrations.sandbox.world import configure

pytestmark = pytest.mark.django_db

DEFAULT = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC"
MPC = re.compile(' mpc="[^"]*"')


def pull(mpc: str | None) -> bytes:
    unit = MPC.sub("" if mpc is None else f' mpc="{mpc}"', forge.PULL)
    return forge.sign(forge.envelope(unit), forge.Plan(WORLD.trader))


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "102-unsigned": (lambda: forge.envelope(forge.PULL).encode(), "EBMS:0103"),
    "102-body-not-signed": (
        lambda: forge.sign(forge.envelope(forge.PULL), forge.Plan(WORLD.trader, refs=[Ref("#m")])), "EBMS:0103"
    ),
    "104-no-channel": (lambda: pull(None), "EBMS:0010"),
    "104-default-channel": (lambda: pull(DEFAULT), "EBMS:0010"),
    "104-unknown-channel": (lambda: pull("urn:x"), "EBMS:0010"),
    "104-beginning-of-a-party": (lambda: pull(CHANNEL + TRADER[:-1]), "EBMS:0010"),
    "104-another-system": (lambda: pull(CHANNEL + "x@" + TRADER), "EBMS:0010"),
    "104-nobody": (lambda: pull(CHANNEL), "EBMS:0010"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED)
def test_a_pull_that_may_not_be_is_refused_and_the_message_stays(customs: Side, make: Callable[[], bytes], code: str) -> None:
    honest = with_answer(customs)

    reply = customs.post(make(), forge.SOAP)

    assert (reply.status, customs.receive(reply).errors[0].code) == (500, code)
    assert answers() == ["ready"]
    assert honest.pull().result is as4.Result.MESSAGE


def test_case_103_another_partys_channel_is_a001_and_the_message_stays(customs: Side) -> None:
    honest = with_answer(customs)
    thief = trader(customs, other(), "NL01234567890")

    outcome = thief.pull(CHANNEL + TRADER)

    assert (outcome.result, outcome.code, outcome.sub_code) == (as4.Result.REFUSED, "EBMS:0004", "A001")
    assert answers() == ["ready"]
    assert honest.pull().result is as4.Result.MESSAGE


def test_case_104_a_party_never_gets_what_waits_for_one_whose_name_it_begins(customs: Side) -> None:
    longer = trader(customs, other(), "NL01234567890")
    with_answer(customs)

    assert longer.pull().result is as4.Result.EMPTY
    assert answers() == ["ready"]


def test_case_105_an_empty_channel_is_a_warning_without_a_fault(customs: Side) -> None:
    wire = trader(customs).pull_wire()

    reply = customs.post(wire.body, wire.content_type)

    (report,) = customs.receive(reply).errors
    assert (reply.status, report.code, report.severity, report.ref_to) == (200, "EBMS:0006", "warning", wire.message_id)
    assert b"Fault" not in reply.body


def test_case_106_many_pulls_at_once_get_each_message_once(customs: Side) -> None:
    honest = with_answer(customs, count=100)

    def drain(_: int) -> list[str]:
        found = []
        while (outcome := honest.pull()).result is as4.Result.MESSAGE:
            assert outcome.received is not None
            found.append(outcome.received.message_id)
            assert honest.acknowledge(outcome.received).status == 202
        return found

    with ThreadPoolExecutor(4) as pool:
        found = [name for names in pool.map(drain, range(4)) for name in names]

    assert Counter(found) == Counter(f"answer-{number}@sti.example" for number in range(100))
    assert set(answers()) == {"acknowledged"}


def pass_interval() -> None:
    seen(lambda: Answer.objects.update(due_at=now() - timedelta(seconds=1)))


def test_case_107_without_a_receipt_the_same_octets_come_again_and_then_no_more(customs: Side) -> None:
    honest = with_answer(customs)
    wire = honest.pull_wire()
    first = customs.post(wire.body, wire.content_type)
    assert honest.pull().result is as4.Result.EMPTY
    pass_interval()

    again = customs.post(wire.body, wire.content_type)
    seen(lambda: Answer.objects.update(attempts=100))
    pass_interval()

    assert again == first
    assert honest.pull().result is as4.Result.EMPTY
    assert answers() == ["failed"]
    assert "EBMS:0301" in seen(lambda: Answer.objects.get().problem)


@pytest.fixture
def honest(customs: Side) -> Trader:
    return with_answer(customs)


@pytest.fixture
def pulled(honest: Trader) -> as4.Received:
    received = honest.pull().received
    assert received is not None
    return received


def code(customs: Side, wire: as4.WireMessage) -> str:
    return customs.receive(customs.post(wire.body, wire.content_type)).errors[0].code


def test_case_108_a_second_receipt_is_0302(customs: Side, honest: Trader, pulled: as4.Received) -> None:
    honest.acknowledge(pulled)

    assert code(customs, honest.receipt(pulled)) == "EBMS:0302"
    assert answers() == ["acknowledged"]


def test_case_108_a_late_receipt_is_0302(customs: Side, honest: Trader, pulled: as4.Received) -> None:
    pass_interval()

    assert code(customs, honest.receipt(pulled)) == "EBMS:0302"
    assert answers() == ["waiting"]


def test_case_109_an_error_instead_of_the_receipt_ends_the_offers(customs: Side, honest: Trader, pulled: as4.Received) -> None:
    error = as4.As4Error("EBMS:0303", "cannot be unpacked", ref_to=pulled.message_id)
    wire = as4.build_error(error=error, message_id="e@trader.example", at=now(), seal=honest.seal)

    reply = customs.post(wire.body, wire.content_type)
    pass_interval()

    assert (reply.status, reply.body) == (202, b"")
    assert answers() == ["failed"]
    assert honest.pull().result is as4.Result.EMPTY


BUNDLES = {
    "112-in-one-signal": forge.PULL.replace("</eb:SignalMessage>", "<eb:Receipt/></eb:SignalMessage>"),
    "112-in-two-signals": forge.PULL + MPC.sub("", forge.PULL).replace("<eb:PullRequest/>", "<eb:Receipt/>"),
}


@pytest.mark.parametrize("units", BUNDLES.values(), ids=BUNDLES)
def test_a_receipt_bundled_with_a_pull_is_0001(side: Side, units: str) -> None:
    side.refuses(forge.sign(forge.envelope(units), forge.Plan(side.signer)), "EBMS:0001", content_type=forge.SOAP)


def test_case_058_a_pull_while_the_register_is_down_is_a003_and_loses_nothing(customs: Side) -> None:
    honest = with_answer(customs)
    outside(lambda: configure(register_is_down=True))
    try:
        refused = honest.pull()
    finally:
        outside(lambda: configure(register_is_down=False))

    assert (refused.result, refused.sub_code) == (as4.Result.TRANSIENT, "A003")
    assert honest.pull().result is as4.Result.MESSAGE
