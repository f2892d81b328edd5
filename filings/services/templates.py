"""Templates: what an operator files again and again, kept under a name, and drafts started from it."""

import csv
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from filings.messages import catalogue, json
from filings.messages.catalogue import Element, Message
from filings.models import Filing, FilingTemplate
from filings.services import drafting
from filings.services.editions import edition_for
from filings.services.stop_words import hits
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError

LEFT_OUT: Final = Path(__file__).parent / "per_shipment.csv"
LONGEST: Final = 80  # characters of a name


class TemplateNameMissing(DomainError):
    """Give the template a name of at most 80 characters, by which you find it again."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TemplateNameTaken(DomainError):
    """There is a template of this name; choose another name, or say that this one replaces it."""


def templates(text: str = "") -> QuerySet[FilingTemplate]:
    """Return the templates of the operator in scope whose name or message has a text, by name, without their documents."""
    found: QuerySet[FilingTemplate] = FilingTemplate.objects.defer("document")
    for word in text.replace("\0", "").split():
        found = found.filter(Q(name__icontains=word) | Q(message_type__icontains=word))
    return found


class TooLargeForTemplate(DomainError):
    """The filing is kept in parts, too many for a template; keep one with a few houses."""


@transaction.atomic
def keep(*, filing: Filing, name: str, by: Actor, at: datetime, replace: bool = False) -> FilingTemplate:
    """Keep the content of any filing as a template, without what changes with each shipment.

    :param replace: let it take the place of the template of this name.
    :raises TemplateNameMissing: without a name, or with one that is too long.
    :raises TemplateNameTaken: if there is one of this name and it is not to be replaced.
    :raises TooLargeForTemplate: if the filing is kept in parts.
    """
    name = _name(name)
    if filing.in_parts:
        raise TooLargeForTemplate
    message = catalogue.message(filing.message_type, filing.message_set, filing.version)
    fields = {
        "message_type": filing.message_type,
        "message_set": filing.message_set,
        "version": filing.version,
        "document": lasting(message, filing.document),
        "changed_at": at,
        "changed_by": by.name[:120],
    }
    before = FilingTemplate.objects.select_for_update().filter(name__iexact=name).first()
    if before and not replace:
        raise TemplateNameTaken
    template: FilingTemplate
    if before:
        template = before
        for field, value in {**fields, "name": name}.items():
            setattr(template, field, value)
        template.save()
    else:
        template = _created(name=name, created_at=at, **fields)
    hits.look_again(template, at=at)
    deed = "template.replaced" if before else "template.made"
    audit.record(deed, target=template, by=by, at=at, detail={"message": filing.message_type, "filing": str(filing.pk)})
    return template


@transaction.atomic
def use(*, template: FilingTemplate, by: Actor, at: datetime) -> Filing:
    """Make a draft of a template, in the message set now in force."""
    message_set, version = edition_for(template.message_type, at=at, operator_id=template.operator_id)
    document = json.from_json({template.message_type: template.document}, message_set=message_set, version=version)
    filing = drafting.create(document=document, by=by, at=at, source="template")
    FilingTemplate.objects.filter(pk=template.pk).update(used_at=at, uses=F("uses") + 1)
    sentence = f"Started from the template “{template.name}”."
    filing.happened("from_template", sentence, by=by, at=at, detail={"template": str(template.pk)})
    audit.record("template.used", target=template, by=by, at=at, detail={"filing": str(filing.pk)})
    return filing


@transaction.atomic
def rename(*, template: FilingTemplate, name: str, by: Actor, at: datetime) -> None:
    """Give a template another name.

    :raises TemplateNameMissing, TemplateNameTaken: as keep() does
    """
    template.name = _name(name)
    template.changed_at, template.changed_by = at, by.name[:120]
    try:
        with transaction.atomic():
            template.save(update_fields=["name", "changed_at", "changed_by"])
    except IntegrityError as error:
        raise TemplateNameTaken from error
    audit.record("template.renamed", target=template, by=by, at=at)


@transaction.atomic
def delete(*, template: FilingTemplate, by: Actor, at: datetime) -> None:
    """Remove a template; drafts made of it stay."""
    audit.record("template.deleted", target=template, by=by, at=at, detail={"message": template.message_type})
    template.delete()


def of(filing: Filing) -> FilingTemplate | None:
    """Return the template a filing was started from, if it is still there."""
    event = filing.events.filter(kind="from_template").first()
    pk = event.detail.get("template") if event else None
    return FilingTemplate.objects.defer("document").filter(pk=pk).first() if pk else None


def lasting(message: Message, content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a document without LRN, date and the references of one shipment (per_shipment.csv)."""
    once = _once(message) | {message.reference, message.date}
    kept: dict[str, Any] = _kept(message.root, content, once)
    return kept


def _kept(spec: Element, value: Any, once: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [one for one in (_kept(spec, each, once) for each in value) if one not in ({}, [], "")]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, below in value.items():
        child = spec.by_name.get(name)
        if child is None:
            found[name] = below
        elif child.path not in once and (left := _kept(child, below, once)) not in ({}, [], ""):
            found[name] = left
    return found


@cache
def _once(message: Message) -> frozenset[str]:
    """Return the paths of what changes with each shipment."""
    with LEFT_OUT.open(encoding="utf-8", newline="") as file:
        ends = tuple(f"/{row['path']}" for row in csv.DictReader(file))
    return frozenset(path for path in message.by_path if f"/{path}".endswith(ends))


def _created(**fields: Any) -> FilingTemplate:
    try:
        with transaction.atomic():
            made: FilingTemplate = FilingTemplate.objects.create(**fields)
    except IntegrityError as error:  # somebody made one of this name at this very moment
        raise TemplateNameTaken from error
    return made


def _name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not name or len(name) > LONGEST:
        raise TemplateNameMissing
    return name
