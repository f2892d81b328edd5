"""What happens to filing requests without anybody's deed: mails, reminders, states of filings, expiry.

Every step is its own transaction and may be taken again; a worker that is ended in the middle harms nothing.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from filings import selectors
from filings.messages import catalogue
from filings.models.filing_request import LIVE, Deed, FilingRequest, FilingRequestAnswer, RequestState
from filings.services.filing_requests import filing_requests, keys, unfinished
from filings.services.filing_requests.filing_requests import Side
from filings.services.filing_requests.matching import match_again
from filings.services.shipments import sharing
from tenants.actors import SYSTEM
from tenants.models import Member
from tenants.scope import every_tenant, tenant_scope

TRY_AGAIN: Final = timedelta(minutes=5)
MOST_ATTEMPTS: Final = 8
MOST: Final = 50  # mails in one go
_REASON: Final = "filing requests of all operators wait in one queue"

log = logging.getLogger(__name__)


def follow(*, at: datetime) -> None:
    """Do what is due: look at filings again, remind, end what expired, send mails."""
    for operator_id in _operators():
        _look_again(operator_id, at=at)
    for pk, operator_id in _due(remind_at__lte=at, state__in=[RequestState.SENT, RequestState.ACCEPTED]):
        _remind(pk, operator_id, at=at)
    for pk, operator_id in _due(expires_at__lte=at, state=RequestState.SENT):
        _expire(pk, operator_id, at=at)
    for _ in range(MOST):
        if not send_next(at=at):
            return


def send_next(*, at: datetime) -> bool:
    """Send the mail that waits longest; say whether there was one.

    The digest of a new token is kept before the mail leaves, so that the link in it works; the token itself stands in
    the mail alone. A mail that cannot be sent, or whose sender was ended, is written anew after a while.
    """
    with every_tenant(_REASON), transaction.atomic():
        waiting = FilingRequest.objects.filter(mail_due_at__lte=at, state__in=LIVE).order_by("mail_due_at")
        request = waiting.select_for_update(skip_locked=True).first()
        if request is None:
            return False
        token = "" if request.asked_id else secrets.token_urlsafe(32)
        request.token_digest = digest(token) if token else ""
        request.mail_due_at, request.mail_attempts = at + TRY_AGAIN, request.mail_attempts + 1
        request.save(update_fields=["token_digest", "mail_due_at", "mail_attempts"])
    try:
        send_mail(_subject(request), _text(request, token), settings.DEFAULT_FROM_EMAIL, _addresses(request))
    except OSError as error:
        log.warning("a mail about filing request %s could not be sent: %s", request.pk, type(error).__name__)
        if request.mail_attempts >= MOST_ATTEMPTS:
            _give_up(request, at=at)
        return True
    with every_tenant(_REASON):
        same = FilingRequest.objects.filter(pk=request.pk, mail_due_at=request.mail_due_at)
        same.update(mail_due_at=None, mailed_at=at, mail_attempts=0)
    return True


def digest(token: str) -> str:
    """Return what is kept of a token; it has 256 random bits, so a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- States --------------------------------------------------------------------------------------------------------------


def _operators() -> Iterable[UUID]:
    """Return the operators that have a hand in a request that goes on."""
    with every_tenant(_REASON):
        sides = FilingRequest.objects.filter(state__in=LIVE).order_by().values_list("operator_id", "asked_id").distinct()
        return sorted({side for pair in sides for side in pair if side})


def _look_again(operator_id: UUID, *, at: datetime) -> None:
    """Bring up to date what the other side knows of an operator's filings."""
    with tenant_scope(operator_id):
        unfinished.forget_expired(at=at)
        own = FilingRequest.objects.filter(operator_id=operator_id, state__in=LIVE, filing__isnull=False)
        stale = list(own.exclude(filing_revision=F("filing__revision")).values_list("pk", flat=True))
        answers = FilingRequestAnswer.objects.filter(operator_id=operator_id, request__state__in=LIVE)
        moved = answers.exclude(state=F("filing__state"), revision=F("filing__revision"))
        moved_of = set(moved.order_by().values_list("request_id", flat=True).distinct())
        here = Q(asked=operator_id) | Q(asked=None, operator=operator_id)  # on the side that answers
        emptied = FilingRequest.objects.filter(here, state__in=LIVE, answers=None).exclude(match={})
        moved_of |= set(emptied.values_list("pk", flat=True))
    for pk in stale:
        with tenant_scope(operator_id), transaction.atomic():
            _read_master_again(_locked(pk), at=at)
    for pk in moved_of:
        with tenant_scope(operator_id), transaction.atomic():
            request = _locked(pk)
            if request.is_live:
                match_again(request)
                _lodged_if_all_are(request, at=at)


def _read_master_again(request: FilingRequest, *, at: datetime) -> None:
    """Take key and totals anew from the filing above; what it no longer says stays as it was asked."""
    filing = request.filing
    if filing is None or not request.is_live:
        return
    request.filing_revision = filing.revision
    if not filing.in_parts:
        document = selectors.document_of(filing)
        found = [each for each in keys.asked_for(document) if each.combination == request.combination]
        key = next((each.key for each in found if each.party in {"", request.asked_eori}), request.key)
        request.totals = keys.totals_of(document) if request.totals else {}
        if key != request.key:
            request.key = key
            sentence = "The data of the linking key changed in the filing above; compare yours."
            filing_requests.tell(request, "key_changed", sentence, Side.ASKING, by=SYSTEM, at=at)
    request.save(update_fields=["filing_revision", "totals", "key"])
    sharing.agree(request, at=at)
    # The other side compares when it is looked at next.
    request.answers.update(revision=0)


