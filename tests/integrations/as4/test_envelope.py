"""Cases B (XML) and the schema part of D of the adversarial list."""

import re
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.as4 import As4Error, build_error
from tests.integrations.as4 import forge, pki
from tests.integrations.as4.conftest import Receive

Refusal = Callable[..., As4Error]
PULL = forge.sign(forge.envelope(forge.PULL), forge.Plan(pki.world().trader))
BODY = b'<env:Body wsu:Id="b"/>'
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [%s]>'
BOMB = b'<!ENTITY a "aaaaaaaaaa">' + b"".join(b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(9))


def _body(content: bytes) -> bytes:
    assert BODY in PULL
    return PULL.replace(BODY, BODY[:-2] + b">" + content + b"</env:Body>")


NOT_AN_ENVELOPE = {
    "21-entity-bomb": DOCTYPE % BOMB + _body(b"&j;"),
    "22-deep": _body(b"<a>" * 100_000 + b"</a>" * 100_000),
    "22-attributes": PULL.replace(b"<env:Body ", b"<env:Body" + b"".join(b' a%d=""' % i for i in range(100_000)) + b" "),
    "22-a-million-attributes": PULL.replace(
        b"<env:Body ", b"<env:Body" + b"".join(b' a%d=""' % i for i in range(1_000_000)) + b" "
    ),
    "22-namespaces": PULL.replace(
        b"<env:Body ", b"<env:Body" + b"".join(b' xmlns:a%d="urn:x"' % i for i in range(50_000)) + b" "
    ),
    "22-many-elements": _body(b"<a/>" * 1_000_000),
    "22-large": _body(b" " * 24_000_000),
    "23-utf-16": PULL.decode().encode("utf-16"),
    "23-latin-1": b'<?xml version="1.0" encoding="ISO-8859-1"?>' + PULL,
    "24-not-well-formed": PULL.replace(b"</env:Header>", b""),
    "25-soap-1.1": PULL.replace(forge.ENV.encode(), b"http://schemas.xmlsoap.org/soap/envelope/"),
    "26-no-messaging": re.sub(rb"<eb:Messaging.*</eb:Messaging>", b"", PULL),
    "26-two-messaging": re.sub(rb"(<eb:Messaging.*</eb:Messaging>)", rb"\1\1", PULL),
    "27-empty-user-message": re.sub(
        rb"<eb:Messaging(.*?)>.*</eb:Messaging>", rb"<eb:Messaging\1><eb:UserMessage/></eb:Messaging>", PULL
    ),
    "30-processing-instruction": PULL.replace(b"<eb:PullRequest", b"<?pi x?><eb:PullRequest"),
    "no-unit": re.sub(rb"<eb:Messaging(.*?)>.*</eb:Messaging>", rb"<eb:Messaging\1/>", PULL),
}


@pytest.mark.parametrize("body", NOT_AN_ENVELOPE.values(), ids=NOT_AN_ENVELOPE)
def test_what_is_no_envelope_is_0009(refusal: Refusal, body: bytes) -> None:
    start = time.perf_counter()

    error = refusal(body, forge.SOAP)

    assert (error.code, error.ref_to) == ("EBMS:0009", None)
    assert time.perf_counter() - start < 1


