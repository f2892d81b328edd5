"""Removing what is old: octets of exchanges when nobody can ask for them any more, and rows that were only of use for a while.

Evidence is kept for EVIDENCE_DAYS from the last thing that happened to its filing. The default is four years and a day: customs
may ask for what a declaration was based on for at least three years from the end of the year (UCC, article 51), and a year
and what is left of it pass meanwhile. Nothing is removed that still waits for somebody: messages in the queue or given up (they
can be sent again), in the tray or not yet read, and those of filings to which something happened since. Each call removes a
limited number and says whether there may be more; a row that is gone is not missed, so it may die at any point.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from filings.models import OutboxMessage
from integrations.inbound import REMEMBERED
from integrations.models import Attempt, Exchange, InboundMessage, Ping, Refusal
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope

MOST: Final = 500  # rows of one kind in one transaction
_REASON: Final = "what is old is removed for all operators"
_READ: Final = (InboundMessage.State.ROUTED, InboundMessage.State.ASIDE)

log = logging.getLogger(__name__)


def remove_next(*, at: datetime) -> bool:
    """Remove some of what is old, and say whether anything was."""
    counts = {"refusals": _refusals(at), "pings": _pings(at), "received": _received(at), "sent": _sent(at)}
    if any(counts.values()):
        log.info("removed what was old: %s", counts)
    return any(counts.values())


def _limit(days: int, at: datetime) -> datetime | None:
    """Return the moment before which something is old; nothing if it is kept for ever."""
    return at - timedelta(days=days) if days > 0 else None


def _refusals(at: datetime) -> int:
    """Remove refusals that have not come again for long."""
    limit = _limit(settings.REFUSED_DAYS, at)
    with every_tenant(_REASON):
        return _removed(Refusal.objects.filter(last_at__lt=limit)) if limit else 0


def _pings(at: datetime) -> int:
    """Remove connectivity tests; the last one of each connection stays."""
    limit = _limit(settings.PING_DAYS, at)
    with every_tenant(_REASON):
        later = Ping.objects.filter(connection=OuterRef("connection"), sent_at__gt=OuterRef("sent_at"))
        return _removed(Ping.objects.filter(Exists(later), sent_at__lt=limit)) if limit else 0


def _received(at: datetime) -> int:
    """Remove messages of customs that were read, with our receipts."""
    limit = _limit(settings.EVIDENCE_DAYS and max(settings.EVIDENCE_DAYS, REMEMBERED.days), at)  # copies are known by them
    with every_tenant(_REASON):
        return _removed(InboundMessage.objects.filter(_over(limit), state__in=_READ, received_at__lt=limit)) if limit else 0


def _removed(rows: QuerySet[Any]) -> int:
    """Remove a limited number of rows; return how many."""
    chosen = list(rows.order_by().values_list("pk", flat=True)[:MOST])
    rows.model._default_manager.filter(pk__in=chosen).delete()
    return len(chosen)


def _sent(at: datetime) -> int:
    """Remove what was sent with its receipts and attempts; that it was sent, when and under which id stays in the queue's row."""
    limit = _limit(settings.EVIDENCE_DAYS, at)
    if limit is None:
        return 0
    operators: list[UUID] = list(Operator.objects.order_by("pk").values_list("pk", flat=True))
    return sum(_sent_by(operator_id, limit) for operator_id in operators)


def _sent_by(operator_id: UUID, limit: datetime) -> int:
    with tenant_scope(operator_id):
        old = Exchange.objects.filter(_over(limit), outbox__state=OutboxMessage.State.DONE, outbox__created_at__lt=limit)
        found = dict(old.exclude(receipted_at__gte=limit).values_list("pk", "outbox_id")[:MOST])
        Attempt.objects.filter(exchange__in=list(found)).delete()
        Exchange.objects.filter(pk__in=list(found)).delete()
        OutboxMessage.objects.filter(pk__in=list(found.values())).update(payload=b"", encoding="")
    return len(found)


def _over(limit: datetime) -> Q:
    """Return the condition for rows about a filing to which nothing happened since, or about none."""
    return Q(filing=None) | Q(filing__changed_at__lt=limit)