def _lodged_if_all_are(request: FilingRequest, *, at: datetime) -> None:
    answers = list(request.answers.all())
    if answers and all(each.is_with_customs for each in answers) and request.allows(Deed.LODGE):
        request.step(Deed.LODGE)
        request.remind_at, request.changed_at = None, at
        request.save(update_fields=["state", "remind_at", "changed_at"])
        filing_requests.tell(request, "lodged", "Customs has registered what was asked for.", Side.PRODUCT, by=SYSTEM, at=at)


# --- Reminders and expiry --------------------------------------------------------------------------------------------------


def _due(**conditions: object) -> list[tuple[UUID, UUID]]:
    with every_tenant(_REASON):
        return list(FilingRequest.objects.filter(**conditions).values_list("pk", "operator_id")[:MOST])


def _remind(pk: UUID, operator_id: UUID, *, at: datetime) -> None:
    with tenant_scope(operator_id), transaction.atomic():
        request = _locked(pk)
        if not request.is_live or request.remind_at is None or request.remind_at > at:
            return
        request.mail_due_at, request.mail_attempts = at, 0
        request.remind_at = request.due_at if at < request.due_at else None  # once before it is due, once when it is
        request.save(update_fields=["mail_due_at", "mail_attempts", "remind_at"])
        filing_requests.tell(request, "reminded", "A reminder is on its way.", Side.PRODUCT, by=SYSTEM, at=at)


def _expire(pk: UUID, operator_id: UUID, *, at: datetime) -> None:
    with tenant_scope(operator_id), transaction.atomic():
        request = _locked(pk)
        if not request.allows(Deed.EXPIRE):
            return
        request.step(Deed.EXPIRE)
        request.token_digest, request.mail_due_at, request.remind_at, request.changed_at = "", None, None, at
        request.save(update_fields=["state", "token_digest", "mail_due_at", "remind_at", "changed_at"])
        unfinished.forget(request)
        filing_requests.tell(request, "expired", "Nobody answered in time.", Side.PRODUCT, by=SYSTEM, at=at)


def _give_up(request: FilingRequest, *, at: datetime) -> None:
    with tenant_scope(request.operator.pk), transaction.atomic():
        kept = _locked(request.pk)
        kept.mail_due_at = None
        kept.save(update_fields=["mail_due_at"])
        sentence = "The mail could not be sent. Check the address, then send it again."
        filing_requests.tell(kept, "not_mailed", sentence, Side.PRODUCT, by=SYSTEM, at=at)


def _locked(pk: UUID) -> FilingRequest:
    found: FilingRequest = FilingRequest.objects.select_for_update(of=("self",)).get(pk=pk)
    return found


# --- Mails -----------------------------------------------------------------------------------------------------------------


def _addresses(request: FilingRequest) -> list[str]:
    """Return who is told: the people of the operator asked, else the address that was given."""
    if request.asked_id is None:
        return [request.mail]
    with tenant_scope(request.asked_id):
        people = Member.objects.filter(role__in=[Member.Role.ADMIN, Member.Role.FILER], user__is_active=True)
        return list(people.values_list("user__email", flat=True)) or [request.mail]


def _subject(request: FilingRequest) -> str:
    again = "Reminder: " if request.mailed_at else ""
    return f"{again}{_asking(request)} asks you for a filing {_kind(request)} about {request.master}".replace("\n", " ")


def _text(request: FilingRequest, token: str) -> str:
    site = settings.WEB_URL.rstrip("/")
    if token:
        where = f"Fill in what is asked, or hand over a file; you need no account:\n{site}{reverse('outside:open', args=[token])}"
        end = (
            "The link is for you alone and for this one request. An earlier link about it opens nothing any more.\n"
            "If you are not the right one, say so on that page; nothing is shared then."
        )
    else:
        slug = request.asked.slug if request.asked else ""
        where = f"It stands in your inbox:\n{site}{reverse('asked:detail', args=[slug, request.pk])}"
        end = "Accept it to start a draft with the right references, or decline it."
    key = "\n".join(f"  {name}: {', '.join(values)}" for name, values in request.key.items())
    return (
        f"{_asking(request)} asks you to lodge {_title(request)} with customs.\n\n"
        f"It is about:\n{key}\n\nNeeded by: {request.due_at.astimezone(UTC):%d %B %Y %H:%M} UTC\n\n"
        f"{where}\n\n{end}\n"
    )


def _asking(request: FilingRequest) -> str:
    operator = request.operator
    return f"{operator.name} ({operator.eori})"


def _kind(request: FilingRequest) -> str:
    message = catalogue.found(request.message_type)
    return message.sci if message else request.message_type


def _title(request: FilingRequest) -> str:
    return f"an entry summary declaration of kind {_kind(request)}"
