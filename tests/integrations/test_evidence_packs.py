"""Packs of evidence: what is in them, who gets them, and that a change of any part is found."""

import hashlib
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.management import CommandError, call_command
from lxml import etree

from filings.models import Filing
from integrations import evidence_packs, outages, outbound, pack_check, sealing, stamping
from integrations.models import Connection, EvidencePack, EvidencePiece
from integrations.packing import MANIFEST, tag
from integrations.pki import Identity
from tenants.models import AuditEvent, Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti, Reply, replies
from tests.integrations.conftest import Clock, Identities

pytestmark = pytest.mark.django_db
Files = dict[str, bytes]


@pytest.fixture
def seal_file(tmp_path: Path, settings: Any, identities: Identities) -> Path:
    """The certificate the ITSP seals with; its root is in anchor.pem beside it."""
    file = tmp_path / "seal.pem"
    file.write_bytes(identities.itsp.private_key + identities.itsp.chain)
    (tmp_path / "anchor.pem").write_bytes(identities.itsp.root)
    settings.EVIDENCE_SEAL = str(file)
    return file


@pytest.fixture
def filings(acme: Operator, itsp: Connection, sti: FakeSti, clock: Clock, seal_file: Path) -> list[Filing]:
    """Three filings customs signed for, the first one at its second attempt."""
    with tenant_scope(acme.pk):
        made = [factories.submitted() for _ in range(3)]
    sti.next_answers.append(replies(Reply(503)))
    for _ in range(3):
        while outbound.send_next(clock=clock):
            pass
        clock.forward(60)
    return made


def pack_for(of: Operator, clock: Clock, **more: Any) -> EvidencePack:
    with tenant_scope(of.pk):
        hour = timedelta(hours=1)
        fields = {"since": clock() - hour, "until": clock() + hour, "by": factories.ALICE, "at": clock(), **more}
        asked = evidence_packs.request(**fields)
    assert evidence_packs.make_next(at=clock())
    with tenant_scope(of.pk):
        return evidence_packs.pack_of(asked.pk)


def octets(pack: EvidencePack) -> bytes:
    with tenant_scope(pack.operator_id):
        return b"".join(evidence_packs.content(pack))


def report(data: bytes, identities: Identities, clock: Clock, **more: Any) -> pack_check.Report:
    fields: dict[str, Any] = {"anchors": identities.itsp.root, "at": clock(), **more}
    return pack_check.check(BytesIO(data), **fields)


def unzipped(data: bytes) -> Files:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_a_pack_tells_what_was_sent_when_and_what_proves_it(
    filings: list[Filing], acme: Operator, identities: Identities, clock: Clock
) -> None:
    pack = pack_for(acme, clock)

    data = octets(pack)
    root = etree.fromstring(unzipped(data)[MANIFEST])
    messages = root.findall(tag("Message"))
    found = report(data, identities, clock)

    assert (pack.state, pack.messages, pack.size) == ("ready", 3, len(data))
    assert pack.sha256 == hashlib.sha256(data).hexdigest()
    attempts = [[attempt.get("status") for attempt in each.findall(tag("Attempt"))] for each in messages]
    assert {each.get("lrn") for each in messages} == {filing.lrn for filing in filings}
    assert sorted(attempts) == [["200"], ["200"], ["503", "200"]]
    assert (found.faults, found.messages, found.receipts) == ([], 3, 3)
    assert acme.eori in found.operator
    with tenant_scope(acme.pk):
        assert AuditEvent.objects.filter(deed__startswith="evidence.").count() == 2


def test_a_pack_about_an_outage_holds_the_filings_that_met_it(
    filings: list[Filing], acme: Operator, identities: Identities, clock: Clock
) -> None:
    outage = outages.announce(
        component="access_point", text="Maintenance", starts_at=clock(), ends_at=None, by="Lieve", at=clock(), reference="D-17"
    )
    with tenant_scope(acme.pk):
        waiting = factories.submitted()
        waiting.outbox.update(created_at=clock(), due_at=clock())
    stamping.stamp_all(at=clock.forward(5))
    with tenant_scope(acme.pk):
        evidence_packs.for_outage(outage=outage, by=factories.ALICE, at=clock())
    evidence_packs.make_next(at=clock())

    with tenant_scope(acme.pk):
        pack = evidence_packs.packs().get()
    root = etree.fromstring(unzipped(octets(pack))[MANIFEST])

    assert [each.get("lrn") for each in root.findall(tag("Message"))] == [waiting.lrn]
    assert root.find(tag("Outage")).get("reference") == "D-17"
    assert report(octets(pack), identities, clock).faults == []


