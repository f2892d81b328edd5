"""Practising together: which company lets which act for it in stories, and the button that lets it act.

It is practice alone: a run goes over a connection to the sandbox, and before each step it is asked where that leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from filings import outbox
from integrations.conformance import casting, running, scripts
from integrations.conformance.models import Practice, Run, RunStep
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import EORI, Operator, User
from tenants.permissions import Permission
from tenants.scope import every_tenant, tenant_scope
from tenants.selectors import actor_for, operators_of

MOST: Final = 20


class NoEori(DomainError):
    """That is no EORI: a country code and up to 15 letters or digits."""


class NotAgreed(DomainError):
    """The other company has not agreed that you let it act; its own people go on with the story."""


class NotTheirTurn(DomainError):
    """The story is not at a step that can be left to the other company."""


@dataclass(frozen=True)
class Waiting:
    """For whom a story waits: a company, its pages if the reader works for it, and whether the reader may let it act."""

    name: str
    slug: str = ""
    may_let_act: bool = False


# --- Who lets whom ---------------------------------------------------------------------------------------------------------


def agreed() -> Sequence[Practice]:
    """Return the companies that the operator in scope lets act for it."""
    return list(Practice.objects.all())


@transaction.atomic
def agree(*, eori: str, by: Actor, at: datetime) -> Practice:
    """Let the company of an EORI act for the operator in scope, in practice; whether it is here is not said.

    :raises NoEori: if it is none
    """
    text = "".join(eori.split()).upper()
    try:
        EORI(text)
    except ValidationError:
        raise NoEori from None
    row: Practice
    row, is_made = Practice.objects.get_or_create(eori=text, defaults={"agreed_at": at, "agreed_by": by.name[:120]})
    if is_made:
        audit.record("practice.agreed", target=row, by=by, at=at, detail={"eori": text})
    return row


@transaction.atomic
def withdraw(*, eori: str, by: Actor, at: datetime) -> None:
    """Let it act no more, from the next step on."""
    row = Practice.objects.filter(eori=eori).first()
    if row is not None:
        audit.record("practice.withdrawn", target=row, by=by, at=at, detail={"eori": eori})
        row.delete()


def partners(lead: Operator, *, user: User | None = None) -> list[Operator]:
    """Return who may play with an operator: who agreed, and where the person files too; each on the sandbox.

    Call it outside any scope: connections are the ITSP's.
    """
    ids = _agreed_with(lead)
    if user is not None and not user.is_itsp_staff:  # staff may file for every customer, and plays with none of them unasked
        ids |= {each.pk for each in operators_of(user) if _may_file(user, each)}
    found = Operator.objects.filter(pk__in=ids).exclude(pk=lead.pk).order_by("name")[:MOST]
    return [each for each in found if running.line(each).is_sandbox]


def _agreed_with(lead: Operator) -> set[UUID]:
    with every_tenant("companies that practise together find each other"):
        return set(Practice.objects.filter(eori=lead.eori).values_list("operator_id", flat=True))


# --- Whose turn it is ------------------------------------------------------------------------------------------------------


def waiting_for(run: Run, *, operator: Operator, user: User | None) -> Waiting | None:
    """Return for whom a run of the operator waits; nothing if that is itself or customs. Outside any scope."""
    with tenant_scope(operator.pk):
        row = RunStep.objects.filter(run=run, state=RunStep.State.YOURS).exclude(player="").first()
    if row is None or not run.is_under_way:
        return None
    player = _player(run, row)
    theirs = Operator.objects.get(pk=player.pk)
    may_enter = user is not None and actor_for(user, theirs) is not None
    can_act = run.by_hand and not (row.asked or row.deed or row.refused)
    return Waiting(player.name, player.slug if may_enter else "", can_act and _may_let_act(operator, theirs, user))


def let_act(run: Run, *, operator: Operator, user: User | None, by: Actor, at: datetime) -> None:
    """Let the company whose turn it is do its step now, by its own verbs in its own scope. Outside any scope.

    :raises NotTheirTurn: if it is nobody else's
    :raises NotAgreed: if that company did not agree, and the person may not file for it
    """
    with transaction.atomic():
        with tenant_scope(operator.pk):
            row = RunStep.objects.select_for_update().filter(run=run, state=RunStep.State.YOURS).exclude(player="").first()
        if row is None or not run.is_under_way or not run.by_hand:
            raise NotTheirTurn
        player = _player(run, row)
        if not _may_let_act(operator, Operator.objects.get(pk=player.pk), user):
            raise NotAgreed
        with tenant_scope(player.pk):
            theirs = RunStep.objects.select_for_update().filter(
                Q(run__play=run.played) | Q(run=run.played), number=row.number, state=RunStep.State.YOURS, deed="", refused=""
            )
            found = theirs.select_related("run").first()
            if found is None:
                raise NotTheirTurn
            RunStep.objects.filter(pk=found.pk).update(asked=True)
            other = Actor(name=f"{operator.name}, in practice"[:120], role="system", operator_id=player.pk)
            audit.record("practice.acted", target=found.run, by=other, at=at, detail={"step": row.name, "for": operator.eori})
        with tenant_scope(operator.pk):
            RunStep.objects.filter(pk=row.pk).update(asked=True)
            audit.record("practice.let_act", target=run, by=by, at=at, detail={"step": row.name, "company": player.eori})
    with every_tenant("a story that waited goes on"):
        Run.objects.filter(pk=run.played).update(due_at=at)
    transaction.on_commit(lambda: outbox.ring(running.BELL))


def _player(run: Run, row: RunStep) -> casting.Player:
    scenario = scripts.scenario(run.content)
    found = casting.who(run, scenario, scenario.steps[row.number])
    if found is None:
        raise NotTheirTurn
    return found


def _may_let_act(operator: Operator, theirs: Operator, user: User | None) -> bool:
    return theirs.pk in _agreed_with(operator) or (user is not None and _may_file(user, theirs))


def _may_file(user: User, operator: Operator) -> bool:
    actor = actor_for(user, operator)
    return actor is not None and actor.may(Permission.FILING_SUBMIT)
