"""Cases 33 to 63: signature, token, wrapping."""

import base64
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from integrations import as4
from integrations.sandbox import enrolment
from tests.integrations.adversarial import sides
from tests.integrations.adversarial.servers import pause
from tests.integrations.adversarial.sides import TRADER, WORLD, Side, other, outside, trader
from tests.integrations.as4 import forge, pki
from tests.integrations.as4.forge import Ref
from tests.integrations.sandbox.trader import now
from tests.integrations.sandbox.world import configure

pytestmark = pytest.mark.django_db

SWA = (forge.SWA,)
PART = Ref("cid:message@x", SWA)
ALL = [Ref("#m"), Ref("#b"), PART]
SECOND = ("scan@x", "application/gzip", b"scan")
XML_PART = ("message@x", "application/xml", b'<?xml version="1.0"?><a  b="1"  a="2"/>\n')
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
COMPLETE = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Complete-Signature-Transform"
HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
Make = Callable[[Side], bytes]


def changed(side: Side, old: bytes, new: bytes) -> bytes:
    assert old in side.good
    return side.good.replace(old, new)


def moved(side: Side, pattern: bytes, into: bytes) -> bytes:
    body, count = re.subn(pattern, into, side.good, flags=re.DOTALL)
    assert count == 1
    return body


def wrapped(side: Side, new_id: str | None) -> bytes:
    """Put the signed Messaging under a dummy header, and a forged one in its place."""
    root = etree.fromstring(side.sealed())
    header = root[0]
    messaging = header[-1]
    header.remove(messaging)
    etree.SubElement(header, "{urn:dummy}Dummy").append(messaging)
    forged = etree.fromstring(etree.tostring(messaging).replace(b">1<", b">forged<"))
    header.append(forged)
    if new_id:
        forged.set(f"{{{forge.WSU}}}Id", new_id)
    return forge.multipart(etree.tostring(root), [forge.PAYLOAD])


def refs(*items: Ref) -> Make:
    return lambda side: side.message(refs=list(items))


def plan(**options: object) -> Make:
    return lambda side: side.message(**options)


def weak(side: Side) -> bytes:
    return side.message(signer=pki.holder("weak", pki.rsa_key(6, 1024), issuer=WORLD.ca))


def curve(side: Side) -> bytes:
    return side.message(signer=pki.holder("curve", ec.generate_private_key(ec.SECP256R1()), issuer=WORLD.ca))


def leaf_only(side: Side) -> bytes:
    token = base64.b64encode(side.signer.certificate.public_bytes(Encoding.DER)).decode()
    return side.message(value_type=forge.X509V3, token_type=forge.X509V3, reference_type=forge.X509V3, token=token)


