"""What customs lets in and what it refuses, over HTTP (profile of the interface §10; letters and numbers of its cases)."""

import gzip
import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import DatabaseError

from filings.messages import xml
from integrations import as4
from integrations.as4 import mime
from integrations.sandbox import enrolment, profile
from integrations.sandbox.models import REASON, Answer, Party, Received
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import AGREEMENT, CUSTOMS, PATH, SERVICE, Trader, filing
from tests.integrations.sandbox.world import authority, configure, fingerprint, judge_all

PAYLOAD = xml.write(filing())
SOAP = "application/soap+xml; charset=UTF-8"
Change = Callable[[as4.UserMessage], as4.UserMessage]


def stored() -> int:
    with every_tenant(REASON):
        count: int = Received.objects.count()
    return count


def assert_refused(alfa: Trader, reply: object, code: str) -> None:
    """The reply is a signed failure with a SOAP fault and nothing was stored."""
    assert reply.status == 500  # type: ignore[attr-defined]
    assert alfa.error(reply).code == code  # type: ignore[arg-type]
    assert b"Fault" in reply.body  # type: ignore[attr-defined]
    assert stored() == 0


# --- What is accepted ----------------------------------------------------------------------------------------------------


def test_a_filing_is_stored_before_its_signed_receipt(alfa: Trader) -> None:
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))

    outcome = alfa.send(wire)

    assert outcome.result is as4.Result.RECEIPTED
    with every_tenant(REASON):
        row = Received.objects.get(message_id=wire.message_id)
    assert bytes(row.body) == wire.body
    assert bytes(row.payload) == PAYLOAD


def test_either_of_two_registered_seals_is_accepted(trader: Callable[..., Trader]) -> None:
    for leaf in ("alfa", "alfa 2"):
        sender = trader("NL12", leaf)

        outcome = sender.send(sender.wire(sender.message(PAYLOAD, "IE3F26")))

        assert outcome.result is as4.Result.RECEIPTED


def test_an_uncompressed_payload_is_accepted(alfa: Trader) -> None:
    part = as4.Part("business@trader.example", PAYLOAD, charset="UTF-8", compress=False)

    outcome = alfa.send(alfa.wire(alfa.message(PAYLOAD, "IE3F26", parts=(part,))))

    assert outcome.result is as4.Result.RECEIPTED


@pytest.mark.parametrize("parts", [(), (as4.Part("ping@trader.example", b"<ping/>"),)])
def test_the_connectivity_test_gets_the_same_receipt_twice_and_is_not_delivered(
    alfa: Trader, parts: tuple[as4.Part, ...]
) -> None:
    message = as4.ping(
        message_id=as4.new_message_id("trader.example"), at=alfa.message(b"", "").at, sender=alfa.party, receiver=CUSTOMS,
        agreement=AGREEMENT,
    )  # fmt: skip
    wire = alfa.wire(replace(message, parts=parts))

    first, second = alfa.post(wire.body, wire.content_type), alfa.post(wire.body, wire.content_type)
    judge_all()

    assert first.status == 200
    assert first.body == second.body
    with every_tenant(REASON):
        assert not Answer.objects.exists()


# --- HTTP and MIME -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_the_access_point_takes_posts_only(alfa: Trader, method: str) -> None:
    reply = alfa.request(method, PATH)

    assert reply.status == 405
    assert b"Envelope" not in reply.body


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", SOAP, "EBMS:0009"),
        (b"hello", SOAP, "EBMS:0009"),
        (b"hello", "text/html", "EBMS:0007"),
        (b"hello", 'multipart/related; type="application/soap+xml"', "EBMS:0007"),
        (b"hello", 'multipart/related; type="application/soap+xml"; boundary="x"', "EBMS:0007"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>', SOAP, "EBMS:0009"),
    ],
)
def test_what_is_no_envelope_is_refused(alfa: Trader, body: bytes, content_type: str, code: str) -> None:
    assert_refused(alfa, alfa.post(body, content_type), code)


def test_a_body_that_is_cut_short_is_refused(alfa: Trader) -> None:
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))

    assert_refused(alfa, alfa.post(wire.body[:-20], wire.content_type), "EBMS:0007")


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(alfa: Trader) -> None:
    with socket.create_connection((urlsplit(alfa.url).hostname or "", urlsplit(alfa.url).port or 0)) as connection:
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n".encode())

        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_chunked_body_is_cut_off_at_the_limit(alfa: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "BODY_LIMIT", 1_000)
    with socket.create_connection((urlsplit(alfa.url).hostname or "", urlsplit(alfa.url).port or 0)) as connection:
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        connection.sendall(head + b"3e9\r\n" + b"x" * 1001 + b"\r\n")

        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_trickles_in_is_dropped_and_keeps_nobody_waiting(alfa: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HTTP_BODY_WITHIN", 0.5)
    with socket.create_connection((urlsplit(alfa.url).hostname or "", urlsplit(alfa.url).port or 0)) as connection:
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx".encode())

        meanwhile = alfa.request("GET", "/health/live")

        assert meanwhile.status == 200
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


# --- Signature -----------------------------------------------------------------------------------------------------------


def test_an_unsigned_message_is_refused(alfa: Trader) -> None:
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))
    unsigned = re.sub(rb"<wsse:Security.*</wsse:Security>", b"", wire.body, flags=re.DOTALL)

    assert_refused(alfa, alfa.post(unsigned, wire.content_type), "EBMS:0103")


