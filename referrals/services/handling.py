"""What people do with a case besides answering it: take it, talk about it, escalate it, set it aside, take it up again."""

from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.db import transaction

from referrals import lifecycle, selectors
from referrals.lifecycle import Event, State
from referrals.models import Case, Notice, Request
from referrals.services import following, notices
from tenants import audit
from tenants.actors import SYSTEM, Actor
from tenants.errors import DomainError
from tenants.models import User

LONGEST: Final = 4000  # signs of a comment


class NotOfTheHouse(DomainError):
    """This person may not answer for the operator; choose somebody who files for it."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NothingSaid(DomainError):
    """Write something, at most 4000 signs."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NobodyToTell(DomainError):
    """Choose whom to tell, or name a second person in the rules of referrals."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NothingOpen(DomainError):
    """Nothing of this is open."""


@transaction.atomic
def assign(*, case: Case, to: User | None, by: Actor, at: datetime) -> None:
    """Give a case to a person, who gets a mail, or to nobody; who takes it, or has nothing left to do, gets none.

    :raises NotOfTheHouse: if the person does not file for the operator.
    """
    case.lock()
    if to is not None and to not in selectors.people() and to != by.user:
        raise NotOfTheHouse
    if case.owner_id == (to.pk if to else None):
        return
    case.owner = to
    case.save(update_fields=["owner"])
    case.happened("assigned", f"Given to {to}." if to else "Given to nobody.", by=by, at=at)
    audit.record("referral.assigned", target=case, by=by, at=at, detail={"to": str(to.pk) if to else ""})
    if to is not None and to != by.user and to.is_active and case.is_open:
        notices.mail(
            case=case,
            purpose=Notice.Purpose.ASSIGNMENT,
            to=to.email,
            subject=f"Given to you: {case.kinds} about {case.mrn}",
            text=notices.assignment(case, by=by.name),
            by=by,
            at=at,
        )


@transaction.atomic
def comment(*, case: Case, text: str, by: Actor, at: datetime) -> None:
    """Keep a comment; customs does not get it.

    :raises NothingSaid: if it is empty or too long.
    """
    said = text.strip()
    if not 0 < len(said) <= LONGEST:
        raise NothingSaid
    case.happened("comment", "Comment.", by=by, at=at, text=said)
    audit.record("referral.commented", target=case, by=by, at=at)


@transaction.atomic
def escalate(*, case: Case, to: User | None, why: str, by: Actor, at: datetime) -> None:
    """Tell a second person by mail that a case needs somebody now; without one named, the one of the rules.

    :raises NobodyToTell: if there is no such person.
    :raises NothingOpen: if the case is closed.
    """
    case.lock()
    person = to or selectors.rules().second_person
    if not case.is_open:
        raise NothingOpen
    if person is None:
        raise NobodyToTell
    if person not in selectors.people():
        raise NotOfTheHouse
    _escalate(case, person, why.strip()[:400], by=by, at=at)


@transaction.atomic
def escalate_late(*, case: Case, at: datetime) -> bool:
    """Escalate a case that is nearly due and nobody has answered; say whether this did it."""
    case.lock()
    if not case.is_open or case.escalated_at is not None:
        return False
    person = selectors.rules().second_person
    if person is None:
        case.escalated_at = at
        case.save(update_fields=["escalated_at"])
        case.happened("escalated", "It is nearly due and not answered. No second person is named in the rules.", by=SYSTEM, at=at)
        return True
    _escalate(case, person, "It is nearly due and not answered.", by=SYSTEM, at=at)
    return True


@transaction.atomic
def set_aside(*, request: Request, why: str, by: Actor, at: datetime) -> None:
    """Close a request without an answer, and say why.

    :raises NothingSaid: without a reason.
    :raises lifecycle.NotAllowed: if an answer is under way.
    """
    if not why.strip():
        raise NothingSaid("Say why it is set aside; the history keeps it.")
    request.case.lock()
    request.refresh_from_db()
    state = lifecycle.step(State(request.state), Event.SET_ASIDE)
    following.set_state(request, state, by=by, at=at, why=why.strip()[:300])


@transaction.atomic
def take_up(*, request: Request, by: Actor, at: datetime) -> None:
    """Open a request again that was answered or set aside, to answer it once more.

    :raises lifecycle.NotAllowed: if it is open.
    """
    request.case.lock()
    request.refresh_from_db()
    following.set_state(request, lifecycle.step(State(request.state), Event.TAKE_UP), by=by, at=at, answer=None)


def _escalate(case: Case, person: User, why: str, *, by: Actor, at: datetime) -> None:
    case.escalated_at, case.escalated_to = at, str(person)[:120]
    case.save(update_fields=["escalated_at", "escalated_to"])
    case.happened("escalated", f"Escalated to {person}. {why}".strip(), by=by, at=at)
    notices.mail(
        case=case,
        purpose=Notice.Purpose.ESCALATION,
        to=person.email,
        subject=f"Customs waits for an answer: {case.kinds} about {case.mrn}",
        text=notices.escalation(case, why),
        by=by,
        at=at,
    )
    audit.record("referral.escalated", target=case, by=by, at=at, detail={"to": str(person.pk)})
