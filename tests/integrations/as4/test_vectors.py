"""The golden vectors: read, refused and rebuilt byte for byte."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from integrations.as4 import (
    Agreement,
    As4Error,
    Kind,
    Part,
    Party,
    Result,
    Seal,
    Service,
    Trust,
    UserMessage,
    build_error,
    build_pull_request,
    build_receipt,
    build_user_message,
    outcome_of_pull,
    outcome_of_response,
    receive,
    sign,
    unpack,
)
from tests.integrations.as4 import forge
from tests.integrations.as4.pki import AT

SOAP = "application/soap+xml; charset=UTF-8"
TRADER = Party("NL0123456789", forge.EORI, "Trader")
CUSTOMS = Party("sti-taxud", forge.AUTH, "Customs")
AGREEMENT = Agreement("EU-ICS2-TI-V2.0", "ics2-interface-version")
Vector = Callable[[str], bytes]


class ReplayedSeal(Seal):
    """A seal without a key: it gives the signature of a vector, and only for the octets that were signed."""

    def sign(self, octets: bytes) -> bytes:
        envelope, leaf = self.private_key, self.certificates[0]
        found = re.search(rb"<ds:SignatureValue>([^<]+)<", envelope)
        assert found
        value = base64.b64decode(found[1])
        key = leaf.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(value, octets, padding.PKCS1v15(), SHA256())
        return value


def replayed(vector: Vector, name: str, holder: str) -> Seal:
    chain = b"".join(vector(f"test-{item}.cert.pem") for item in (holder, "sub", "root"))
    return ReplayedSeal(private_key=vector(f"{name}.envelope.xml"), chain=chain)


@pytest.fixture
def labelled(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give the ids of the next envelope the label of a vector."""
    return lambda label: monkeypatch.setattr(sign, "mark", lambda message_id: label)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("receipt", Kind.RECEIPT),
        ("error", Kind.ERROR),
        ("pullrequest", Kind.PULL),
        ("emptympc", Kind.ERROR),
        ("pullreceipt", Kind.RECEIPT),
    ],
)
def test_signals_verify(vector: Vector, vector_trust: Trust, name: str, kind: Kind) -> None:
    received = receive(content_type=SOAP, body=vector(f"{name}.envelope.xml"), trust=vector_trust, at=AT)

    assert (received.kind, received.verified) == (kind, True)


@pytest.mark.parametrize(("name", "action"), [("push", "IE3F26"), ("pulled", "IE3R01")])
def test_user_messages_verify_and_unpack(vector: Vector, vector_trust: Trust, name: str, action: str) -> None:
    content_type = vector(f"{name}.content-type").decode().strip()

    received = receive(content_type=content_type, body=vector(f"{name}.mime"), trust=vector_trust, at=AT)

    assert received.user is not None
    assert (received.kind, received.user.action) == (Kind.USER, action)
    assert [payload.data for payload in unpack(received)] == [vector(f"{name}.payload.xml")]


@pytest.mark.parametrize("name", ["neg-untrusted", "neg-expired", "neg-digest"])
def test_negatives_are_refused(vector: Vector, vector_trust: Trust, name: str) -> None:
    body = vector("push.mime").replace(vector("push.envelope.xml"), vector(f"{name}.envelope.xml"))

    with pytest.raises(As4Error) as caught:
        receive(content_type=vector("push.content-type").decode().strip(), body=body, trust=vector_trust, at=AT)

    assert (caught.value.code, caught.value.ref_to) == ("EBMS:0101", forge.MESSAGE_ID)


def push(vector: Vector) -> UserMessage:
    return UserMessage(
        message_id=forge.MESSAGE_ID,
        at=AT,
        sender=TRADER,
        receiver=CUSTOMS,
        agreement=AGREEMENT,
        service=Service("eu_ics2_t2c", "eu-customs-service-type"),
        action="IE3F26",
        parts=(Part("message@gw.example.test", b"", charset="utf-8", packed=vector("push.payload.gz")),),
    )


def test_push_is_rebuilt_octet_for_octet(vector: Vector, labelled: Callable[[str], None]) -> None:
    labelled("push")

    wire = build_user_message(message=push(vector), seal=replayed(vector, "push", "trader"), boundary="MIMEBoundary_push")

    assert wire.body == vector("push.mime")
    assert wire.content_type == vector("push.content-type").decode().strip()


def test_canonical_octets_stand_in_the_envelope(vector: Vector, labelled: Callable[[str], None]) -> None:
    labelled("push")

    wire = build_user_message(message=push(vector), seal=replayed(vector, "push", "trader"))

    for name in ("messaging", "body", "signedinfo"):
        assert vector(f"push.c14n-{name}.txt") in wire.body


