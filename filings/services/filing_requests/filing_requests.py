"""Filing requests: ask another party to lodge what a filing expects, and answer such a request.

Each verb runs in the scope of one side. What both may know stands in the shared row; each side's trail gets a line of
every deed, the other side's by the policy that its table has for them (docs/decisions/0025-filing-requests.md).
"""

from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from filings import selectors
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.models import Filing
from filings.models.filing_request import (
    LIVE,
    Deed,
    FilingRequest,
    FilingRequestAnswer,
    FilingRequestEvent,
    RequestClosed,
)
from filings.services import drafting
from filings.services.editions import Choices
from filings.services.filing_requests import keys, unfinished
from filings.services.filing_requests.matching import match_again
from filings.services.shipments import sharing
from tenants import audit
from tenants.actors import SYSTEM, Actor
from tenants.errors import DomainError
from tenants.scope import current_operator_id

TEXT: Final = 400

Side = FilingRequestEvent.Side


class ReasonMissing(DomainError):
    """Say in a few words why, so that the other side knows what to do."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotYourSide(DomainError):
    """Only the other side of this filing request can do this."""


class MessageSetMissing(DomainError):
    """The message set that this filing is written in is not loaded here; answer with another filing, or have it loaded."""

    status = HTTPStatus.BAD_REQUEST


class OtherKind(DomainError):
    """This filing is of another kind than the one that was asked for."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


def requests(side: str = "", *, live: bool = False) -> QuerySet[FilingRequest]:
    """Return the filing requests of the operator in scope, newest first. side: asking, asked or "" for both."""
    found: QuerySet[FilingRequest] = FilingRequest.objects.select_related("operator", "asked")
    if side:
        found = found.filter(**{"operator" if side == Side.ASKING else "asked": current_operator_id()})
    return found.filter(state__in=LIVE) if live else found


def side_of(request: FilingRequest) -> str:
    """Return on which side the operator in scope is."""
    return Side.ASKING if request.operator_id == current_operator_id() else Side.ASKED


@transaction.atomic
def accept(
    *, request: FilingRequest, by: Actor, at: datetime, compares: bool = False, document: Document | None = None
) -> Filing:
    """Agree to lodge what was asked, and start a draft with the data of the linking key; again for one more.

    With it the asked side lets the other one see the state of its filings and whether they link.

    :param compares: also let gross mass and packages be compared.
    :param document: what the draft says, such as what a spreadsheet says; it has the data of the linking key already.
    :raises NotYourSide, RequestClosed: if that cannot be.
    :raises OtherKind: if the document is another message.
    :raises MessageSetMissing: if no message set here has what was asked for.
    """
    begin(request, Side.ASKED, Deed.ACCEPT)
    message = message_for(request, operator_id=request.asked_id, at=at)
    if document is None:
        document = drafting.first_document(message, request.asked_eori)
        keys.prefill(document, keys.combination(request.combination, message), request.key)
    if document.message.id != request.message_type:
        raise OtherKind
    draft = drafting.create(document=document, by=by, at=at, source="request")
    _answered(request, draft, compares, by=by, at=at)
    return draft


@transaction.atomic
def attach(*, request: FilingRequest, filing: Filing, by: Actor, at: datetime, compares: bool = False) -> None:
    """Answer with a filing that is there already.

    :raises OtherKind: if it is not of a kind that links.
    :raises NotYourSide, RequestClosed: if that cannot be.
    :raises MessageSetMissing: if the message set it is written in is gone.
    """
    try:
        message = selectors.message_of(filing)
    except catalogue.UnknownMessage as error:
        raise MessageSetMissing from error
    if filing.about_id or message.id != request.message_type:
        raise OtherKind
    begin(request, Side.ASKED, Deed.ACCEPT)
    if not request.answers.filter(filing=filing).exists():
        _answered(request, filing, compares, by=by, at=at)


@transaction.atomic
def decline(*, request: FilingRequest, reason: str, by: Actor, at: datetime) -> None:
    """Refuse to lodge what was asked.

    :raises ReasonMissing: without a reason.
    :raises NotYourSide, RequestClosed: if that cannot be.
    """
    reason = reason.replace("\0", "").strip()[:TEXT]
    if not reason:
        raise ReasonMissing
    if by.role != OUTSIDE:
        begin(request, Side.ASKED, Deed.DECLINE)
    else:
        request.lock()
        request.step(Deed.DECLINE)
    request.reason = reason
    _close(request, at=at)
    tell(request, "declined", "Declined.", Side.ASKED, by=by, at=at)