def test_a_header_changed_after_signing_is_refused(alfa: Trader) -> None:
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))

    assert_refused(alfa, alfa.post(wire.body.replace(b">IE3F26<", b">IE3F27<"), wire.content_type), "EBMS:0101")


def test_a_payload_changed_after_signing_is_refused(alfa: Trader) -> None:
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))
    package = mime.parse(wire.content_type, wire.body, as4.Limits())
    other = replace(package.parts[0], data=gzip.compress(b"<other/>"))
    content_type, body = mime.write(package.envelope, (other,), root_cid="r@x", boundary="b")

    assert_refused(alfa, alfa.post(body, content_type), "EBMS:0101")


def test_a_seal_of_another_authority_is_refused(alfa: Trader) -> None:
    stranger = replace(alfa, identity=authority().other)
    wire = stranger.wire(stranger.message(PAYLOAD, "IE3F26"))

    assert_refused(alfa, alfa.post(wire.body, wire.content_type), "EBMS:0101")


def test_a_seal_that_is_revoked_is_refused_from_then_on(alfa: Trader) -> None:
    configure(revoked=[fingerprint(alfa.identity)])
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))

    assert_refused(alfa, alfa.post(wire.body, wire.content_type), "EBMS:0101")


# --- Who may say what ----------------------------------------------------------------------------------------------------

WRONG: list[tuple[str, Change, str]] = [
    ("unknown party", lambda m: replace(m, sender=replace(m.sender, id="NL999")), "EBMS:0003"),
    ("malformed party", lambda m: replace(m, sender=replace(m.sender, id="@NL12")), "EBMS:0003"),
    ("prefix of a party", lambda m: replace(m, sender=replace(m.sender, id="NL1")), "EBMS:0003"),
    ("unknown receiver", lambda m: replace(m, receiver=replace(m.receiver, id="nti-be")), "EBMS:0003"),
    ("swapped roles", lambda m: replace(m, sender=replace(m.sender, role="Customs")), "EBMS:0003"),
    ("wrong party type", lambda m: replace(m, sender=replace(m.sender, type="urn:x")), "EBMS:0003"),
    ("no agreement", lambda m: replace(m, agreement=None), "EBMS:0001"),
    ("unknown agreement", lambda m: replace(m, agreement=replace(AGREEMENT, ref="EU-ICS2-TI-V9.0")), "EBMS:0001"),
    ("untyped agreement", lambda m: replace(m, agreement=replace(AGREEMENT, type=None)), "EBMS:0001"),
    ("service of the other direction", lambda m: replace(m, service=replace(SERVICE, name="eu_ics2_c2t")), "EBMS:0001"),
    ("untyped service", lambda m: replace(m, service=replace(SERVICE, type=None)), "EBMS:0001"),
    ("unknown action", lambda m: replace(m, action="IE3F99"), "EBMS:0001"),
    ("action of customs", lambda m: replace(m, action="IE3R01"), "EBMS:0001"),
    ("test action of a business service", lambda m: replace(m, action=as4_test_action()), "EBMS:0010"),
    ("another channel", lambda m: replace(m, mpc="urn:other"), "EBMS:0010"),
    ("no payload", lambda m: replace(m, parts=()), "EBMS:0011"),
    ("two business payloads", lambda m: replace(m, parts=(*m.parts, as4.Part("two@x", b"<x/>"))), "EBMS:0010"),
    ("text as payload", lambda m: replace(m, parts=(replace(m.parts[0], mime_type="text/plain"),)), "EBMS:0010"),
    ("not gzip", lambda m: replace(m, parts=(replace(m.parts[0], packed=b"not gzip"),)), "EBMS:0303"),
    ("gzip cut short", lambda m: replace(m, parts=(replace(m.parts[0], packed=gzip.compress(PAYLOAD)[:-9]),)), "EBMS:0303"),
    ("gzip bomb", lambda m: replace(m, parts=(replace(m.parts[0], packed=gzip.compress(bytes(50_000_000))),)), "EBMS:0303"),
    ("attachment to a message without", lambda m: replace(m, action="IE3F10", parts=(*m.parts, attachment())), "EBMS:0010"),
]


def as4_test_action() -> str:
    return "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/test"


def attachment() -> as4.Part:
    return as4.Part("paper@x", b"%PDF-1.7", mime_type="application/pdf")


