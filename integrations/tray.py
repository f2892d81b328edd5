"""The tray of messages of customs that found nobody: routed again after a fix, given to a filing by hand, or set aside.

Each deed is audited: in the trail of the operator whose message it is, else in the ITSP's own.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final, cast
from uuid import UUID

from django.db import transaction

from filings import outbox
from filings.lifecycle import State
from filings.models import Filing
from integrations import routing, trail
from integrations.correlation import About
from integrations.models import Connection, Exchange, InboundMessage
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope

BELL: Final = "integrations.route_waiting"
SHOWN: Final = 200
_REASON: Final = "the ITSP looks after what could not be routed"
_STATES: Final = InboundMessage.State
_OPEN: Final = (_STATES.PARKED, _STATES.ASIDE)


class NoSuchFiling(DomainError):
    """This operator has sent no filing with this LRN or MRN; check the reference and the operator."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SeveralFilings(DomainError):
    """This operator has several filings with this LRN; give the MRN."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OthersConnection(DomainError):
    """The message came over a connection of another operator, so it can only be that operator's."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotInTray(DomainError):
    """The message does not wait for a person any more; somebody else has dealt with it."""

    status = HTTPStatus.CONFLICT


def waiting(state: str = _STATES.PARKED) -> list[InboundMessage]:
    """Return the messages that wait for a person, or were set aside, the oldest first. Call it inside every_tenant()."""
    rows = InboundMessage.objects.filter(state=state).select_related("operator", "connection")
    return list(rows.defer("body", "payload", "receipt").order_by("received_at")[:SHOWN])


@transaction.atomic
def again(ids: Sequence[UUID], *, by: Actor, at: datetime) -> int:
    """Let messages be routed once more; return how many there were."""
    rows = _each(ids, _OPEN)
    with every_tenant(_REASON):
        InboundMessage.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=_STATES.STORED, reason="", routed_at=None, due_at=at, tries=0
        )
    for row in rows:
        note(row, "inbound.processed_again", by=by, at=at)
    if rows:
        transaction.on_commit(lambda: outbox.ring(BELL))
    return len(rows)


@transaction.atomic
def set_aside(ids: Sequence[UUID], *, text: str, by: Actor, at: datetime) -> int:
    """Take messages out of the tray with a note why; return how many there were. They are kept like all others."""
    rows = _each(ids, (_STATES.PARKED,))
    words = f"{by.name}: {text}"[:400]
    with every_tenant(_REASON):
        InboundMessage.objects.filter(pk__in=[row.pk for row in rows]).update(state=_STATES.ASIDE, note=words)
    for row in rows:
        note(row, "inbound.set_aside", by=by, at=at)
    return len(rows)


@transaction.atomic
def give(pk: UUID, *, operator: Operator, reference: str, text: str, by: Actor, at: datetime) -> str:
    """Give a message to an operator, and to its filing if a reference is given; return why no verb took it, or nothing.

    What no verb takes stands in the timeline and among the evidence of the filing all the same.

    :param reference: LRN or MRN of the filing; empty for the operator alone.
    :param text: why, for whoever asks later.
    :raises NotInTray: if it does not wait for a person.
    :raises OthersConnection: if it came over a connection of another operator.
    :raises NoSuchFiling: if the operator has no such filing, or several (SeveralFilings).
    """
    with tenant_scope(operator.pk):
        filing = _filing(reference.strip())
    rows = _each([pk], _OPEN)
    if not rows:
        raise NotInTray
    with every_tenant(_REASON):
        own = Connection.objects.values_list("operator_id", flat=True).get(pk=rows[0].connection_id)
        if own is not None and own != operator.pk:
            raise OthersConnection
        answers = _answers(rows[0], filing)
        fields = {"operator": operator, "filing": filing, "note": f"{by.name}: {text}"[:400]}
        InboundMessage.objects.filter(pk=pk).update(**fields)
    with tenant_scope(operator.pk):
        return _hand_over(pk, filing, answers, by=by, at=at)


def note(row: InboundMessage, deed: str, *, by: Actor, at: datetime, detail: dict[str, object] | None = None) -> None:
    """Write a deed about a message of customs into the trail of its operator, else into the ITSP's own."""
    if row.operator_id is None:
        with every_tenant(_REASON):
            trail.record(deed, target=row, by=by.name, at=at, detail=detail)
    else:
        with tenant_scope(row.operator_id):
            audit.record(deed, target=row, by=by, at=at, detail=detail)


# --- Steps -----------------------------------------------------------------------------------------------------------------


def _each(ids: Sequence[UUID], states: Sequence[str]) -> list[InboundMessage]:
    """Return the chosen messages that are in one of the states, locked."""
    with every_tenant(_REASON):
        rows = InboundMessage.objects.select_for_update(of=("self",)).filter(pk__in=ids, state__in=states)
        return list(rows.defer("body", "payload", "receipt").order_by("pk"))


def _filing(reference: str) -> Filing | None:
    if not reference:
        return None
    sent = Filing.objects.exclude(state=State.DRAFT)
    found: list[Filing] = list(sent.filter(mrn=reference)[:2]) or list(sent.filter(lrn=reference)[:2])
    if not found:
        raise NoSuchFiling
    if len(found) > 1:
        raise SeveralFilings
    return found[0]


def _answers(row: InboundMessage, filing: Filing | None) -> str:
    """Return the type of our message about the filing that it answers, if it names one."""
    if filing is None or not row.ref_to_message_id:
        return ""
    named = Exchange.objects.filter(message_id=row.ref_to_message_id, filing_id=filing.pk)
    return named.values_list("message_type", flat=True).first() or ""


def _hand_over(pk: UUID, filing: Filing | None, answers: str, *, by: Actor, at: datetime) -> str:
    row: InboundMessage = InboundMessage.objects.get(pk=pk)
    filing_id = filing.pk if filing else None
    reason = routing.hand_over(row, About(cast(UUID, row.operator_id), filing_id, answers), at=at)
    row.state, row.routed_at, row.reason = _STATES.ROUTED, at, reason[:400]
    row.save(update_fields=["state", "routed_at", "reason"])
    detail: dict[str, object] = {"filing": str(filing_id) if filing_id else None, "taken": not reason}
    note(row, "inbound.given", by=by, at=at, detail=detail)
    if filing is not None:
        sentence = f"{by.name} gave a message of customs ({row.message_type}) to this filing by hand. {reason}".strip()
        filing.happened("given", sentence, by=by, at=at, detail={"message_id": row.message_id})
    return reason
