"""Checking a pack of evidence with nothing but the file and the certificates one trusts: seal, hashes, messages, receipts."""

import gzip
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import IO, Final

from lxml import etree

from integrations import sealing
from integrations.as4 import As4Error, Received, Result, Trust, WireMessage, outcome_of_response, receive, unpack
from integrations.packing import MANIFEST, tag

MOST_OCTETS: Final = 120_000_000  # of one file inside, unpacked
MANIFEST_LIMIT: Final = 100_000_000
_STEP: Final = 1_000_000


@dataclass
class Report:
    """What a check found: nothing wrong means that every word of the manifest is proven."""

    faults: list[str] = field(default_factory=list)
    operator: str = ""
    since: str = ""
    until: str = ""
    made: str = ""
    messages: int = 0
    receipts: int = 0


def check(file: IO[bytes], *, anchors: bytes, customs: bytes | None = None, at: datetime) -> Report:
    """Check a pack.

    :param anchors: PEM of whom we believe as the sealer.
    :param customs: PEM of whom we believe to be customs; without it those the sealed manifest names.
    :param at: now; certificates of receipts are judged at the time of the receipt.
    """
    report = Report()
    try:
        with zipfile.ZipFile(file) as archive:
            _check(archive, report, anchors=anchors, customs=customs, at=at)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        report.faults.append(f"The file is no readable ZIP: {error}.")
    return report


def _check(archive: zipfile.ZipFile, report: Report, *, anchors: bytes, customs: bytes | None, at: datetime) -> None:
    names = archive.namelist()
    if names.count(MANIFEST) != 1 or archive.getinfo(MANIFEST).file_size > MANIFEST_LIMIT:
        report.faults.append(f"There is no {MANIFEST}, more than one, or it is far too large.")
        return
    try:
        root = sealing.opened(archive.read(MANIFEST), anchors=anchors, at=at)
    except sealing.NotSealed as error:
        report.faults.append(f"The seal does not hold: {error}.")
        return
    if root.tag != tag("EvidencePack"):
        report.faults.append("The sealed document is no pack of evidence.")
        return
    operator, period = root.find(tag("Operator")), root.find(tag("Period"))
    report.operator = f"{_get(operator, 'name')} ({_get(operator, 'eori')})"
    report.since, report.until, report.made = _get(period, "since"), _get(period, "until"), root.get("made", "")
    report.faults += _faults_of_files(archive, root)
    if report.faults:
        return  # what cannot be read as sealed is not worth a second look
    for message in root.iterfind(tag("Message")):
        report.messages += 1
        report.faults += _faults_of_message(archive, message, report, customs)


def _faults_of_files(archive: zipfile.ZipFile, root: etree._Element) -> Iterator[str]:
    """Yield what is missing, changed, doubled or not listed."""
    names = archive.namelist()
    for name in sorted({name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()):
        yield f"{name} is in the file more than once."
    held, listed = set(names), set()
    for entry in root.iter(tag("File")):
        name = entry.get("name", "")
        listed.add(name)
        if name not in held:
            yield f"{name} is missing."
        elif _digest(archive, name) != (entry.get("size"), entry.get("sha256")):
            yield f"{name} was changed: its hash is not the one in the manifest."
    for name in sorted(held - listed - {MANIFEST}):
        yield f"{name} is not listed in the manifest."


def _digest(archive: zipfile.ZipFile, name: str) -> tuple[str, str]:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(name) as file:
            while (piece := file.read(_STEP)) and size <= MOST_OCTETS:
                digest.update(piece)
                size += len(piece)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError):
        return "", ""
    return str(size), digest.hexdigest()


def _faults_of_message(archive: zipfile.ZipFile, message: etree._Element, report: Report, customs: bytes | None) -> Iterator[str]:
    """Yield what the octets of a message do not prove of what the manifest says about it."""
    what = f"Message {message.get('number')} ({message.get('type')} {message.get('messageId')})"
    files = {entry.get("role", ""): entry for entry in message.iterfind(tag("File"))}
    sent = files.get("sent")
    if sent is None:
        if "receipt" in files:
            yield f"{what}: there is a receipt, but not what was sent."
        return
    try:
        received = _as_sent(archive, message, sent)
        inside = _payload_digest(received)
    except As4Error as error:
        yield f"{what}: what was sent does not verify: {error.detail}."
        return
    if received.message_id != message.get("messageId"):
        yield f"{what}: what was sent has another message id, {received.message_id}."
    if "payload" not in files or inside != files["payload"].get("sha256"):
        yield f"{what}: what was sent carries another content than the payload."
    if "receipt" not in files:
        return
    fault = _fault_of_receipt(archive, message, files["receipt"], received, customs)
    if fault:
        yield f"{what}: {fault}"
    else:
        report.receipts += 1


def _as_sent(archive: zipfile.ZipFile, message: etree._Element, sent: etree._Element) -> Received:
    """Return the message of ours, its signature checked against the certificates the manifest names.

    :raises As4Error: if it does not verify.
    """
    trust = Trust.load([_certificates(archive, message, "sender")])
    body = archive.read(sent.get("name", ""))
    return receive(content_type=sent.get("contentType", ""), body=body, trust=trust, at=_moment(sent.get("signed")))


def _payload_digest(received: Received) -> str:
    """Return the hash of the plain content.

    :raises As4Error: if it cannot be unpacked.
    """
    payload = unpack(received)[0]
    packed = getattr(payload, "packed", None)
    if not packed:
        return hashlib.sha256(payload.data).hexdigest()
    digest = hashlib.sha256()
    with gzip.open(BytesIO(packed)) as file:
        while piece := file.read(_STEP):
            digest.update(piece)
    return digest.hexdigest()


def _fault_of_receipt(
    archive: zipfile.ZipFile, message: etree._Element, receipt: etree._Element, received: Received, customs: bytes | None
) -> str:
    """Return why a receipt does not prove that customs got the message, empty if it does."""
    outcome = outcome_of_response(
        status=200,
        content_type=receipt.get("contentType", ""),
        body=archive.read(receipt.get("name", "")),
        sent=WireMessage("", b"", received.message_id, received.references),
        trust=Trust.load([customs or _certificates(archive, message, "customs")]),
        at=_moment(receipt.get("received")),
    )
    return "" if outcome.result is Result.RECEIPTED else f"its receipt proves nothing: {outcome.reason}."


def _certificates(archive: zipfile.ZipFile, message: etree._Element, role: str) -> bytes:
    entries = [entry for entry in message.iterfind(tag("Certificate")) if entry.get("role") == role]
    return b"".join(archive.read(entry.get("file", "")) for entry in entries)


def _get(element: etree._Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "")


def _moment(text: str | None) -> datetime:
    return datetime.fromisoformat(text or "")
