"""The Java platform's own XML signatures as an independent reader of everything we sign.

It has its own parser, canonicalizer, RSA and certificate paths, and shares no line with us, phase4 or WSS4J.
"""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from config.embedded.paths import PROJECT
from integrations.as4 import (
    As4Error,
    Part,
    Seal,
    Trust,
    WireMessage,
    build_error,
    build_pull_request,
    build_receipt,
    build_user_message,
    new_message_id,
    receive,
)
from tests.interop import words
from tests.interop.peer import Seals
from tests.interop.tools import HERE

US: Final = "NL123"
CHANNEL: Final = "urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/NL123"
AWKWARD: Final = "<a xmlns='urn:x' b='&#10;&#9;&quot;&lt;>'>é \U0001f6a2 &amp; &#13;</a>".encode()
Maker = Callable[[Seal, Trust], WireMessage]


def _filed(seal: Seal, _trust: Trust) -> WireMessage:
    return build_user_message(message=words.filed(US, AWKWARD, "IE3F26"), seal=seal)


def _with_attachments(seal: Seal, _trust: Trust) -> WireMessage:
    return build_user_message(message=words.with_attachments(words.filed(US, b"<IE3F28/>", "IE3F28")), seal=seal)


def _plain_attachment(seal: Seal, _trust: Trust) -> WireMessage:
    message = words.filed(US, b"<IE3F28/>", "IE3F28")
    scan = Part("scan-1", words.PDF, mime_type="application/pdf", compress=False)
    return build_user_message(message=replace(message, parts=(*message.parts, scan)), seal=seal)


def _awkward_header(seal: Seal, _trust: Trust) -> WireMessage:
    changes = {"conversation_id": "tab\there", "mpc": CHANNEL + '?a=1&b="2"'}
    message = words.filed(US, b"<x/>", "a < b & \"c\" > 'd' é \U0001f6a2", **changes)
    return build_user_message(message=message, seal=seal)


def _ping(seal: Seal, _trust: Trust) -> WireMessage:
    return build_user_message(message=words.ping(words.trader(US), words.CUSTOMS), seal=seal)


def _pull(seal: Seal, _trust: Trust) -> WireMessage:
    return build_pull_request(mpc=CHANNEL, message_id=_id(), at=words.now(), seal=seal)


def _receipt(seal: Seal, trust: Trust) -> WireMessage:
    sent = _with_attachments(seal, trust)
    received = receive(content_type=sent.content_type, body=sent.body, trust=trust, at=words.now())
    return build_receipt(received=received, message_id=_id(), at=words.now(), seal=seal)


def _failure(seal: Seal, _trust: Trust) -> WireMessage:
    error = As4Error("EBMS:0004", "A001 <not> registered & known")
    return build_error(error=error, message_id=_id(), at=words.now(), seal=seal, ref_to="theirs@x.example")


def _warning(seal: Seal, _trust: Trust) -> WireMessage:
    return build_error(error=As4Error("EBMS:0006"), message_id=_id(), at=words.now(), seal=seal, ref_to="theirs@x.example")


def _id() -> str:
    return new_message_id("interop.example")


# What we sign, and how many references each has: the header, the body, and one for each part.
OURS: Final[dict[str, tuple[Maker, int]]] = {
    "message": (_filed, 3),
    "message with attachments": (_with_attachments, 5),
    "message with a plain attachment": (_plain_attachment, 4),
    "message with an awkward header": (_awkward_header, 3),
    "connectivity test": (_ping, 2),
    "pull request": (_pull, 2),
    "receipt": (_receipt, 2),
    "error": (_failure, 2),
    "warning": (_warning, 2),
}


def _header_changed(sent: WireMessage) -> WireMessage:
    return replace(sent, body=sent.body.replace(b">IE3F28<", b">IE3F27<"))


def _body_filled(sent: WireMessage) -> WireMessage:
    assert b"</env:Body>" in sent.body
    return replace(sent, body=sent.body.replace(b"</env:Body>", b"<x/></env:Body>"))


def _token_changed(sent: WireMessage) -> WireMessage:
    return replace(sent, body=sent.body.replace(b"#X509PKIPathv1", b"#X509v3"))


def _digest_changed(sent: WireMessage) -> WireMessage:
    old, new = sent.references[0].digest.encode(), b"A" * 43 + b"="
    return replace(sent, body=sent.body.replace(old, new))


