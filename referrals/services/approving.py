"""Four eyes: where an operator wants it, a second person looks at an answer before it leaves."""

from datetime import datetime
from http import HTTPStatus

from django.db import transaction

from filings.models import Filing
from referrals import selectors
from referrals.lifecycle import Event, State, step
from referrals.models import Approval
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError


class NeedsApproval(DomainError):
    """A second person must approve this answer before it leaves; ask for it on the page of the request."""


class SamePerson(DomainError):
    """Another person than the one who asked must approve it."""

    status = HTTPStatus.FORBIDDEN


class NotAPerson(DomainError):
    """A person must approve it, signed in; a system's key cannot."""

    status = HTTPStatus.FORBIDDEN


class NothingToApprove(DomainError):
    """Nobody asked for an approval of this answer, or it was changed since; ask again."""


def must_be_approved(answer: Filing) -> None:
    """Refuse an answer that leaves without the second pair of eyes its operator wants.

    :raises NeedsApproval: if so.
    """
    if not selectors.rules().four_eyes:
        return
    approval = Approval.objects.filter(answer=answer).first()
    if approval is None or approval.approved_at is None or approval.revision != answer.revision:
        raise NeedsApproval


@transaction.atomic
def ask(*, answer: Filing, by: Actor, at: datetime) -> Approval:
    """Ask a second person to look at an answer as it is now."""
    from referrals.services.following import set_state

    answer.lock()
    requests = selectors.requests_answered_by(answer)
    if not answer.is_draft or not requests:
        raise NothingToApprove("This is no answer that is being written.")
    approval: Approval = Approval.objects.update_or_create(
        answer=answer,
        defaults={
            "revision": answer.revision,
            "asked_by": by.name[:120],
            "asked_by_user": by.user,
            "asked_at": at,
            "approved_by": "",
            "approved_by_user": None,
            "approved_at": None,
        },
    )[0]
    for request in requests:
        if request.state != State.APPROVAL:
            set_state(request, step(State(request.state), Event.ASK_APPROVAL), by=by, at=at)
    audit.record("referral.approval_asked", target=answer, by=by, at=at, detail={"revision": answer.revision})
    return approval


@transaction.atomic
def approve(*, answer: Filing, by: Actor, at: datetime) -> None:
    """Note that a second person approves an answer as it is now; whoever calls submits it in the same transaction.

    :raises NotAPerson: if a system's key asks.
    :raises SamePerson: if it is the one who asked.
    :raises NothingToApprove: if nobody asked, or the answer was changed since.
    """
    answer.lock()
    approval = Approval.objects.select_for_update().filter(answer=answer).first()
    if by.user is None:
        raise NotAPerson
    if approval is None or approval.revision != answer.revision or not answer.is_draft:
        raise NothingToApprove
    if approval.asked_by_user_id == by.user.pk:
        raise SamePerson
    approval.approved_by, approval.approved_by_user, approval.approved_at = by.name[:120], by.user, at
    approval.save(update_fields=["approved_by", "approved_by_user", "approved_at"])
    audit.record("referral.approved", target=answer, by=by, at=at, detail={"revision": answer.revision})
