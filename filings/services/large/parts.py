"""What a filing kept in parts says: its frame as a document, its parts one at a time, its XML as a stream."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from isal import igzip, isal_zlib

from filings import selectors
from filings.messages import json, writing
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.models import Filing
from filings.models.large import Check, FilingPart
from filings.rules import book
from filings.services import drafting
from filings.services.large.rows import BATCH
from tenants.errors import DomainError
from tenants.scope import tenant_scope

_GZIP: Final = 31  # what the compressor calls gzip with a header


class ChangedWhileRead(DomainError):
    """Somebody changed the filing while it was read; begin again."""

    status = HTTPStatus.CONFLICT


def spec_of(filing: Filing) -> Element:
    """Return the line of the table of the parts of a filing."""
    return selectors.message_of(filing).element(filing.parts_path)


def frame_of(filing: Filing) -> Document:
    """Return what a filing says around its parts."""
    content = {filing.message_type: filing.document}
    return json.from_json(content, message_set=filing.message_set, version=filing.version)


def nodes_of(filing: Filing) -> Iterator[Node]:
    """Yield the parts of a filing one by one; between batches no transaction is open unless the caller's is.

    :raises ChangedWhileRead: if somebody changes the filing meanwhile.
    """
    spec, last = spec_of(filing), 0
    operator_id = cast(UUID, filing.operator_id)
    while True:
        with tenant_scope(operator_id):
            if not Filing.objects.filter(pk=filing.pk, revision=filing.revision).exists():
                raise ChangedWhileRead
            after = FilingPart.objects.filter(filing_id=filing.pk, number__gt=last).order_by("number")
            rows = list(after.values_list("number", "document")[:BATCH])
        for _, content in rows:
            yield json.group(spec, content)
        if len(rows) < BATCH:
            return
        last = rows[-1][0]


def xml_of(filing: Filing, frame: Document | None = None, parts: Iterable[Node] | None = None) -> Iterator[bytes]:
    """Yield the XML of a filing.

    frame: what to put around the parts, if not what the filing says. parts: the same for the parts.

    :raises xml.Unwritable: if a name or a character cannot stand in XML.
    """
    document = frame or frame_of(filing)
    mark(document, filing.parts_path)
    return writing.write(document, filing.parts_path, nodes_of(filing) if parts is None else parts)


def mark(document: Document, path: str) -> None:
    """Put an empty part into a document, to say where parts go."""
    [holder] = document.nodes(path.rpartition("/")[0])
    holder.children.append(Node(path.rpartition("/")[2]))


def gzipped(pieces: Iterable[bytes]) -> bytes:
    """Return the gzip form of a stream, the same for the same bytes: no time and no name inside."""
    compressor = isal_zlib.compressobj(level=2, wbits=_GZIP)
    return b"".join([*(compressor.compress(some) for some in pieces), compressor.flush()])


def unzipped(data: bytes) -> io.BufferedIOBase:
    """Return what is in a gzip of our own as a file that can be read more than once."""
    file: io.BufferedIOBase = igzip.IGzipFile(fileobj=io.BytesIO(data))  # type: ignore[no-untyped-call]
    return file


def gunzipped(data: bytes) -> Iterator[bytes]:
    """Yield what is in a gzip of our own."""
    with unzipped(data) as file:
        while some := file.read(writing.PIECE):
            yield some


# --- One part --------------------------------------------------------------------------------------------------------------


def part_number(message: Message, path: str) -> "re.Pattern[str]":
    """Return what finds the number of the part at the beginning of an XPath."""
    *above, last = path.split("/")
    return re.compile(f"/{message.root_name}/" + "".join(rf"{name}(?:\[\d+\])?/" for name in above) + rf"{last}\[(\d+)\]")


def with_one(filing: Filing, part: FilingPart) -> dict[str, Any]:
    """Return the content of a filing with one of its parts, as the form takes it: that part is the first there."""
    content, holder = with_holder(filing, filing.document)
    holder[filing.parts_path.rpartition("/")[2]] = [part.document]
    return content


def with_holder(filing: Filing, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a copy of what is around the parts in which the group that holds them stands, and that group."""
    content = dict(given)
    holder, spec = content, selectors.message_of(filing).root
    for name in filing.parts_path.split("/")[:-1]:
        spec = spec.by_name[name]
        below = holder.get(name)
        inner = below[0] if isinstance(below, list) and below else below
        copied = dict(inner) if isinstance(inner, dict) else {}
        holder[name] = [copied] if spec.repeats else copied
        holder = copied
    return content, holder


