"""Cases 19 to 32: XML."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from filings.messages import xml
from integrations import as4
from tests.integrations.adversarial.sides import Side, trader
from tests.integrations.as4 import forge
from tests.integrations.sandbox.test_process import pulled
from tests.integrations.sandbox.trader import content

pytestmark = pytest.mark.django_db

DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [%s]>'
BOMB = b'<!ENTITY a "aaaaaaaaaa">' + b"".join(b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(9))
BODY = b'<env:Body wsu:Id="b"/>'
Make = Callable[[Side], bytes]


def with_body(side: Side, content: bytes) -> bytes:
    sealed = side.sealed()
    assert BODY in sealed
    return sealed.replace(BODY, BODY[:-2] + b">" + content + b"</env:Body>")


def with_attributes(side: Side, attributes: bytes) -> bytes:
    return side.sealed().replace(b"<env:Body ", b"<env:Body" + attributes + b" ")


def messaging(side: Side, content: str) -> bytes:
    return re.sub(
        rb"<eb:Messaging(.*?)>.*</eb:Messaging>", rb"<eb:Messaging\1>" + content.encode() + b"</eb:Messaging>", side.sealed()
    )


def without(side: Side, name: str) -> str:
    text, count = re.subn(f"<eb:{name}[ >].*?</eb:{name}>", "", side.user, count=1)
    assert count == 1
    return text


REFUSED: dict[str, Make] = {
    "021-entity-bomb": lambda side: DOCTYPE % BOMB + with_body(side, b"&j;"),
    "022-100000-deep": lambda side: with_body(side, b"<a>" * 100_000 + b"</a>" * 100_000),
    "022-a-million-attributes": lambda side: with_attributes(side, b"".join(b' a%d=""' % i for i in range(1_000_000))),
    "022-50000-namespaces": lambda side: with_attributes(side, b"".join(b' xmlns:a%d="urn:x"' % i for i in range(50_000))),
    "022-a-million-elements": lambda side: with_body(side, b"<a/>" * 1_000_000),
    "022-24-MB": lambda side: with_body(side, b" " * 24_000_000),
    "023-utf-16": lambda side: side.sealed().decode().encode("utf-16"),
    "023-latin-1-declared": lambda side: (
        b'<?xml version="1.0" encoding="ISO-8859-1"?>' + side.sealed(side.unit((">1<", ">\xe9<")))
    ),
    "024-not-well-formed": lambda side: side.sealed().replace(b"</env:Header>", b""),
    "025-soap-1.1": lambda side: side.sealed().replace(forge.ENV.encode(), b"http://schemas.xmlsoap.org/soap/envelope/"),
    "026-no-messaging": lambda side: re.sub(rb"<eb:Messaging.*</eb:Messaging>", b"", side.sealed()),
    "026-two-messaging": lambda side: re.sub(rb"(<eb:Messaging.*</eb:Messaging>)", rb"\1\1", side.sealed()),
    "027-empty-user-message": lambda side: messaging(side, "<eb:UserMessage/>"),
    "027-empty-messaging": lambda side: messaging(side, ""),
    "027-no-party": lambda side: messaging(side, without(side, "PartyId")),
    "027-no-message-id": lambda side: messaging(side, without(side, "MessageId")),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("packed", [True, False], ids=["multipart", "bare"])
def test_what_is_no_envelope_is_0009(side: Side, make: Make, packed: bool) -> None:
    envelope = make(side)

    if packed:
        side.refuses(forge.multipart(envelope, [forge.PAYLOAD]), "EBMS:0009")
    else:
        side.refuses(envelope, "EBMS:0009", content_type=forge.SOAP)


def test_case_021_the_bomb_costs_next_to_nothing(side: Side) -> None:
    body = DOCTYPE % BOMB + with_body(side, b"&j;")
    side.post(body, forge.SOAP)  # so that nothing is loaded for the first time
    before = side.server.cpu

    for _ in range(10):
        side.post(body, forge.SOAP)

    assert (side.server.cpu - before) / 10 < 0.05


def test_case_022_an_envelope_of_50_megabytes_is_not_read_to_its_end(side: Side) -> None:
    with side.server.dial() as raw:
        raw.sendall(side.server.head("Content-Type: " + forge.SOAP, "Content-Length: 50000000") + b"<" * 100_000)

        assert raw.recv(100).startswith(b"HTTP/1.1 413")
    side.assert_stored(0)


def test_case_024_an_unreadable_message_is_not_named(side: Side) -> None:
    report = side.refuses(side.sealed().replace(b"</env:Header>", b""), "EBMS:0009", content_type=forge.SOAP)

    assert report.ref_to is None


def test_case_019_an_external_entity_is_not_read(side: Side, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("sesame")
    envelope = DOCTYPE % f'<!ENTITY e SYSTEM "file://{canary}">'.encode() + side.sealed().replace(b"NL0123456789", b"&e;")

    reply = side.post(envelope, forge.SOAP)

    side.assert_refused(reply, "EBMS:0009")
    assert b"sesame" not in reply.body


def test_case_020_an_external_dtd_is_not_fetched(side: Side) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.3)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x.dtd".encode()

        side.refuses(b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "%s">' % url + side.sealed(), "EBMS:0009", content_type=forge.SOAP)

        with pytest.raises(TimeoutError):
            canary.accept()


def test_case_023_a_byte_order_mark_is_tolerated(side: Side) -> None:
    side.accepts(forge.multipart(b"\xef\xbb\xbf" + side.sealed(), [forge.PAYLOAD]))


@pytest.mark.parametrize("second", ["user", "signal"])
def test_case_028_two_messages_in_one_are_refused(side: Side, second: str) -> None:
    units = side.user + (side.user if second == "user" else forge.PULL)

    side.refuses(side.message(units), "EBMS:0003")


def test_case_029_a_mandatory_header_nobody_knows_is_a_fault(side: Side) -> None:
    header = '<x:Odd xmlns:x="urn:odd" env:mustUnderstand="1"/>'
    envelope = forge.sign(forge.envelope(side.user, header=header), forge.Plan(side.signer), [forge.PAYLOAD])

    reply = side.post(forge.multipart(envelope, [forge.PAYLOAD]))

    side.assert_refused(reply, "EBMS:0009")
    assert b"<env:Value>env:MustUnderstand</env:Value>" in reply.body


def test_case_030_a_comment_does_not_cut_the_party(side: Side) -> None:
    cut = side.sender_id[:4] + "<!-- -->" + side.sender_id[4:]

    side.accepts(side.message(side.unit((f">{side.sender_id}<", f">{cut}<"))))


def test_case_030_a_comment_cannot_make_another_party(side: Side) -> None:
    side.refuses(side.message(side.unit((f">{side.sender_id}<", f">{side.sender_id}<!-- -->1<"))), "EBMS:0003")


def test_case_030_a_processing_instruction_is_refused(side: Side) -> None:
    unit = side.unit((f">{side.sender_id}<", f">{side.sender_id}<?x y?><"))

    side.refuses(side.message(unit), "EBMS:0009")


def spaced(side: Side) -> str:
    return re.sub(r"(<eb:(PartyId|Action|MessageId|Role|Service)[^>]*>)([^<]*)", r"\1 \n \3\t", side.user)


def test_case_031_white_space_is_trimmed_alike_in_match_receipt_and_duplicate_check(side: Side) -> None:
    body = side.message(spaced(side))

    side.accepts(body)
    side.accepts(body)
    side.assert_refused(side.post(side.good), "EBMS:0003", ref_to=forge.MESSAGE_ID, stored=1)


HOSTILE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><IE3F26><LRN>&e;</LRN></IE3F26>'


def test_case_032_an_entity_in_the_payload_is_customs_business_and_never_resolved(customs: Side, answering: None) -> None:
    part = ("message@x", "application/gzip", as4.pack(HOSTILE))
    customs.accepts(customs.message(parts=[part]))
    assert customs.payloads() == [HOSTILE]

    answer = content(pulled(trader(customs)))

    assert answer.message.event == "reject"
    assert Path("/etc/hostname").read_text().strip() not in xml.write(answer).decode()