def test_case_19_external_entity_is_not_read(refusal: Refusal, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("sesame")
    doctype = DOCTYPE % f'<!ENTITY e SYSTEM "file://{canary}">'.encode()

    error = refusal(doctype + PULL.replace(b"NL0123456789", b"&e;"), forge.SOAP)

    assert error.code == "EBMS:0009"
    assert "sesame" not in f"{error} {error.detail}"


def test_case_20_external_dtd_is_not_fetched(refusal: Refusal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.2)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x.dtd".encode()

        error = refusal(b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "%s">' % url + PULL, forge.SOAP)

        assert error.code == "EBMS:0009"
        with pytest.raises(TimeoutError):
            canary.accept()


def test_case_23_byte_order_mark_is_tolerated(take: Receive) -> None:
    assert take(b"\xef\xbb\xbf" + PULL, forge.SOAP).verified


def _units(units: str) -> bytes:
    return forge.sign(forge.envelope(units), forge.Plan(pki.world().trader))


@pytest.mark.parametrize(
    ("units", "code"),
    [
        (forge.USER + forge.USER, "EBMS:0003"),
        (forge.USER + forge.PULL, "EBMS:0003"),
        (forge.PULL.replace("</eb:SignalMessage>", "<eb:Receipt/></eb:SignalMessage>"), "EBMS:0001"),
        (forge.PULL + re.sub("<eb:PullRequest.*/>", "<eb:Receipt/>", forge.PULL), "EBMS:0001"),
    ],
    ids=["28-two-user-messages", "28-user-and-signal", "112-bundled-in-one", "112-bundled-in-two"],
)
def test_more_than_one_message_is_refused(refusal: Refusal, units: str, code: str) -> None:
    assert refusal(_units(units), forge.SOAP).code == code


def test_case_29_unknown_mandatory_header(refusal: Refusal) -> None:
    header = '<x:Odd xmlns:x="urn:odd" env:mustUnderstand="1"/>'

    error = refusal(forge.sign(forge.envelope(forge.PULL, header=header), forge.Plan(pki.world().trader)), forge.SOAP)
    answer = build_error(error=error, message_id="a@b", at=pki.AT, seal=pki.world().sti.seal)

    assert error.http_status == 500
    assert b"<env:Value>env:MustUnderstand</env:Value>" in answer.body


def test_case_30_comment_does_not_cut_the_party(take: Receive) -> None:
    received = take(forge.message(forge.USER.replace("NL0123456789", "NL012<!-- -->3456789")))

    assert received.user is not None
    assert received.user.sender.id == "NL0123456789"


def test_case_31_white_space_is_trimmed_alike(take: Receive) -> None:
    unit = re.sub(r"(<eb:(PartyId|Action|MessageId|Role|Service)[^>]*>)([^<]*)", r"\1 \n \3\t", forge.USER)

    received = take(forge.message(unit))

    assert received.user is not None
    assert received.message_id == forge.MESSAGE_ID
    assert (received.user.sender.id, received.user.action) == ("NL0123456789", "IE3F26")
    assert (received.user.service.name, received.user.sender.role) == ("eu_ics2_t2c", "Trader")


OUT_OF_SHAPE = {
    "27-no-party": forge.USER.replace(forge.FROM, "<eb:From><eb:Role>Trader</eb:Role></eb:From>"),
    "27-no-message-id": re.sub("<eb:MessageId>.*?</eb:MessageId>", "", forge.USER),
    "wrong-order": forge.USER.replace(forge.SERVICE + forge.ACTION, forge.ACTION + forge.SERVICE),
    "unknown-attribute": forge.USER.replace("<eb:UserMessage", '<eb:UserMessage odd="1"'),
    "foreign-element": forge.USER.replace(forge.ACTION, forge.ACTION + "<x/>"),
    "empty-action": forge.USER.replace(forge.ACTION, "<eb:Action> </eb:Action>"),
    "stray-text": forge.USER.replace(forge.ACTION, forge.ACTION + "text"),
    "77-too-long": forge.USER.replace(forge.MESSAGE_ID, "a" * 250 + "@host.x"),
    "77-angle-brackets": forge.USER.replace(forge.MESSAGE_ID, "&lt;a@b&gt;"),
    "77-empty": forge.USER.replace(forge.MESSAGE_ID, ""),
    "77-line-end": forge.USER.replace(forge.MESSAGE_ID, "a&#13;b@c"),
    "77-path": forge.USER.replace(forge.MESSAGE_ID, "../etc/passwd@c"),
    "79-year-10000": forge.USER.replace("2026-11-22T", "10000-01-01T"),
    "79-words": forge.USER.replace("2026-11-22T12:00:00Z", "yesterday"),
    "79-no-such-day": forge.USER.replace("2026-11-22T", "2026-02-30T"),
    "pull-and-error": forge.PULL.replace(
        "</eb:SignalMessage>", '<eb:Error errorCode="EBMS:0004" severity="failure"/></eb:SignalMessage>'
    ),
    "error-without-code": re.sub("<eb:PullRequest.*/>", '<eb:Error severity="failure"/>', forge.PULL),
}


@pytest.mark.parametrize("unit", OUT_OF_SHAPE.values(), ids=OUT_OF_SHAPE)
def test_a_header_out_of_shape_is_0009(refusal: Refusal, unit: str) -> None:
    assert refusal(forge.message(unit)).code == "EBMS:0009"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T14:00:00.123Z", datetime(2026, 11, 22, 14, 0, 0, 123_000, UTC)),
        ("2026-11-22T12:00:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22T12:00:00.123456789+02:00", datetime(2026, 11, 22, 10, 0, 0, 123_456, UTC)),
    ],
    ids=["79-old", "79-ahead", "79-no-zone", "79-offset"],
)
def test_case_79_times_are_accepted(take: Receive, text: str, moment: datetime) -> None:
    assert take(forge.message(forge.USER.replace("2026-11-22T12:00:00Z", text))).at == moment


def test_case_65_two_party_ids_are_0003(refusal: Refusal) -> None:
    unit = forge.USER.replace("</eb:PartyId><eb:Role>Trader", "</eb:PartyId><eb:PartyId>x</eb:PartyId><eb:Role>Trader")

    error = refusal(forge.message(unit))

    assert (error.code, error.ref_to) == ("EBMS:0003", forge.MESSAGE_ID)


def test_case_80_message_properties_are_kept(take: Receive) -> None:
    properties = '<eb:MessageProperties><eb:Property name="a">b</eb:Property></eb:MessageProperties>'

    received = take(forge.message(forge.USER.replace("<eb:PayloadInfo>", properties + "<eb:PayloadInfo>")))

    assert received.user is not None
    assert received.user.message_properties == {"a": "b"}


def test_a_soap_body_with_content_is_0008(refusal: Refusal) -> None:
    text = forge.envelope(forge.USER, body="<x/>")
    signed = forge.sign(text, forge.Plan(pki.world().trader), [forge.PAYLOAD])

    assert refusal(forge.multipart(signed, [forge.PAYLOAD])).code == "EBMS:0008"
