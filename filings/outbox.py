"""What is waiting to leave: put(), claim(), settle, ring(). The rows are the queue; the bell is a courtesy."""

import logging
import uuid
from datetime import datetime, timedelta
from typing import Final

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from kombu.exceptions import OperationalError

from filings.models import Filing, OutboxMessage
from tenants.scope import every_tenant

# How soon another worker takes over a row whose worker died; a live one renews while its POST is under way.
LEASE: Final = timedelta(seconds=10)
BELL: Final = "integrations.send_waiting"

log = logging.getLogger(__name__)


def put(*, filing: Filing | None, message_type: str, payload: bytes, priority: str, at: datetime) -> OutboxMessage:
    """Add a message to the queue of the operator in scope, and ring once the transaction is committed.

    :param payload: the business XML in UTF-8.
    :param priority: A, B or C.
    """
    row: OutboxMessage = OutboxMessage.objects.create(
        filing=filing,
        message_type=message_type,
        message_id=f"{uuid.uuid4()}@{settings.GATEWAY_HOST}",
        payload=payload,
        priority=priority,
        due_at=at,
        created_at=at,
    )
    transaction.on_commit(ring)
    return row


def claim(*, at: datetime) -> OutboxMessage | None:
    """Lease the most urgent message that is due, or one whose lease ran out, and return it; nothing when all is done.

    Several workers may call at once: each row goes to one (FOR UPDATE SKIP LOCKED). The token fences off a worker
    that comes back after its lease.
    """
    due = Q(state=OutboxMessage.State.WAITING, due_at__lte=at) | Q(state=OutboxMessage.State.RUNNING, lease_until__lte=at)
    with every_tenant("the gateway sends for all operators"):
        free = OutboxMessage.objects.select_for_update(skip_locked=True, of=("self",)).filter(due)
        row: OutboxMessage | None = free.order_by("priority", "due_at").first()
        if row is None:
            return None
        row.state, row.lease_until, row.token = OutboxMessage.State.RUNNING, at + LEASE, uuid.uuid4()
        row.attempts += 1
        row.save(update_fields=["state", "lease_until", "token", "attempts"])
        return row


def renew(row: OutboxMessage, *, at: datetime) -> bool:
    """Extend the lease of a row one is still working on; say no when another worker holds it by now."""
    with every_tenant("the gateway sends for all operators"):
        return _mine(row).update(lease_until=at + LEASE) == 1


def postpone(row: OutboxMessage, *, due_at: datetime, reason: str) -> bool:
    """Put a leased message back that could not even be tried; this does not count as an attempt."""
    return _settle(row, state=OutboxMessage.State.WAITING, due_at=due_at, reason=reason[:400], attempts=F("attempts") - 1)


def done(row: OutboxMessage, *, at: datetime) -> bool:
    """Mark a leased message as delivered; say no when another worker holds it by now."""
    return _settle(row, state=OutboxMessage.State.DONE, done_at=at, reason="")


def again(row: OutboxMessage, *, due_at: datetime, reason: str) -> bool:
    """Put a leased message back for a later attempt; say no when another worker holds it by now."""
    return _settle(row, state=OutboxMessage.State.WAITING, due_at=due_at, reason=reason[:400])


def give_up(row: OutboxMessage, *, at: datetime, reason: str) -> bool:
    """Mark a leased message as one that a person must look at; say no when another worker holds it by now."""
    return _settle(row, state=OutboxMessage.State.FAILED, done_at=at, reason=reason[:400])


def revive(*, filing: Filing, at: datetime) -> int:
    """Queue the filing's given-up messages again, same id and same bytes; return how many there were."""
    count = OutboxMessage.objects.filter(filing=filing, state=OutboxMessage.State.FAILED).update(
        state=OutboxMessage.State.WAITING, due_at=at, done_at=None, attempts=0
    )
    transaction.on_commit(ring)
    return count


def ring(bell: str = BELL, *, countdown: float = 0) -> None:
    """Wake the gateway; a broker that is down is no harm, the sweep finds the row.

    :param countdown: seconds until it shall look.
    """
    try:
        current_app.send_task(bell, countdown=countdown or None, expires=30)
    except (OperationalError, OSError) as error:
        log.warning("the gateway could not be woken, the sweep will find the row: %s", type(error).__name__)


def _settle(row: OutboxMessage, **fields: object) -> bool:
    return _mine(row).update(lease_until=None, token=None, **fields) == 1


def _mine(row: OutboxMessage) -> QuerySet[OutboxMessage]:
    mine: QuerySet[OutboxMessage] = OutboxMessage.objects.filter(
        pk=row.pk, token=row.token, state=OutboxMessage.State.RUNNING
    )
    return mine