@transaction.atomic
def withdraw(*, request: FilingRequest, by: Actor, at: datetime) -> None:
    """Take one's consent back, on either side: from then on nothing is shared, and a link opens nothing.

    Filings that were made stay where they are.

    :raises RequestClosed: if it is over already.
    """
    request.lock()
    side = side_of(request)
    request.step(Deed.WITHDRAW if side == Side.ASKING else Deed.LEAVE)
    request.key, request.totals, request.match, request.note = {}, {}, {}, ""
    request.compares = False
    _close(request, at=at)
    request.answers.update(state="", totals={}, links=None)
    sharing.end(request, at=at)
    words = "Withdrawn." if side == Side.ASKING else "Consent taken back."
    tell(request, "withdrawn", f"{words} Nothing is shared from now on.", side, by=by, at=at)


def message_for(request: FilingRequest, *, operator_id: UUID | None, at: datetime) -> Message:
    """Return the message that is asked for, in the message set of the operator that makes the draft.

    :raises MessageSetMissing: if no set that is loaded has it.
    """
    try:
        return Choices(at=at, operator_id=operator_id).message(request.message_type)
    except catalogue.UnknownMessage as error:
        raise MessageSetMissing from error


def message_to_answer(request: FilingRequest, *, at: datetime) -> Message:
    """Return the message with which the operator in scope, which is asked, may answer.

    :raises NotYourSide, RequestClosed: if it is not the one asked, or the request is over.
    :raises MessageSetMissing: if no set that is loaded has the message.
    """
    if side_of(request) != Side.ASKED:
        raise NotYourSide
    if not request.allows(Deed.ACCEPT):
        raise RequestClosed
    return message_for(request, operator_id=request.asked_id, at=at)


def tell(request: FilingRequest, deed: str, sentence: str, side: str, *, by: Actor, at: datetime) -> None:
    """Write what happened into the common history and into the trail of each side."""
    FilingRequestEvent.objects.create(
        operator_id=request.operator_id, asked_id=request.asked_id, request=request, at=at, side=side, sentence=sentence[:TEXT]
    )
    in_both_trails(request, deed, side, by=by, at=at)


def in_both_trails(request: FilingRequest, deed: str, side: str, *, by: Actor, at: datetime) -> None:
    """Write a deed of one side into the trail of each, at the other one without the person's name."""
    name, detail = f"filing_request.{deed}", {"side": side}
    audit.record(name, target=request, by=by, at=at, detail=detail)
    actor = _named(request, side)
    for other in {side for side in (request.operator_id, request.asked_id) if side} - {current_operator_id()}:
        audit.record_at_the_other(name, operator_id=other, target=request, actor=actor, at=at, detail=detail)


def answered(request: FilingRequest, filing: Filing, *, at: datetime) -> None:
    """Keep that a filing answers a request, and compare it with what was asked."""
    FilingRequestAnswer.objects.create(
        request=request, filing=filing, asking_id=request.operator_id, state=filing.state, created_at=at
    )
    request.changed_at = at
    request.save()
    sharing.agree(request, at=at)
    match_again(request)


def counted(request: FilingRequest) -> str:
    """Return how many filings answer a request, in words."""
    count = request.answers.count()
    return f"{count} filing{'' if count == 1 else 's'}"


OUTSIDE: Final = "outside"  # role of who has a link and nothing else


def _answered(request: FilingRequest, filing: Filing, compares: bool, *, by: Actor, at: datetime) -> None:
    request.compares = request.compares or compares
    answered(request, filing, at=at)
    sentence = f"Accepted, with {counted(request)} for it."
    tell(request, "accepted", sentence, Side.ASKED, by=by, at=at)
    filing.happened("asked_for", f"For the filing request of {request.operator.name}.", by=by, at=at)


def begin(request: FilingRequest, side: str, deed: Deed | None = None) -> None:
    """Lock a request for a deed of one side, and take the step."""
    request.lock()
    if side_of(request) != side:
        raise NotYourSide
    if deed:
        request.step(deed)


def _close(request: FilingRequest, *, at: datetime) -> None:
    request.token_digest, request.mail_due_at, request.remind_at, request.changed_at = "", None, None, at
    request.save()
    unfinished.forget(request)


def _named(request: FilingRequest, side: str) -> str:
    """Return who acted, as the other side may know it."""
    if side == Side.ASKING:
        return request.operator.name
    return (request.asked.name if request.asked else f"Outside, {request.asked_eori}") if side == Side.ASKED else SYSTEM.name


def one(pk: UUID) -> FilingRequest:
    """Return a filing request of either side.

    :raises FilingRequest.DoesNotExist: if the operator in scope is on neither.
    """
    found: FilingRequest = FilingRequest.objects.select_related("operator", "asked", "filing").get(pk=pk)
    return found
