"""The register of outages: announced by staff or detected, seen by operators, asked by whoever weighs a deadline."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from filings import outbox
from filings.models import OutboxMessage
from integrations import gates
from integrations.models import Connection, Gate, Outage
from tenants.errors import DomainError
from tenants.scope import every_tenant

RECENT: Final = 500  # messages looked at when we ask whether customs still answers
OURSELVES: Final = "Landfall"
_REASON: Final = "outages concern all operators"

log = logging.getLogger(__name__)


class EndsTooEarly(DomainError):
    """An outage cannot end before it starts."""


class IsOver(DomainError):
    """This outage has ended already; announce a new one."""


# --- Questions (inside an operator's scope they answer with what that operator may see) ------------------------------------


def register() -> QuerySet[Outage]:
    """Return all outages, the latest first."""
    rows: QuerySet[Outage] = Outage.objects.all()
    return rows


def in_force(*, at: datetime) -> QuerySet[Outage]:
    """Return the outages of this moment."""
    return register().filter(_lasting(at, at))


def coming(*, at: datetime) -> QuerySet[Outage]:
    """Return what is announced for later, the next first."""
    return register().filter(starts_at__gt=at).order_by("starts_at")


def during(
    *, since: datetime, until: datetime, connection_id: int | None = None, member_state: str = "", message_type: str = ""
) -> list[Outage]:
    """Return the outages that concern a message and overlap a time, the earliest first: for deadlines and evidence.

    An outage that is limited to Member States or messages counts only when the message named is one of them.

    :param connection_id: the connection it goes over; without it outages of any connection count.
    """
    overlapping = register().filter(_lasting(since, until)).order_by("starts_at")
    if connection_id is not None:
        overlapping = overlapping.filter(Q(connection=None) | Q(connection_id=connection_id))
    return [
        outage
        for outage in overlapping
        if (not outage.member_states or member_state in outage.member_states)
        and (not outage.message_types or message_type in outage.message_types)
    ]


def holding(*, at: datetime) -> list[Outage]:
    """Return the outages for whose end messages wait."""
    return [outage for outage in in_force(at=at) if outage.holds]


def _lasting(since: datetime, until: datetime) -> Q:
    """Return the condition for what overlaps a time; at a moment what has begun and not ended."""
    begun = Q(starts_at__lte=until) if since == until else Q(starts_at__lt=until)
    return begun & (Q(ends_at=None) | Q(ends_at__gt=since))


# --- Staff -----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def announce(
    *,
    component: str,
    text: str,
    starts_at: datetime,
    ends_at: datetime | None,
    by: str,
    at: datetime,
    is_planned: bool = False,
    connection_id: int | None = None,
    member_states: Sequence[str] = (),
    message_types: Sequence[str] = (),
    reference: str = "",
) -> Outage:
    """Enter an outage that somebody told us about; without a connection, Member States or messages it concerns everything.

    :raises EndsTooEarly: if it would end before it starts.
    """
    if ends_at is not None and ends_at <= starts_at:
        raise EndsTooEarly
    with every_tenant(_REASON):
        connection = Connection.objects.get(pk=connection_id) if connection_id is not None else None
        outage: Outage = Outage.objects.create(
            component=component,
            source=Outage.Source.ANNOUNCED,
            is_planned=is_planned,
            **_scope(connection),
            member_states=sorted(set(member_states)),
            message_types=sorted(set(message_types)),
            starts_at=starts_at,
            ends_at=ends_at,
            text=text,
            reference=reference,
            created_at=at,
            created_by=by,
        )
    log.info("outage %s announced: %s", outage.pk, component)
    return outage


@transaction.atomic
def end(*, pk: UUID, by: str, at: datetime) -> Outage:
    """End an outage now; one that has not begun is called off. What waited for it leaves.

    :raises Outage.DoesNotExist: if there is none of that id.
    :raises IsOver: if it has ended.
    """
    with every_tenant(_REASON):
        outage: Outage = Outage.objects.select_for_update(of=("self",)).get(pk=pk)
        if outage.ends_at is not None and outage.ends_at <= at:
            raise IsOver
        outage.ends_at, outage.ended_by = max(at, outage.starts_at), by
        outage.save(update_fields=["ends_at", "ended_by"])
        lift(at=at)
    log.info("outage %s ended", outage.pk)
    transaction.on_commit(outbox.ring)
    return outage


def lift(*, at: datetime) -> None:
    """Note which gates an outage holds now, and let those drain that none holds any more."""
    with every_tenant(_REASON):
        held = holding(at=at)
        for outage in held:
            gates_held = Gate.objects.filter(held_by=None)
            whose = Q() if outage.connection_id is None else Q(connection=outage.connection_id)
            gates_held.filter(whose).update(held_by=outage.pk)
        for gate in Gate.objects.exclude(held_by=None).exclude(held_by__in=[outage.pk for outage in held]):
            gates.drain(connection_id=gate.pk, at=at)
            Gate.objects.filter(pk=gate.pk).update(held_by=None)


def _scope(connection: Connection | None) -> dict[str, object]:
    if connection is None:
        return {}
    return {"connection": connection, "connection_name": connection.name, "shown_to_id": connection.operator_id}


# --- What we notice --------------------------------------------------------------------------------------------------------


def notice_failing(gate: Gate, connection: Connection, *, at: datetime) -> None:
    """Open an outage when the endpoint failed often and long enough: with several messages, or with one twice as often."""
    often = settings.OUTAGE_FAILURES * (1 if gate.several_failed else 2)
    long = timedelta(seconds=settings.OUTAGE_SECONDS)
    if gate.failures < often or gate.failing_since is None or at - gate.failing_since < long:
        return
    text = f"Customs' access point cannot be reached over “{connection.name}”. Messages wait in order and leave when it is back."
    _detected(connection, Outage.Component.ACCESS_POINT, since=gate.failing_since, text=text, at=at)


def notice_working(connection: Connection, *, at: datetime) -> None:
    """End the outage of an endpoint that answers again; what waited leaves at the pace of after an outage."""
    if _over(connection, Outage.Component.ACCESS_POINT, at=at):
        gates.drain(connection_id=connection.pk, at=at)


def watch_answers(*, at: datetime) -> None:
    """Open an outage of a connection over which customs signs for messages and answers none, and end those that are over."""
    with every_tenant(_REASON):
        for connection in Connection.objects.filter(active=True):
            _watch(connection, at=at)


def _watch(connection: Connection, *, at: datetime) -> None:
    patience = timedelta(minutes=settings.OUTAGE_SILENCE_MINUTES)
    handed_over = OutboxMessage.objects.filter(line=connection.pk, done_at__isnull=False, state=OutboxMessage.State.DONE)
    recent = handed_over.order_by("-done_at").values_list("answered_at", flat=True)[:RECENT]
    last_answer = max((moment for moment in recent if moment), default=None)
    opened = Outage.objects.filter(
        connection=connection, component=Outage.Component.PROCESSING, source=Outage.Source.DETECTED, ends_at=None
    ).first()
    if opened is not None:
        if last_answer is not None and last_answer > opened.created_at:
            _over(connection, Outage.Component.PROCESSING, at=at)
        return
    if last_answer is not None and last_answer > at - patience:
        return
    unanswered = handed_over.filter(awaits_answer=True, answered_at=None, done_at__lte=at - patience)
    oldest = list(
        unanswered.filter(done_at__gt=at - 20 * patience)
        .order_by("done_at")
        .values_list("done_at", flat=True)[: settings.OUTAGE_SILENT_MESSAGES]
    )
    if len(oldest) >= settings.OUTAGE_SILENT_MESSAGES:
        text = f"Customs signs for messages over “{connection.name}” but has answered none for a while."
        _detected(connection, Outage.Component.PROCESSING, since=oldest[0], text=text, at=at)


def _detected(connection: Connection, component: Outage.Component, *, since: datetime, text: str, at: datetime) -> None:
    """Open an outage unless it is open; of several workers that notice it one does."""
    with every_tenant(_REASON):
        same = Q(connection=connection, component=component, source=Outage.Source.DETECTED, ends_at=None)
        if Outage.objects.filter(same).exists():
            return
        try:
            with transaction.atomic():
                Outage.objects.create(
                    component=component,
                    source=Outage.Source.DETECTED,
                    **_scope(connection),
                    starts_at=since,
                    text=text,
                    created_at=at,
                    created_by=OURSELVES,
                )
        except IntegrityError:
            return
    log.warning("outage detected: %s over connection %s", component, connection.pk)


def _over(connection: Connection, component: Outage.Component, *, at: datetime) -> int:
    with every_tenant(_REASON):
        same = Outage.objects.filter(
            connection=connection, component=component, source=Outage.Source.DETECTED, ends_at=None, starts_at__lte=at
        )
        count: int = same.update(ends_at=at, ended_by=OURSELVES)
    if count:
        log.warning("outage ended: %s over connection %s", component, connection.pk)
    return count