# --- Tampering -------------------------------------------------------------------------------------------------------------


def _changed(content: bytes) -> bytes:
    """Return the content with its middle byte turned over."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _every_part(files: Files) -> list[str]:
    return sorted(files)


def test_a_changed_byte_in_any_file_is_found(filings: list[Filing], acme: Operator, identities: Identities, clock: Clock) -> None:
    files = unzipped(octets(pack_for(acme, clock)))

    silent = [
        name
        for name in _every_part(files)
        if not report(zipped({**files, name: _changed(files[name])}), identities, clock).faults
    ]

    assert len(files) > 10
    assert silent == []


def test_a_file_left_out_or_put_in_is_found(filings: list[Filing], acme: Operator, identities: Identities, clock: Clock) -> None:
    files = unzipped(octets(pack_for(acme, clock)))

    silent = [
        name for name in files if not report(zipped({k: v for k, v in files.items() if k != name}), identities, clock).faults
    ]
    added = report(zipped({**files, "messages/000004/payload.xml": b"<a/>"}), identities, clock).faults

    assert silent == []
    assert added == ["messages/000004/payload.xml is not listed in the manifest."]


WORDS: list[tuple[str, Callable[[str], str]]] = [
    ("a time", lambda text: re.sub(r'created="2026', 'created="2025', text, count=1)),
    ("an attempt", lambda text: re.sub(r"<Attempt [^>]*/>", "", text, count=1)),
    ("the operator", lambda text: text.replace('name="Acme"', 'name="Other"')),
    ("a hash", lambda text: re.sub(r'sha256="[0-9a-f]{4}', 'sha256="0000', text, count=1)),
    ("the time of the seal", lambda text: re.sub(r"SigningTime>20\d\d", "SigningTime>2020", text)),
    ("the seal taken off", lambda text: re.sub(r"<ds:Signature .*</ds:Signature>", "", text, flags=re.DOTALL)),
]


@pytest.mark.parametrize(("what", "change"), WORDS, ids=[what for what, _ in WORDS])
def test_a_changed_word_of_the_manifest_is_found(
    what: str, change: Callable[[str], str], filings: list[Filing], acme: Operator, identities: Identities, clock: Clock
) -> None:
    files = unzipped(octets(pack_for(acme, clock)))
    manifest = change(files[MANIFEST].decode()).encode()
    assert manifest != files[MANIFEST]

    found = report(zipped({**files, MANIFEST: manifest}), identities, clock)

    assert [fault[:8] for fault in found.faults] == ["The seal"]


def test_a_seal_by_somebody_else_is_found(filings: list[Filing], acme: Operator, identities: Identities, clock: Clock) -> None:
    data = octets(pack_for(acme, clock))

    found = report(data, identities, clock, anchors=identities.stranger.root)

    assert "not by somebody trusted" in found.faults[0]


def _resealed(files: Files, change: Callable[[etree._Element, Files], None], by: Identity) -> bytes:
    """Return a pack whose sealer lied: changed, hashed and sealed again."""
    root = etree.fromstring(files[MANIFEST])
    root.remove(root.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
    changed = dict(files)
    change(root, changed)
    for entry in root.iter(tag("File")):
        content = changed[entry.get("name")]
        entry.set("sha256", hashlib.sha256(content).hexdigest())
        entry.set("size", str(len(content)))
    return zipped({**changed, MANIFEST: sealing.sealed(root, by=by)})


def _swap_receipts(root: etree._Element, files: Files) -> None:
    one, two = "messages/000001/receipt.as4", "messages/000002/receipt.as4"
    files[one], files[two] = files[two], files[one]


def _another_payload(root: etree._Element, files: Files) -> None:
    files["messages/000001/payload.xml"] = b"<other/>"


def _another_id(root: etree._Element, files: Files) -> None:
    root.find(tag("Message")).set("messageId", "other@example.org")


def _broken_message(root: etree._Element, files: Files) -> None:
    files["messages/000001/sent.as4"] = _changed(files["messages/000001/sent.as4"])


LIES = [
    (_swap_receipts, "its receipt proves nothing"),
    (_another_payload, "carries another content"),
    (_another_id, "has another message id"),
    (_broken_message, "does not verify"),
]


@pytest.mark.parametrize(("lie", "words"), LIES, ids=[lie.__name__.strip("_") for lie, _ in LIES])
def test_even_the_sealer_cannot_say_what_the_receipts_do_not(
    lie: Any, words: str, filings: list[Filing], acme: Operator, identities: Identities, clock: Clock
) -> None:
    files = unzipped(octets(pack_for(acme, clock)))

    found = report(_resealed(files, lie, identities.itsp), identities, clock)

    assert any(words in fault for fault in found.faults)


def test_receipts_are_held_against_customs_certificates_of_the_readers_choice(
    filings: list[Filing], acme: Operator, identities: Identities, clock: Clock
) -> None:
    data = octets(pack_for(acme, clock))

    right = report(data, identities, clock, customs=identities.customs.root)
    wrong = report(data, identities, clock, customs=identities.stranger.root)

    assert right.faults == []
    assert len(wrong.faults) == 3


# --- Command ---------------------------------------------------------------------------------------------------------------


def test_the_command_says_so_and_exits_accordingly(
    filings: list[Filing], acme: Operator, clock: Clock, tmp_path: Path, seal_file: Path
) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(octets(pack_for(acme, clock)))
    files = unzipped(good.read_bytes())
    bad.write_bytes(zipped({**files, "messages/000001/payload.xml": b"<a/>"}))
    anchor, out = tmp_path / "anchor.pem", StringIO()

    call_command("verify_evidence", str(good), "--anchor", str(anchor), stdout=out)
    with pytest.raises(CommandError) as wrong:
        call_command("verify_evidence", str(bad), "--anchor", str(anchor), stdout=out)
    with pytest.raises(CommandError) as missing:
        call_command("verify_evidence", str(tmp_path / "none.zip"), "--anchor", str(anchor), stdout=out)

    assert "3 messages, 3 receipts of customs" in out.getvalue()
    assert "messages/000001/payload.xml was changed" in out.getvalue()
    assert (wrong.value.returncode, missing.value.returncode) == (1, 2)


# --- Asking ----------------------------------------------------------------------------------------------------------------


def test_a_pack_of_nothing_is_refused(acme: Operator, clock: Clock) -> None:
    with tenant_scope(acme.pk):
        with pytest.raises(evidence_packs.NothingInPeriod):
            evidence_packs.request(since=clock(), until=clock.forward(60), by=factories.ALICE, at=clock())
        with pytest.raises(evidence_packs.EmptyPeriod):
            evidence_packs.request(since=clock(), until=clock(), by=factories.ALICE, at=clock())


def test_a_pack_that_would_be_too_large_is_refused(
    filings: list[Filing], acme: Operator, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_packs, "MOST", 2)

    with pytest.raises(evidence_packs.TooManyMessages):
        pack_for(acme, clock)


def test_without_a_seal_production_says_what_to_do(filings: list[Filing], acme: Operator, clock: Clock, settings: Any) -> None:
    settings.EVIDENCE_SEAL, settings.PRODUCTION = "", True

    pack = pack_for(acme, clock)

    assert pack.state == "failed"
    assert "EVIDENCE_SEAL" in pack.reason


def test_a_fault_is_tried_again_and_then_told(
    filings: list[Filing], acme: Operator, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "sealed", lambda *_, **__: 1 / 0)

    pack = pack_for(acme, clock)
    states = [pack.state]
    for _ in range(2):
        clock.forward(3600)
        evidence_packs.make_next(at=clock())
    with tenant_scope(acme.pk):
        states.append(evidence_packs.pack_of(pack.pk).state)
        assert not EvidencePiece.objects.exists()

    assert states == ["requested", "failed"]
    assert not evidence_packs.make_next(at=clock.forward(3600))


def test_a_development_machine_makes_a_seal_of_its_own_once(settings: Any, tmp_path: Path, clock: Clock) -> None:
    settings.VAR_FOLDER, settings.EVIDENCE_SEAL = tmp_path, ""

    first, second = sealing.identity(at=clock()), sealing.identity(at=clock())

    load_pem_private_key(first.private_key, None)
    assert first == second
    assert (tmp_path / sealing.OWN_FILE).stat().st_mode & 0o077 == 0
    document = sealing.sealed(etree.Element("a"), by=first)
    assert sealing.opened(document, anchors=(tmp_path / sealing.ANCHOR_FILE).read_bytes(), at=clock()).tag == "a"
