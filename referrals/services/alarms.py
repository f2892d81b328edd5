"""Do not load: acknowledged by name, told to the carrier by mail or telephone, with proof kept."""

from datetime import datetime
from http import HTTPStatus

from django.db import transaction

from filings.models import Topic
from filings.services.alarms import said
from referrals.models import Case, Notice
from referrals.services import following, notices
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError


class NotAnAlarm(DomainError):
    """This case is no do-not-load order."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NoName(DomainError):
    """Write your name: whoever acknowledges the order answers for it that the goods stay where they are."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IncompleteNote(DomainError):
    """Write whom you called, with whom you spoke, and what was said."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@transaction.atomic
def acknowledge(*, case: Case, name: str, by: Actor, at: datetime) -> None:
    """Note that a person has seen the order; a second time changes nothing.

    :param name: of the person, as they write it.
    :raises NotAnAlarm, NoName: if there is nothing to acknowledge, or nobody does.
    """
    case.lock()
    if not case.is_alarm:
        raise NotAnAlarm
    given = " ".join(name.split())[:120]
    if not given:
        raise NoName
    if case.acknowledged_at is not None:
        return
    case.acknowledged_at, case.acknowledged_by = at, given
    case.state, case.closed_at = Case.State.CLOSED, at
    case.save(update_fields=["acknowledged_at", "acknowledged_by", "state", "closed_at"])
    case.happened("acknowledged", f"{given} acknowledged that these goods must not be loaded.", by=by, at=at)
    audit.record("referral.acknowledged", target=case, by=by, at=at, detail={"name": given})
    if case.filing:  # what the operator's rules raised when the order came
        said.settled(filing=case.filing, topic=Topic.LOADING, because=f"{given} acknowledged the order.", at=at)
    following.settle(case, at=at)


@transaction.atomic
def relay_by_mail(*, case: Case, to: str, text: str, by: Actor, at: datetime) -> Notice:
    """Queue the mail that tells the carrier; the row is the proof of what was said to whom, and when it left.

    :raises NotAnAlarm, notices.NoAddress: if there is nothing to tell, or nobody.
    """
    if not case.is_alarm:
        raise NotAnAlarm
    words = text.strip() or notices.relay(case)
    row = notices.mail(
        case=case,
        purpose=Notice.Purpose.RELAY,
        to=to,
        subject=f"DO NOT LOAD: order of customs about {case.mrn}",
        text=words,
        by=by,
        at=at,
    )
    case.happened("relayed", f"A mail to {row.to} tells the carrier not to load.", by=by, at=at, detail={"notice": str(row.pk)})
    audit.record("referral.relayed", target=case, by=by, at=at, detail={"notice": str(row.pk), "way": row.way})
    return row


@transaction.atomic
def relay_by_phone(*, case: Case, number: str, spoke_with: str, note: str, by: Actor, at: datetime) -> Notice:
    """Note a telephone call that told the carrier.

    :raises NotAnAlarm, IncompleteNote: if there was nothing to tell, or it says too little.
    """
    if not case.is_alarm:
        raise NotAnAlarm
    if not (number.strip() and spoke_with.strip() and note.strip()):
        raise IncompleteNote
    row: Notice = Notice.objects.create(
        case=case,
        purpose=Notice.Purpose.RELAY,
        way=Notice.Way.PHONE,
        to=number.strip()[:254],
        spoke_with=spoke_with.strip()[:120],
        text=note.strip()[:4000],
        state=Notice.State.NOTED,
        due_at=at,
        created_at=at,
        created_by=by.name[:120],
    )
    case.happened("relayed", f"Told {row.spoke_with} by telephone ({row.to}).", by=by, at=at, detail={"notice": str(row.pk)})
    audit.record("referral.relayed", target=case, by=by, at=at, detail={"notice": str(row.pk), "way": row.way})
    return row


def last_address(case: Case) -> str:
    """Return where the carrier of a case was told before, if it was."""
    rows = Notice.objects.filter(purpose=Notice.Purpose.RELAY, way=Notice.Way.MAIL, case__carrier=case.carrier)
    return rows.order_by("-created_at").values_list("to", flat=True).first() or "" if case.carrier else ""
