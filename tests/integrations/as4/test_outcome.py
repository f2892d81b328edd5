"""Cases F (receipts, answers) and G (pull) of the adversarial list, as far as they are the library's."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from integrations.as4 import (
    ERRORS,
    Agreement,
    As4Error,
    Kind,
    Outcome,
    Part,
    Party,
    Reaction,
    Received,
    Reference,
    Result,
    Seal,
    Service,
    Trust,
    UserMessage,
    WireMessage,
    build_error,
    build_pull_request,
    build_receipt,
    build_user_message,
    check_receipt,
    fingerprint,
    outcome_of_pull,
    outcome_of_response,
    reaction,
    receive,
)
from tests.integrations.as4 import forge, pki
from tests.integrations.as4.conftest import Receive

WORLD = pki.world()
TRADER = Party("NL0123456789", forge.EORI, "Trader")
CUSTOMS = Party("sti-taxud", forge.AUTH, "Customs")
# What an operator believes of customs: their CA, and only the STI's own certificate.
CUSTOMS_TRUST = Trust.load([WORLD.root.pem], pinned=[fingerprint(WORLD.sti.certificate)])
UNIT = re.compile(rb"<eb:SignalMessage>.*</eb:SignalMessage>", re.DOTALL)


@cache
def sent() -> WireMessage:
    """A UserMessage of ours."""
    message = UserMessage(
        message_id=forge.MESSAGE_ID,
        at=pki.AT,
        sender=TRADER,
        receiver=CUSTOMS,
        agreement=Agreement("EU-ICS2-TI-V2.0", "ics2-interface-version"),
        service=Service("eu_ics2_t2c", "eu-customs-service-type"),
        action="IE3F26",
        parts=(Part("message@gw", forge.XML, charset="utf-8"),),
    )
    return build_user_message(message=message, seal=WORLD.trader.seal)


@cache
def at_customs() -> Received:
    wire = sent()
    return receive(content_type=wire.content_type, body=wire.body, trust=WORLD.trust, at=pki.AT)


def receipt(received: Received | None = None, seal: Seal | None = None) -> bytes:
    return build_receipt(received=received or at_customs(), message_id="r@sti", at=pki.AT, seal=seal or WORLD.sti.seal).body


def error(code: str, detail: str = "", *, ref_to: str | None = forge.MESSAGE_ID, seal: Seal | None = WORLD.sti.seal) -> bytes:
    return build_error(error=As4Error(code, detail), message_id="e@sti", at=pki.AT, ref_to=ref_to, seal=seal).body


def outcome(body: bytes, status: int = 200, content_type: str | None = forge.SOAP) -> Outcome:
    return outcome_of_response(status=status, content_type=content_type, body=body, sent=sent(), trust=CUSTOMS_TRUST, at=pki.AT)


def with_references(change: Callable[[tuple[Reference, ...]], tuple[Reference, ...]]) -> bytes:
    return receipt(replace(at_customs(), references=change(at_customs().references)))


def resigned(body: bytes, change: Callable[[str], str], plan: forge.Plan | None = None) -> bytes:
    """A receipt of another shape, signed by the STI as any other software would."""
    found = UNIT.search(body)
    assert found
    unit = change(found[0].decode())
    assert unit != found[0].decode() or plan
    return forge.sign(forge.envelope(unit), plan or forge.Plan(WORLD.sti))


def test_a_receipt_ends_the_attempts() -> None:
    result = outcome(receipt())

    assert (result.result, result.verified, result.is_final) == (Result.RECEIPTED, True, True)
    assert result.received is not None
    assert result.received.signer == fingerprint(WORLD.sti.certificate)


def test_references_kept_without_their_octets_are_enough() -> None:
    stored = replace(sent(), references=tuple(Reference(item.uri, item.digest) for item in sent().references), body=b"")

    check = outcome_of_response(status=200, content_type=forge.SOAP, body=receipt(), sent=stored, trust=CUSTOMS_TRUST, at=pki.AT)

    assert check.result is Result.RECEIPTED


ALTERED = Reference("#x", "AAAA", b'<ds:Reference xmlns:ds="http://www.w3.org/2000/09/xmldsig#" URI="#x"></ds:Reference>')
BAD_RECEIPTS = {
    "94-one-left-out": lambda: with_references(lambda items: items[1:]),
    "94-one-added": lambda: with_references(lambda items: (*items, ALTERED)),
    "94-one-doubled": lambda: with_references(lambda items: (*items, items[0])),
    "94-digest": lambda: resigned(receipt(), lambda unit: re.sub("<ds:DigestValue>.", "<ds:DigestValue>0", unit, count=1)),
    "95-unknown-ref": lambda: receipt(replace(at_customs(), message_id="other@gw")),
    "96-echoes-nothing": lambda: resigned(receipt(), lambda unit: re.sub("<eb:Receipt>.*</eb:Receipt>", "<eb:Receipt/>", unit)),
    "96-user-message-copy": lambda: resigned(
        receipt(), lambda unit: re.sub("<eb:Receipt>.*</eb:Receipt>", f"<eb:Receipt>{forge.USER}</eb:Receipt>", unit)
    ),
    "96-two-proofs": lambda: resigned(
        receipt(), lambda unit: re.sub("(<ebbp:NonRepudiationInformation.*</ebbp:NonRepudiationInformation>)", r"\1\1", unit)
    ),
    "96-identifiers": lambda: resigned(
        receipt(),
        lambda unit: re.sub(
            "<ds:Reference.*?</ds:Reference>", "<ebbp:MessagePartIdentifier>a</ebbp:MessagePartIdentifier>", unit
        ),
    ),
}


@pytest.mark.parametrize("make", BAD_RECEIPTS.values(), ids=BAD_RECEIPTS)
def test_a_receipt_for_something_else_is_0302(make: Callable[[], bytes]) -> None:
    result = outcome(make())

    assert (result.result, result.code, result.alert) == (Result.NO_RECEIPT, "EBMS:0302", True)
    assert not result.is_final


UNACCEPTED = {
    "38-body-not-signed": (
        lambda: resigned(receipt(), lambda unit: unit, forge.Plan(WORLD.sti, refs=[forge.Ref("#m")])),
        "EBMS:0103",
    ),
    "95-other-party": (lambda: receipt(seal=WORLD.second.seal), "EBMS:0101"),
    "95-unsigned": (lambda: re.sub(rb"<wsse:Security.*</wsse:Security>", b"", receipt()), "EBMS:0103"),
    "97-own-digest-wrong": (lambda: receipt().replace(b'URI="#id-', b'URI="#xd-', 1), "EBMS:0101"),
}


@pytest.mark.parametrize(("make", "code"), UNACCEPTED.values(), ids=UNACCEPTED)
def test_a_receipt_that_does_not_verify_is_none(make: Callable[[], bytes], code: str) -> None:
    result = outcome(make())

    assert (result.result, result.code, result.is_final) == (Result.NO_RECEIPT, code, False)


GOOD_RECEIPTS = {
    "94-order": lambda: with_references(lambda items: items[::-1]),
    "94-white-space": lambda: resigned(
        receipt(),
        lambda unit: unit.replace("<ds:DigestValue>", "<ds:DigestValue>\n  ").replace(
            "</ds:DigestValue>", " \n</ds:DigestValue>"
        ),
    ),
    "97-note-of-the-software": lambda: resigned(
        receipt(), lambda unit: unit.replace("</eb:Receipt>", '<about xmlns="urn:x-software" version="4"/></eb:Receipt>')
    ),
    "97-copied-ids": lambda: resigned(receipt(), lambda unit: unit.replace("<ds:Reference ", '<ds:Reference Type="x" ')),
}


@pytest.mark.parametrize("make", GOOD_RECEIPTS.values(), ids=GOOD_RECEIPTS)
def test_a_receipt_may_spell_things_otherwise(make: Callable[[], bytes]) -> None:
    assert outcome(make()).result is Result.RECEIPTED


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (200, None, b""),
        (200, forge.SOAP, b""),
        (202, "text/plain", b"\r\n"),
        (200, "text/html", b"<html><body>OK</body></html>"),
        (302, "text/html", b"moved"),
        (503, None, b"busy"),
        (200, forge.SOAP, b"<html/>"),
        (200, "multipart/related; boundary=x", b"--x"),
    ],
)
def test_case_98_what_is_no_soap_is_no_receipt(status: int, content_type: str | None, body: bytes) -> None:
    result = outcome(body, status, content_type)

    assert (result.result, result.is_final) == (Result.NO_RECEIPT, False)
    assert result.reason


@pytest.mark.parametrize("status", [200, 400, 500])
def test_case_98_soap_is_read_at_any_status(status: int) -> None:
    assert outcome(error("EBMS:0003"), status).result is Result.REFUSED
    assert outcome(receipt(), status).result is Result.RECEIPTED


@pytest.mark.parametrize(
    ("code", "detail", "result", "sub_code"),
    [
        ("EBMS:0001", "", Result.REFUSED, None),
        ("EBMS:0009", "", Result.REFUSED, None),
        ("EBMS:0101", "", Result.REFUSED, None),
        ("EBMS:0303", "", Result.REFUSED, None),
        ("EBMS:0004", "", Result.TRANSIENT, None),
        ("EBMS:0004", "A001 authorisation refused", Result.REFUSED, "A001"),
        ("EBMS:0004", "technical user: A002.", Result.TRANSIENT, "A002"),
        ("EBMS:0004", "A003", Result.TRANSIENT, "A003"),
        ("EBMS:0004", "A0012", Result.TRANSIENT, None),
        ("EBMS:0202", "", Result.TRANSIENT, None),
        ("EBMS:0006", "", Result.TRANSIENT, None),
        ("EBMS:4001", "", Result.EVIDENCE_MISSING, None),
    ],
)
def test_errors_mean_stop_or_try_again(code: str, detail: str, result: Result, sub_code: str | None) -> None:
    found = outcome(error(code, detail), 500)

    assert (found.result, found.code, found.sub_code, found.verified) == (result, code, sub_code, True)


@pytest.mark.parametrize(
    ("code", "severity", "expected"),
    [
        ("EBMS:9999", "failure", Reaction.STOP),
        ("EBMS:9999", "Failure", Reaction.STOP),
        ("EBMS:9999", "warning", Reaction.RETRY),
        ("EBMS:0003", "warning", Reaction.RETRY),
        ("EBMS:0006", "failure", Reaction.EMPTY),
    ],
)
def test_unknown_codes_count_by_severity(code: str, severity: str, expected: Reaction) -> None:
    assert reaction(code=code, severity=severity) is expected


def test_case_99_an_unsigned_error_never_ends_the_attempts() -> None:
    result = outcome(error("EBMS:0101", seal=None), 500)

    assert (result.result, result.verified, result.is_final) == (Result.TRANSIENT, False, False)
    assert result.code == "EBMS:0101"


def test_an_error_signed_by_someone_else_never_ends_the_attempts() -> None:
    assert outcome(error("EBMS:0101", seal=WORLD.trader.seal), 500).result is Result.TRANSIENT


def test_case_100_an_error_about_another_message_is_ignored() -> None:
    result = outcome(error("EBMS:0101", ref_to="other@gw"), 500)

    assert (result.result, result.alert) == (Result.NO_RECEIPT, True)


def test_an_error_that_names_no_message_is_about_ours() -> None:
    assert outcome(error("EBMS:0009", ref_to=None), 500).result is Result.REFUSED


def test_every_error_of_the_table_is_built_and_read(take: Receive) -> None:
    for row in ERRORS.values():
        wire = build_error(
            error=As4Error(row.code, "a < b & c"), message_id="e@sti", at=pki.AT, ref_to="m@gw", seal=WORLD.sti.seal
        )

        received = take(wire.body, wire.content_type)

        (report,) = received.errors
        assert (report.code, report.severity, report.short, report.category) == (row.code, row.severity, row.short, row.category)
        assert (report.ref_to, report.detail, received.ref_to, received.kind) == ("m@gw", "a < b & c", "m@gw", Kind.ERROR)
        assert (b"env:Fault" in wire.body) is (row.severity == "failure")


def test_only_a_verified_user_message_is_receipted(take: Receive) -> None:
    pull = take(forge.sign(forge.envelope(forge.PULL), forge.Plan(WORLD.trader)), forge.SOAP)

    with pytest.raises(ValueError, match="only a verified UserMessage"):
        receipt(pull)


def test_a_receipt_is_checked_apart_from_the_transport(take: Receive) -> None:
    received = take(receipt(), forge.SOAP)

    check_receipt(received=received, sent_references=sent().references, sent_message_id=sent().message_id)
    with pytest.raises(As4Error, match="0302"):
        check_receipt(
            received=replace(received, verified=False), sent_references=sent().references, sent_message_id=sent().message_id
        )


@cache
def pull_request() -> WireMessage:
    return build_pull_request(mpc=forge.MPC, message_id="p@gw", at=pki.AT, seal=WORLD.trader.seal)


def pulled(*, mpc: str | None = forge.MPC, to: str = "NL0123456789", seal: Seal | None = None) -> WireMessage:
    message = UserMessage(
        message_id="22@sti",
        ref_to=forge.MESSAGE_ID,
        at=pki.AT,
        sender=CUSTOMS,
        receiver=replace(TRADER, id=to),
        agreement=Agreement("EU-ICS2-TI-V2.0", "ics2-interface-version"),
        service=Service("eu_ics2_c2t", "eu-customs-service-type"),
        action="IE3R01",
        mpc=mpc,
        parts=(Part("message@sti", forge.XML, charset="utf-8"),),
    )
    return build_user_message(message=message, seal=seal or WORLD.sti.seal)


def pull_outcome(body: bytes, content_type: str = forge.SOAP) -> Outcome:
    return outcome_of_pull(
        status=200,
        content_type=content_type,
        body=body,
        sent=pull_request(),
        trust=CUSTOMS_TRUST,
        at=pki.AT,
        party="NL0123456789",
    )


def test_a_pulled_message_is_taken_and_receipted(take: Receive) -> None:
    wire = pulled()

    result = pull_outcome(wire.body, wire.content_type)

    assert result.result is Result.MESSAGE
    assert result.received is not None
    answer = receipt(result.received, WORLD.trader.seal)
    check_receipt(received=take(answer, forge.SOAP), sent_references=wire.references, sent_message_id=wire.message_id)


@pytest.mark.parametrize("severity", ["warning", "failure"])
def test_case_105_an_empty_channel_is_no_fault(severity: str) -> None:
    unit = (
        f'<eb:SignalMessage>{forge.INFO}<eb:Error errorCode="EBMS:0006" severity="{severity}" '
        'refToMessageInError="p@gw"/></eb:SignalMessage>'
    )

    assert pull_outcome(forge.sign(forge.envelope(unit), forge.Plan(WORLD.sti))).result is Result.EMPTY


def test_case_105_answer_is_a_warning_without_fault() -> None:
    empty = As4Error("EBMS:0006")

    assert empty.http_status == 200
    assert b"Fault" not in error("EBMS:0006")


def test_case_103_a_refused_pull_is_an_error() -> None:
    result = pull_outcome(error("EBMS:0004", "A001", ref_to="p@gw"))

    assert (result.result, result.sub_code) == (Result.REFUSED, "A001")


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (pulled(mpc=forge.MPC + "0"), "EBMS:0003"),
        (pulled(mpc=None), "EBMS:0003"),
        (pulled(to="NL9999999999"), "EBMS:0003"),
        (pulled(seal=WORLD.second.seal), "EBMS:0101"),
    ],
    ids=["110-other-channel", "110-no-channel", "110-other-party", "111-other-signer"],
)
def test_a_pulled_message_not_for_us_is_refused_with_a_reply(wire: WireMessage, code: str) -> None:
    result = pull_outcome(wire.body, wire.content_type)

    assert (result.result, result.alert) == (Result.UNACCEPTABLE, True)
    assert result.reply is not None
    assert (result.reply.code, result.reply.ref_to) == (code, "22@sti")


def test_no_answer_to_a_pull_is_tried_again() -> None:
    assert pull_outcome(b"").result is Result.NO_RECEIPT
    assert pull_outcome(b"<html/>", "text/html").result is Result.NO_RECEIPT
    assert pull_outcome(receipt()).result is Result.NO_RECEIPT
