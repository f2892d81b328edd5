"""What needs a look at the gateway: messages that are tried again, were given up, or came in and found nobody.

Every question is answered by probes of an index, however many rows there are. Ask them inside every_tenant().
"""

from collections import Counter
from datetime import datetime
from typing import Any, Final

from django.db import connection as database
from django.db.models import Count
from django.db.models.functions import TruncMinute

from filings.models import OutboxMessage
from filings.outbox import PRIORITIES
from integrations.models import InboundMessage
from tenants.models import Operator

SHOWN: Final = 10
MOST: Final = 10_000  # counted; beyond that "so many or more" says enough

_RETRYING: Final = """
    select m.id from unnest(%(operators)s::uuid[]) as o (id) cross join unnest(%(priorities)s::text[]) as p (priority)
    cross join lateral (
        select id, due_at from filings_outboxmessage
        where state = 'waiting' and follows_id is null and priority = p.priority and operator_id = o.id and due_at > %(at)s
        order by due_at limit %(most)s
    ) as m order by m.due_at limit %(most)s
    """


def retrying(*, at: datetime) -> list[OutboxMessage]:
    """Return the messages whose next attempt is still to come, the nearest first."""
    values: dict[str, Any] = {
        "operators": list(Operator.objects.order_by().values_list("pk", flat=True)),
        "priorities": list(PRIORITIES),
        "at": at,
        "most": SHOWN,
    }
    with database.cursor() as cursor:
        cursor.execute(_RETRYING, values)
        ids = [pk for (pk,) in cursor.fetchall()]
    rows = OutboxMessage.objects.filter(pk__in=ids).defer("payload").select_related("operator")
    return list(rows.order_by("due_at"))


def given_up() -> list[OutboxMessage]:
    """Return the messages given up, the latest first."""
    failed = OutboxMessage.objects.filter(state=OutboxMessage.State.FAILED)
    return list(failed.defer("payload").select_related("operator").order_by("-created_at")[:SHOWN])


def waiting(state: str) -> tuple[int, datetime | None]:
    """Return how many messages of customs are in a state (up to MOST) and when the oldest came."""
    times = list(InboundMessage.objects.filter(state=state).order_by().values_list("received_at", flat=True)[:MOST])
    return len(times), min(times, default=None)


def arrivals(*, since: datetime) -> Counter[datetime]:
    """Return how many messages customs sent, by minute."""
    rows = InboundMessage.objects.filter(received_at__gte=since).annotate(minute=TruncMinute("received_at"))
    return Counter(dict(rows.order_by().values_list("minute").annotate(count=Count("pk"))))
