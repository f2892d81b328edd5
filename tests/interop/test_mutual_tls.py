"""Mutual TLS with Java at the other end, both ways: each side shows a certificate, and lets in nobody without one."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations import outbound, tls
from integrations.models import Attempt, Exchange, InboundMessage
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.integrations.conftest import give
from tests.interop import words
from tests.interop.conftest import connect
from tests.interop.peer import Peer, Seals, Wires
from tests.interop.serving import Serving

pytestmark = [pytest.mark.timeout(900), pytest.mark.django_db(transaction=True)]

US = "NL123"


def sent(operator: Operator) -> tuple[Exchange, Attempt]:
    """Send a filing of the operator once."""
    with tenant_scope(operator.pk):
        factories.submitted()
    assert outbound.send_next(clock=lambda: factories.later(60))
    with tenant_scope(operator.pk):
        exchange = Exchange.objects.get()
        return exchange, Attempt.objects.get(exchange=exchange)


# --- We open TLS towards phase4 --------------------------------------------------------------------------------------------


def test_phase4_lets_our_certificate_in_and_receipts(
    phase4: Peer, seals: Seals, wires: Wires, acme: Operator, bells: list[str]
) -> None:
    line = connect(phase4, seals, endpoint=phase4.secure_url("customs"), tls_anchors=wires.root.decode())
    give(line, wires.client, purpose="tls")

    exchange, attempt = sent(acme)

    assert (exchange.state, attempt.outcome) == ("receipted", "receipted"), attempt.reason
    assert phase4.seen("message", message_id=exchange.message_id)


@pytest.mark.parametrize("shows", ["nothing", "stranger"])
def test_phase4_refuses_us_without_a_certificate_of_its_authority(
    phase4: Peer, seals: Seals, wires: Wires, acme: Operator, bells: list[str], shows: str
) -> None:
    line = connect(phase4, seals, endpoint=phase4.secure_url("customs"), tls_anchors=wires.root.decode())
    if shows == "stranger":
        give(line, wires.stranger, purpose="tls")

    exchange, attempt = sent(acme)

    assert (exchange.state, attempt.outcome) == ("open", "no_receipt")
    assert "TLS client certificate" in attempt.reason
    assert not phase4.seen("message", message_id=exchange.message_id)


def test_we_refuse_phase4_under_an_authority_the_connection_does_not_trust(
    phase4: Peer, seals: Seals, wires: Wires, acme: Operator, bells: list[str]
) -> None:
    line = connect(phase4, seals, endpoint=phase4.secure_url("customs"), tls_anchors=seals.root.decode())
    give(line, wires.client, purpose="tls")

    exchange, attempt = sent(acme)

    assert (exchange.state, attempt.outcome) == ("open", "no_receipt")
    assert "authority" in attempt.reason
    assert not phase4.seen("message", message_id=exchange.message_id)


# --- phase4 opens TLS towards us -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def secured(wires: Wires) -> Iterator[Serving]:
    server = wires.server
    running = Serving(tls.server(private_key=server.private_key, chain=server.chain, client_anchors=wires.root))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def ours(transactional_db: None, secured: Serving, phase4: Peer, seals: Seals, bells: list[str]) -> str:
    """The address of our push endpoint, where a connection waits for pushes."""
    connect(phase4, seals, reception="push")
    return secured.url


def stored() -> list[Any]:
    with every_tenant("a test"):
        return list(InboundMessage.objects.values_list("message_id", flat=True))


def test_phase4_pushes_to_us_with_its_certificate(phase4: Peer, ours: str) -> None:
    message = words.answered(US, b"<IE3R01/>", "IE3R01", ref_to="ours@example.org")

    report = phase4.push(message, seal="customs", url=ours, shows="client")

    assert (report["result"], report["receipt"]) == ("success", "matches"), report
    assert stored() == [message.message_id]


@pytest.mark.parametrize("shows", ["nothing", "stranger"])
def test_we_let_nobody_in_without_a_certificate_of_our_authority(phase4: Peer, ours: str, shows: str) -> None:
    message = words.answered(US, b"<IE3R01/>", "IE3R01", ref_to="ours@example.org")

    report = phase4.push(message, seal="customs", url=ours, shows=shows)

    assert report["result"] != "success"
    assert report["receipt"] == "none"
    assert stored() == []
