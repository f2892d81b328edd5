"""Our messages to customs, where customs is phase4: what we build it verifies, what it answers we verify."""

from dataclasses import replace

import pytest

from filings.models import Filing
from integrations import http, outbound
from integrations.as4 import Outcome, Result, Seal, Trust, WireMessage, build_user_message, outcome_of_response
from integrations.models import Attempt, Connection, Exchange
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.interop import words
from tests.interop.peer import Peer, Seals, contents

pytestmark = pytest.mark.timeout(900)

US = "NL123"


@pytest.fixture
def seal(seals: Seals) -> Seal:
    return Seal(seals.trader.private_key, seals.trader.chain)


def send(sent: WireMessage, phase4: Peer, seals: Seals) -> Outcome:
    """Post to phase4 as the gateway does and weigh the answer."""
    answer = http.post(phase4.url("customs"), content_type=sent.content_type, body=sent.body)
    return outcome_of_response(
        status=answer.status,
        content_type=answer.content_type,
        body=answer.body,
        sent=sent,
        trust=Trust.load([seals.root]),
        at=words.now(),
    )


@pytest.mark.django_db
def test_a_filing_goes_to_phase4_and_its_receipt_is_kept(
    phase4: Peer, connection: Connection, acme: Operator, bells: list[str]
) -> None:
    with tenant_scope(acme.pk):
        filing: Filing = factories.submitted()

    assert outbound.send_next(clock=lambda: factories.later(60))

    with tenant_scope(acme.pk):
        exchange = Exchange.objects.select_related("outbox").get(filing=filing)
        attempts = list(Attempt.objects.all())
    (taken,) = phase4.seen("message", message_id=exchange.message_id)
    assert exchange.state == Exchange.State.RECEIPTED, [attempt.reason for attempt in attempts]
    assert [attempt.outcome for attempt in attempts] == ["receipted"]
    assert [data for _, _, data in contents(taken)] == [bytes(exchange.outbox.payload)]
    assert taken["signer"] == "CN=alfa"


@pytest.mark.usefixtures("connection")
@pytest.mark.django_db
def test_phase4_reads_the_header_as_we_meant_it(phase4: Peer, acme: Operator, bells: list[str]) -> None:
    with tenant_scope(acme.pk):
        factories.submitted()

    outbound.send_next(clock=lambda: factories.later(60))

    with tenant_scope(acme.pk):
        (taken,) = phase4.seen("message", message_id=Exchange.objects.get().message_id)
    told = {name: value for name, value in taken.items() if name not in {"message_id", "parts", "kind"}}
    assert told == {
        "ref_to": None,
        "mpc": None,
        "sender": US,
        "sender_role": "Trader",
        "receiver": "sti-taxud",
        "service": "eu_ics2_t2c",
        "service_type": "eu-customs-service-type",
        "action": "IE3F26",
        "agreement": "EU-ICS2-TI-V2.0",
        "agreement_type": "ics2-interface-version",
        "conversation_id": "1",
        "signer": "CN=alfa",
    }


def test_the_connectivity_test_is_receipted_and_not_delivered(phase4: Peer, seal: Seal, seals: Seals) -> None:
    sent = build_user_message(message=words.ping(words.trader(US), words.CUSTOMS), seal=seal)

    outcome = send(sent, phase4, seals)

    assert outcome.result is Result.RECEIPTED, outcome
    assert not phase4.seen("message", message_id=sent.message_id)


def test_binary_attachments_arrive_octet_by_octet(phase4: Peer, seal: Seal, seals: Seals) -> None:
    message = words.with_attachments(words.filed(US, b"<IE3F28/>", "IE3F28"))

    outcome = send(build_user_message(message=message, seal=seal), phase4, seals)

    (taken,) = phase4.seen("message", message_id=message.message_id)
    assert outcome.result is Result.RECEIPTED, outcome
    assert contents(taken) == [
        ("business@x.example", "application/xml", b"<IE3F28/>"),
        ("scan-1", "application/pdf", words.PDF),
        ("scan-2@x.example", "image/jpeg", words.JPEG),
    ]


