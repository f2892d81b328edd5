"""Stamping filings with the outages they met: a row for deadlines and evidence, and a line in the filing's timeline.

A submitted filing met an outage if it was submitted, or waited, while that lasted. A draft met it if it was due meanwhile or
soon after, and nothing could have been sent (docs/deadlines.md).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.db import connection as database
from django.db.models import Exists, OuterRef, Q

from filings import selectors
from filings.lifecycle import State
from filings.models import Filing, FilingEvent, OutboxMessage
from integrations.models import Connection, Outage, OutageStamp
from tenants.actors import SYSTEM
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope

MOST: Final = 500  # filings in one transaction
LATE: Final = timedelta(minutes=2)  # a row may be committed this long after its time
_LOCK: Final = 0x4C46_0002
_REASON: Final = "outages concern all operators"
_UNDER_WAY: Final = (OutboxMessage.State.WAITING, OutboxMessage.State.HELD, OutboxMessage.State.RUNNING)


def stamp_all(*, at: datetime) -> int:
    """Stamp the filings that were submitted, or still waited, during an outage; return how many were."""
    with every_tenant(_REASON):
        begun = Outage.objects.filter(starts_at__lte=at)
        lately = list(begun.filter(Q(ends_at=None) | Q(ends_at__gt=at - LATE)).select_related("connection"))
    return sum(stamp(outage, at=at) for outage in lately)


def stamp(outage: Outage, *, at: datetime) -> int:
    """Stamp the filings of one outage."""
    count, until = 0, min(at, outage.ends_at or at)
    while rows := _not_stamped(outage, until=until):
        met = 0
        for operator_id, group in groupby(rows, key=lambda row: row[0]):
            with tenant_scope(operator_id):
                met += _stamp_of(outage, [filing for _, filing, _ in group], told(outage), at=at)
        count += met
        if len(rows) < MOST or not met:
            break
    if waits(outage):
        count += sum(_stamp_drafts(outage, operator_id, until=until, at=at) for operator_id in _concerned(outage))
    with every_tenant(_REASON):
        Outage.objects.filter(pk=outage.pk).update(stamped_until=until - LATE)
    return count


def _not_stamped(outage: Outage, *, until: datetime) -> list[tuple[UUID, UUID, str]]:
    """Return operator, filing and country of what met the outage and has no stamp, a limited number, by operator."""
    since = max(outage.starts_at, outage.stamped_until or outage.starts_at)
    submitted = Q(created_at__gte=since, created_at__lte=until)
    before = Q(state__in=_UNDER_WAY, created_at__lt=since)  # what waited already when it began, looked for once
    met = submitted if outage.stamped_until else submitted | before
    with every_tenant(_REASON):
        stamped = OutageStamp.objects.filter(outage=outage, filing=OuterRef("filing"), operator=OuterRef("operator"))
        rows = OutboxMessage.objects.filter(met, _whose(outage), filing__isnull=False)
        if outage.message_types:
            rows = rows.filter(message_type__in=outage.message_types)
        if outage.member_states:
            rows = rows.filter(filing__in=_addressed_to(outage.member_states))
        rows = rows.filter(~Exists(stamped)).order_by("operator_id", "created_at")
        return list(rows.values_list("operator_id", "filing_id", "message_type")[:MOST])


def _whose(outage: Outage) -> Q:
    """Return the condition for messages that went over the outage's connection, or would go over it now."""
    connection = outage.connection
    if connection is None:
        return Q()
    named = Q(via=connection.party_id)
    if connection.operator_id is not None:
        named &= Q(operator_id=connection.operator_id)
    return Q(line=connection.pk) | Q(line=None) & (named | _usual(connection))


def _usual(connection: Connection) -> Q:
    """Return the condition for messages that name no connection and take this one."""
    if not connection.is_default:
        return Q(pk__in=[])
    if connection.operator_id is not None:
        return Q(via="", operator_id=connection.operator_id)
    own = Connection.objects.filter(active=True, is_default=True).exclude(operator=None)
    return Q(via="") & ~Q(operator_id__in=own.values("operator_id"))


