"""What somebody with a link has typed, kept until it is handed over or the request is over.

keep(request, fields, …)   ->  kept, if nobody else kept something meanwhile
kept(request)              ->  what is there
forget(request)            ->  it is gone

It is encrypted with a key that the database never sees, and no page or API of the operator that asked reads it. The same link
may be open twice: each page says which revision it began with and who it is, so that the later one is told instead of writing
over the earlier one (docs/decisions/0025-filing-requests.md).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.db import transaction

from filings.models.filing_request import LIVE, FilingRequest, RequestClosed, UnfinishedForm
from filings.services.filing_requests.form import LONGEST, MOST_FIELDS
from tenants import audit, vault
from tenants.actors import Actor
from tenants.errors import DomainError

LARGEST: Final = 400_000  # characters of all fields with their names
_PAGE: Final = re.compile("[0-9a-f]{32}")


class ChangedMeanwhile(DomainError):
    """Somebody else with this link changed the form meanwhile."""

    def __init__(self, now_kept: "Kept") -> None:
        super().__init__()
        self.now_kept = now_kept


class TooMuchTyped(DomainError):
    """This is more than can be kept for later; hand it over, or hand over a file."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Kept:
    """What is kept. revision: 0 for nothing; at: when it was kept last."""

    fields: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    at: datetime | None = None


def kept(request: FilingRequest) -> Kept:
    """Return what was typed and kept for a request; what can be read no more counts as nothing."""
    row: UnfinishedForm | None = UnfinishedForm.objects.filter(request=request).first()
    return _opened(row) if row else Kept()


@transaction.atomic
def keep(*, request: FilingRequest, fields: Mapping[str, str], revision: int, page: str, by: Actor, at: datetime) -> Kept:
    """Keep what was typed, instead of what the same page kept before, and return what is kept now.

    :param revision: of what the page began with, 0 for nothing.
    :param page: which page of which browser it is.
    :raises ChangedMeanwhile: if another page kept something, or it was handed over, since then.
    :raises TooMuchTyped: if it is very much.
    :raises RequestClosed: if the request is over.
    """
    typed = bounded(fields)
    request.lock()
    if request.state not in LIVE or at >= request.expires_at:
        raise RequestClosed
    row = _kept_by(request, revision, page)
    sealed = vault.lock(json.dumps(typed, ensure_ascii=False))
    if row is None:
        row = UnfinishedForm.objects.create(request=request, sealed=sealed, page=page, kept_at=at)
        audit.record("filing_request.kept_for_later", target=request, by=by, at=at)
    else:
        row.sealed, row.revision, row.page, row.kept_at = sealed, row.revision + 1, page, at
        row.save()
    return Kept(typed, row.revision, at)


def unchanged(*, request: FilingRequest, revision: int, page: str) -> None:
    """See to it that nobody else kept or handed over something since a page began.

    :raises ChangedMeanwhile: if somebody did.
    """
    _kept_by(request, revision, page)


def forget(request: FilingRequest) -> None:
    """Delete what is kept for a request."""
    UnfinishedForm.objects.filter(request=request).delete()


def forget_expired(*, at: datetime) -> None:
    """Delete what is kept for requests of the operator in scope whose link opens nothing any more."""
    UnfinishedForm.objects.filter(request__expires_at__lte=at).delete()


def bounded(fields: Mapping[str, str]) -> dict[str, str]:
    """Return fields as they can be kept.

    :raises TooMuchTyped: if there are more than a form has, or very long ones.
    """
    typed = {name: text.replace("\0", "")[:LONGEST] for name, text in fields.items() if "\0" not in name}
    if len(typed) > MOST_FIELDS or sum(len(name) + len(text) for name, text in typed.items()) > LARGEST:
        raise TooMuchTyped
    return typed


def page_of(text: str) -> str:
    """Return the name of a page, if it is one that was given out."""
    return text if _PAGE.fullmatch(text) else ""


def _kept_by(request: FilingRequest, revision: int, page: str) -> UnfinishedForm | None:
    row: UnfinishedForm | None = UnfinishedForm.objects.filter(request=request).first()
    if row is None and revision:
        raise ChangedMeanwhile(Kept())
    if row is not None and row.revision != revision and row.page != page:
        raise ChangedMeanwhile(_opened(row))
    return row


def _opened(row: UnfinishedForm) -> Kept:
    try:
        found = json.loads(vault.unlock(bytes(row.sealed)))
    except vault.Unreadable:
        found = {}
    return Kept(found, row.revision, row.kept_at)
