"""Cases 92 to 101: what comes back to a message of ours, from an access point that lies, breaks and dies."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from filings import outbox
from filings.lifecycle import State
from filings.models import Filing, OutboxMessage
from integrations import outbound
from integrations.as4 import Reference, Seal, packaging
from integrations.models import Connection, Exchange
from tenants.scope import every_tenant, tenant_scope
from tests.fakes.sti import (
    Behaviour,
    FakeSti,
    Reply,
    delivers_then,
    good_receipt,
    receipt_over,
    receipt_signed_by,
    refuses,
    replies,
)
from tests.integrations.as4 import forge
from tests.integrations.conftest import Clock, Identities
from tests.integrations.test_outbound import attempts_of, exchange_of, row_of, state

pytestmark = pytest.mark.django_db

Change = Callable[[str], str]
UNIT = re.compile(rb"<eb:SignalMessage>.*</eb:SignalMessage>", re.DOTALL)


@pytest.fixture(autouse=True)
def quick(itsp: Connection) -> None:
    """Try again after a second, three times in all."""
    with every_tenant("a test"):
        Connection.objects.update(first_delay=1, max_attempts=3)


def attempt(clock: Clock, times: int = 1) -> None:
    for _ in range(times):
        outbound.send_next(clock=clock)
        clock.forward(600)


# --- 92, 93: what is sent again -------------------------------------------------------------------------------------------


class Killed(BaseException):
    """SIGKILL, as near as a test can get: no handler of the product runs."""


def test_case_092_killed_after_the_receipt_was_read_the_same_octets_end_receipted_once(
    filing: Filing, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as fatal:
        fatal.setattr(outbound, "_keep", die)
        with pytest.raises(Killed):
            outbound.send_next(clock=clock)
    clock.forward(outbox.LEASE.total_seconds() + 1)

    attempt(clock)

    assert sti.pushes[0] == sti.pushes[1]
    assert [item.outcome for item in attempts_of(filing)] == ["lost", "receipted"]
    assert exchange_of(filing).state == Exchange.State.RECEIPTED
    assert len(sti.delivered) == 1


def test_case_093_a_new_gzip_between_two_attempts_changes_nothing(
    filing: Filing, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sti.next_answers.append(replies(Reply(503)))
    attempt(clock)
    monkeypatch.setattr(packaging, "pack", lambda _: b"another library")

    attempt(clock)

    assert sti.pushes[0] == sti.pushes[1]
    assert state(filing) == State.SENT


# --- 94 to 99: what proves nothing ----------------------------------------------------------------------------------------


def altered(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    first, *rest = references
    other = "A" * 43 + "="
    return (Reference(first.uri, other, first.xml.replace(first.digest.encode(), other.encode())), *rest)


def resealed(change: Change, **plan: Any) -> Behaviour:
    """Return a behaviour that receipts in another shape, sealed by customs as any other software would."""

    def behave(sti: FakeSti, content_type: str, body: bytes) -> Reply:
        found = UNIT.search(good_receipt(sti, content_type, body).body)
        assert found
        unit = found[0].decode()
        changed = change(unit)
        assert changed != unit or plan
        return Reply(200, forge.SOAP, forge.sign(forge.envelope(changed), forge.Plan(hand(sti.seal), **plan)))

    return behave


class hand:  # noqa: N801 stands where a Holder stands
    """A seal as the forger holds it."""

    def __init__(self, seal: Seal) -> None:
        self.sign = seal.sign
        self.path = list(seal.certificates[::-1])


def of_receipt(content: str) -> Change:
    return lambda unit: re.sub("<eb:Receipt>.*</eb:Receipt>", f"<eb:Receipt>{content}</eb:Receipt>", unit)


def unsigned(sti: FakeSti, content_type: str, body: bytes) -> Reply:
    reply = good_receipt(sti, content_type, body)
    return Reply(200, forge.SOAP, re.sub(rb"<wsse:Security.*</wsse:Security>", b"", reply.body, flags=re.DOTALL))


NO_RECEIPT: dict[str, Behaviour] = {
    "038-body-not-signed": resealed(lambda unit: unit, refs=[forge.Ref("#m")]),
    "094-one-reference-left-out": receipt_over(lambda references: references[1:]),
    "094-one-added": receipt_over(lambda references: (*references, references[0])),
    "094-digest-altered": receipt_over(altered),
    "095-of-an-unknown-message": resealed(
        lambda unit: re.sub("<eb:RefToMessageId>.*?<", "<eb:RefToMessageId>unknown@x<", unit)
    ),
    "095-unsigned": unsigned,
    "096-echoes-nothing": resealed(lambda unit: re.sub("<eb:Receipt>.*</eb:Receipt>", "<eb:Receipt/>", unit)),
    "096-copy-of-the-message": resealed(of_receipt(forge.USER)),
    "098-empty-200": replies(Reply(200)),
    "098-empty-202": replies(Reply(202)),
    "098-html": replies(Reply(200, "text/html", b"<html>OK</html>")),
    "098-soap-that-is-none": replies(Reply(200, forge.SOAP, b"<html/>")),
    "098-redirect": replies(Reply(302, "text/html", b"moved")),
    "098-503": replies(Reply(503, "text/plain", b"later")),
    "098-reset": replies(Reply(reset=True)),
    "098-cut": replies(Reply(200, body=b"x" * 5000, cut=True)),
    "099-unsigned-error": refuses("EBMS:0101", signed=False),
    "100-error-about-another-message": refuses("EBMS:0101", ref_to="other@x"),
    "058-register-down": refuses("EBMS:0004", "A003 the register is down"),
    "118-not-stored": refuses("EBMS:0202"),
}  # fmt: skip


@pytest.mark.parametrize("behaviour", NO_RECEIPT.values(), ids=NO_RECEIPT)
def test_what_is_no_receipt_leaves_the_message_open_and_the_same_octets_go_again(
    behaviour: Behaviour, filing: Filing, sti: FakeSti, clock: Clock
) -> None:
    sti.next_answers.append(behaviour)

    attempt(clock)
    before = (row_of(filing).state, exchange_of(filing).receipt, state(filing))
    attempt(clock)

    assert before == (OutboxMessage.State.WAITING, None, State.QUEUED)
    assert sti.pushes[0] == sti.pushes[1]
    assert exchange_of(filing).state == Exchange.State.RECEIPTED
    first, second = attempts_of(filing)
    assert first.outcome in {"no_receipt", "transient"}
    assert first.reason
    assert second.outcome == "receipted"


@pytest.mark.parametrize("who", ["stranger", "itsp"])
def test_case_095_a_receipt_of_another_party_proves_nothing(
    who: str, filing: Filing, sti: FakeSti, identities: Identities, clock: Clock
) -> None:
    identity = getattr(identities, who)
    sti.next_answers.append(receipt_signed_by(Seal(private_key=identity.private_key, chain=identity.chain)))

    attempt(clock)

    assert row_of(filing).state == OutboxMessage.State.WAITING
    assert exchange_of(filing).receipt is None


READ: dict[str, Behaviour] = {
    "094-another-order": receipt_over(lambda references: references[::-1]),
    "094-white-space-in-a-digest": resealed(
        lambda unit: unit.replace("<ds:DigestValue>", "<ds:DigestValue>\n  ").replace("</ds:DigestValue>", " \n</ds:DigestValue>")
    ),
    "097-copied-references-are-not-its-own": resealed(
        lambda unit: unit.replace("<ds:Reference ", '<ds:Reference Type="copied" ')
    ),
}


@pytest.mark.parametrize("behaviour", READ.values(), ids=READ)
def test_a_receipt_may_spell_its_proof_otherwise(behaviour: Behaviour, filing: Filing, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.append(behaviour)

    attempt(clock)

    assert exchange_of(filing).state == Exchange.State.RECEIPTED


@pytest.mark.parametrize("status", [200, 202, 400, 500, 503])
def test_case_098_soap_is_read_whatever_the_status(status: int, filing: Filing, sti: FakeSti, clock: Clock) -> None:
    def behave(sti: FakeSti, content_type: str, body: bytes) -> Reply:
        return Reply(status, forge.SOAP, good_receipt(sti, content_type, body).body)

    sti.next_answers.append(behave)

    attempt(clock)

    assert exchange_of(filing).state == Exchange.State.RECEIPTED


def test_case_098_an_error_beside_a_fault_ends_the_attempts(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.append(refuses("EBMS:0003", "the sending party is not known"))

    attempt(clock, 3)

    assert row_of(filing).state == OutboxMessage.State.FAILED
    assert len(sti.pushes) == 1


@contextmanager
def saying(octets: bytes) -> Iterator[int]:
    """Listen on a port, say these octets to whoever comes, and close."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                while True:
                    peer, _ = server.accept()
                    with peer:
                        peer.recv(65_536)
                        peer.sendall(octets)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


