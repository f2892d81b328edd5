"""A trader's access point for tests: builds, posts and reads messages as the AS4 library does, over a real socket."""

import http.client
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from filings import samples
from filings.messages import xml
from filings.messages.document import Document
from filings.rules import book
from integrations import as4, pki

PATH = "/domibus/services/msh"
TRADER_TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eu-customs:EORI"
CUSTOMS = as4.Party("sti-taxud", "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eu-customs:auth", "Customs")
AGREEMENT = as4.Agreement("EU-ICS2-TI-V2.0", "ics2-interface-version")
SERVICE = as4.Service("eu_ics2_t2c", "eu-customs-service-type")
CHANNEL = "urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/"


@dataclass(frozen=True)
class Reply:
    """One HTTP response."""

    status: int
    content_type: str
    body: bytes


@dataclass
class Trader:
    """One party with its seal, and where customs listens."""

    url: str
    party_id: str
    identity: pki.Identity = field(repr=False)
    trust: as4.Trust = field(repr=False)

    @property
    def seal(self) -> as4.Seal:
        return as4.Seal(self.identity.private_key, self.identity.chain)

    @property
    def party(self) -> as4.Party:
        return as4.Party(self.party_id, TRADER_TYPE, "Trader")

    # --- Raw ---

    def post(self, body: bytes, content_type: str) -> Reply:
        return self.request("POST", PATH, body, {"Content-Type": content_type})

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.getheader("Content-Type", ""), response.read())
        finally:
            connection.close()

    # --- User messages ---

    def message(self, payload: bytes, action: str, **changes: object) -> as4.UserMessage:
        made = as4.UserMessage(
            message_id=as4.new_message_id("trader.example"),
            at=now(),
            sender=self.party,
            receiver=CUSTOMS,
            service=SERVICE,
            action=action,
            agreement=AGREEMENT,
            parts=(as4.Part("business@trader.example", payload, charset="utf-8"),),
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def wire(self, message: as4.UserMessage) -> as4.WireMessage:
        return as4.build_user_message(message=message, seal=self.seal)

    def send(self, wire: as4.WireMessage) -> as4.Outcome:
        reply = self.post(wire.body, wire.content_type)
        return as4.outcome_of_response(
            status=reply.status, content_type=reply.content_type, body=reply.body, sent=wire, trust=self.trust, at=now()
        )

    def file(self, document: Document) -> str:
        """Send a filing, expect the receipt, and return the AS4 message id."""
        message = self.message(xml.write(document), document.message.id)
        outcome = self.send(self.wire(message))
        assert outcome.result is as4.Result.RECEIPTED, outcome
        return message.message_id

    # --- Pulling ---

    def pull(self, mpc: str | None = None) -> as4.Outcome:
        wire = self.pull_wire(mpc)
        reply = self.post(wire.body, wire.content_type)
        return as4.outcome_of_pull(
            status=reply.status,
            content_type=reply.content_type,
            body=reply.body,
            sent=wire,
            trust=self.trust,
            at=now(),
            party=self.party_id,
        )

    def pull_wire(self, mpc: str | None = None) -> as4.WireMessage:
        channel = CHANNEL + self.party_id if mpc is None else mpc
        return as4.build_pull_request(mpc=channel, message_id=as4.new_message_id("trader.example"), at=now(), seal=self.seal)

    def receipt(self, pulled: as4.Received) -> as4.WireMessage:
        return as4.build_receipt(received=pulled, message_id=as4.new_message_id("trader.example"), at=now(), seal=self.seal)

    def acknowledge(self, pulled: as4.Received) -> Reply:
        wire = self.receipt(pulled)
        return self.post(wire.body, wire.content_type)

    def error(self, reply: Reply) -> as4.ErrorReport:
        """Return the error of a reply, whose signature must hold."""
        received = as4.receive(content_type=reply.content_type, body=reply.body, trust=self.trust, at=now())
        assert received.kind is as4.Kind.ERROR
        assert received.verified
        return received.errors[0]


def now() -> datetime:
    return datetime.now(UTC)


def filing(message: str = "IE3F26", seed: int = 1, **values: str | None) -> Document:
    """Return a filing that passes every check, changed at paths given with "__" for "/"."""
    document = samples.sample(message, seed=seed)
    for path, value in values.items():
        document.set(path.replace("__", "/"), value)
    return document


def content(pulled: as4.Outcome) -> Document:
    """Return the business message of a pulled answer."""
    assert pulled.received is not None, pulled
    return xml.read(as4.unpack(pulled.received)[0].data)


def inbox(trader: Trader) -> list[Document]:
    """Pull and receipt everything that waits; each message must pass the product's own check."""
    found: list[Document] = []
    while (pulled := trader.pull()).result is as4.Result.MESSAGE:
        assert pulled.received is not None
        found.append(content(pulled))
        assert trader.acknowledge(pulled.received).status == 202
        assert book.errors(book.findings(found[-1])) == [], found[-1].to_json()
    return found


def kinds(found: list[Document]) -> list[str]:
    """Return what messages those are."""
    return [document.message.id for document in found]