@pytest.mark.parametrize(("change", "code"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_claim_nobody_agreed_on_is_refused(alfa: Trader, change: Change, code: str) -> None:
    wire = alfa.wire(change(alfa.message(PAYLOAD, "IE3F26")))

    assert_refused(alfa, alfa.post(wire.body, wire.content_type), code)


def test_an_attachment_is_accepted_where_the_message_may_have_one(alfa: Trader) -> None:
    message = alfa.message(PAYLOAD, "IE3F26")

    outcome = alfa.send(alfa.wire(replace(message, parts=(*message.parts, attachment()))))

    assert outcome.result is as4.Result.RECEIPTED


@pytest.mark.parametrize("leaf", ["bravo", "stranger"])
def test_a_seal_that_is_not_registered_for_the_party_is_refused(trader: Callable[..., Trader], leaf: str) -> None:
    sender = trader("NL12", leaf)
    wire = sender.wire(sender.message(PAYLOAD, "IE3F26"))

    reply = sender.post(wire.body, wire.content_type)

    assert sender.error(reply).sub_code == "A001"
    assert_refused(sender, reply, "EBMS:0004")


def test_a_party_that_was_closed_is_refused(alfa: Trader) -> None:
    with every_tenant(REASON):
        Party.objects.filter(party_id="NL12").update(active=False)
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))

    assert_refused(alfa, alfa.post(wire.body, wire.content_type), "EBMS:0004")


def test_while_the_register_is_down_a_message_is_refused_for_now(alfa: Trader) -> None:
    configure(register_is_down=True)
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))
    refused = alfa.send(wire)
    configure(register_is_down=False)

    accepted = alfa.send(wire)

    assert (refused.result, refused.sub_code) == (as4.Result.TRANSIENT, "A003")
    assert accepted.result is as4.Result.RECEIPTED


def test_enrolling_again_adds_a_seal_and_changes_the_address(office: None) -> None:
    enrolment.enrol(party_id="NL12", name="Alfa", fingerprints=["ff"], push_url="http://127.0.0.1:9/")

    with every_tenant(REASON):
        party = Party.objects.get(party_id="NL12")
    assert len(party.fingerprints) == 3
    assert (party.delivery, party.mpc) == ("push", None)


# --- Duplicates ----------------------------------------------------------------------------------------------------------


def test_the_same_bytes_get_the_same_receipt_and_are_delivered_once(alfa: Trader) -> None:
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))

    first, second = (alfa.post(wire.body, wire.content_type) for _ in range(2))

    assert first == second
    assert stored() == 1


def test_eight_copies_at_once_are_one_delivery_with_one_receipt(alfa: Trader) -> None:
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: alfa.post(wire.body, wire.content_type), range(8)))
    judge_all()

    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert stored() == 1
    with every_tenant(REASON):
        assert Answer.objects.count() == 1


def test_a_message_id_used_for_other_content_is_refused_and_the_first_stays(alfa: Trader) -> None:
    first = alfa.message(PAYLOAD, "IE3F26")
    alfa.send(alfa.wire(first))

    outcome = alfa.send(alfa.wire(replace(first, parts=(as4.Part("business@trader.example", b"<other/>"),))))

    assert (outcome.result, outcome.code) == (as4.Result.REFUSED, "EBMS:0003")
    with every_tenant(REASON):
        assert bytes(Received.objects.get().payload) == PAYLOAD


def test_a_message_id_of_another_party_is_refused(alfa: Trader, bravo: Trader) -> None:
    first = alfa.message(PAYLOAD, "IE3F26")
    alfa.send(alfa.wire(first))

    outcome = bravo.send(bravo.wire(replace(first, sender=bravo.party)))

    assert (outcome.result, outcome.code) == (as4.Result.REFUSED, "EBMS:0003")
    assert stored() == 1


# --- When customs itself is not well -------------------------------------------------------------------------------------


def test_a_message_that_cannot_be_stored_gets_no_receipt(alfa: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations.sandbox import reception

    def full(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError("disk full at /secret/path")

    monkeypatch.setattr(reception, "_row", full)
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))

    reply = alfa.post(wire.body, wire.content_type)

    assert_refused(alfa, reply, "EBMS:0202")
    assert b"secret" not in reply.body


def test_a_sandbox_without_a_seal_says_that_it_is_not_ready(transactional_db: None, address: str) -> None:
    nobody = Trader(address, "NL12", authority().leafs["alfa"], authority().trust)

    assert nobody.request("GET", "/health/ready").status == 503
    assert nobody.post(b"x", SOAP).status == 503


def test_the_page_shows_what_came_and_no_payload(alfa: Trader) -> None:
    wire = alfa.wire(alfa.message(PAYLOAD, "IE3F26"))
    alfa.send(wire)
    judge_all()

    page = alfa.request("GET", "/")

    assert alfa.request("GET", "/health/ready").status == 200
    assert wire.message_id.encode() in page.body
    assert b"registered 26" in page.body
    assert b"PRIVATE KEY" not in page.body
    assert b"descriptionOfGoods" not in page.body
