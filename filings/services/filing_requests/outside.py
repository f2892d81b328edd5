"""What comes from outside: who has a link in a mail, and nothing else, fills in a form or hands over a file.

visit(token, at)      ->  the request a link is for, if it still is
hand_over(...)        ->  a draft of the operator that asked; nothing leaves without that operator
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.db import transaction

from filings import selectors
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.models import Filing
from filings.models.filing_request import Deed, FilingRequest, RequestState
from filings.rules import book
from filings.services import drafting
from filings.services.filing_requests import filing_requests, unfinished
from filings.services.filing_requests.filing_requests import OUTSIDE, OtherKind, Side
from filings.services.filing_requests.following import digest
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.scope import every_tenant, tenant_scope

OPEN: Final = (RequestState.SENT, RequestState.HANDED_OVER, RequestState.LODGED)
MOST: Final = 99  # filings handed over for one request
LARGEST: Final = 2 * 1024 * 1024  # bytes of a file


class NoSuchLink(DomainError):
    """This link opens nothing, or nothing any more."""

    status = HTTPStatus.NOT_FOUND


class TooMuch(DomainError):
    """Very many filings were handed over for this request already; ask who sent you the link for another one."""

    status = HTTPStatus.TOO_MANY_REQUESTS


def visit(token: str, *, at: datetime) -> FilingRequest:
    """Return the request that a link is for. What is wrong with a link is not told.

    :raises NoSuchLink: if it is for none, too old, or its request is over.
    """
    return _found(token_digest=digest(token), at=at)


def visit_again(pk: UUID, kept: str, *, at: datetime) -> FilingRequest:
    """Return the request again for who came by its link: `kept` is the digest of then.

    :raises NoSuchLink: also if there is a newer link.
    """
    request = _found(pk=pk, at=at)
    if not hmac.compare_digest(request.token_digest, kept):
        raise NoSuchLink
    return request


@contextmanager
def scope_of(request: FilingRequest) -> Iterator[Actor]:
    """Open the scope of the operator that asked, for somebody who may do nothing else in it, and yield who that is."""
    with tenant_scope(request.operator.pk):
        yield Actor(name=f"Outside, {request.asked_eori}", role=OUTSIDE, operator_id=request.operator_id)


@transaction.atomic
def hand_over(
    *, request: FilingRequest, document: Document, by: Actor, at: datetime, began: tuple[int, str] | None = None
) -> Filing:
    """Keep what came as a draft of the operator that asked, tied to the request; what was kept unfinished goes.

    :param began: revision and page of the form it was typed in.
    :raises unfinished.ChangedMeanwhile: if somebody else kept or handed over something since then.
    :raises OtherKind: if it is another message than the one that was asked for.
    :raises TooMuch: if there are very many already.
    :raises RequestClosed: if the request is over.
    """
    if document.message.id != request.message_type:
        raise OtherKind
    request.lock()
    if began:
        unfinished.unchanged(request=request, revision=began[0], page=began[1])
    if request.answers.count() >= MOST:
        raise TooMuch
    request.step(Deed.HAND_OVER)
    filing = drafting.create(document=document, by=by, at=at, source="outside")
    request.compares = bool(request.totals)
    filing_requests.answered(request, filing, at=at)
    sentence = f"Handed over from outside, {filing_requests.counted(request)} for it so far."
    filing_requests.tell(request, "handed_over", sentence, Side.ASKED, by=by, at=at)
    unfinished.forget(request)
    return filing


def findings(document: Document) -> list[Finding]:
    """Return what the check of documents says; what the operator filed before is none of the reader's business."""
    ours = {f"/{document.message.root_name}/{path}" for path in selectors.filled_by_submit(document)}
    return [each for each in book.findings(document) if each.path not in ours]


def _found(*, at: datetime, **which: object) -> FilingRequest:
    with every_tenant("a link says whose it is"):
        fits = FilingRequest.objects.filter(state__in=OPEN, expires_at__gt=at, asked=None, **which).exclude(token_digest="")
        request: FilingRequest | None = fits.select_related("operator").first()
    if request is None:
        raise NoSuchLink
    return request
