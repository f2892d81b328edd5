"""Customs' access point as a real HTTP server on this machine, told by each test how to behave.

It answers with the AS4 library under its own seal. What the next pushes get can be put into `next_answers`; without
that it does what is right: a stored receipt, the same one for a duplicate.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from integrations import wire
from integrations.as4 import (
    Agreement,
    As4Error,
    Kind,
    Part,
    Party,
    Received,
    Reference,
    Seal,
    Service,
    Trust,
    UserMessage,
    WireMessage,
    build_error,
    build_receipt,
    build_user_message,
    new_message_id,
    receive,
)
from integrations.pki import Identity

HOST = "sti.example"
SOAP = "application/soap+xml; charset=UTF-8"


@dataclass(frozen=True)
class Reply:
    """What goes back: status, body, or a connection that breaks."""

    status: int = 200
    content_type: str = SOAP
    body: bytes = b""
    delay: float = 0.0
    cut: bool = False  # announce the whole body, send half of it, close
    reset: bool = False  # close without a word


Behaviour = Callable[["FakeSti", str, bytes], Reply]


class FakeSti:
    """The server, its memory, and its voice."""

    def __init__(self, identity: Identity, *, trader_root: bytes) -> None:
        self.seal = Seal(private_key=identity.private_key, chain=identity.chain)
        self.trust = Trust.load([trader_root])
        self.next_answers: deque[Behaviour] = deque()
        self.pushes: list[tuple[str, bytes]] = []
        self.delivered: dict[str, Reply] = {}  # by message id, with the receipt given
        self.waiting: deque[WireMessage] = deque()
        self.offered: dict[str, WireMessage] = {}
        self.pulls: list[Received] = []
        self.receipts: list[Received] = []
        self.errors: list[Received] = []
        self.receipt_status = 202
        self.before_answer: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Return the address to post to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/msh"

    def start(self) -> None:
        """Serve until stopped."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, content_type: str, body: bytes) -> Reply:
        """Return the reply to a request."""
        try:
            received = receive(content_type=content_type, body=body, trust=self.trust, at=datetime.now(UTC))
        except As4Error as error:
            return self.error(error)
        with self._lock:
            if received.kind is Kind.PULL:
                return self._pulled(received)
            if received.kind is Kind.RECEIPT:
                self.receipts.append(received)
                self.offered.pop(received.ref_to or "", None)
                return Reply(self.receipt_status)
            if received.kind is Kind.ERROR:
                self.errors.append(received)
                return Reply(202)
            self.pushes.append((content_type, body))
            behaviour = self.next_answers.popleft() if self.next_answers else good_receipt
        return behaviour(self, content_type, body)

    def _pulled(self, received: Received) -> Reply:
        self.pulls.append(received)
        if not self.waiting:
            return self.error(As4Error("EBMS:0006"), ref_to=received.message_id)
        message = self.waiting.popleft()
        self.offered[message.message_id] = message
        return Reply(200, message.content_type, message.body)

    def error(self, error: As4Error, *, ref_to: str | None = None, signed: bool = True) -> Reply:
        """Return an error signal as a reply."""
        signal = build_error(
            error=error,
            message_id=new_message_id(HOST),
            at=datetime.now(UTC),
            seal=self.seal if signed else None,
            ref_to=ref_to,
        )
        return Reply(error.http_status, signal.content_type, signal.body)

    def message(
        self, *, to: str, action: str, payload: bytes, ref_to: str | None = None, seal: Seal | None = None, **more: Any
    ) -> WireMessage:
        """Return a signed message of customs to a trader's party."""
        fields: dict[str, Any] = {
            "message_id": new_message_id(HOST),
            "at": datetime.now(UTC),
            "sender": Party(wire.STI_PARTY, wire.CUSTOMS_PARTY_TYPE, wire.CUSTOMS),
            "receiver": Party(to, wire.TRADER_PARTY_TYPE, wire.TRADER),
            "service": Service(wire.SERVICE_TO_TRADER, wire.SERVICE_TYPE),
            "action": action,
            "agreement": Agreement(wire.AGREEMENT, wire.AGREEMENT_TYPE),
            "ref_to": ref_to,
            "mpc": wire.pull_channel(to),
            "parts": (Part("payload@sti.example", payload, charset="utf-8"),),
        }
        return build_user_message(message=UserMessage(**{**fields, **more}), seal=seal or self.seal)


# --- Behaviours ------------------------------------------------------------------------------------------------------------


def good_receipt(sti: FakeSti, content_type: str, body: bytes) -> Reply:
    """Store and receipt; a duplicate gets the receipt that was stored."""
    received = receive(content_type=content_type, body=body, trust=sti.trust, at=datetime.now(UTC))
    with sti._lock:
        if received.message_id not in sti.delivered:
            sti.delivered[received.message_id] = receipt_for(sti, received)
        return sti.delivered[received.message_id]


def receipt_for(sti: FakeSti, received: Received, *, seal: Seal | None = None) -> Reply:
    """Return a receipt as a reply."""
    signal = build_receipt(received=received, message_id=new_message_id(HOST), at=datetime.now(UTC), seal=seal or sti.seal)
    return Reply(200, signal.content_type, signal.body)


def receipt_over(change: Callable[[tuple[Reference, ...]], tuple[Reference, ...]], *, seal: Seal | None = None) -> Behaviour:
    """Return a behaviour that receipts other references than it got."""

    def behave(sti: FakeSti, content_type: str, body: bytes) -> Reply:
        received = receive(content_type=content_type, body=body, trust=sti.trust, at=datetime.now(UTC))
        return receipt_for(sti, replace(received, references=change(received.references)), seal=seal)

    return behave


def receipt_signed_by(seal: Seal) -> Behaviour:
    """Return a behaviour that receipts under somebody else's seal."""
    return receipt_over(lambda references: references, seal=seal)


def delivers_then(reply: Reply) -> Behaviour:
    """Return a behaviour that stores the message and loses the receipt on the way."""

    def behave(sti: FakeSti, content_type: str, body: bytes) -> Reply:
        good_receipt(sti, content_type, body)
        return reply

    return behave


def replies(reply: Reply) -> Behaviour:
    """Return a behaviour that says this and stores nothing."""
    return lambda _sti, _type, _body: reply


def refuses(code: str, detail: str = "", *, signed: bool = True, ref_to: str | None = None) -> Behaviour:
    """Return a behaviour that answers with an error signal about the message it got, or about another."""

    def behave(sti: FakeSti, content_type: str, body: bytes) -> Reply:
        received = receive(content_type=content_type, body=body, trust=sti.trust, at=datetime.now(UTC))
        return sti.error(As4Error(code, detail), ref_to=ref_to or received.message_id, signed=signed)

    return behave


def _handler(sti: FakeSti) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reply = sti.answer(self.headers["Content-Type"], body)
            if sti.before_answer:
                sti.before_answer()
            time.sleep(reply.delay)
            if reply.reset:
                self.close_connection = True
                self.connection.close()
                return
            head = f"HTTP/1.1 {reply.status} x\r\nContent-Type: {reply.content_type}\r\nContent-Length: {len(reply.body)}\r\n"
            half = len(reply.body) // 2
            self.wfile.write(head.encode() + b"Connection: close\r\n\r\n" + (reply.body[:half] if reply.cut else reply.body))
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
