"""Pushing answers to a party that wants them so (profile of the interface §2.1)."""

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from integrations import as4
from integrations.sandbox import pushing
from integrations.sandbox.models import REASON, Answer, Party
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import Trader, content, filing, now
from tests.integrations.sandbox.world import authority, configure, judge_all


@dataclass
class Endpoint:
    """A party's own access point: answers each push in turn as told, with a receipt when told nothing."""

    trader: Trader
    url: str = ""
    plan: list[Callable[[as4.Received], tuple[int, str, bytes]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    received: list[as4.Received] = field(default_factory=list)

    def answer(self, content_type: str, body: bytes) -> tuple[int, str, bytes]:
        received = as4.receive(content_type=content_type, body=body, trust=self.trader.trust, at=now())
        self.bodies.append(body)
        self.received.append(received)
        return self.plan.pop(0)(received) if self.plan else self.receipt(received)

    def receipt(self, received: as4.Received, by: Trader | None = None) -> tuple[int, str, bytes]:
        wire = (by or self.trader).receipt(received)
        return 200, wire.content_type, wire.body

    def error(self, received: as4.Received, *, signed: bool = True) -> tuple[int, str, bytes]:
        wire = as4.build_error(
            error=as4.As4Error("EBMS:0003", "no", ref_to=received.message_id),
            message_id=as4.new_message_id("papa.example"),
            at=now(),
            seal=self.trader.seal if signed else None,
        )
        return 500, wire.content_type, wire.body


@pytest.fixture
def endpoint(trader: Callable[..., Trader]) -> Iterator[Endpoint]:
    """The access point of papa, on a port of its own."""
    made = Endpoint(trader("papa@NL9", "papa"))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, content_type, answer = made.answer(self.headers["Content-Type"], body)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/as4/"
    with every_tenant(REASON):
        Party.objects.filter(party_id="papa@NL9").update(push_url=made.url)
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sent(endpoint: Endpoint) -> str:
    """The id of a filing of papa that customs has answered, but not yet told so."""
    message_id = endpoint.trader.file(filing())
    judge_all()
    return message_id


def push(times: int = 1) -> None:
    """Push what is due, as often as told, as if the pauses had passed."""
    for _ in range(times):
        with every_tenant(REASON):
            Answer.objects.exclude(state=Answer.State.ACKNOWLEDGED).update(due_at=now() - timedelta(seconds=1))
        while pushing.push_next(at=now()):
            pass


def only_answer() -> Answer:
    with every_tenant(REASON):
        answer: Answer = Answer.objects.get()
    return answer


def test_an_answer_is_pushed_and_its_receipt_kept(endpoint: Endpoint, sent: str) -> None:
    push()

    [received] = endpoint.received
    assert (received.ref_to, received.mpc) == (sent, None)
    assert content(as4.Outcome(as4.Result.MESSAGE, "", received=received)).value("LRN") == filing().value("LRN")
    assert only_answer().state == Answer.State.ACKNOWLEDGED
    assert b"NonRepudiationInformation" in bytes(only_answer().receipt or b"")


@pytest.mark.parametrize(
    "failure",
    [
        lambda endpoint, received: (200, "text/html", b"<html>"),
        lambda endpoint, received: (200, "text/plain", b""),
        lambda endpoint, received: (503, "text/plain", b"later"),
        lambda endpoint, received: (302, "text/plain", b""),
        lambda endpoint, received: endpoint.error(received, signed=False),
        lambda endpoint, received: endpoint.receipt(received, by=another_party()),
        lambda endpoint, received: endpoint.receipt(without_a_reference(received)),
    ],
    ids=["html", "empty", "503", "redirect", "unsigned error", "receipt of another", "wrong receipt"],
)
def test_what_is_no_receipt_is_pushed_again_with_the_same_bytes(
    endpoint: Endpoint, sent: str, failure: Callable[[Endpoint, as4.Received], tuple[int, str, bytes]]
) -> None:
    endpoint.plan.append(lambda received: failure(endpoint, received))

    push()
    after_first = only_answer()
    push()

    assert after_first.state == Answer.State.READY
    assert after_first.due_at > now()
    assert len(endpoint.bodies) == 2
    assert endpoint.bodies[0] == endpoint.bodies[1]
    assert only_answer().state == Answer.State.ACKNOWLEDGED


def another_party() -> Trader:
    return Trader("", "NL123", authority().leafs["bravo"], authority().trust)


def without_a_reference(received: as4.Received) -> as4.Received:
    return replace(received, references=received.references[1:])


def test_a_signed_refusal_ends_the_pushes(endpoint: Endpoint, sent: str) -> None:
    endpoint.plan.append(endpoint.error)

    push(2)

    assert len(endpoint.bodies) == 1
    assert only_answer().state == Answer.State.FAILED


def test_nobody_there_is_tried_as_often_as_allowed(endpoint: Endpoint, sent: str) -> None:
    configure(max_offers=2)
    with every_tenant(REASON):
        Party.objects.filter(party_id="papa@NL9").update(push_url="http://127.0.0.1:9/as4/")

    push(3)

    assert (only_answer().state, only_answer().attempts) == (Answer.State.FAILED, 2)
    assert "EBMS:0301" in only_answer().problem