def test_an_attachment_that_is_not_compressed_arrives_too(phase4: Peer, seal: Seal, seals: Seals) -> None:
    message = words.with_attachments(words.filed(US, b"<IE3F28/>", "IE3F28"))
    plain = tuple(replace(part, compress=part.charset is not None) for part in message.parts)

    outcome = send(build_user_message(message=replace(message, parts=plain), seal=seal), phase4, seals)

    (taken,) = phase4.seen("message", message_id=message.message_id)
    assert outcome.result is Result.RECEIPTED, outcome
    assert [data for _, _, data in contents(taken)] == [b"<IE3F28/>", words.PDF, words.JPEG]


def test_xml_that_is_not_compressed_is_digested_in_its_canonical_form(phase4: Peer, seal: Seal, seals: Seals) -> None:
    message = words.plain(words.filed(US, b"", "IE3F26"))

    outcome = send(build_user_message(message=message, seal=seal), phase4, seals)

    (taken,) = phase4.seen("message", message_id=message.message_id)
    assert outcome.result is Result.RECEIPTED, outcome
    assert [data for _, _, data in contents(taken)] == [words.UNTIDY]


def test_a_large_message_arrives(phase4: Peer, seal: Seal, seals: Seals) -> None:
    message = words.large(words.filed(US, b"<IE3F28/>", "IE3F28"))

    outcome = send(build_user_message(message=message, seal=seal), phase4, seals)

    (taken,) = phase4.seen("message", message_id=message.message_id)
    assert outcome.result is Result.RECEIPTED, outcome
    assert [data for _, _, data in contents(taken)] == [part.data for part in message.parts]


def test_the_same_octets_again_are_delivered_once(phase4: Peer, seal: Seal, seals: Seals) -> None:
    sent = build_user_message(message=words.filed(US, b"<IE3F26/>", "IE3F26"), seal=seal)
    send(sent, phase4, seals)

    again = send(sent, phase4, seals)

    # The interface wants the first receipt again; phase4 4.4 answers EBMS:0004 and later ones EBMS:4001 (docs/interop.md).
    assert len(phase4.seen("message", message_id=sent.message_id)) == 1
    assert (again.code, again.verified) == ("EBMS:0004", True)
    assert "duplicate" in again.reason


def test_a_part_changed_on_the_way_is_refused(phase4: Peer, seal: Seal, seals: Seals) -> None:
    sent = build_user_message(message=words.filed(US, b"<IE3F26/>", "IE3F26"), seal=seal)

    outcome = send(words.spoilt(sent), phase4, seals)

    assert outcome.result is Result.REFUSED, outcome
    # WSS4J does not tell a wrong signature from a wrong key; phase4 calls both a failed decryption (EBMS:0101 in ICS2).
    assert (outcome.code, outcome.verified) == ("EBMS:0102", True)
    assert not phase4.seen("message", message_id=sent.message_id)


def test_a_header_changed_on_the_way_is_refused(phase4: Peer, seal: Seal, seals: Seals) -> None:
    sent = build_user_message(message=words.filed(US, b"<IE3F26/>", "IE3F26"), seal=seal)
    changed = replace(sent, body=sent.body.replace(b">IE3F26<", b">IE3F27<"))

    outcome = send(changed, phase4, seals)

    assert (outcome.result, outcome.code) == (Result.REFUSED, "EBMS:0102")
    assert not phase4.seen("message", message_id=sent.message_id)


def test_a_seal_of_nobody_they_know_is_refused(phase4: Peer, seals: Seals) -> None:
    stranger = Seal(seals.stranger.private_key, seals.stranger.chain)
    sent = build_user_message(message=words.filed(US, b"<IE3F26/>", "IE3F26"), seal=stranger)

    outcome = send(sent, phase4, seals)

    assert (outcome.result, outcome.code) == (Result.REFUSED, "EBMS:0102")
    assert not phase4.seen("message", message_id=sent.message_id)
