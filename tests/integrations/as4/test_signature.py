"""Cases C (signature, token, wrapping) of the adversarial list, and two oracles for what we sign."""

import base64
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier

from integrations.as4 import (
    Agreement,
    As4Error,
    Kind,
    Part,
    Party,
    Seal,
    Service,
    Trust,
    UserMessage,
    build_pull_request,
    build_user_message,
    fingerprint,
    pkipath,
    receive,
)
from tests.integrations.as4 import forge, pki
from tests.integrations.as4.conftest import Receive
from tests.integrations.as4.forge import Ref

Refusal = Callable[..., As4Error]
WORLD = pki.world()
SWA = (forge.SWA,)
GOOD = forge.message()
PULL = forge.sign(forge.envelope(forge.PULL), forge.Plan(WORLD.trader))
PART = Ref("cid:message@x", SWA)
ALL = [Ref("#m"), Ref("#b"), PART]
SECOND = ("scan@x", "application/gzip", b"scan")
XML_PART = ("message@x", "application/xml", b'<?xml version="1.0"?><a  b="1"  a="2"/>\n')
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ATTACHMENT_COMPLETE = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Complete-Signature-Transform"


def changed(old: bytes, new: bytes, body: bytes = GOOD) -> bytes:
    assert old in body
    return body.replace(old, new)


def holder(name: str, number: int = 5, **options: object) -> pki.Holder:
    return pki.holder(name, pki.rsa_key(number), **options)  # type: ignore[arg-type]


def _wrapped(root: etree._Element) -> None:
    """Put the signed Messaging under a dummy header, and a forged one in its place."""
    header = root[0]
    messaging = header[-1]
    header.remove(messaging)
    dummy = etree.SubElement(header, "{urn:dummy}Dummy")
    dummy.append(messaging)
    forged = etree.fromstring(etree.tostring(messaging).replace(b"NL0123456789", b"NL9999999999"))
    header.append(forged)


def wrapped(new_id: str | None) -> bytes:
    root = etree.fromstring(forge.sign(forge.envelope(forge.USER), forge.Plan(WORLD.trader), [forge.PAYLOAD]))
    _wrapped(root)
    if new_id:
        root[0][-1].set(f"{{{forge.WSU}}}Id", new_id)
    return forge.multipart(etree.tostring(root), [forge.PAYLOAD])


def _security_twice(body: bytes) -> bytes:
    return re.sub(rb"(<wsse:Security.*</wsse:Security>)", rb"\1<wsse:Security></wsse:Security>", body, flags=re.DOTALL)


def _signature_twice(body: bytes) -> bytes:
    return re.sub(rb"(<ds:Signature>.*</ds:Signature>)", rb"\1\1", body, flags=re.DOTALL)


def _signature_outside(body: bytes) -> bytes:
    moved = re.sub(rb"(<ds:Signature>.*</ds:Signature>)(</wsse:Security>)", rb"\2\1", body, flags=re.DOTALL)
    assert moved != body
    return moved


def _token_outside(body: bytes) -> bytes:
    moved = re.sub(
        rb"(<wsse:BinarySecurityToken.*</wsse:BinarySecurityToken>)(.*</wsse:Security>)", rb"\2\1", body, flags=re.DOTALL
    )
    assert moved != body
    return moved


