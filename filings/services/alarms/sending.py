"""Sending what alarms want told: a row is claimed, the network is called without a transaction, the row is marked.

A worker that is killed in between leaves a lease that ends, and the row is sent again: a receiver knows the same
delivery by its id. What cannot be sent is tried again, later each time, and given up in the end.
"""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q

from filings.models import Alarm, AlarmDelivery, Topic
from filings.services import freezing
from filings.services.alarms import webhooks
from tenants import audit, vault
from tenants.actors import SYSTEM
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope

LEASE: Final = timedelta(minutes=2)
FIRST_DELAY: Final = timedelta(seconds=30)
LONGEST_DELAY: Final = timedelta(hours=1)
MOST_ATTEMPTS: Final = 10
LOOK_AGAIN: Final = timedelta(minutes=1)  # whether an outage still lasts
_OF_FILING: Final = ("message_type", "lrn", "mrn", "state")
_State = AlarmDelivery.State
_ONE_QUEUE: Final = "one queue of alarms for all operators"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """What is sent, read from the rows before the network is called."""

    delivery: UUID
    operator_id: UUID
    channel: str
    target: str
    subject: str
    text: str
    payload: Mapping[str, Any]
    secret: str


def send_next(*, at: datetime) -> bool:
    """Send the delivery that has waited longest; say whether there was one."""
    claimed = _claim(at=at)
    if claimed is None:
        return False
    pk, operator_id, token = claimed
    with tenant_scope(operator_id):
        letter = _letter(pk, at=at)
    if letter is None:
        return True
    try:
        _send(letter, at=at)
    except (webhooks.NotTaken, OSError) as error:
        _again(letter, token, _reason(error), at=at)
    else:
        _done(letter, token, at=at)
    return True


def _claim(*, at: datetime) -> tuple[UUID, UUID, UUID] | None:
    """Claim the next delivery that is due, one whose worker was lost included; return its id, operator and token."""
    token = uuid.uuid4()
    with every_tenant(_ONE_QUEUE):
        ready = Q(state=_State.WAITING, due_at__lte=at) | Q(state=_State.RUNNING, lease_until__lte=at)
        row = AlarmDelivery.objects.filter(ready).select_for_update(skip_locked=True).order_by("due_at").first()
        if row is None:
            return None
        row.state, row.token, row.lease_until, row.attempts = _State.RUNNING, token, at + LEASE, row.attempts + 1
        row.save(update_fields=["state", "token", "lease_until", "attempts"])
        return row.pk, row.operator_id, token


def _letter(pk: UUID, *, at: datetime) -> Letter | None:
    """Return what to send; None where it is not needed any more, or has to wait for the end of an outage."""
    delivery = AlarmDelivery.objects.select_related("alarm", "rule").get(pk=pk)
    alarm = delivery.alarm
    if not alarm.is_open or delivery.rule is None:
        _set(delivery, state=_State.OFF)
        return None
    if _is_held(alarm, at=at):
        _set(delivery, state=_State.WAITING, due_at=at + LOOK_AGAIN, attempts=delivery.attempts - 1)
        return None
    operator = Operator.objects.get(pk=delivery.operator_id)
    escalated = delivery.step == AlarmDelivery.Step.ESCALATED
    is_webhook = delivery.channel == AlarmDelivery.Channel.WEBHOOK
    secret = vault.unlock(bytes(delivery.rule.webhook_secret)) if is_webhook and delivery.rule.webhook_secret else ""
    return Letter(
        delivery=delivery.pk,
        operator_id=delivery.operator_id,
        channel=delivery.channel,
        target=delivery.target,
        subject=_subject(alarm, escalated=escalated),
        text=_text(alarm, operator, escalated=escalated),
        payload=_payload(alarm, operator, delivery),
        secret=secret,
    )


def _is_held(alarm: Alarm, *, at: datetime) -> bool:
    """Say whether an alarm about a deadline waits because the clock of its filing stands still."""
    return (
        alarm.topic == Topic.DUE
        and alarm.filing_id is not None
        and alarm.filing_id in freezing.now_frozen([alarm.filing_id], at=at)
    )


