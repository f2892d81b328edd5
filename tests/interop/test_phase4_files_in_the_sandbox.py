"""phase4 as a trader at the sandbox: filing, pulling and getting pushes as another software than ours would."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from filings.messages import xml
from integrations.as4 import Agreement, UserMessage, WireMessage
from integrations.sandbox import enrolment, pushing
from integrations.sandbox.models import REASON, Answer, Received
from integrations.sandbox.profile import CHANNEL_PREFIX, PATH
from tenants.scope import every_tenant
from tests.integrations.sandbox import trader, world
from tests.interop import words
from tests.interop.peer import Peer, contents

pytestmark = [pytest.mark.timeout(900), pytest.mark.django_db(transaction=True)]

US = "NL12"  # enrolled with the trader's seal
STI = "CN=customs"


@pytest.fixture
def sti(office: None, address: str) -> str:
    """The sandbox's access point."""
    return address + PATH


@pytest.fixture
def file(phase4: Peer, sti: str) -> Callable[[UserMessage], dict[str, object]]:
    """Push a message with phase4 and require its receipt."""

    def push(message: UserMessage) -> dict[str, object]:
        report = phase4.push(message, seal="trader", url=sti)
        assert (report["result"], report["receipt"], report["signer"]) == ("success", "matches", STI), report
        return report

    return push


def filing(party_id: str = US, message: str = "IE3F26") -> UserMessage:
    """Return a filing that passes every check."""
    document = trader.filing(message)
    return words.filed(party_id, xml.write(document), document.message.id)


def received() -> list[Received]:
    with every_tenant(REASON):
        return list(Received.objects.order_by("received_at"))


def answers() -> list[Answer]:
    with every_tenant(REASON):
        return list(Answer.objects.order_by("created_at"))


def codes(report: dict[str, object]) -> list[tuple[str, str]]:
    errors: list[dict[str, str]] = report["errors"]  # type: ignore[assignment]
    return [(error["code"], error["severity"]) for error in errors]


# --- Push ------------------------------------------------------------------------------------------------------------------


def test_a_filing_is_taken_and_phase4_accepts_the_receipt(file: Callable[[UserMessage], object]) -> None:
    message = filing()

    file(message)

    (row,) = received()
    assert (row.message_id, row.action, bytes(row.payload)) == (message.message_id, "IE3F26", message.parts[0].data)


def test_the_connectivity_test_is_receipted(file: Callable[[UserMessage], object]) -> None:
    file(words.ping(words.trader(US), words.CUSTOMS))

    (row,) = received()
    assert row.outcome == "connectivity test"


def test_binary_attachments_are_taken(file: Callable[[UserMessage], object]) -> None:
    message = words.with_attachments(filing(message="IE3F28"))

    file(message)

    (row,) = received()
    assert bytes(row.payload) == message.parts[0].data
    assert len(row.references) == 5


def test_the_same_octets_again_get_the_same_receipt(phase4: Peer, sti: str) -> None:
    sent = phase4.build(filing(), seal="trader")

    first, second = post(sti, sent), post(sti, sent)

    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert len(received()) == 1


def test_a_part_changed_on_the_way_is_refused(phase4: Peer, sti: str) -> None:
    answer = post(sti, words.spoilt(phase4.build(filing(), seal="trader")))

    assert answer.status == 500
    assert b'errorCode="EBMS:0101"' in answer.body
    assert received() == []


REFUSED = {
    "a seal nobody knows": ("stranger", {}, "EBMS:0101"),
    "a seal that is not the party's": ("customs", {}, "EBMS:0004"),
    "another agreement": ("trader", {"agreement": Agreement("EU-ICS2-TI-V9.0", words.AGREEMENT.type)}, "EBMS:0001"),
    "an action that is none": ("trader", {"action": "IE3R01"}, "EBMS:0001"),
    "a party that is not enrolled": ("trader", {"sender": words.trader("NL99")}, "EBMS:0003"),
}


@pytest.mark.parametrize(("seal", "changes", "code"), REFUSED.values(), ids=REFUSED)
def test_phase4_reads_why_the_sandbox_refuses(phase4: Peer, sti: str, seal: str, changes: dict[str, object], code: str) -> None:
    message = replace(words.filed(US, b"<IE3F26/>", "IE3F26"), **changes)  # type: ignore[arg-type]

    report = phase4.push(message, seal=seal, url=sti)

    assert report["result"] == "as4-error-msg-received", report
    assert codes(report) == [(code, "failure")]
    assert (report["ref_to"], report["signer"]) == (message.message_id, STI)
    assert received() == []


# --- Pull ------------------------------------------------------------------------------------------------------------------


def test_an_empty_channel_is_a_warning(phase4: Peer, sti: str) -> None:
    report = phase4.pull(CHANNEL_PREFIX + US, seal="trader", url=sti)

    assert codes(report) == [("EBMS:0006", "warning")], report
    assert (report["status"], report["signer"]) == (200, STI)


def test_an_answer_is_pulled_verified_and_acknowledged(file: Callable[[UserMessage], object], phase4: Peer, sti: str) -> None:
    message = filing()
    file(message)
    world.judge_all()

    report = phase4.pull(CHANNEL_PREFIX + US, seal="trader", url=sti)

    (answer,) = answers()
    pulled = report["message"]
    assert (pulled["signer"], pulled["ref_to"], pulled["mpc"]) == (STI, message.message_id, CHANNEL_PREFIX + US)
    assert [data for _, _, data in contents(pulled)] == [bytes(answer.payload)]
    assert report["acknowledged"] == 202
    assert answer.state == Answer.State.ACKNOWLEDGED


def test_the_channel_of_another_party_is_closed(phase4: Peer, sti: str) -> None:
    report = phase4.pull(CHANNEL_PREFIX + "NL123", seal="trader", url=sti)

    assert codes(report) == [("EBMS:0004", "failure")], report
    assert "A001" in report["errors"][0]["detail"]


# --- Pushes to the trader --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sti")
def test_an_answer_is_pushed_to_phase4_which_receipts_it(file: Callable[[UserMessage], object], phase4: Peer) -> None:
    seal = world.fingerprint(world.authority().leafs["alfa"])
    enrolment.enrol(party_id="NL77", name="Phase", fingerprints=[seal], push_url=phase4.url("trader"))
    message = filing("NL77")
    file(message)
    world.judge_all()

    assert pushing.push_next(at=words.now())

    (answer,) = answers()
    (taken,) = phase4.seen("message", message_id=answer.message_id)
    assert answer.state == Answer.State.ACKNOWLEDGED, answer.problem
    assert (taken["signer"], taken["receiver"], taken["ref_to"]) == (STI, "NL77", message.message_id)
    assert [data for _, _, data in contents(taken)] == [bytes(answer.payload)]


def post(url: str, sent: WireMessage) -> trader.Reply:
    """Post octets as they are."""
    base = url.removesuffix(PATH)
    alfa = trader.Trader(base, US, world.authority().leafs["alfa"], world.authority().trust)
    return alfa.post(sent.body, sent.content_type)
