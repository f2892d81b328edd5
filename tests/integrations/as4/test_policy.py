"""Cases D (header semantics) and the channel part of G of the adversarial list."""

import re
from dataclasses import replace

import pytest

from integrations.as4 import (
    Agreement,
    As4Error,
    Kind,
    Party,
    Policy,
    Service,
    TraderId,
    build_receipt,
    build_user_message,
    check_policy,
    is_message_id,
    new_message_id,
    ping,
    trader_channel,
    trader_of_channel,
)
from integrations.as4.names import DEFAULT_MPC, TEST_ACTION, TEST_SERVICE
from tests.integrations.as4 import forge, pki
from tests.integrations.as4.conftest import Receive

AGREEMENT = Agreement("EU-ICS2-TI-V2.0", "ics2-interface-version")
CUSTOMS = Party("sti-taxud", forge.AUTH, "Customs")
TRADER = Party("NL0123456789", forge.EORI, "Trader")
PREFIX = "urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/"
POLICY = Policy(
    receiver=CUSTOMS,
    sender_type=forge.EORI,
    sender_role="Trader",
    agreements=(AGREEMENT,),
    service=Service("eu_ics2_t2c", "eu-customs-service-type"),
    actions={"IE3F26", "IE3F20"},
    senders={"NL0123456789", "a@NL0123456789@FR"},
    traders=True,
)
USER = forge.USER
TEST_PAIR = (f"<eb:Service>{TEST_SERVICE}</eb:Service>", f"<eb:Action>{TEST_ACTION}</eb:Action>")

REFUSED = {
    "64-from": (USER.replace("NL0123456789", "NL999"), "EBMS:0003"),
    "64-to": (USER.replace("sti-taxud", "nti-be"), "EBMS:0003"),
    "64-roles-swapped": (
        USER.replace(">Trader<", ">x<").replace(">Customs<", ">Trader<").replace(">x<", ">Customs<"),
        "EBMS:0003",
    ),
    "64-type": (USER.replace(forge.EORI, forge.AUTH), "EBMS:0003"),
    "66-absent": (USER.replace(forge.AGREEMENT, ""), "EBMS:0001"),
    "66-version": (USER.replace("TI-V2.0", "TI-V9.0"), "EBMS:0001"),
    "66-pmode": (USER.replace("<eb:AgreementRef ", '<eb:AgreementRef pmode="x" '), "EBMS:0001"),
    "66-no-type": (USER.replace(' type="ics2-interface-version"', ""), "EBMS:0001"),
    "67-service": (USER.replace("eu_ics2_t2c", "eu_ics3_t2c"), "EBMS:0001"),
    "67-service-type": (USER.replace(' type="eu-customs-service-type"', ' type="x"'), "EBMS:0001"),
    "67-c2t": (USER.replace("eu_ics2_t2c", "eu_ics2_c2t"), "EBMS:0001"),
    "67-action": (USER.replace("IE3F26", "IE3F99"), "EBMS:0001"),
    "68-test-action": (USER.replace(forge.ACTION, TEST_PAIR[1]), "EBMS:0010"),
    "68-test-service": (USER.replace(forge.SERVICE, TEST_PAIR[0]), "EBMS:0010"),
    "71-mpc": (USER.replace("<eb:UserMessage", '<eb:UserMessage mpc="urn:x"'), "EBMS:0010"),
}


@pytest.mark.parametrize(("unit", "code"), REFUSED.values(), ids=REFUSED)
def test_what_the_policy_does_not_know_is_refused(take: Receive, unit: str, code: str) -> None:
    received = take(forge.message(unit))

    with pytest.raises(As4Error) as caught:
        check_policy(received, POLICY)

    assert (caught.value.code, caught.value.ref_to) == (code, forge.MESSAGE_ID)


@pytest.mark.parametrize(
    "unit",
    [
        USER,
        USER.replace("IE3F26", "IE3F20"),
        USER.replace("NL0123456789", "a@NL0123456789@FR"),
        USER.replace("<eb:UserMessage", f'<eb:UserMessage mpc="{DEFAULT_MPC}"'),
    ],
    ids=["plain", "other-action", "78-system-and-state", "default-mpc"],
)
def test_what_the_policy_knows_is_accepted(take: Receive, unit: str) -> None:
    check_policy(take(forge.message(unit)), POLICY)