ALERT = bytes.fromhex("15030300020228")  # handshake_failure


@pytest.mark.parametrize("octets", [ALERT, b"", b"220 mail.example ESMTP\r\n"], ids=["alert", "nothing", "other protocol"])
def test_case_098_a_tls_alert_is_no_receipt(octets: bytes, filing: Filing, sti: FakeSti, clock: Clock) -> None:
    with saying(octets) as port:
        endpoint(f"https://127.0.0.1:{port}/")
        attempt(clock)
    endpoint(sti.url)

    attempt(clock)

    first, second = attempts_of(filing)
    assert (first.outcome, first.code, first.status) == ("no_receipt", "EBMS:0005", None)
    assert second.outcome == "receipted"


def endpoint(url: str) -> None:
    with every_tenant("a test"):
        Connection.objects.update(endpoint=url)


def test_case_100_an_error_about_another_message_raises_an_alert(
    filing: Filing, sti: FakeSti, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    sti.next_answers.append(refuses("EBMS:0101", ref_to="other@x"))

    attempt(clock)

    assert any(record.levelname == "WARNING" and "no_receipt" in record.getMessage() for record in caplog.records)


def test_case_101_without_any_receipt_it_ends_once_and_says_so(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    sti.next_answers.extend([delivers_then(Reply(200))] * 9)

    attempt(clock, 9)

    assert len(sti.pushes) == 3
    assert row_of(filing).reason.startswith("EBMS:0301")
    assert state(filing) == State.FAILED
    with tenant_scope(filing.operator_id):
        assert filing.events.filter(kind="not_delivered").count() == 1
