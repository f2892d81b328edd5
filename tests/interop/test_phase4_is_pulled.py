"""Our pull worker at phase4's channel: what waits there is fetched, verified, stored and receipted."""

from collections.abc import Callable
from typing import Any

import pytest

from integrations import inbound
from integrations.models import Connection, InboundMessage
from tenants.scope import every_tenant
from tests.interop import words
from tests.interop.conftest import connect
from tests.interop.peer import Peer, Seals

pytestmark = [pytest.mark.timeout(900), pytest.mark.django_db]

CHANNEL = "urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/"


@pytest.fixture
def puller(db: None, phase4: Peer, seals: Seals, bells: list[str]) -> Callable[[str], Connection]:
    """Make a connection that pulls for a party; each test has a party and thus a channel of its own."""

    def make(party_id: str) -> Connection:
        made: Connection = connect(phase4, seals, party_id=party_id)
        phase4.know(CHANNEL + party_id)
        return made

    return make


def stored() -> list[InboundMessage]:
    with every_tenant("a test"):
        return list(InboundMessage.objects.order_by("received_at", "message_id"))


def problem(connection: Connection) -> str:
    with every_tenant("a test"):
        connection.refresh_from_db()
    return str(connection.last_pull_problem)


def waits(phase4: Peer, party_id: str, **changes: Any) -> str:
    """Let a message of customs wait for a party and return its id."""
    message = words.answered(party_id, b"<IE3R01/>", "IE3R01", mpc=CHANNEL + party_id, **changes)
    return phase4.hold(message, seal="customs").message_id


def test_a_channel_without_messages_is_no_problem(phase4: Peer, puller: Callable[[str], Connection]) -> None:
    connection = puller("NL201")

    assert inbound.pull_next()

    # phase4 says EBMS:0006 with the severity of a failure; in ICS2 it is a warning.
    (pull,) = phase4.seen("pull", mpc=CHANNEL + "NL201")
    assert pull["signer"] == "CN=alfa"
    assert (stored(), problem(connection)) == ([], "")


def test_a_waiting_message_is_pulled_and_phase4_takes_the_receipt(phase4: Peer, puller: Callable[[str], Connection]) -> None:
    connection = puller("NL202")
    message_id = waits(phase4, "NL202", ref_to="ours@example.org")

    inbound.pull_next()

    (row,) = stored()
    (receipt,) = phase4.seen("receipt", ref_to=message_id)
    assert (row.message_id, row.message_type, row.ref_to_message_id) == (message_id, "IE3R01", "ours@example.org")
    assert bytes(row.payload) == b"<IE3R01/>"
    assert (receipt["signer"], receipt["matches"]) == ("CN=alfa", True)
    assert row.receipt_sent_at is not None
    assert problem(connection) == ""


def test_a_pulled_message_may_carry_binary_parts(phase4: Peer, puller: Callable[[str], Connection]) -> None:
    puller("NL203")
    message = words.answered("NL203", b"<IE3R08/>", "IE3R08", mpc=CHANNEL + "NL203")
    phase4.hold(words.with_attachments(message), seal="customs")

    inbound.pull_next()

    (row,) = stored()
    (receipt,) = phase4.seen("receipt", ref_to=message.message_id)
    assert bytes(row.payload) == b"<IE3R08/>"
    assert receipt["matches"], receipt


def test_everything_that_waits_is_pulled_in_one_go(phase4: Peer, puller: Callable[[str], Connection]) -> None:
    puller("NL204")
    waiting = [waits(phase4, "NL204") for _ in range(3)]

    inbound.pull_next()

    assert {row.message_id for row in stored()} == set(waiting)
    assert len(phase4.seen("pull", mpc=CHANNEL + "NL204")) == 4


def test_a_pulled_message_that_was_changed_is_not_stored(phase4: Peer, puller: Callable[[str], Connection]) -> None:
    connection = puller("NL205")
    message = words.answered("NL205", b"<IE3R01/>", "IE3R01", mpc=CHANNEL + "NL205")
    phase4.hold(message, seal="customs", spoil=True)

    inbound.pull_next()

    (error,) = phase4.seen("error", ref_to=message.message_id)
    assert ([item["code"] for item in error["errors"]], error["signer"]) == (["EBMS:0101"], "CN=alfa")
    assert stored() == []
    assert "refused" in problem(connection)


def test_a_pulled_message_of_a_stranger_is_not_stored(phase4: Peer, puller: Callable[[str], Connection]) -> None:
    puller("NL206")
    message = words.answered("NL206", b"<IE3R01/>", "IE3R01", mpc=CHANNEL + "NL206")
    phase4.hold(message, seal="stranger")

    inbound.pull_next()

    (error,) = phase4.seen("error", ref_to=message.message_id)
    assert [item["code"] for item in error["errors"]] == ["EBMS:0101"]
    assert stored() == []