def _addressed_to(countries: Iterable[str]) -> Any:
    """Return the filings addressed to one of the countries, by Member State or by office of first entry."""
    fits = Q(document__addressedMemberState__country__in=list(countries))
    for country in countries:
        fits |= Q(document__customsOfficeOfFirstEntry__referenceNumber__startswith=country)
    return Filing.objects.filter(fits).values("pk")


def _concerned(outage: Outage) -> list[UUID]:
    """Return the operators whose drafts would go over the connection of an outage; which one a draft names is not known yet."""
    connection = outage.connection
    with every_tenant(_REASON):
        found = Operator.objects.order_by("pk")
        if connection is not None and not connection.is_default:
            return []
        if connection is not None and connection.operator_id is not None:
            found = found.filter(pk=connection.operator_id)
        elif connection is not None:
            own = Connection.objects.filter(active=True, is_default=True).exclude(operator=None)
            found = found.exclude(pk__in=own.values("operator_id"))
        return list(found.values_list("pk", flat=True))


def _stamp_drafts(outage: Outage, operator_id: UUID, *, until: datetime, at: datetime) -> int:
    """Stamp the drafts of an operator that are due while nothing can be sent, or soon after; the others lose nothing."""
    due = {"due_at__gte": outage.starts_at, "due_at__lte": until + selectors.SOON, "registered_at": None}
    with tenant_scope(operator_id):
        drafts = Filing.objects.filter(state=State.DRAFT, about=None, created_at__lte=until, **due)
        if outage.message_types:
            drafts = drafts.filter(message_type__in=outage.message_types)
        if outage.member_states:
            drafts = drafts.filter(pk__in=_addressed_to(outage.member_states))
        stamped = OutageStamp.objects.filter(outage=outage, filing=OuterRef("pk"))
        found = list(drafts.filter(~Exists(stamped)).order_by("due_at").values_list("pk", flat=True)[:MOST])
        return _stamp_of(outage, found, told_of_draft(outage), at=at) if found else 0


def _stamp_of(outage: Outage, filing_ids: list[UUID], sentence: str, *, at: datetime) -> int:
    """Stamp filings of the operator in scope, each once: stampers come one after the other."""
    with database.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    stamped = set(OutageStamp.objects.filter(outage=outage, filing__in=filing_ids).values_list("filing_id", flat=True))
    fresh = [pk for pk in dict.fromkeys(filing_ids) if pk not in stamped]
    OutageStamp.objects.bulk_create(OutageStamp(outage=outage, filing_id=pk, at=at) for pk in fresh)
    detail = {"outage": str(outage.pk), "component": outage.component}
    FilingEvent.objects.bulk_create(
        FilingEvent(filing_id=pk, at=at, kind="outage", sentence=sentence, actor=SYSTEM.name, detail=detail) for pk in fresh
    )
    return len(fresh)


def told(outage: Outage) -> str:
    """Return what the timeline of a filing says about an outage."""
    what = "It waits in its place and leaves when that ends." if waits(outage) else "It is sent; the answer may take longer."
    return f"Outage: {outage.get_component_display()}, {outage.get_source_display().lower()}. {what} {outage.text}"[:400]


def told_of_draft(outage: Outage) -> str:
    """Return what the timeline of a draft says about an outage."""
    what = "Its clock stands still. Submit it all the same: it then waits in its place and leaves when that ends."
    return f"Outage: {outage.get_component_display()}, {outage.get_source_display().lower()}. {what} {outage.text}"[:400]


def waits(outage: Outage) -> bool:
    """Say whether what is submitted during an outage waits for its end: nothing reaches customs."""
    return outage.holds or outage.component == Outage.Component.ACCESS_POINT