def _send(letter: Letter, *, at: datetime) -> None:
    if letter.channel == AlarmDelivery.Channel.WEBHOOK:
        webhooks.post(letter.target, letter.payload, secret=letter.secret, delivery=str(letter.delivery), at=at)
        return
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    headers = {"Message-ID": f"<alarm-{letter.delivery}@{host}>", "Auto-Submitted": "auto-generated"}
    EmailMessage(letter.subject, letter.text, settings.DEFAULT_FROM_EMAIL, [letter.target], headers=headers).send()


def _done(letter: Letter, token: UUID, *, at: datetime) -> None:
    with tenant_scope(letter.operator_id):
        row = _mine(letter, token)
        if row is None:
            return
        _set(row, state=_State.DONE, done_at=at, reason="")
        if row.step == AlarmDelivery.Step.ESCALATED:
            Alarm.objects.filter(pk=row.alarm_id, escalated_at=None).update(escalated_at=at)
        detail = {"delivery": str(row.pk), "channel": row.channel, "step": row.step}
        audit.record("alarm.told", target=row.alarm, by=SYSTEM, at=at, detail=detail)


def _again(letter: Letter, token: UUID, reason: str, *, at: datetime) -> None:
    with tenant_scope(letter.operator_id):
        row = _mine(letter, token)
        if row is None:
            return
        delay = min(FIRST_DELAY * 2 ** (row.attempts - 1), LONGEST_DELAY)
        over = row.attempts >= MOST_ATTEMPTS
        _set(row, state=_State.FAILED if over else _State.WAITING, due_at=at + delay, reason=reason[:400])
        if over:
            audit.record("alarm.not_told", target=row.alarm, by=SYSTEM, at=at, detail={"delivery": str(row.pk)})
            log.warning("delivery %s of an alarm was given up", row.pk)


def _mine(letter: Letter, token: UUID) -> AlarmDelivery | None:
    """Return the row if it is still ours: after a lease that ended another worker may have it."""
    mine = AlarmDelivery.objects.filter(pk=letter.delivery, token=token).select_related("alarm")
    found: AlarmDelivery | None = mine.select_for_update(of=("self",)).first()
    return found


def _set(row: AlarmDelivery, **fields: Any) -> None:
    for name, value in {"token": None, "lease_until": None, **fields}.items():
        setattr(row, name, value)
    row.save(update_fields=["token", "lease_until", *fields])


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, webhooks.NotTaken) else "The mail server did not take it."


# --- Words ------------------------------------------------------------------------------------------------------------------


def _subject(alarm: Alarm, *, escalated: bool) -> str:
    mark = "Nobody has acknowledged: " if escalated else "URGENT: " if alarm.urgent else ""
    return " ".join(f"{mark}{alarm.title}".split())


def _text(alarm: Alarm, operator: Operator, *, escalated: bool) -> str:
    lines = [alarm.sentence, ""]
    if alarm.moment_at:
        lines += [f"By: {alarm.moment_at.astimezone(UTC):%d %B %Y %H:%M} UTC"]
    if escalated:
        lines += [f"Raised {alarm.raised_at.astimezone(UTC):%d %B %Y %H:%M} UTC, and nobody has acknowledged it since."]
    lines += [f"For: {operator.name} ({operator.eori})", f"Act here: {_address(alarm.link)}", ""]
    lines += ["Acknowledge it on the page “Alarms”, so that nobody else is woken.", ""]
    return "\n".join(lines)


def _payload(alarm: Alarm, operator: Operator, delivery: AlarmDelivery) -> dict[str, Any]:
    """Return what a webhook gets; it names a filing by its references and says nothing of goods or parties."""
    filing = alarm.filing
    return {
        "delivery": str(delivery.pk),
        "step": delivery.step,
        "operator": operator.eori,
        "alarm": {
            "id": str(alarm.pk),
            "topic": alarm.topic,
            "urgent": alarm.urgent,
            "title": alarm.title,
            "sentence": alarm.sentence,
            "moment_at": _utc(alarm.moment_at),
            "raised_at": _utc(alarm.raised_at),
            "link": _address(alarm.link),
        },
        "filing": {"id": str(filing.pk), **{name: getattr(filing, name) for name in _OF_FILING}} if filing else None,
    }


def _address(path: str) -> str:
    return f"{settings.WEB_URL.rstrip('/')}{path}"


def _utc(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None