NOT_ALLOWED = {
    "33-unsigned": forge.multipart(forge.envelope(forge.USER).encode(), [forge.PAYLOAD]),
    "33-empty-security": forge.multipart(forge.envelope(forge.USER, header="<wsse:Security/>").encode(), [forge.PAYLOAD]),
    "37-body": forge.message(refs=[Ref("#m"), PART]),
    "39-messaging": forge.message(refs=[Ref("#b"), PART]),
    "40-one-attachment": forge.message(parts=[forge.PAYLOAD, SECOND], refs=ALL),
    "41-wrapped-new-id": wrapped("other"),
    "43-two-signatures": _signature_twice(GOOD),
    "43-two-security": _security_twice(GOOD),
    "43-another-elsewhere": forge.multipart(
        forge.sign(forge.envelope(forge.USER, header="<ds:Signature/>"), forge.Plan(WORLD.trader), [forge.PAYLOAD]),
        [forge.PAYLOAD],
    ),
    "52-token-outside": _token_outside(GOOD),
    "43-outside": _signature_outside(GOOD),
    "44-10000-references": forge.message(refs=[*ALL, *(Ref("#b", digest="AA==") for _ in range(10_000))]),
    "44-17-references": forge.message(refs=[*ALL, *(Ref("#b", digest="AA==") for _ in range(14))]),
    "44-whole-document": forge.message(refs=[*ALL, Ref("", digest="AA==")]),
    "44-http": forge.message(refs=[*ALL, Ref("http://127.0.0.1:9/x", digest="AA==")]),
    "44-xpointer": forge.message(refs=[*ALL, Ref("#xpointer(/)", digest="AA==")]),
    "44-twice": forge.message(refs=[*ALL, Ref("#b")]),
    "45-xslt": forge.message(refs=[Ref("#m", (XSLT,)), Ref("#b"), PART]),
    "45-xpath": forge.message(refs=[Ref("#m", (XPATH, forge.EC)), Ref("#b"), PART]),
    "45-base64": forge.message(refs=[Ref("#m", (forge.DS + "base64",)), Ref("#b"), PART]),
    "45-enveloped": forge.message(refs=[Ref("#m", (ENVELOPED, forge.EC)), Ref("#b"), PART]),
    "45-inclusive-transform": forge.message(refs=[Ref("#m", (INCLUSIVE,)), Ref("#b"), PART]),
    "45-inclusive": forge.message(canonicalization=INCLUSIVE),
    "45-with-comments": forge.message(canonicalization=forge.EC + "WithComments"),
    "45-no-transform": forge.message(refs=[Ref("#m", ()), Ref("#b"), PART]),
    "45-attachment-with-c14n": forge.message(refs=[Ref("#m"), Ref("#b"), Ref("cid:message@x")]),
    "46-rsa-sha1": forge.message(method=forge.DS + "rsa-sha1"),
    "46-sha1-digest": forge.message(refs=[Ref("#m", digest_method=forge.DS + "sha1"), Ref("#b"), PART]),
    "46-hmac": forge.message(method=forge.DS + "hmac-sha1"),
    "46-hmac-sha256": forge.message(method="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
    "46-rsa-1024": forge.message(signer=pki.holder("weak", pki.rsa_key(6, 1024), issuer=WORLD.ca)),
    "46-ecdsa": forge.message(signer=pki.holder("curve", ec.generate_private_key(ec.SECP256R1()), issuer=WORLD.ca)),
    "47-attachment-complete": forge.message(refs=[Ref("#m"), Ref("#b"), Ref("cid:message@x", (ATTACHMENT_COMPLETE,))]),
    "48-leaf-only": forge.message(
        value_type=forge.X509V3,
        token_type=forge.X509V3,
        reference_type=forge.X509V3,
        token=base64.b64encode(WORLD.trader.certificate.public_bytes(Encoding.DER)).decode(),
    ),
    "51-no-token-type": forge.message(token_type=None),
    "51-reference-x509v3": forge.message(reference_type=forge.X509V3),
    "52-token-absent": changed(b'URI="#T"', b'URI="#m"'),
    "63-encrypted": changed(
        b"<wsse:BinarySecurityToken",
        b'<xenc:EncryptedKey xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"/><wsse:BinarySecurityToken',
    ),
    "long-prefix-list": forge.message(prefixes=" ".join(f"p{index}" for index in range(40))),
    "102-pull-unsigned": forge.multipart(forge.envelope(forge.PULL).encode()),
    "102-pull-body-unsigned": forge.multipart(forge.sign(forge.envelope(forge.PULL), forge.Plan(WORLD.trader, refs=[Ref("#m")]))),
}


@pytest.mark.parametrize("body", NOT_ALLOWED.values(), ids=NOT_ALLOWED)
def test_what_the_policy_does_not_allow_is_0103(refusal: Refusal, body: bytes) -> None:
    start = time.perf_counter()

    error = refusal(body)

    assert (error.code, error.ref_to) == ("EBMS:0103", forge.MESSAGE_ID)
    assert time.perf_counter() - start < 1


def other_value(value: bytes) -> bytes:
    return re.sub(rb"<ds:SignatureValue>[^<]*<", b"<ds:SignatureValue>" + value + b"<", GOOD)


def rewritten_digest() -> bytes:
    found = re.search(rb"<ds:DigestValue>([^<]*)<", GOOD)
    assert found
    flipped = bytearray(base64.b64decode(found[1]))
    flipped[0] ^= 1
    return GOOD.replace(found[1], base64.b64encode(flipped), 1)


PATH = WORLD.trader.path
STRANGER = holder("trader NL0123456789")
LEAF_ISSUED = holder("made by a leaf", issuer=WORLD.trader)
NO_CA = holder("no CA, but for certificates", 7, issuer=WORLD.root, certifies=True)
NOT_FOR_CERTIFICATES = holder("CA, but not for certificates", 7, issuer=WORLD.root, ca=True, certifies=False)
OLD_CA = holder("old CA", 7, issuer=WORLD.root, ca=True, until=datetime(2026, 6, 1, tzinfo=UTC))
BELOW_THE_LAST_CA = holder("CA too deep", 7, issuer=WORLD.ca, ca=True)
SHORT = pki.pkipath(PATH)

DOES_NOT_HOLD = {
    "34-messaging-changed": changed(b"IE3F26</eb:Action>", b"IE3F27</eb:Action>"),
    "34-digest-flipped": rewritten_digest(),
    "34-body-changed": changed(b'<env:Body wsu:Id="b"/>', b'<env:Body wsu:Id="b" x="1"/>'),
    "35-attachment-changed": changed(forge.PACKED, forge.PACKED[:-1] + b"x"),
    "36-other-value": other_value(base64.b64encode(WORLD.trader.sign(b"other"))),
    "36-truncated": other_value(base64.b64encode(WORLD.trader.sign(b"other")[:-1])),
    "36-not-base64": other_value(b"%%%"),
    "36-empty": other_value(b""),
    "36-1-MB": other_value(b"A" * 1_000_000),
    "41-wrapped-same-id": wrapped(None),
    "42-two-wsu-ids": changed(b"<eb:UserMessage", b'<eb:UserMessage wsu:Id="m"'),
    "42-plain-id": changed(b"<ds:SignedInfo", b'<ds:SignedInfo Id="m"'),
    "42-xml-id": changed(b"<ds:SignedInfo", b'<ds:SignedInfo xml:id="b"'),
    "49-reversed": forge.message(certificates=PATH[::-1]),
    "49-unrelated": forge.message(certificates=[STRANGER.certificate, *PATH]),
    "49-unrelated-between": forge.message(certificates=[PATH[0], STRANGER.certificate, *PATH[1:]]),
    "49-empty": forge.message(token=base64.b64encode(b"\x30\x00").decode()),
    "49-no-octets": forge.message(token="AA=="),
    "49-trailing": forge.message(token=base64.b64encode(SHORT + b"\x00").decode()),
    "49-cut": forge.message(token=base64.b64encode(SHORT[:-1]).decode()),
    "49-indefinite-length": forge.message(token=base64.b64encode(b"\x30\x80" + SHORT[4:] + b"\0\0").decode()),
    "49-1000-certificates": forge.message(certificates=[PATH[0]] * 40 + PATH),
    "49-9-certificates": forge.message(certificates=[PATH[0]] * 6 + PATH),
    "52-receivers-token": forge.message(token=pki.token(WORLD.sti.path)),
    "53-expired": forge.message(signer=holder("late", issuer=WORLD.ca, until=datetime(2026, 11, 22, 11, tzinfo=UTC))),
    "53-not-yet": forge.message(signer=holder("early", issuer=WORLD.ca, since=datetime(2026, 11, 22, 13, tzinfo=UTC))),
    "53-expired-issuer": forge.message(signer=holder("under the old", issuer=OLD_CA)),
    "54-namesake": forge.message(signer=STRANGER),
    "54-namesake-with-our-root": forge.message(signer=STRANGER, certificates=[*PATH[:2], STRANGER.certificate]),
    "55-leaf-as-ca": forge.message(signer=LEAF_ISSUED),
    "55-no-ca-bit": forge.message(signer=holder("x", issuer=NO_CA)),
    "55-ca-not-for-certificates": forge.message(signer=holder("x", issuer=NOT_FOR_CERTIFICATES)),
    "55-too-deep": forge.message(signer=holder("x", issuer=BELOW_THE_LAST_CA)),
    "55-no-digital-signature": forge.message(signer=holder("keys only", issuer=WORLD.ca, signs=False)),
    "55-critical-extension": forge.message(
        signer=holder("odd", issuer=WORLD.ca, critical=x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"))
    ),
    "61-xml-part-signed-raw": forge.message(parts=[XML_PART]),
    "72-part-gone": forge.multipart(forge.sign(forge.envelope(forge.USER), forge.Plan(WORLD.trader), [forge.PAYLOAD])),
    "relative-namespace": forge.message().replace(b"<env:Body ", b'<env:Body xmlns:r="relative" '),
    "xml-part-not-well-formed": forge.message(parts=[("message@x", "text/xml", b"<a>")]),
    "xml-part-with-entities": forge.message(parts=[("message@x", "text/xml", b"<!DOCTYPE a []><a/>")]),
    "xml-part-with-many-attributes": forge.message(
        parts=[("message@x", "text/xml", b"<a" + b"".join(b' a%d=""' % i for i in range(150_000)) + b"/>")]
    ),
    "xml-part-with-many-namespaces": forge.message(
        parts=[("message@x", "text/xml", b"<a" + b"".join(b' xmlns:a%d="urn:a"' % i for i in range(100_000)) + b"/>")]
    ),
    "no-such-id": forge.message(refs=[*ALL, Ref("#nowhere", digest=forge._digest(b""))]),
}


@pytest.mark.parametrize("body", DOES_NOT_HOLD.values(), ids=DOES_NOT_HOLD)
def test_what_does_not_hold_is_0101(refusal: Refusal, body: bytes) -> None:
    start = time.perf_counter()

    error = refusal(body)

    assert (error.code, error.ref_to) == ("EBMS:0101", forge.MESSAGE_ID)
    assert time.perf_counter() - start < 1


def _canonical_digest(part: forge.Part) -> Ref:
    return Ref("cid:" + part[0], SWA, digest=forge._digest(forge.c14n(etree.fromstring(part[2]))))


TEXT_PART = ("message@x", "text/plain", b"one\ntwo\r\nthree\rfour")
ACCEPTED = {
    "plain": GOOD,
    "no-prefix-list": forge.message(prefixes=None),
    "50-without-root": forge.message(certificates=PATH[1:]),
    "52-other-token-first": forge.message(extra_token=pki.token(WORLD.sti.path)),
    "59-second-certificate": forge.message(signer=WORLD.second),
    "61-xml-part-signed-canonical": forge.message(parts=[XML_PART], refs=[Ref("#m"), Ref("#b"), _canonical_digest(XML_PART)]),
    "61-text-part-with-crlf": forge.message(
        parts=[TEXT_PART],
        refs=[Ref("#m"), Ref("#b"), Ref("cid:message@x", SWA, digest=forge._digest(b"one\r\ntwo\r\nthree\r\nfour"))],
    ),
    "62-prefix-lists": forge.message(
        prefixes="env eb wsu", refs=[Ref("#m", prefixes="env wsse ebbp"), Ref("#b", prefixes="eb"), PART]
    ),
    "62-unknown-prefix": forge.message(prefixes="env nowhere"),
    "62-declared-in-the-middle": forge.message(
        forge.USER.replace("<eb:MessageInfo>", '<eb:MessageInfo xmlns:eb="' + forge.EB + '" xmlns:x="urn:x">')
    ),
    "94-reference-order": forge.message(refs=ALL[::-1]),
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_right_is_accepted(take: Receive, body: bytes) -> None:
    received = take(body)

    assert (received.kind, received.verified) == (Kind.USER, True)


def test_the_signer_is_the_last_certificate(take: Receive) -> None:
    received = take(forge.message(extra_token=pki.token(WORLD.sti.path)))

    assert received.signer == fingerprint(WORLD.trader.certificate)
    assert received.signer_certificate == WORLD.trader.pem


def test_a_chain_signed_with_a_weak_hash_is_refused(refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> None:
    # No library makes SHA-1 certificates any more, so SHA-256 stands in for it.
    monkeypatch.setattr(pkipath, "_WEAK_HASHES", frozenset({"sha256"}))
    signer = holder("fresh, so that no chain is remembered", issuer=WORLD.ca)

    assert refusal(forge.message(signer=signer)).code == "EBMS:0101"


def test_a_refused_signature_tells_what_it_was_on(refusal: Refusal) -> None:
    assert refusal(PULL.replace(b"NL0123456789", b"NL9999999999"), forge.SOAP).kind is Kind.PULL
    assert refusal(b"<x/>", forge.SOAP).kind is None


def test_an_intermediate_may_be_the_anchor(take: Receive) -> None:
    assert take(GOOD, trust=Trust.load([WORLD.ca.pem])).verified
    assert take(forge.message(certificates=PATH[2:]), trust=Trust.load([WORLD.ca.pem])).verified


def test_a_leaf_is_no_anchor(refusal: Refusal) -> None:
    assert refusal(GOOD, trust=Trust.load([WORLD.trader.pem])).code == "EBMS:0101"


def test_case_60_a_revoked_certificate_is_refused_from_then_on(take: Receive, refusal: Refusal) -> None:
    revoked = Trust.load([WORLD.root.pem], revoked=[fingerprint(WORLD.trader.certificate)])

    assert take(GOOD).verified
    assert refusal(GOOD, trust=revoked).code == "EBMS:0101"


def test_only_pinned_signers_are_believed(take: Receive, refusal: Refusal) -> None:
    pinned = Trust.load([WORLD.root.pem], pinned=[fingerprint(WORLD.trader.certificate)])

    assert take(GOOD, trust=pinned).verified
    assert refusal(forge.message(signer=WORLD.second), trust=pinned).code == "EBMS:0101"


def test_a_remembered_chain_expires() -> None:
    signer = holder("short", issuer=WORLD.ca, until=datetime(2026, 11, 23, tzinfo=UTC))
    body = forge.message(signer=signer)

    def at(moment: datetime) -> bool:
        return receive(content_type=forge.MULTIPART, body=body, trust=WORLD.trust, at=moment).verified

    assert at(pki.AT)
    with pytest.raises(As4Error, match="not valid at this time"):
        at(datetime(2026, 11, 24, tzinfo=UTC))


def test_case_98_unsigned_error_is_read_but_not_verified(take: Receive) -> None:
    unit = re.sub(
        "<eb:PullRequest.*/>",
        '<eb:Error errorCode="EBMS:0101" severity="failure" category="CONTENT"><eb:Description xml:lang=""/></eb:Error>',
        forge.PULL,
    )

    received = take(forge.envelope(unit).encode(), forge.SOAP)

    assert (received.kind, received.verified, received.signer) == (Kind.ERROR, False, None)


def user_message(*parts: Part) -> UserMessage:
    return UserMessage(
        message_id=forge.MESSAGE_ID,
        at=pki.AT,
        sender=Party("NL0123456789", forge.EORI, "Trader"),
        receiver=Party("sti-taxud", forge.AUTH, "Customs"),
        agreement=Agreement("EU-ICS2-TI-V2.0", "ics2-interface-version"),
        service=Service("eu_ics2_t2c", "eu-customs-service-type"),
        action="IE3F26",
        parts=parts,
    )


def test_what_we_sign_holds_for_another_verifier() -> None:
    message = user_message(Part("message@gw", forge.XML, charset="utf-8"), Part("scan-1", b"\xff\xd8", mime_type="image/jpeg"))

    wire = build_user_message(message=message, seal=WORLD.trader.seal, boundary="B")

    chunks = [chunk.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for chunk in wire.body.split(b"--B")[1:4]]
    parts = [("message@gw", "", chunks[1]), ("scan-1", "", chunks[2])]
    uris = forge.verify(chunks[0], parts, WORLD.trader.certificate)
    assert uris == [item.uri for item in wire.references]
    assert uris[2:] == ["cid:message@gw", "cid:scan-1"]


def test_what_we_sign_holds_for_signxml() -> None:
    wire = build_pull_request(mpc=forge.MPC, message_id="a@b", at=pki.AT, seal=WORLD.trader.seal)

    results = XMLVerifier().verify(
        wire.body,
        validate_schema=False,  # its schemas do not know InclusiveNamespaces
        x509_cert=x509.load_pem_x509_certificate(WORLD.trader.pem),
        expect_config=SignatureConfiguration(expect_references=2, location=".//", require_x509=False),
    )

    assert isinstance(results, list)
    signed = [etree.QName(item.signed_xml).localname for item in results if item.signed_xml is not None]
    assert signed == ["Messaging", "Body"]


def test_the_same_message_gives_the_same_octets() -> None:
    message = user_message(Part("message@gw", forge.XML * 50, charset="utf-8"))

    first, second = (build_user_message(message=message, seal=WORLD.trader.seal, boundary="B") for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    "message",
    [
        user_message(Part("a\r\nX: y", b"")),
        user_message(Part("a b", b"")),
        user_message(Part("a", b"", mime_type="text/xml\r\nX: y")),
        user_message(Part("a", b""), Part("a", b"")),
        user_message(*(Part(f"a{index}", b"") for index in range(15))),
    ],
    ids=["line-end", "space", "type", "same-cid", "too-many"],
)
def test_what_could_not_be_sent_is_not_built(message: UserMessage) -> None:
    with pytest.raises(ValueError, match=r"Content-ID|parts"):
        build_user_message(message=message, seal=WORLD.trader.seal)


def test_a_seal_knows_whether_its_key_fits() -> None:
    good = WORLD.trader.seal
    bad = Seal(private_key=WORLD.sti.seal.private_key, chain=good.chain)

    good.check()
    with pytest.raises(ValueError, match="does not belong"):
        bad.check()


def test_a_seal_does_not_print_its_key() -> None:
    assert b"PRIVATE".decode() not in repr(WORLD.trader.seal)