# What happens to a message on its way, and what the verifier says of it: it does find faults.
CHANGED: Final[dict[str, tuple[Callable[[WireMessage], WireMessage], str]]] = {
    "part": (words.spoilt, "the digest is wrong of cid:scan-2@x.example"),
    "header": (_header_changed, "the digest is wrong of #"),
    "body": (_body_filled, "the digest is wrong of #"),
    "digest": (_digest_changed, "the signature value is wrong"),
    "token": (_token_changed, "the token is not a path of certificates"),
}


VECTORS: Final = PROJECT / "tests" / "integrations" / "as4" / "vectors"
SOAP: Final = "application/soap+xml; charset=UTF-8"

# The golden messages, and what is said of those that are wrong.
GOLDEN: Final = ("push", "pulled", "receipt", "pullreceipt", "pullrequest", "error", "emptympc")
WRONG: Final = {
    "neg-digest": "the signature value is wrong",
    "neg-expired": "CertPathValidatorException",
    "neg-untrusted": "CertPathValidatorException",
}


def _golden(name: str) -> WireMessage:
    envelope = (VECTORS / f"{name}.envelope.xml").read_bytes()
    if name in WRONG:
        push = _golden("push")
        return replace(push, body=push.body.replace((VECTORS / "push.envelope.xml").read_bytes(), envelope))
    if (VECTORS / f"{name}.mime").exists():
        content_type = (VECTORS / f"{name}.content-type").read_text(encoding="ascii").strip()
        return WireMessage(content_type, (VECTORS / f"{name}.mime").read_bytes(), name, ())
    return WireMessage(SOAP, envelope, name, ())


@pytest.fixture(scope="module")
def cases(seals: Seals) -> dict[str, tuple[WireMessage, bytes]]:
    """Every message, with the root its reader believes."""
    ours, trust = Seal(seals.trader.private_key, seals.trader.chain), Trust.load([seals.root])
    made = {name: (make(ours, trust), seals.root) for name, (make, _) in OURS.items()}
    whole = made["message with attachments"][0]
    made |= {f"changed {name}": (change(whole), seals.root) for name, (change, _) in CHANGED.items()}
    stranger = Seal(seals.stranger.private_key, seals.stranger.chain)
    root = (VECTORS / "test-root.cert.pem").read_bytes()
    made |= {f"golden {name}": (_golden(name), root) for name in (*GOLDEN, *WRONG)}
    return made | {"stranger": (_filed(stranger, trust), seals.root)}


@pytest.fixture(scope="module")
def verdicts(
    java: Path, cases: dict[str, tuple[WireMessage, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """What Java says of each; all are read in one go."""
    folder = tmp_path_factory.mktemp("xmldsig")
    for name, (sent, root) in cases.items():
        case = folder / name
        case.mkdir()
        (case / "content-type").write_text(sent.content_type, encoding="ascii")
        (case / "body").write_bytes(sent.body)
        (case / "anchors.pem").write_bytes(root)
    order = [java, HERE / "xmldsig" / "Verifier.java", *(folder / name for name in cases)]
    ended = subprocess.run(order, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return dict(zip(cases, (line.split("\t") for line in ended.stdout.splitlines()), strict=True))


@pytest.mark.parametrize(("name", "references"), [(name, count) for name, (_, count) in OURS.items()], ids=OURS)
def test_java_verifies_what_we_sign(verdicts: dict[str, list[str]], name: str, references: int) -> None:
    verdict, *told = verdicts[name]

    assert verdict == "ok", told
    assert told[0] == "CN=alfa"
    assert len(told[1].split()) == references


@pytest.mark.parametrize(("name", "reason"), [(name, reason) for name, (_, reason) in CHANGED.items()], ids=CHANGED)
def test_java_refuses_what_was_changed(verdicts: dict[str, list[str]], name: str, reason: str) -> None:
    verdict, told = verdicts[f"changed {name}"]

    assert verdict == "refused"
    assert told.startswith(reason)


@pytest.mark.parametrize("name", GOLDEN)
def test_java_verifies_the_golden_messages(verdicts: dict[str, list[str]], name: str) -> None:
    verdict, *told = verdicts[f"golden {name}"]

    assert verdict == "ok", told


@pytest.mark.parametrize(("name", "reason"), WRONG.items(), ids=WRONG)
def test_java_refuses_the_golden_faults(verdicts: dict[str, list[str]], name: str, reason: str) -> None:
    verdict, told = verdicts[f"golden {name}"]

    assert verdict == "refused"
    assert told.startswith(reason)


def test_java_refuses_a_path_to_another_root(verdicts: dict[str, list[str]]) -> None:
    verdict, told = verdicts["stranger"]

    assert verdict == "refused"
    assert "CertPathValidatorException" in told