NOT_ALLOWED: dict[str, Make] = {
    "033-unsigned": lambda side: forge.multipart(forge.envelope(side.user).encode(), [forge.PAYLOAD]),
    "033-empty-security": lambda side: forge.multipart(
        forge.envelope(side.user, header="<wsse:Security/>").encode(), [forge.PAYLOAD]
    ),
    "037-body-not-signed": refs(Ref("#m"), PART),
    "039-messaging-not-signed": refs(Ref("#b"), PART),
    "040-one-attachment-not-signed": lambda side: side.message(parts=[forge.PAYLOAD, SECOND], refs=ALL),
    "041-wrapped-under-a-new-id": lambda side: wrapped(side, "other"),
    "043-two-signatures": lambda side: moved(side, rb"(<ds:Signature>.*</ds:Signature>)", rb"\1\1"),
    "043-two-security": lambda side: moved(side, rb"(<wsse:Security.*</wsse:Security>)", rb"\1<wsse:Security></wsse:Security>"),
    "043-signature-outside": lambda side: moved(side, rb"(<ds:Signature>.*</ds:Signature>)(</wsse:Security>)", rb"\2\1"),
    "044-10000-references": refs(*ALL, *(Ref("#b", digest="AA==") for _ in range(10_000))),
    "044-whole-document": refs(*ALL, Ref("", digest="AA==")),
    "044-file": refs(*ALL, Ref("file:///etc/hostname", digest="AA==")),
    "044-xpointer": refs(*ALL, Ref("#xpointer(/)", digest="AA==")),
    "045-xslt": refs(Ref("#m", (XSLT,)), Ref("#b"), PART),
    "045-xpath": refs(Ref("#m", (XPATH, forge.EC)), Ref("#b"), PART),
    "045-base64": refs(Ref("#m", (forge.DS + "base64",)), Ref("#b"), PART),
    "045-enveloped": refs(Ref("#m", (ENVELOPED, forge.EC)), Ref("#b"), PART),
    "045-inclusive-transform": refs(Ref("#m", (INCLUSIVE,)), Ref("#b"), PART),
    "045-inclusive": plan(canonicalization=INCLUSIVE),
    "045-with-comments": plan(canonicalization=forge.EC + "WithComments"),
    "046-rsa-sha1": plan(method=forge.DS + "rsa-sha1"),
    "046-sha1-digest": refs(Ref("#m", digest_method=forge.DS + "sha1"), Ref("#b"), PART),
    "046-hmac-with-the-public-key": plan(method=HMAC),
    "046-rsa-1024": weak,
    "046-ecdsa": curve,
    "047-attachment-complete": refs(Ref("#m"), Ref("#b"), Ref("cid:message@x", (COMPLETE,))),
    "048-x509v3-leaf-only": leaf_only,
    "051-no-token-type": plan(token_type=None),
    "051-reference-as-x509v3": plan(reference_type=forge.X509V3),
    "052-token-outside-security": lambda side: moved(
        side, rb"(<wsse:BinarySecurityToken.*</wsse:BinarySecurityToken>)(.*</wsse:Security>)", rb"\2\1"
    ),
    "063-encrypted-key": lambda side: changed(
        side,
        b"<wsse:BinarySecurityToken",
        b'<xenc:EncryptedKey xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"/><wsse:BinarySecurityToken',
    ),
    "063-encrypted-data": lambda side: changed(
        side,
        b"</wsse:Security>",
        b'<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" MimeType="application/gzip"/></wsse:Security>',
    ),
}


@pytest.mark.parametrize("make", NOT_ALLOWED.values(), ids=NOT_ALLOWED)
def test_what_the_policy_does_not_allow_is_0103(side: Side, make: Make) -> None:
    side.refuses(make(side), "EBMS:0103", ref_to=forge.MESSAGE_ID)


def test_case_044_a_reference_to_an_address_is_not_fetched(side: Side) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.3)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x"

        side.refuses(side.message(refs=[*ALL, Ref(url, digest="AA==")]), "EBMS:0103")

        with pytest.raises(TimeoutError):
            canary.accept()


def other_value(value: bytes) -> Make:
    return lambda side: re.sub(rb"<ds:SignatureValue>[^<]*<", b"<ds:SignatureValue>" + value + b"<", side.good)


def flipped(side: Side) -> bytes:
    found = re.search(rb"<ds:DigestValue>([^<]*)<", side.good)
    assert found
    octets = bytearray(base64.b64decode(found[1]))
    octets[0] ^= 1
    return side.good.replace(found[1], base64.b64encode(octets), 1)


def certificates(*, before: int = 0, between: bool = False, turned: bool = False) -> Make:
    def make(side: Side) -> bytes:
        path = side.signer.path
        odd = stranger().certificate
        if turned:
            path = path[::-1]
        if between:
            path = [path[0], odd, *path[1:]]
        return side.message(certificates=[*([path[0]] * before if before > 1 else [odd] * before), *path])

    return make


def token(octets: Callable[[bytes], bytes]) -> Make:
    return lambda side: side.message(token=base64.b64encode(octets(pki.pkipath(side.signer.path))).decode())


def stranger() -> pki.Holder:
    return pki.holder("trader NL0123456789", pki.rsa_key(5))


def holder(name: str, **options: object) -> pki.Holder:
    return pki.holder(name, pki.rsa_key(7), **options)  # type: ignore[arg-type]


def under(issuer: pki.Holder, **options: object) -> Make:
    return lambda side: side.message(signer=pki.holder("leaf", pki.rsa_key(5), issuer=issuer, **options))  # type: ignore[arg-type]


PAST, FUTURE = datetime(2026, 1, 2, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)

