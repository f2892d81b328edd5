"""The file of a pack of evidence: a ZIP with the octets of each message and a sealed manifest that lists their hashes."""

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Any, Final, Self
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from filings.models import OutboxMessage
from filings.services.large.parts import gunzipped
from integrations import sealing
from integrations.as4 import fingerprint
from integrations.as4.pkipath import decode
from integrations.models import Connection, EvidencePack, Exchange, InboundMessage
from integrations.pki import Identity
from tenants.models import Operator

NAMESPACE: Final = "urn:landfall:evidence:1"
MANIFEST: Final = "manifest.xml"
_TOKEN: Final = re.compile(rb"BinarySecurityToken[^>]*>([^<]+)<")
_FIXED: Final = (1980, 1, 1, 0, 0, 0)  # a ZIP's own times have no zone; the manifest has the true ones


def tag(name: str) -> str:
    """Return the name of an element of the manifest."""
    return f"{{{NAMESPACE}}}{name}"


class Packer:
    """Writes one pack: message by message, the manifest last."""

    def __init__(self, target: IO[bytes], *, pack: EvidencePack, operator: Operator, at: datetime) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self._certificates: dict[str, bytes] = {}
        self._root = etree.Element(tag("EvidencePack"), {"id": str(pack.pk), "made": moment(at)}, nsmap={None: NAMESPACE})
        _add(self._root, "Operator", name=operator.name, eori=operator.eori)
        _add(self._root, "Period", since=moment(pack.since), until=moment(pack.until))
        if (outage := pack.outage) is not None:
            _add(
                self._root, "Outage",
                id=str(outage.pk), component=outage.component, source=outage.source, scope=outage.scope_words,
                starts=moment(outage.starts_at), ends=moment(outage.ends_at), reference=outage.reference, text=outage.text,
            )  # fmt: skip
        self.count = 0

    def __enter__(self) -> Self:
        """Return the packer; its file is closed at the end of the block, whatever happens."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the ZIP, not what it was written to."""
        self._zip.close()

    def add(self, row: OutboxMessage, *, trusted: dict[int, Connection]) -> None:
        """Add what one message of ours was, when it was tried, and what proves its arrival."""
        self.count += 1
        folder, filing = f"messages/{self.count:06d}", row.filing
        element = _add(
            self._root, "Message",
            number=str(self.count), type=row.message_type, messageId=row.message_id, state=row.state,
            lrn=filing.lrn if filing else "", mrn=filing.mrn if filing else "",
            transportDocument=filing.transport_document if filing else "", declarant=filing.declarant if filing else "",
            created=moment(row.created_at), ended=moment(row.done_at), answered=moment(row.answered_at),
        )  # fmt: skip
        self._file(element, "payload", f"{folder}/payload.xml", "application/xml", _payload(row))
        exchange = Exchange.objects.filter(outbox=row).first()
        if exchange is not None:
            self._exchange(element, folder, exchange, trusted[exchange.connection_id])
        if filing is not None:
            self._answers(element, filing.pk, row.message_id)

    def _exchange(self, element: etree._Element, folder: str, exchange: Exchange, connection: Connection) -> None:
        sent = self._file(element, "sent", f"{folder}/sent.as4", exchange.content_type, [bytes(exchange.body)])
        sent.set("signed", moment(exchange.created_at))
        for attempt in exchange.tries.defer("response").order_by("number"):
            _add(
                element, "Attempt",
                number=str(attempt.number), started=moment(attempt.started_at), ended=moment(attempt.ended_at),
                outcome=attempt.outcome, status=str(attempt.status or ""), code=attempt.code, reason=attempt.reason,
            )  # fmt: skip
        if exchange.receipt is not None:
            receipt = self._file(element, "receipt", f"{folder}/receipt.as4", exchange.receipt_type, [bytes(exchange.receipt)])
            receipt.set("received", moment(exchange.receipted_at))
        self._signers(element, "sender", _token(bytes(exchange.body)))
        self._signers(element, "customs", x509.load_pem_x509_certificates(connection.anchors.encode()))

    def _answers(self, element: etree._Element, filing_id: UUID, message_id: str) -> None:
        """List customs' messages about the filing that name this message or none."""
        measured = InboundMessage.objects.filter(filing_id=filing_id, ref_to_message_id__in=["", message_id])
        for answer in measured.defer("payload", "receipt").order_by("received_at"):
            digest = hashlib.sha256(bytes(answer.body)).hexdigest()
            _add(
                element, "Answer",
                type=answer.message_type, messageId=answer.message_id, received=moment(answer.received_at), sha256=digest,
            )  # fmt: skip

    def _signers(self, element: etree._Element, role: str, certificates: Iterable[x509.Certificate]) -> None:
        for certificate in certificates:
            mark = fingerprint(certificate)
            self._certificates[mark] = certificate.public_bytes(Encoding.PEM)
            _add(element, "Certificate", role=role, fingerprint=mark, file=f"certificates/{mark}.pem")

    def _file(self, parent: etree._Element, role: str, name: str, content_type: str, data: Iterable[bytes]) -> etree._Element:
        """Write a file piece by piece, and list it with its hash."""
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name, _FIXED)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=True) as file:
            for piece in data:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
        return _add(parent, "File", role=role, name=name, contentType=content_type, size=str(size), sha256=digest.hexdigest())

    def finish(self, *, seal: Identity) -> None:
        """Write certificates and the sealed manifest."""
        for mark, pem in sorted(self._certificates.items()):
            self._file(self._root, "certificate", f"certificates/{mark}.pem", "application/x-pem-file", [pem])
        self._zip.writestr(zipfile.ZipInfo(MANIFEST, _FIXED), sealing.sealed(self._root, by=seal))
        self._zip.close()


def moment(at: datetime | None) -> str:
    """Return a time in UTC to the microsecond, empty for none."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}" if at else ""


def _token(sent: bytes) -> list[x509.Certificate]:
    """Return the certificates a message of ours was signed with, as it carries them: those of today may be others."""
    token = _TOKEN.search(sent)
    return decode(base64.b64decode(token[1]), most=8) if token else []


def _payload(row: OutboxMessage) -> Iterator[bytes]:
    data = bytes(row.payload)
    return gunzipped(data) if row.encoding else iter([data])


def _add(parent: etree._Element, element: str, /, **values: Any) -> etree._Element:
    """Add an element with what values are not empty; signs that XML cannot carry are left out."""
    kept = {key: "".join(sign for sign in str(value) if _fits(sign)) for key, value in values.items() if value}
    return etree.SubElement(parent, tag(element), kept)


def _fits(sign: str) -> bool:
    return sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in {"\ufffe", "\uffff"}


def pieces_of(data: IO[bytes], *, size: int) -> Iterator[bytes]:
    """Yield what a file holds in pieces."""
    while piece := data.read(size):
        yield piece