def test_several_agreements_may_be_in_force(take: Receive) -> None:
    received = take(forge.message(USER.replace("TI-V2.0", "TI-V3.0")))
    both = (AGREEMENT, Agreement("EU-ICS2-TI-V3.0", "ics2-interface-version"))

    check_policy(received, replace(POLICY, agreements=both))


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("NL0123456789", TraderId("NL0123456789")),
        ("a@NL1", TraderId("NL1", "a")),
        ("NL1@FR", TraderId("NL1", None, "FR")),
        ("a@NL1@FR", TraderId("NL1", "a", "FR")),
    ],
)
def test_case_78_party_ids_of_traders(text: str, parsed: TraderId) -> None:
    assert TraderId.parse(text) == parsed


@pytest.mark.parametrize(
    "text", ["@NL1", "NL1@", "abcdefghijklm@NL1", "a@NL1@FR@FR", "NL1@FR@FR", "", "NL", "NL1 ", "nl1", "NL1@fr", "NL1\n"]
)
def test_case_78_malformed_party_ids(text: str, take: Receive) -> None:
    with pytest.raises(ValueError, match="not a trader's party id"):
        TraderId.parse(text)


def test_case_78_malformed_sender_is_0003(take: Receive) -> None:
    received = take(forge.message(USER.replace("NL0123456789", "@NL1")))

    with pytest.raises(As4Error) as caught:
        check_policy(received, replace(POLICY, senders=None))

    assert caught.value.code == "EBMS:0003"


def test_case_69_connectivity_test_without_payload(take: Receive) -> None:
    message = ping(message_id=new_message_id("gw"), at=pki.AT, sender=TRADER, receiver=CUSTOMS, agreement=AGREEMENT)
    wire = build_user_message(message=message, seal=pki.world().trader.seal)

    received = take(wire.body, wire.content_type)
    check_policy(received, POLICY)
    receipt = build_receipt(received=received, message_id="r@sti", at=pki.AT, seal=pki.world().sti.seal)

    assert wire.content_type.startswith("multipart/related")
    assert received.kind is Kind.PING
    assert take(receipt.body, receipt.content_type).ref_to == message.message_id


def test_case_69_connectivity_test_with_payload(take: Receive) -> None:
    unit = USER.replace(forge.SERVICE, TEST_PAIR[0]).replace(forge.ACTION, TEST_PAIR[1])

    received = take(forge.message(unit))

    check_policy(received, POLICY)
    assert received.kind is Kind.PING


def test_a_channel_names_its_trader() -> None:
    assert trader_of_channel(trader_channel(PREFIX, "a@NL1@FR"), PREFIX) == "a@NL1@FR"
    assert trader_of_channel(PREFIX + "NL12", PREFIX) != trader_of_channel(PREFIX + "NL1", PREFIX)


@pytest.mark.parametrize("mpc", [None, DEFAULT_MPC, "urn:x", PREFIX, PREFIX + "../NL1", PREFIX[:-1] + "NL1"])
def test_case_104_other_channels_are_0010(mpc: str | None) -> None:
    with pytest.raises(As4Error) as caught:
        trader_of_channel(mpc, PREFIX)

    assert caught.value.code == "EBMS:0010"


def test_case_104_a_pull_request_may_name_no_channel(take: Receive) -> None:
    unit = re.sub(' mpc="[^"]*"', "", forge.PULL)

    received = take(forge.sign(forge.envelope(unit), forge.Plan(pki.world().trader)), forge.SOAP)

    assert (received.kind, received.mpc) == (Kind.PULL, None)


@pytest.mark.parametrize("text", ["a@b", "x-1.y@[10.0.0.1]", new_message_id("gw.example")])
def test_message_ids(text: str) -> None:
    assert is_message_id(text)


@pytest.mark.parametrize("text", ["", "a", "<a@b>", "a b@c", "a@b\n", "a@" + "b" * 254, "a..b@c", "a@b@c"])
def test_case_77_no_message_ids(text: str) -> None:
    assert not is_message_id(text)
