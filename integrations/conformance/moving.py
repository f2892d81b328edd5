"""Runs are moved on by a worker; each look sends a message or compares what came.

A run is a row with a time at which somebody looks at it. What a look does to the step at hand is one transaction in the scope of
the company that plays it, so that a killed worker leaves nothing half done, and no company sees what is another's. The others
learn how far it is, and no more. What is sent goes through the product's own verbs and its queue.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from integrations import trail
from integrations.conformance import by_hand, casting, running, scripts, stepping
from integrations.conformance.casting import Player
from integrations.conformance.models import Run, RunStep
from integrations.conformance.shapes import Scenario, Step
from integrations.models import Connection
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope

LOOK: Final = timedelta(seconds=1)
AGAIN: Final = timedelta(seconds=20)  # after a fault of ours
MOST_FAULTS: Final = 3
MIRRORED: Final = ("state", "sent_at", "ended_at")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Turn:
    """What a look found: the run as it leads, the step at hand, and whose it is."""

    run: Run
    row: RunStep
    scenario: Scenario
    operator_id: UUID

    @property
    def step(self) -> Step:
        """Return the step as the list tells it."""
        return self.scenario.steps[self.row.number]


def move_next(*, at: datetime) -> bool:
    """Move on the run that is due the longest; say whether there was one."""
    with every_tenant("runs are moved on for all operators"):
        due = Run.objects.select_for_update(skip_locked=True, of=("self",))
        due = due.filter(state__in=running.UNDER_WAY, due_at__lte=at, play=None)
        found = due.order_by("due_at").values_list("pk", "operator_id").first()
        if found is None:
            return False
        Run.objects.filter(pk=found[0]).update(due_at=at + AGAIN)  # another worker takes over where this one dies
    pk, operator_id = found
    try:
        _move(pk, operator_id, at=at)
    except Exception:
        log.exception("the run %s could not be moved on because of a fault of ours", pk)
        with tenant_scope(operator_id):
            _count_fault(pk, at=at)
    return True


def _count_fault(pk: UUID, *, at: datetime) -> None:
    held = Run.objects.select_for_update().get(pk=pk)
    held.faults += 1
    held.save(update_fields=["faults"])
    if held.faults >= MOST_FAULTS and held.is_under_way:
        steps = RunStep.objects.filter(run=held, state__in=running.OPEN)
        steps.update(state=RunStep.State.FAILED, reason="A fault of ours; it is logged.", ended_at=at)
        held.state, held.ended_at = Run.State.FAILED, at
        held.save(update_fields=["state", "ended_at"])


def _move(pk: UUID, operator_id: UUID, *, at: datetime) -> None:
    """Look at the step at hand where it is played, and tell those who play along."""
    with tenant_scope(operator_id):
        held = Run.objects.select_for_update(of=("self",)).get(pk=pk)
        if not held.is_under_way:
            return
        is_new, scenario = held.started_at is None, scripts.scenario(held.content)
        if held.started_at is None:
            held.started_at, held.state = at, Run.State.RUNNING
            held.save(update_fields=["started_at", "state"])
        row = RunStep.objects.filter(run=held, state__in=running.OPEN).first()
        if row is None:
            running.end(held, Run.State.PASSED, at=at)
    if row is None:
        running.end_elsewhere(held, at=at)
        return
    if is_new:
        _invite(held, scenario, at=at)
    player = casting.who(held, scenario, scenario.steps[row.number])
    turn = Turn(held, row, scenario, player.pk if player else operator_id)
    seen = _look(turn, at=at)
    ended = None
    for each in [operator_id, *(each.pk for each in casting.of(held) if each.pk != operator_id)]:
        with tenant_scope(each):
            ended = _tell(turn, seen, player, at=at) or ended
    if ended is not None:
        running.end_elsewhere(ended, at=at)


def _invite(held: Run, scenario: Scenario, *, at: datetime) -> None:
    """Give each company that plays along a run of its own."""
    for player in casting.of(held):
        if player.leads:
            continue
        over = running.line(Operator.objects.get(pk=player.pk))
        lead = next(each for each in casting.of(held) if each.leads)
        with tenant_scope(player.pk):
            names = ("list_name", "list_version", "scenario", "role", "title", "content", "by_hand", "cast", "requested_at")
            theirs, is_made = Run.objects.get_or_create(
                play=held.pk,
                defaults={name: getattr(held, name) for name in names}
                | {"environment": over.environment, "customs": over.customs, "via": over.party_id}
                | {"state": Run.State.RUNNING, "requested_by": lead.name[:120], "started_at": at, "due_at": at},
            )
            if is_made:
                running.lay_out(theirs, scenario)


def _look(turn: Turn, *, at: datetime) -> RunStep | None:
    """Look at a step in the scope of the company that plays it, and return it; nothing if that company has stopped.

    Before each step it is asked where the connection leads, for it may be switched off or over.
    """
    with tenant_scope(turn.operator_id):
        via = Run.objects.filter(_same(turn.run)).values_list("via", flat=True).get()
    is_sandbox = running.still_leads_there(turn.operator_id, via)
    desk_did = turn.step.desk and _desk_did(turn, via)
    with tenant_scope(turn.operator_id):
        held = Run.objects.select_for_update(of=("self",)).get(_same(turn.run))
        row: RunStep = RunStep.objects.get(run=held, number=turn.row.number)
        if not held.is_under_way:
            return None
        if row.state not in running.OPEN:
            return row  # a worker died before it told the others
        if not is_sandbox:
            stepping.fail(row, running.NotASandbox().message, at=at)
        else:
            stepping.look(held, row, turn.step, desk_did=desk_did, at=at)
        return row


def _tell(turn: Turn, seen: RunStep | None, player: Player | None, *, at: datetime) -> Run | None:
    """Tell the operator in scope how far the step is; return its run if that has ended with it."""
    held: Run | None = Run.objects.select_for_update(of=("self",)).filter(_same(turn.run)).first()
    if held is None or not held.is_under_way:
        return None
    if seen is None:
        running.end(held, Run.State.STOPPED, at=at)
        return held
    if held.operator_id != turn.operator_id:
        told = {name: getattr(seen, name) for name in MIRRORED}
        if seen.state == RunStep.State.FAILED and player is not None:
            told["reason"] = f"The step of {player.name} went another way."[:600]
        RunStep.objects.filter(run=held, number=seen.number).update(**told)
    if seen.state == RunStep.State.FAILED:
        RunStep.objects.filter(run=held, state=RunStep.State.WAITING).update(state=RunStep.State.LEFT_OUT)
        running.end(held, Run.State.FAILED, at=at)
        return held
    if seen.state == RunStep.State.YOURS and by_hand.is_forgotten(seen, at=at):
        running.end(held, Run.State.STOPPED, at=at)
        return held
    if held.play is None:
        pause = by_hand.pause(seen, at=at) if seen.state == RunStep.State.YOURS else LOOK
        held.faults, held.due_at = 0, at if seen.state == RunStep.State.PASSED else at + pause
        held.save(update_fields=["faults", "due_at"])
    return None


def _same(run: Run) -> Q:
    """Return how the operator in scope finds its own run of a story."""
    return Q(pk=run.played) | Q(play=run.played)


def _desk_did(turn: Turn, via: str) -> bool:
    """Say whether the ITSP did the deed of a step to the connection of the run since the step began."""
    if turn.row.sent_at is None:
        return False
    with every_tenant("a story waits for what the ITSP does to its connection"):
        connection = Connection.objects.filter(party_id=via).first()
        return connection is not None and any(
            each.deed == turn.step.deed and each.at >= turn.row.sent_at for each in trail.of(connection)
        )