def test_pulled_message_is_rebuilt(vector: Vector, labelled: Callable[[str], None]) -> None:
    labelled("pulled")
    message = UserMessage(
        message_id="22222222-2222-4222-8222-222222222222@sti.example.test",
        ref_to=forge.MESSAGE_ID,
        at=AT + timedelta(seconds=30),
        sender=CUSTOMS,
        receiver=TRADER,
        agreement=AGREEMENT,
        service=Service("eu_ics2_c2t", "eu-customs-service-type"),
        action="IE3R01",
        mpc=forge.MPC,
        parts=(Part("message@sti.example.test", b"", charset="utf-8", packed=vector("pulled.payload.gz")),),
    )

    wire = build_user_message(message=message, seal=replayed(vector, "pulled", "sti"))

    assert vector("pulled.envelope.xml") in wire.body


@pytest.mark.parametrize(
    ("original", "name", "holder", "message_id", "after"),
    [
        ("push", "receipt", "sti", "33333333-3333-4333-8333-333333333333@sti.example.test", timedelta(milliseconds=250)),
        ("pulled", "pullreceipt", "trader", "66666666-6666-4666-8666-666666666666@gw.example.test", timedelta(seconds=61)),
    ],
)
def test_receipts_are_rebuilt(
    vector: Vector,
    vector_trust: Trust,
    labelled: Callable[[str], None],
    original: str,
    name: str,
    holder: str,
    message_id: str,
    after: timedelta,
) -> None:
    labelled(name)
    content_type = vector(f"{original}.content-type").decode().strip()
    received = receive(content_type=content_type, body=vector(f"{original}.mime"), trust=vector_trust, at=AT)

    wire = build_receipt(received=received, message_id=message_id, at=AT + after, seal=replayed(vector, name, holder))

    assert wire.body == vector(f"{name}.envelope.xml")


def test_pull_request_is_rebuilt(vector: Vector, labelled: Callable[[str], None]) -> None:
    labelled("pull")

    wire = build_pull_request(
        mpc=forge.MPC,
        message_id="55555555-5555-4555-8555-555555555555@gw.example.test",
        at=AT + timedelta(minutes=1),
        seal=replayed(vector, "pullrequest", "trader"),
    )

    assert wire.body == vector("pullrequest.envelope.xml")


@pytest.mark.parametrize(
    ("name", "label", "error", "ref_to"),
    [
        ("error", "error", As4Error("EBMS:0004", "A001 authorisation refused"), forge.MESSAGE_ID),
        (
            "emptympc",
            "empty",
            As4Error("EBMS:0006", "There is no message available for pulling from this MPC at this moment."),
            "55555555-5555-4555-8555-555555555555@gw.example.test",
        ),
    ],
)
def test_errors_are_rebuilt(
    vector: Vector, labelled: Callable[[str], None], name: str, label: str, error: As4Error, ref_to: str
) -> None:
    labelled(label)

    wire = build_error(
        error=error,
        message_id="44444444-4444-4444-8444-444444444444@sti.example.test",
        at=AT + timedelta(milliseconds=250),
        ref_to=ref_to,
        seal=replayed(vector, name, "sti"),
    )

    assert wire.body == vector(f"{name}.envelope.xml")


def test_answers_mean_what_they_say(vector: Vector, vector_trust: Trust, labelled: Callable[[str], None]) -> None:
    labelled("push")
    sent = build_user_message(message=push(vector), seal=replayed(vector, "push", "trader"))

    def result(name: str) -> Result:
        body = vector(f"{name}.envelope.xml")
        return outcome_of_response(status=200, content_type=SOAP, body=body, sent=sent, trust=vector_trust, at=AT).result

    assert [result(name) for name in ("receipt", "error", "pullreceipt", "pullrequest")] == [
        Result.RECEIPTED,
        Result.REFUSED,
        Result.NO_RECEIPT,
        Result.NO_RECEIPT,
    ]


def test_pull_answers_mean_what_they_say(vector: Vector, vector_trust: Trust, labelled: Callable[[str], None]) -> None:
    labelled("pull")
    message_id = "55555555-5555-4555-8555-555555555555@gw.example.test"
    seal = replayed(vector, "pullrequest", "trader")
    sent = build_pull_request(mpc=forge.MPC, message_id=message_id, at=AT + timedelta(minutes=1), seal=seal)

    def result(content_type: str, body: bytes) -> Result:
        return outcome_of_pull(
            status=200, content_type=content_type, body=body, sent=sent, trust=vector_trust, at=AT, party=TRADER.id
        ).result

    assert result(SOAP, vector("emptympc.envelope.xml")) is Result.EMPTY
    assert result(vector("pulled.content-type").decode(), vector("pulled.mime")) is Result.MESSAGE
