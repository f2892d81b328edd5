"""Send a filing request to another party, and its mail once more (docs/filing-requests.md)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from filings import selectors
from filings.messages import catalogue
from filings.models import Filing
from filings.models.filing_request import (
    FilingRequest,
    RequestClosed,
)
from filings.services.editions import Choices
from filings.services.filing_requests import keys
from filings.services.filing_requests.filing_requests import TEXT, Side, begin, tell
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import EORI, Operator
from tenants.scope import current_operator_id

GRACE: Final = timedelta(days=7)  # a request may be answered so long after it was due
LONGEST: Final = timedelta(days=200)
BEFOREHAND: Final = timedelta(hours=24)  # before it is due the other side is reminded
MOST_A_DAY: Final = 500  # requests of an operator in 24 hours
MOST_TO_ONE: Final = 50  # of them to one address
MOST_MAILS: Final = 5  # times one may have the mail of a request sent again in 24 hours
MAILED_AGAIN: Final = "A new mail is on its way; an earlier link opens nothing any more."


class BadAddress(DomainError):
    """Give an EORI of another company and the e-mail address of those who file for it."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class BadTime(DomainError):
    """Say by when you need it: a moment in the future, at most 200 days from now."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyRequests(DomainError):
    """You have sent very many filing requests in the last 24 hours; send the others later."""

    status = HTTPStatus.TOO_MANY_REQUESTS


@transaction.atomic
def send(
    *,
    asked_eori: str,
    mail: str,
    message_type: str,
    combination: str,
    key: Mapping[str, Any],
    due_at: datetime,
    by: Actor,
    at: datetime,
    note: str = "",
    filing: Filing | None = None,
    share_totals: bool = False,
) -> FilingRequest:
    """Ask another party to lodge a filing; whoever it is, its answer comes the same way, so nobody learns who is here.

    :param key: data of the linking key, by the names of its parts; what the filing above says goes before it.
    :param share_totals: let gross mass and packages of the filing above be compared.
    :raises BadAddress, BadTime, TooManyRequests: if the request cannot be sent like this.
    :raises keys.UnknownCombination, keys.KeyIncomplete: if the other side could not link with what it gets.
    """
    eori = asked_eori.strip().upper()
    operator_id = current_operator_id()
    asked = _addressed(eori, mail.strip())
    if not at < due_at < at + LONGEST:
        raise BadTime
    _within_limits(mail.strip(), at=at)
    try:
        message = Choices(at=at, operator_id=operator_id).message(message_type)
    except catalogue.UnknownMessage as error:
        raise keys.UnknownCombination from error
    how = keys.combination(combination, message)
    data = _data_of(filing, combination, eori) if filing else {}
    shared = keys.checked_key({**key, **data}, how, eori)
    request: FilingRequest = FilingRequest.objects.create(
        asked=asked,
        asked_eori=eori,
        mail=mail.strip(),
        message_type=message.id,
        combination=combination,
        key=shared,
        totals=_totals(filing) if share_totals else {},
        filing=filing,
        filing_revision=filing.revision if filing else 0,
        note=note.replace("\0", "").strip()[:TEXT],
        due_at=due_at,
        expires_at=due_at + GRACE,
        remind_at=max(due_at - BEFOREHAND, at + (due_at - at) / 2),
        mail_due_at=at,
        created_at=at,
        changed_at=at,
    )
    tell(request, "sent", f"{request.operator.name} asks for a filing {message.sci}.", Side.ASKING, by=by, at=at)
    return request


@transaction.atomic
def mail_again(*, request: FilingRequest, by: Actor, at: datetime) -> None:
    """Send the mail once more, with a new link where it has one; the one before opens nothing any more.

    :raises NotYourSide, RequestClosed: if that cannot be.
    :raises TooManyRequests: if the address gets too many.
    """
    begin(request, Side.ASKING)
    _within_limits(request.mail, at=at)
    if not request.is_live:
        raise RequestClosed
    lately = request.events.filter(at__gt=at - timedelta(days=1), sentence=MAILED_AGAIN)
    if lately.count() >= MOST_MAILS:
        raise TooManyRequests
    request.mail_due_at, request.mail_attempts, request.changed_at = at, 0, at
    request.token_digest = ""
    request.save(update_fields=["mail_due_at", "mail_attempts", "changed_at", "token_digest"])
    tell(request, "mailed_again", MAILED_AGAIN, Side.ASKING, by=by, at=at)


def _addressed(eori: str, mail: str) -> Operator | None:
    """Return the operator asked, if it is one here.

    :raises BadAddress: if the EORI or the address is none, or the operator's own.
    """
    try:
        EORI(eori)
        validate_email(mail)
    except ValidationError as error:
        raise BadAddress from error
    asked = Operator.objects.filter(eori=eori).first()
    if asked and asked.pk == current_operator_id():
        raise BadAddress
    return asked


def _within_limits(mail: str, *, at: datetime) -> None:
    lately = FilingRequest.objects.filter(operator=current_operator_id(), changed_at__gt=at - timedelta(days=1))
    if lately.count() >= MOST_A_DAY or lately.filter(mail__iexact=mail).count() >= MOST_TO_ONE:
        raise TooManyRequests


def _data_of(filing: Filing, combination: str, eori: str) -> keys.Key:
    """Return what a filing of our own says of the key: for that party, or for nobody in particular."""
    found = [each for each in keys.asked_for(selectors.document_of(filing)) if each.combination == combination]
    fits = [each for each in found if each.party in {"", eori}]
    return fits[0].key if fits else {}


def _totals(filing: Filing | None) -> dict[str, str]:
    return keys.totals_of(selectors.document_of(filing)) if filing else {}
