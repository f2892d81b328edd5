"""Change a draft kept in parts: its parts, their number, or what is around them. A worker checks it anew when asked."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.db import connection, transaction

from filings import selectors
from filings.messages import json
from filings.messages.document import Unreadable, group_as_json
from filings.models import Filing
from filings.models.large import FilingPart
from filings.services import drafting
from filings.services.large import amending, parts
from filings.services.shipments import keeping, reading
from filings.services.stop_words import hits
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.scope import current_operator_id

ASIDE: Final = 1_000_000  # more than a filing has parts
MOST_TOLD: Final = 5


class NothingLeft(DomainError):
    """A filing kept in parts needs at least one; discard the draft if you need none of it."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnreadablePart(DomainError):
    """This is no house consignment."""

    status = HTTPStatus.BAD_REQUEST


@transaction.atomic
def change_part(*, filing: Filing, part: FilingPart, content: Any, revision: int, by: Actor, at: datetime) -> None:
    """Replace one part of a draft; the same content again changes nothing.

    :raises drafting.NotADraft: if it was submitted.
    :raises drafting.ChangedMeanwhile: if the revision is not the one in force.
    :raises UnreadablePart: if the content is none.
    :raises Locked: if it is of an amendment and customs does not let that be amended.
    """
    change_parts(filing=filing, contents={part.number: content}, revision=revision, by=by, at=at)
    part.refresh_from_db()


@transaction.atomic
def change_parts(*, filing: Filing, contents: Mapping[int, Any], revision: int, by: Actor, at: datetime) -> None:
    """Replace several parts of a draft, by their numbers, as one change.

    :raises drafting.NotADraft, drafting.ChangedMeanwhile, UnreadablePart, Locked: as for one part.
    """
    _lock(filing, revision)
    rows = list(FilingPart.objects.filter(filing=filing, number__in=contents))
    before = {part.number: part.document for part in rows}
    changed = [part for part in rows if _keep(filing, part, contents[part.number], at=at)]
    if not changed:
        return
    title, first = parts.spec_of(filing).title, changed[0].number
    sentence = f"{title} {first} changed." if len(changed) == 1 else f"{len(changed)} times “{title}” changed."
    _note(filing, sentence, by=by, at=at, part=first, count=len(changed))
    links = any(reading.matters(filing, before[part.number], part.document) for part in changed)
    keeping.keep(filing=filing, at=at, content=links)


@transaction.atomic
def add_parts(*, filing: Filing, contents: Sequence[Any], revision: int, by: Actor, at: datetime) -> None:
    """Add parts at the end of a draft.

    :raises drafting.NotADraft, drafting.ChangedMeanwhile, UnreadablePart: as for one part.
    :raises NoneAdded: if it is an amendment.
    """
    _lock(filing, revision)
    amending.must_add_none(filing)
    for number, content in enumerate(contents, filing.parts_count + 1):
        _keep(filing, FilingPart(filing=filing, number=number, document={}), content, at=at)
    _count(filing)
    _note(filing, f"{len(contents)} added at the end.", by=by, at=at, count=len(contents))
    keeping.keep(filing=filing, at=at)


@transaction.atomic
def remove_parts(*, filing: Filing, numbers: Collection[int], revision: int, by: Actor, at: datetime) -> None:
    """Take parts out of a draft; those behind them move up.

    :raises drafting.NotADraft, drafting.ChangedMeanwhile: as for a change.
    :raises NothingLeft: if no part would remain.
    """
    _lock(filing, revision)
    gone = FilingPart.objects.filter(filing=filing, number__in=numbers)
    references = list(gone.order_by("number").values_list("reference", flat=True)[:MOST_TOLD])
    if not references:
        return
    count, _ = gone.delete()
    if not FilingPart.objects.filter(filing=filing).exists():
        raise NothingLeft
    _close_gaps(filing)
    _count(filing)
    sentence = f"{count} taken out: {', '.join(references)}{' …' if count > len(references) else ''}"
    _note(filing, sentence, by=by, at=at, count=count)
    keeping.keep(filing=filing, at=at)


def _keep(filing: Filing, part: FilingPart, content: Any, *, at: datetime) -> bool:
    """Write a content into a part with what is wrong in it; say whether anything is new."""
    spec = parts.spec_of(filing)
    try:
        if not isinstance(content, dict):
            raise Unreadable("Give the elements of the group as an object.")
        node = json.group(spec, content)
    except Unreadable as error:
        raise UnreadablePart(str(error)) from error
    document = group_as_json(node, spec)
    if document == part.document:
        return False
    if part.document:
        amending.must_allow_part(filing, part, node)
    part.document = document
    part.reference = parts.value_at(node, parts.number_path(selectors.message_of(filing), filing.parts_path))[:128]
    found = parts.findings_in(filing, part)
    part.errors = sum(one.severity == "error" for one in found)
    part.warnings = len(found) - part.errors
    part.save()
    hits.look_again_at_part(filing, part, at=at)
    return True


def _close_gaps(filing: Filing) -> None:
    """Number the parts from 1 again. Twice, since a number must never stand twice, not even for a moment."""
    operator_id = current_operator_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "update filings_filingpart part set number = number + %s where filing_id = %s and operator_id = %s",
            [ASIDE, filing.pk, operator_id],
        )
        cursor.execute(
            "update filings_filingpart part set number = new.number from (select id, row_number() over (order by number) as "
            "number from filings_filingpart where filing_id = %s and operator_id = %s) new where part.id = new.id",
            [filing.pk, operator_id],
        )


def _count(filing: Filing) -> None:
    filing.parts_count = FilingPart.objects.filter(filing=filing).count()
    filing.save(update_fields=["parts_count"])


@transaction.atomic
def change_frame(*, filing: Filing, content: Any, revision: int, by: Actor, at: datetime) -> None:
    """Replace what is around the parts of a draft.

    :raises drafting.NotADraft, drafting.ChangedMeanwhile, UnreadablePart, Locked: as for a part.
    """
    _lock(filing, revision)
    # A form leaves out groups without a value, also the one that stands there for its parts alone.
    try:
        if not isinstance(content, dict):
            raise Unreadable("Give the elements around the parts as an object.")
        whole, holder = parts.with_holder(filing, content)
        if holder.pop(filing.parts_path.rpartition("/")[2], None):
            raise Unreadable("Here stands what is around the parts; change these one by one.")
        document = json.from_json({filing.message_type: whole}, message_set=filing.message_set, version=filing.version)
    except Unreadable as error:
        raise UnreadablePart(str(error)) from error
    fields = drafting.contents(document)
    if fields["document"] == filing.document:
        return
    amending.must_allow_frame(filing, document)
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
    filing.when_registered = False  # whoever changes it says anew that it shall leave
    filing.save(update_fields=["revision", "changed_at", "when_registered"])
    detail = {"revision": filing.revision, **more}
    filing.happened("changed", sentence, by=by, at=at, detail=detail)
    audit.record("filing.changed", target=filing, by=by, at=at, detail=detail)