def only_part(filing: Filing, content: dict[str, Any]) -> dict[str, Any]:
    """Return the one part out of what `with_one` made, after changes."""
    found: Any = content
    for name in filing.parts_path.split("/"):
        found = found.get(name) if isinstance(found, dict) else None
        found = found[0] if isinstance(found, list) and found else found
    return found if isinstance(found, dict) else {}


def form_name(filing: Filing) -> str:
    """Return the name of the part in the form of `with_one`."""
    names, spec = [], selectors.message_of(filing).root
    for name in filing.parts_path.split("/"):
        spec = spec.by_name[name]
        names += [name, "0"] if spec.repeats else [name]
    return ".".join(names)


def document_with(filing: Filing, part: FilingPart) -> Document:
    """Return a filing as if a part were its only one."""
    content = {filing.message_type: with_one(filing, part)}
    return json.from_json(content, message_set=filing.message_set, version=filing.version)


def said_at(filing: Filing, path: str) -> str:
    """Return what stands at an XPath inside a part, "" for nothing and for a place around the parts."""
    message = selectors.message_of(filing)
    if not filing.in_parts or (match := part_number(message, filing.parts_path).match(path)) is None:
        return ""
    part = FilingPart.objects.filter(filing=filing, number=int(match[1])).first()
    if part is None:
        return ""
    inside = f"{filing.parts_path}[1]{path[match.end() :]}"
    try:
        return document_with(filing, part).value(inside) or ""
    except ValueError:  # no place of this message
        return ""


def findings_in(filing: Filing, part: FilingPart) -> list[Finding]:
    """Return what is wrong or doubtful inside one part, seen with what is around the parts but not with other parts.

    Paths have the number of the part. One of an amendment is also compared with what customs has of it.
    """
    inside = part_number(selectors.message_of(filing), filing.parts_path)
    other = amended_part(filing, part)
    previous = document_with(selectors.amended_by(filing), other) if other else None
    found = book.findings(document_with(filing, part), previous=previous, uses=selectors.uses(filing, timezone.now()))
    found = [one for one in found if inside.match(one.path)]
    return [replace(one, path=numbered(inside, one.path, part.number)) for one in found]


def numbered(inside: "re.Pattern[str]", path: str, number: int) -> str:
    """Return an XPath with another number of the part."""
    match = inside.match(path)
    return path if match is None else f"{path[: match.start(1)]}{number}{path[match.end(1) :]}"


def amended_part(filing: Filing, part: FilingPart) -> FilingPart | None:
    """Return the part that a part of an amendment was: by its transport document, among equal ones by their order."""
    if filing.about is None or not selectors.message_of(filing).amends:
        return None
    has = selectors.amended_by(filing)
    if has.parts_path != filing.parts_path:
        return None
    alike = FilingPart.objects.filter(reference=part.reference)
    nth = alike.filter(filing=filing, number__lt=part.number).count()
    return next(iter(alike.filter(filing=has).order_by("number")[nth : nth + 1]), None)


# --- Lists -----------------------------------------------------------------------------------------------------------------


def parts_in(filing: Filing, *, reference: str = "", with_findings: bool = False) -> QuerySet[FilingPart]:
    """Return the parts of a filing in their order, without their content.

    reference: how the number of the transport document begins, or the number of the part itself.
    """
    found: QuerySet[FilingPart] = FilingPart.objects.filter(filing=filing).defer("document")
    if reference:
        fits = Q(reference__begins_with=reference)
        if re.fullmatch("[0-9]{1,6}", reference):
            fits |= Q(number=int(reference))
        found = found.filter(fits)
    return found.filter(Q(errors__gt=0) | Q(warnings__gt=0)) if with_findings else found


def latest_check(filing: Filing) -> Check | None:
    """Return the check of a filing kept in parts that was asked for last; the first one is that of its upload."""
    found: Check | None = Check.objects.filter(Q(filing=filing) | Q(upload__filing=filing)).order_by("-created_at").first()
    return found


def kept_findings(check: Check) -> list[Finding]:
    """Return the findings of a check that are kept, the first ones."""
    names = ("path", "code", "rule", "severity", "sentence", "repair")
    return [Finding(*row) for row in check.findings.values_list(*names)]


def number_path(message: Message, path: str) -> str:
    """Return where in a part the number of its transport document stands, "" for nowhere."""
    found = [one for one in drafting.transport_documents(message) if one.startswith(f"{path}/")]
    return found[0].removeprefix(f"{path}/") if found else ""


def value_at(node: Node, path: str) -> str:
    """Return the first value at a path below a node."""
    found: Node | None = node
    for name in path.split("/") if path else [""]:
        found = found.first(name) if found else None
    return (found.text or "").strip() if found else ""