DOES_NOT_HOLD: dict[str, Make] = {
    "034-messaging-changed": lambda side: changed(side, b"<eb:ConversationId>1<", b"<eb:ConversationId>2<"),
    "034-one-bit-of-a-digest": flipped,
    "034-body-changed": lambda side: changed(side, b'<env:Body wsu:Id="b"/>', b'<env:Body wsu:Id="b" x="1"/>'),
    "035-attachment-changed": lambda side: changed(side, forge.PACKED, forge.PACKED[:-1] + b"x"),
    "036-value-of-another-message": other_value(base64.b64encode(WORLD.trader.sign(b"other"))),
    "036-value-cut": other_value(base64.b64encode(WORLD.trader.sign(b"other")[:-1])),
    "036-value-not-base64": other_value(b"%%%"),
    "036-value-of-a-megabyte": other_value(b"A" * 1_000_000),
    "041-wrapped-under-the-same-id": lambda side: wrapped(side, None),
    "042-two-wsu-ids": lambda side: changed(side, b"<eb:UserMessage", b'<eb:UserMessage wsu:Id="m"'),
    "042-plain-id": lambda side: changed(side, b"<ds:SignedInfo", b'<ds:SignedInfo Id="m"'),
    "042-xml-id": lambda side: changed(side, b"<ds:SignedInfo", b'<ds:SignedInfo xml:id="b"'),
    "049-leaf-first": certificates(turned=True),
    "049-unrelated-certificate": certificates(before=1),
    "049-unrelated-between": certificates(between=True),
    "049-empty": token(lambda _: b"\x30\x00"),
    "049-trailing-octets": token(lambda path: path + b"\x00"),
    "049-cut": token(lambda path: path[:-1]),
    "049-1000-certificates": certificates(before=1000),
    "052-token-of-the-receiver": lambda side: side.message(token=pki.token(side.receiver.path)),
    "053-expired": under(WORLD.ca, until=PAST),
    "053-not-yet-valid": under(WORLD.ca, since=FUTURE),
    "053-expired-issuer": under(holder("old CA", issuer=WORLD.root, ca=True, until=PAST)),
    "054-namesake": lambda side: side.message(signer=stranger()),
    "054-namesake-under-our-root": lambda side: side.message(
        signer=stranger(), certificates=[*side.signer.path[:2], stranger().certificate]
    ),
    "055-issued-by-a-leaf": under(WORLD.trader),
    "055-issuer-without-ca-bit": under(holder("no CA", issuer=WORLD.root, certifies=True)),
    "055-not-for-signatures": under(WORLD.ca, signs=False),
    "061-xml-signed-over-raw-octets": lambda side: side.message(xml_unit(side), [XML_PART]),
}


@pytest.mark.parametrize("make", DOES_NOT_HOLD.values(), ids=DOES_NOT_HOLD)
def test_what_does_not_hold_is_0101(side: Side, make: Make) -> None:
    side.refuses(make(side), "EBMS:0101", ref_to=forge.MESSAGE_ID)


# --- What is right although it looks odd ---------------------------------------------------------------------------------


def xml_unit(side: Side) -> str:
    return side.unit(('<eb:Property name="CompressionType">application/gzip</eb:Property>', ""))


def canonical(side: Side) -> bytes:
    digest = forge._digest(forge.c14n(etree.fromstring(XML_PART[2])))
    return side.message(xml_unit(side), [XML_PART], refs=[Ref("#m"), Ref("#b"), Ref("cid:message@x", SWA, digest=digest)])


def namespaced(side: Side) -> str:
    return side.unit(
        ("<eb:MessageInfo>", f'<eb:MessageInfo xmlns:eb="{forge.EB}" xmlns:x="urn:x">'),
        ("<eb:ConversationId>1<", "<eb:ConversationId>\U0001f6a2&#13;\t&lt;&amp;<"),
    )


ACCEPTED: dict[str, Make] = {
    "050-without-the-root": lambda side: side.message(certificates=side.signer.path[1:]),
    "052-receivers-token-stands-first": lambda side: side.message(extra_token=pki.token(side.receiver.path)),
    "061-xml-signed-canonical": canonical,
    "062-prefix-lists": lambda side: side.message(
        prefixes="env eb wsu", refs=[Ref("#m", prefixes="env wsse ebbp"), Ref("#b", prefixes="eb"), PART]
    ),
    "062-no-prefix-list": plan(prefixes=None),
    "062-namespaces-and-odd-characters": lambda side: side.message(namespaced(side)),
}


