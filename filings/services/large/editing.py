"""Change a draft kept in parts: one part, or what is around the parts. It is checked anew by a worker when asked."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db import transaction

from filings import selectors
from filings.messages import json
from filings.messages.document import Unreadable, group_as_json
from filings.models import Filing
from filings.models.large import FilingPart
from filings.services import drafting, stop_word_hits
from filings.services.large import parts
from filings.services.shipments import keeping, reading
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError


class UnreadablePart(DomainError):
    """This is no house consignment."""

    status = HTTPStatus.BAD_REQUEST


@transaction.atomic
def change_part(
    *, filing: Filing, part: FilingPart, content: Any, revision: int, by: Actor, at: datetime
) -> None:
    """Replace one part of a draft; the same content again changes nothing.

    :raises drafting.NotADraft: if it was submitted.
    :raises drafting.ChangedMeanwhile: if the revision is not the one in force.
    :raises UnreadablePart: if the content is none.
    """
    _lock(filing, revision)
    spec = parts.spec_of(filing)
    try:
        if not isinstance(content, dict):
            raise Unreadable("Give the elements of the group as an object.")
        node = json.group(spec, content)
    except Unreadable as error:
        raise UnreadablePart(str(error)) from error
    document = group_as_json(node, spec)
    part.refresh_from_db()
    if document == part.document:
        return
    links = reading.matters(filing, part.document, document)
    part.document = document
    part.reference = parts.value_at(node, parts.number_path(selectors.message_of(filing), filing.parts_path))[:128]
    found = parts.findings_in(filing, part)
    part.errors = sum(one.severity == "error" for one in found)
    part.warnings = len(found) - part.errors
    part.save(update_fields=["document", "reference", "errors", "warnings"])
    stop_word_hits.look_again_at_part(filing, part, at=at)
    _note(filing, f"{spec.title} {part.number} changed.", by=by, at=at, part=part.number)
    keeping.keep(filing=filing, at=at, content=links)


@transaction.atomic
def change_frame(*, filing: Filing, content: dict[str, Any], revision: int, by: Actor, at: datetime) -> None:
    """Replace what is around the parts of a draft.

    :raises drafting.NotADraft, drafting.ChangedMeanwhile: as for a part.
    """
    _lock(filing, revision)
    # A form leaves out groups without a value, also the one that stands there for its parts alone.
    whole, _ = parts.with_holder(filing, content)
    document = json.from_json({filing.message_type: whole}, message_set=filing.message_set, version=filing.version)
    fields = drafting.contents(document)
    if fields["document"] == filing.document:
        return
    for name, value in fields.items():
        setattr(filing, name, value)
    filing.save(update_fields=list(fields))
    _note(filing, "Changed.", by=by, at=at)
    keeping.keep(filing=filing, at=at)


def _lock(filing: Filing, revision: int) -> None:
    filing.lock()
    if not filing.is_draft:
        raise drafting.NotADraft
    if revision != filing.revision:
        raise drafting.ChangedMeanwhile(filing.revision)


def _note(filing: Filing, sentence: str, *, by: Actor, at: datetime, **more: int) -> None:
    filing.revision += 1
    filing.changed_at = at
    filing.save(update_fields=["revision", "changed_at"])
    detail = {"revision": filing.revision, **more}
    filing.happened("changed", sentence, by=by, at=at, detail=detail)
    audit.record("filing.changed", target=filing, by=by, at=at, detail=detail)
