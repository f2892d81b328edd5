"""Cases 64 to 80: what a header may say."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from filings.messages import xml
from integrations import as4
from integrations import ping as our_ping
from integrations.as4.names import TEST_ACTION, TEST_SERVICE
from integrations.models import Connection, InboundMessage
from integrations.sandbox.models import Received
from tenants.scope import every_tenant
from tests.integrations.adversarial.sides import CUSTOMS, TRADER, Side, seen, trader
from tests.integrations.as4 import forge
from tests.integrations.sandbox.test_process import pulled
from tests.integrations.sandbox.trader import content, filing, now

pytestmark = pytest.mark.django_db

Unit = Callable[[Side], str]
COMPRESSED = '<eb:Property name="CompressionType">application/gzip</eb:Property>'
MIME_TYPE = '<eb:Property name="MimeType">application/xml</eb:Property>'


def say(*changes: tuple[str, str]) -> Unit:
    return lambda side: side.unit(*changes)


def sender(name: str) -> Unit:
    return lambda side: side.unit((f">{side.sender_id}<", f">{name}<"))


def receiver(name: str) -> Unit:
    return lambda side: side.unit((f">{CUSTOMS if side.is_customs else TRADER}<", f">{name}<"))


def service(name: str) -> Unit:
    return lambda side: re.sub(r"<eb:Service .*?</eb:Service>", name, side.user)


def action(name: str) -> Unit:
    return lambda side: side.unit((f">{side.action}<", f">{name}<"))


def swapped(side: Side) -> str:
    return side.unit((">Trader<", ">x<"), (">Customs<", ">Trader<"), (">x<", ">Customs<"))


def two_ids(side: Side) -> str:
    return side.user.replace("</eb:PartyId>", "</eb:PartyId><eb:PartyId>x</eb:PartyId>", 1)


def other_direction(side: Side) -> str:
    return re.sub("eu_ics2_(t2c|c2t)", lambda found: {"t2c": "eu_ics2_c2t", "c2t": "eu_ics2_t2c"}[found[1]], side.user)


def message_id(text: str) -> Unit:
    return say((forge.MESSAGE_ID, text))


def timestamp(text: str) -> Unit:
    return say(("2026-11-22T12:00:00Z", text))


def href(text: str) -> Unit:
    return say(("cid:message@x", text))


REFUSED: dict[str, tuple[Unit, str]] = {
    "064-unknown-sender": (sender("NL999"), "EBMS:0003"),
    "064-unknown-receiver": (receiver("nti-be"), "EBMS:0003"),
    "064-roles-swapped": (swapped, "EBMS:0003"),
    "065-two-ids-of-the-sender": (two_ids, "EBMS:0003"),
    "066-no-agreement": (say((forge.AGREEMENT, "")), "EBMS:0001"),
    "066-other-version": (say(("TI-V2.0", "TI-V9.0")), "EBMS:0001"),
    "066-pmode": (say(("<eb:AgreementRef ", '<eb:AgreementRef pmode="x" ')), "EBMS:0001"),
    "067-unknown-service": (say(("eu_ics2_", "eu_ics3_")), "EBMS:0001"),
    "067-other-type-of-service": (say(("eu-customs-service-type", "x")), "EBMS:0001"),
    "067-service-of-the-other-direction": (other_direction, "EBMS:0001"),
    "068-test-action-alone": (action(TEST_ACTION), "EBMS:0010"),
    "068-test-service-alone": (service(f"<eb:Service>{TEST_SERVICE}</eb:Service>"), "EBMS:0010"),
    "071-unknown-channel": (say(("<eb:UserMessage", '<eb:UserMessage mpc="urn:x"')), "EBMS:0010"),
    "073-http": (href("http://127.0.0.1:9/message"), "EBMS:0001"),
    "073-file": (href("file:///etc/hostname"), "EBMS:0001"),
    "073-fragment": (href("#b"), "EBMS:0001"),
    "075-text": (say((MIME_TYPE, MIME_TYPE.replace("application/xml", "text/plain"))), "EBMS:0010"),
    "075-zip": (say(("application/gzip</eb:Property>", "application/zip</eb:Property>")), "EBMS:0010"),
    "075-no-mime-type": (say((MIME_TYPE, "")), "EBMS:0303"),
    "076-charset": (say((">utf-8<", ">klingon<")), "EBMS:0003"),
    "078-no-system": (sender("@NL1"), "EBMS:0003"),
    "078-no-state": (sender("NL1@"), "EBMS:0003"),
    "078-long-system": (sender(f"abcdefghijklm@{TRADER}"), "EBMS:0003"),
    "078-two-states": (sender(f"{TRADER}@FR@FR"), "EBMS:0003"),
}


@pytest.mark.parametrize(("unit", "code"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_agreed_on_is_refused(side: Side, unit: Unit, code: str) -> None:
    side.refuses(side.message(unit(side)), code, ref_to=forge.MESSAGE_ID)


def test_case_067_an_action_of_nobodys_is_refused_by_customs(customs: Side) -> None:
    customs.refuses(customs.message(action("IE3F99")(customs)), "EBMS:0001")


def test_case_067_an_action_we_do_not_know_yet_is_kept_for_a_person(gateway: Side) -> None:
    """Customs would not send it twice; profile of the interface section 1: the list of actions is data."""
    gateway.accepts(gateway.message(action("IE3N98")(gateway)))


MALFORMED: dict[str, Unit] = {
    "077-256-characters": message_id("a" * 249 + "@host.x"),
    "077-angle-brackets": message_id("&lt;a@b&gt;"),
    "077-empty": message_id(""),
    "077-line-end": message_id("a&#13;b@c"),
    "077-path": message_id("../../etc/passwd@c"),
    "079-year-10000": timestamp("10000-01-01T00:00:00Z"),
    "079-words": timestamp("yesterday"),
    "079-no-such-day": timestamp("2026-02-30T00:00:00Z"),
}


@pytest.mark.parametrize("unit", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_header_is_0009(side: Side, unit: Unit) -> None:
    side.refuses(side.message(unit(side)), "EBMS:0009")


ACCEPTED: dict[str, Unit] = {
    "079-two-hours-old": timestamp("2026-11-22T10:00:00Z"),
    "079-ahead": timestamp("2036-11-22T12:00:00Z"),
    "079-no-zone": timestamp("2026-11-22T12:00:00"),
    "079-offset": timestamp("2026-11-22T12:00:00.123456789+02:00"),
    "080-message-properties": say(
        ("<eb:PayloadInfo>", '<eb:MessageProperties><eb:Property name="a">b</eb:Property></eb:MessageProperties><eb:PayloadInfo>')
    ),
}


@pytest.mark.parametrize("unit", ACCEPTED.values(), ids=ACCEPTED)
def test_what_may_be_said_is_accepted(side: Side, unit: Unit) -> None:
    side.accepts(side.message(unit(side)))


def test_case_080_what_came_with_it_stays_readable(side: Side) -> None:
    body = side.message(ACCEPTED["080-message-properties"](side))
    side.accepts(body)

    rows = Received if side.is_customs else InboundMessage
    kept = seen(lambda: bytes(rows.objects.get().body))

    assert kept == body
    assert b'<eb:Property name="a">b</eb:Property>' in kept


def test_case_078_a_system_and_a_state_belong_to_the_party(customs: Side) -> None:
    customs.accepts(customs.message(sender(f"a@{TRADER}@FR")(customs)))


# --- The connectivity test -----------------------------------------------------------------------------------------------


def ping(side: Side, *, payload: bool) -> bytes:
    unit = action(TEST_ACTION)(side)
    unit = re.sub(r"<eb:Service .*?</eb:Service>", f"<eb:Service>{TEST_SERVICE}</eb:Service>", unit)
    if payload:
        return side.message(unit)
    return side.message(re.sub("<eb:PayloadInfo>.*</eb:PayloadInfo>", "", unit), ())


@pytest.mark.parametrize("payload", [True, False])
def test_case_069_the_connectivity_test_is_receipted_twice_alike_and_not_delivered(side: Side, payload: bool) -> None:
    body = ping(side, payload=payload)

    first, second = side.post(body), side.post(body)

    side.assert_receipted(first)
    assert first.body == second.body
    assert states(side) == (["processed"] if side.is_customs else ["routed"])


def states(side: Side) -> list[str]:
    rows = Received if side.is_customs else InboundMessage
    return seen(lambda: list(rows.objects.values_list("state", flat=True)))


def test_case_070_the_content_of_another_message_is_answered_by_customs_business(customs: Side, answering: None) -> None:
    honest = trader(customs)
    document = filing("IE3F10")
    outcome = honest.send(honest.wire(honest.message(xml.write(document), "IE3F26")))

    answer = pulled(honest)

    assert outcome.result is as4.Result.RECEIPTED
    assert content(answer).message.event == "reject"


# --- Parts ---------------------------------------------------------------------------------------------------------------

TWO_INFOS = forge.PART + forge.PART.replace("message@x", "scan@x")
SCAN = ("scan@x", "application/gzip", forge.PACKED)
NO_HREF = forge.PART.replace(' href="cid:message@x"', "")

PARTS: dict[str, Callable[[Side], bytes]] = {
    "072-info-without-part": lambda side: side.message(side.unit((forge.PART, TWO_INFOS))),
    "072-part-without-info": lambda side: side.message(parts=[forge.PAYLOAD, SCAN]),
    "072-one-part-named-twice": lambda side: side.message(side.unit((forge.PART, forge.PART + forge.PART))),
    "072-no-href": lambda side: side.message(side.unit((forge.PART, NO_HREF))),
    "072-no-payload": lambda side: side.message(side.unit((f"<eb:PayloadInfo>{forge.PART}</eb:PayloadInfo>", "")), ()),
}


@pytest.mark.parametrize("make", PARTS.values(), ids=PARTS)
def test_parts_and_their_infos_go_in_pairs(side: Side, make: Callable[[Side], bytes]) -> None:
    side.refuses(make(side), "EBMS:0011", ref_to=forge.MESSAGE_ID)


def with_scan(side: Side, mime_type: str) -> bytes:
    info = forge.PART.replace("message@x", "scan@x").replace("application/xml", mime_type)
    return side.message(side.unit((forge.PART, forge.PART + info)), [forge.PAYLOAD, SCAN])


def test_case_074_a_second_business_payload_is_refused_by_customs(customs: Side) -> None:
    customs.refuses(with_scan(customs, "application/xml"), "EBMS:0010")


@pytest.mark.parametrize("mime_type", ["image/gif", "text/html"])
def test_case_075_an_attachment_of_another_kind_is_refused(side: Side, mime_type: str) -> None:
    side.refuses(with_scan(side, mime_type), "EBMS:0010")


def test_case_075_an_attachment_of_an_agreed_kind_is_accepted(side: Side) -> None:
    side.accepts(with_scan(side, "application/pdf"))


def test_case_077_no_message_id_becomes_a_file(side: Side, tmp_path: Path) -> None:
    """The id is a column; were it a file name, this one would be outside of everything."""
    text = f"{tmp_path}/canary@x"

    side.accepts(side.message(message_id(text)(side)), ref_to=text)

    assert list(tmp_path.iterdir()) == []


def test_case_069_our_own_test_of_the_connection_is_signed_for_by_customs(customs: Side) -> None:
    with every_tenant("a test"):
        connection: Connection = Connection.objects.get()
    connection.endpoint = f"http://127.0.0.1:{customs.server.port}{customs.server.path}"

    row = our_ping.ping(connection, at=now())

    assert row.succeeded, row.reason
    assert states(customs) == ["processed"]