@pytest.mark.parametrize("make", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_signed_right_is_accepted(side: Side, make: Make) -> None:
    side.accepts(make(side))


@pytest.mark.parametrize("signer", [WORLD.trader, WORLD.second])
def test_case_059_two_certificates_of_a_party_are_both_good(customs: Side, signer: pki.Holder) -> None:
    for number in range(2):
        unit = customs.unit((forge.MESSAGE_ID, f"{number}@x"))
        customs.assert_receipted(customs.post(customs.message(unit, signer=(signer, WORLD.trader)[number])), ref_to=f"{number}@x")

    assert customs.stored() == 2


# --- The register --------------------------------------------------------------------------------------------------------


def test_case_056_a_certificate_of_another_party_is_a001(customs: Side) -> None:
    report = customs.refuses(customs.message(signer=other()), "EBMS:0004", ref_to=forge.MESSAGE_ID)

    assert report.sub_code == "A001"


def test_case_057_a_certificate_nobody_registered_is_a001(customs: Side) -> None:
    unregistered = pki.holder("unregistered", pki.rsa_key(9), issuer=WORLD.ca)

    report = customs.refuses(customs.message(signer=unregistered), "EBMS:0004")

    assert report.sub_code == "A001"


def test_case_058_while_the_register_is_down_we_are_told_to_try_again_and_then_succeed_once(customs: Side) -> None:
    honest = trader(customs)
    wire = honest.wire(honest.message(forge.XML, "IE3F26"))
    outside(lambda: configure(register_is_down=True))
    try:
        refused = honest.send(wire)
    finally:
        outside(lambda: configure(register_is_down=False))
    customs.assert_stored(0)

    accepted = honest.send(wire)

    assert (refused.result, refused.sub_code) == (as4.Result.TRANSIENT, "A003")
    assert accepted.result is as4.Result.RECEIPTED
    assert customs.stored() == 1


def test_case_060_a_revoked_certificate_counts_no_more(customs: Side) -> None:
    customs.accepts(customs.good)
    mark = as4.fingerprint(WORLD.trader.certificate)
    outside(lambda: configure(revoked=[mark]))
    try:
        second = customs.post(customs.message(customs.unit((forge.MESSAGE_ID, "second@x"))))
    finally:
        outside(lambda: configure(revoked=[]))

    customs.assert_refused(second, "EBMS:0101", ref_to="second@x", stored=1)


# --- Receipts and pulls --------------------------------------------------------------------------------------------------


def test_case_038_a_receipt_with_an_unsigned_body_leaves_the_message_unreceipted(customs: Side) -> None:
    honest = sides.with_answer(customs)
    pulled = honest.pull().received
    assert pulled is not None
    unit = receipt_unit(honest.receipt(pulled).body)

    reply = customs.post(forge.sign(forge.envelope(unit), forge.Plan(WORLD.trader, refs=[Ref("#m")])), forge.SOAP)

    received = customs.receive(reply)
    assert (reply.status, received.errors[0].code) == (500, "EBMS:0302")
    assert sides.answers() == ["waiting"]


def receipt_unit(body: bytes) -> str:
    found = re.search(rb"<eb:SignalMessage>.*</eb:SignalMessage>", body, re.DOTALL)
    assert found
    return found[0].decode()


def test_case_053_a_chain_that_was_good_ends_with_its_certificate(customs: Side) -> None:
    """The memory of checked chains does not outlive them."""
    soon = now() + timedelta(seconds=2)
    brief = pki.holder("brief", pki.rsa_key(10), issuer=WORLD.ca, until=soon.replace(microsecond=0))
    outside(lambda: register(brief))
    first = customs.post(customs.message(signer=brief))
    while now() < soon:
        pause(0.1)

    second = customs.post(customs.message(customs.unit((forge.MESSAGE_ID, "second@x")), signer=brief))

    customs.assert_receipted(first)
    customs.assert_refused(second, "EBMS:0101", stored=1)


def register(holder: pki.Holder) -> None:
    enrolment.enrol(party_id=TRADER, name="Trader", fingerprints=[as4.fingerprint(holder.certificate)])
