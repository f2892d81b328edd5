"""Mails about a case: a row before the network, one mail id for all attempts, and what became of it kept as proof."""

import logging
import uuid
from datetime import datetime, timedelta
from http import HTTPStatus
from smtplib import SMTPException
from typing import Final, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from filings import outbox
from referrals.models import Case, Goods, Notice
from tenants import audit
from tenants.actors import SYSTEM, Actor
from tenants.errors import DomainError
from tenants.scope import every_tenant, tenant_scope

BELL: Final = "referrals.send_notices"
LEASE: Final = timedelta(minutes=2)
MOST_ATTEMPTS: Final = 8
FIRST_DELAY: Final = timedelta(seconds=30)

log = logging.getLogger(__name__)


class NoAddress(DomainError):
    """This is no mail address."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@transaction.atomic
def mail(*, case: Case, purpose: str, to: str, subject: str, text: str, by: Actor, at: datetime) -> Notice:
    """Queue a mail about a case.

    :raises NoAddress: if the address is none.
    """
    try:
        validate_email(to.strip())
    except ValidationError as error:
        raise NoAddress(f"“{to.strip()[:80]}” is no mail address.") from error
    row: Notice = Notice.objects.create(
        case=case,
        purpose=purpose,
        way=Notice.Way.MAIL,
        to=to.strip(),
        subject=" ".join(subject.split())[:200],
        text=text,
        mail_id=f"<{uuid.uuid4()}@{settings.GATEWAY_HOST}>",
        state=Notice.State.WAITING,
        due_at=at,
        created_at=at,
        created_by=by.name[:120],
    )
    transaction.on_commit(lambda: outbox.ring(BELL))
    return row


def send_next(*, at: datetime) -> bool:
    """Send the mail that has waited longest; say whether there was one."""
    row = _claim(at=at)
    if row is None:
        return False
    reason = _post(row)
    with tenant_scope(cast(UUID, row.operator_id)):
        _settle(row, reason, at=at)
    return True


def relay(case: Case) -> str:
    """Return the words of the mail that tells the carrier not to load."""
    lines = [f"{goods.get_kind_display()}: {goods.number}" for goods in Goods.objects.filter(case=case, forbidden=True)]
    asked = f"{case.asked_at:%Y-%m-%d %H:%M} UTC" if case.asked_at else "today"
    return "\n".join([
        f"Customs ({case.member_state or 'EU'}) ordered at {asked} that these goods must not be loaded:",
        "",
        *(lines or ["(see the filing)"]),
        "",
        f"MRN of the filing: {case.mrn}",
        f"Person filing: {_person_filing(case)}",
        "",
        "Please stop the goods, and confirm by answering this mail that you have done so.",
        "This is an order under the EU Import Control System 2 (message E_DNL_REQ, do not load).",
    ])  # fmt: skip


def _person_filing(case: Case) -> str:
    """Return who declared it: by name if that is the operator itself, else by EORI and who sent it in that name."""
    if case.declarant in {"", case.operator.eori}:
        return f"{case.operator.eori} ({case.operator.name})"
    return f"{case.declarant}, sent by {case.operator.name}"


def escalation(case: Case, why: str) -> str:
    """Return the words of the mail to the second person."""
    waits = f"Customs waits for {case.operator.name}: {case.kinds} about {case.mrn}."
    return "\n".join([waits, _due(case), why, "", _page(case)])


def assignment(case: Case, *, by: str) -> str:
    """Return the words of the mail to who was given a case. by: the name of who gave it."""
    given = f"{by} gave you a referral of {case.operator.name}: {case.kinds} about {case.mrn}."
    return "\n".join([given, _due(case), "", _page(case)])


def _due(case: Case) -> str:
    return f"Answer by {case.due_at:%Y-%m-%d %H:%M} UTC, {case.due_words}." if case.due_at else "Nothing says by when."


def _page(case: Case) -> str:
    return settings.WEB_URL.rstrip("/") + reverse("referrals:case", args=[case.operator.slug, case.pk])


def _claim(*, at: datetime) -> Notice | None:
    with every_tenant("the postman serves all operators"):
        waiting = Notice.objects.filter(state__in=[Notice.State.WAITING, Notice.State.SENDING], due_at__lte=at)
        row: Notice | None = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("due_at").first()
        if row is None:
            return None
        row.state, row.attempts, row.due_at = Notice.State.SENDING, row.attempts + 1, at + LEASE
        row.save(update_fields=["state", "attempts", "due_at"])
        return row


def _post(row: Notice) -> str:
    """Hand a mail to the server; return why it did not take it, or nothing. The id is the same at every attempt."""
    message = EmailMessage(row.subject, row.text, settings.DEFAULT_FROM_EMAIL, [row.to], headers={"Message-ID": row.mail_id})
    try:
        message.send()
    except (SMTPException, OSError) as error:
        log.warning("notice %s could not be sent: %s", row.pk, type(error).__name__)
        return f"{type(error).__name__}: {error}"[:400]
    return ""


def _settle(row: Notice, reason: str, *, at: datetime) -> None:
    if not reason:
        row.state, row.sent_at, row.reason = Notice.State.SENT, at, ""
        row.case.happened("mail_sent", f"The mail to {row.to} was sent.", by=SYSTEM, at=at, detail={"mail_id": row.mail_id})
        audit.record("referral.mail_sent", target=row.case, by=SYSTEM, at=at, detail={"notice": str(row.pk)})
    elif row.attempts >= MOST_ATTEMPTS:
        row.state, row.reason = Notice.State.FAILED, reason
        row.case.happened("mail_failed", f"The mail to {row.to} could not be sent: tell them another way.", by=SYSTEM, at=at)
        audit.record("referral.mail_failed", target=row.case, by=SYSTEM, at=at, detail={"notice": str(row.pk)})
    else:
        row.state, row.reason = Notice.State.WAITING, reason
        row.due_at = at + FIRST_DELAY * 2 ** (row.attempts - 1)
    row.save(update_fields=["state", "sent_at", "reason", "due_at"])
