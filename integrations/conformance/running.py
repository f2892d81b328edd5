"""Runs: asked for by an operator, followed, stopped, ended with a sealed report; a worker moves them on (moving)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from filings import outbox
from filings.messages import catalogue
from integrations import connections, sealing
from integrations.conformance import casting, report
from integrations.conformance.casting import Player
from integrations.conformance.models import Run, RunStep
from integrations.conformance.shapes import Scenario, ScenarioList
from integrations.models import Connection
from tenants import audit
from tenants.actors import SYSTEM, Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import tenant_scope

BELL: Final = "conformance.run_waiting"
MOST_UNDER_WAY: Final = 3  # runs of one operator
UNDER_WAY: Final = (Run.State.QUEUED, Run.State.RUNNING)
OPEN: Final = (RunStep.State.WAITING, RunStep.State.YOURS, RunStep.State.SENT)


class NotASandbox(DomainError):
    """Scenarios run against the sandbox only, and no connection of yours leads there."""


class UnknownScenario(DomainError):
    """There is no such scenario."""


class TooMany(DomainError):
    """Several scenarios run for you already; wait until one has ended."""


class NoReport(DomainError):
    """The scenario has not ended yet, so there is no report."""


class Ended(DomainError):
    """The scenario has ended already."""


class OnlyByHand(DomainError):
    """Some steps of this story can be done by a person only; begin it instead."""


# --- Questions -------------------------------------------------------------------------------------------------------------


def runs() -> QuerySet[Run]:
    """Return the runs of the operator in scope, the latest first, without their reports."""
    found: QuerySet[Run] = Run.objects.defer("report").prefetch_related("steps")
    return found


def run(pk: UUID) -> Run:
    """Return one run: by its own id, or by that of the run of another company that it is part of.

    :raises Run.DoesNotExist: if the operator in scope has none of that id
    """
    found: Run = runs().get(Q(pk=pk) | Q(play=pk))
    return found


def report_of(found: Run) -> bytes:
    """Return the sealed report of a run.

    :raises NoReport: if it has not ended
    """
    if not found.report:
        raise NoReport
    return bytes(found.report)


@dataclass(frozen=True)
class Line:
    """Where a run's messages go: the connection's PartyId, and PEM of whom we believe to be customs there."""

    environment: str = ""
    customs: str = ""
    party_id: str = ""

    @property
    def is_sandbox(self) -> bool:
        """Say whether scenarios may run."""
        return self.environment == Connection.Environment.SANDBOX


def line(operator: Operator) -> Line:
    """Return the connection over which a run of the operator goes: to the sandbox if one of its connections leads there.

    Call it outside any scope: connections are the ITSP's.
    """
    try:
        connection = connections.to_sandbox(operator.pk)
    except connections.NoConnection:
        return Line()
    return Line(connection.environment, connection.anchors, connection.party_id)


def still_leads_there(operator_id: UUID, via: str) -> bool:
    """Say whether the connection of a run leads to the sandbox: before each step, for it may be switched off or over."""
    try:
        connection = connections.for_operator(operator_id, via=via)
    except connections.NoConnection:
        return False
    return connection.environment == Connection.Environment.SANDBOX


# --- Verbs -----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def request(
    *,
    found: ScenarioList,
    name: str,
    over: Line,
    by: Actor,
    at: datetime,
    by_hand: bool = False,
    cast: Sequence[Player] = (),
) -> Run:
    """Let a scenario run for the operator in scope.

    :param over: where its messages go (`line`)
    :param by_hand: the person submits what each step prepares
    :param cast: who plays which part (`casting.proposed`); without one the operator lodges everything
    :raises NotASandbox: if that is not the sandbox
    :raises UnknownScenario: if the list has none of that name
    :raises OnlyByHand: if it cannot run by itself
    :raises TooMany: if several run already
    """
    if not over.is_sandbox:
        raise NotASandbox
    try:
        scenario = found.scenario(name)
    except KeyError:
        raise UnknownScenario from None
    if scenario.only_by_hand and not by_hand:
        raise OnlyByHand
    if Run.objects.filter(state__in=UNDER_WAY, play=None).count() >= MOST_UNDER_WAY:
        raise TooMany
    row: Run = Run.objects.create(
        list_name=found.name,
        list_version=found.version[:40],
        scenario=scenario.name,
        role=scenario.role,
        title=scenario.title,
        content=dict(scenario.content),
        by_hand=by_hand,
        cast=casting.kept(cast),
        environment=over.environment,
        customs=over.customs,
        via=over.party_id,
        requested_at=at,
        requested_by=by.name[:120],
        due_at=at,
    )
    lay_out(row, scenario)
    audit.record("conformance.requested", target=row, by=by, at=at, detail={"list": found.name, "scenario": scenario.name})
    transaction.on_commit(lambda: outbox.ring(BELL))
    return row


def lay_out(row: Run, scenario: Scenario) -> None:
    """Make the steps of a run; those of another company bear its name."""
    players = {step.name: casting.who(row, scenario, step) for step in scenario.steps}
    RunStep.objects.bulk_create(
        RunStep(
            run=row,
            number=number,
            name=step.name,
            title=step.title,
            message_type=step.send,
            refused=step.refused,
            todo=step.todo,
            meaning=step.meaning,
            deed=step.deed,
            page=step.page,
            shows=dict(step.shows),
            player=player.name if (player := players[step.name]) and player.pk != row.operator_id else "",
            expected=[
                {"message": each.message, "title": catalogue.named(each.message)[0].title, "values": dict(each.values)}
                for each in step.expect
            ],
        )
        for number, step in enumerate(scenario.steps)
    )


@transaction.atomic
def stop(*, found: Run, by: Actor, at: datetime) -> None:
    """End a run where it is; what was sent stays sent.

    :raises Ended: if it has ended
    """
    held = Run.objects.select_for_update().get(pk=found.pk)
    if not held.is_under_way:
        raise Ended
    audit.record("conformance.stopped", target=held, by=by, at=at, detail={})
    end(held, Run.State.STOPPED, at=at)


def end(held: Run, state: Run.State, *, at: datetime) -> None:
    """End a run and seal what came of it."""
    held.state, held.ended_at = state, at
    RunStep.objects.filter(run=held, state__in=OPEN).update(state=RunStep.State.LEFT_OUT, ended_at=at)
    held.report = sealing.sealed(report.write(held, at=at), by=sealing.identity(at=at))
    held.sha256 = hashlib.sha256(held.report).hexdigest()
    held.save()
    audit.record("conformance.ended", target=held, by=SYSTEM, at=at, detail={"state": str(state), "sha256": held.sha256})


def end_elsewhere(ended: Run, *, at: datetime) -> None:
    """End the runs of the other companies that play with one that has ended. Call it outside any scope."""
    for player in casting.of(ended):
        if player.pk == ended.operator_id:
            continue
        with tenant_scope(player.pk):
            theirs = Run.objects.select_for_update().filter(Q(pk=ended.played) | Q(play=ended.played)).first()
            if theirs is not None and theirs.is_under_way:
                end(theirs, Run.State(ended.state), at=at)
