"""Runs: asked for by an operator, moved on by a worker, ended with a sealed report.

A run is a row with a time at which somebody looks at it; each look sends a message or compares what came, in one
transaction, so that a killed worker leaves nothing half done. What is sent goes through the product's own verbs and its queue.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from filings import lifecycle, outbox
from filings.messages import catalogue
from filings.messages.document import Unreadable
from filings.rules import book
from filings.services import submission
from integrations import connections, sealing
from integrations.conformance import answers, by_hand, report, scripts, writing
from integrations.conformance.models import Run, RunStep
from integrations.conformance.scripts import Scenario, ScenarioList, Step
from integrations.models import Connection
from tenants import audit
from tenants.actors import SYSTEM, Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope

BELL: Final = "conformance.run_waiting"
LOOK: Final = timedelta(seconds=1)
AGAIN: Final = timedelta(seconds=20)  # after a fault of ours
MOST_FAULTS: Final = 3
MOST_UNDER_WAY: Final = 3  # runs of one operator
UNDER_WAY: Final = (Run.State.QUEUED, Run.State.RUNNING)
OPEN: Final = (RunStep.State.WAITING, RunStep.State.YOURS, RunStep.State.SENT)

log = logging.getLogger(__name__)


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


# --- Questions -------------------------------------------------------------------------------------------------------------


def runs() -> QuerySet[Run]:
    """Return the runs of the operator in scope, the latest first, without their reports."""
    found: QuerySet[Run] = Run.objects.defer("report").prefetch_related("steps")
    return found


def run(pk: UUID) -> Run:
    """Return one run.

    :raises Run.DoesNotExist: if the operator in scope has none of that id
    """
    found: Run = runs().get(pk=pk)
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
def request(*, found: ScenarioList, name: str, over: Line, by: Actor, at: datetime, by_hand: bool = False) -> Run:
    """Let a scenario run for the operator in scope.

    :param over: where its messages go (`line`)
    :param by_hand: the person submits what each step prepares
    :raises NotASandbox: if that is not the sandbox
    :raises UnknownScenario: if the list has none of that name
    :raises TooMany: if several run already
    """
    if not over.is_sandbox:
        raise NotASandbox
    try:
        scenario = found.scenario(name)
    except KeyError:
        raise UnknownScenario from None
    if Run.objects.filter(state__in=UNDER_WAY).count() >= MOST_UNDER_WAY:
        raise TooMany
    row: Run = Run.objects.create(
        list_name=found.name,
        list_version=found.version[:40],
        scenario=scenario.name,
        role=scenario.role,
        title=scenario.title,
        content=dict(scenario.content),
        by_hand=by_hand,
        environment=over.environment,
        customs=over.customs,
        via=over.party_id,
        requested_at=at,
        requested_by=by.name[:120],
        due_at=at,
    )
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
            shows=dict(step.shows),
            expected=[
                {"message": each.message, "title": catalogue.named(each.message)[0].title, "values": dict(each.values)}
                for each in step.expect
            ],
        )
        for number, step in enumerate(scenario.steps)
    )
    audit.record("conformance.requested", target=row, by=by, at=at, detail={"list": found.name, "scenario": scenario.name})
    transaction.on_commit(lambda: outbox.ring(BELL))
    return row


@transaction.atomic
def stop(*, found: Run, by: Actor, at: datetime) -> None:
    """End a run where it is; what was sent stays sent.

    :raises Ended: if it has ended
    """
    held = Run.objects.select_for_update().get(pk=found.pk)
    if not held.is_under_way:
        raise Ended
    audit.record("conformance.stopped", target=held, by=by, at=at, detail={})
    _end(held, Run.State.STOPPED, at=at)


def move_next(*, at: datetime) -> bool:
    """Move on the run that is due the longest; say whether there was one."""
    with every_tenant("runs are moved on for all operators"):
        due = Run.objects.select_for_update(skip_locked=True, of=("self",)).filter(state__in=UNDER_WAY, due_at__lte=at)
        found = due.order_by("due_at").values_list("pk", "operator_id", "via").first()
        if found is None:
            return False
        Run.objects.filter(pk=found[0]).update(due_at=at + AGAIN)  # another worker takes over where this one dies
    pk, operator_id, via = cast("tuple[UUID, UUID, str]", found)
    is_sandbox = still_leads_there(operator_id, via)
    try:
        with tenant_scope(operator_id):
            _move(pk, is_sandbox=is_sandbox, at=at)
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
        steps = RunStep.objects.filter(run=held, state__in=OPEN)
        steps.update(state=RunStep.State.FAILED, reason="A fault of ours; it is logged.", ended_at=at)
        held.state, held.ended_at = Run.State.FAILED, at
        held.save(update_fields=["state", "ended_at"])


# --- Inside the operator's scope -------------------------------------------------------------------------------------------


def _move(pk: UUID, *, is_sandbox: bool, at: datetime) -> None:
    """Begin the next step, or compare what came with what the step at hand expects."""
    held = Run.objects.select_for_update(of=("self",)).get(pk=pk)
    if not held.is_under_way:
        return
    if held.started_at is None:
        held.started_at, held.state = at, Run.State.RUNNING
    scenario = scripts.scenario(held.content)
    step = RunStep.objects.filter(run=held, state__in=OPEN).first()
    if step is None:
        _end(held, Run.State.PASSED, at=at)
        return
    if not is_sandbox:
        _fail(step, NotASandbox().message, at=at)
    elif step.state == RunStep.State.WAITING:
        _begin(held, step, scenario, at=at)
    elif step.state == RunStep.State.YOURS:
        by_hand.look(held, step, scenario.steps[step.number], at=at)
    else:
        _compare(held, step, at=at)
    if step.state == RunStep.State.FAILED:
        RunStep.objects.filter(run=held, state=RunStep.State.WAITING).update(state=RunStep.State.LEFT_OUT)
        _end(held, Run.State.FAILED, at=at)
        return
    if step.state == RunStep.State.YOURS and by_hand.is_forgotten(step, at=at):
        _end(held, Run.State.STOPPED, at=at)
        return
    pause = by_hand.pause(step, at=at) if step.state == RunStep.State.YOURS else LOOK
    held.faults, held.due_at = 0, at if step.state == RunStep.State.PASSED else at + pause
    held.save(update_fields=["state", "started_at", "faults", "due_at"])


def _begin(held: Run, row: RunStep, scenario: Scenario, *, at: datetime) -> None:
    step = scenario.steps[row.number]
    row.sent_at, row.deadline_at = at, at + timedelta(seconds=step.within)
    row.state = RunStep.State.SENT
    if step.send:
        begun = by_hand.prepare if held.by_hand else _send
        try:
            with transaction.atomic():
                begun(held, row, step, at=at)
        except (DomainError, lifecycle.NotAllowed, writing.Missing, Unreadable) as refusal:
            if step.refused and step.refused in _names(refusal):
                row.state, row.ended_at, row.reason = RunStep.State.PASSED, at, f"Kept back: {_told(refusal)}"[:600]
                row.save()
                return
            _fail(row, _told(refusal), at=at)
            return
        if step.refused and row.state == RunStep.State.SENT:
            _fail(row, f"It should have been kept back ({step.refused}), and left.", at=at)
            return
    row.save()


def _names(refusal: Exception) -> set[str]:
    """Return what a step may call a refusal: its kind, or the codes and rules of what the check found."""
    found = refusal.findings if isinstance(refusal, submission.HasFindings) else ()
    return {type(refusal).__name__, *(each.code for each in found), *(each.rule for each in found)}


def _told(refusal: Exception) -> str:
    if isinstance(refusal, submission.HasFindings):
        told = "; ".join(f"{each.path} {each.code}: {each.sentence}" for each in book.errors(refusal.findings)[:3])
        return f"The message made for this step has errors: {told}"
    return refusal.message if isinstance(refusal, DomainError) else str(refusal)


def _send(held: Run, row: RunStep, step: Step, *, at: datetime) -> None:
    """Draft and submit the message of a step as the operator would; what is no filing of its own goes to the same queue."""
    document, about = answers.written(held, step, at=at)
    sent = answers.hand_over(document, about=about, via=held.via, by=answers.actor(held), at=at)
    row.filing_id, row.message_id = sent.filing_id, sent.message_id
    row.reference = (document.value(document.message.reference) or "")[:35]


def _compare(held: Run, row: RunStep, *, at: datetime) -> None:
    """Look whether what is expected came; a refusal nobody expects ends the step at once."""
    missing = answers.match(held, row, at=at)
    proven = not row.message_id or answers.receipted(row)
    refusal = answers.unexpected(held, row)
    if refusal:
        _fail(row, refusal, at=at)
    elif not missing and proven:
        row.state, row.ended_at = RunStep.State.PASSED, at
    elif row.deadline_at is not None and row.deadline_at <= at:
        _fail(row, f"{' and '.join(missing) or 'The receipt'} did not come in time.", at=at)
    row.save()


def _fail(row: RunStep, reason: str, *, at: datetime) -> None:
    row.state, row.reason, row.ended_at = RunStep.State.FAILED, reason[:600], at
    row.save()


def _end(held: Run, state: Run.State, *, at: datetime) -> None:
    """End a run and seal what came of it."""
    held.state, held.ended_at = state, at
    RunStep.objects.filter(run=held, state__in=OPEN).update(state=RunStep.State.LEFT_OUT, ended_at=at)
    held.report = sealing.sealed(report.write(held, at=at), by=sealing.identity(at=at))
    held.sha256 = hashlib.sha256(held.report).hexdigest()
    held.save()
    audit.record("conformance.ended", target=held, by=SYSTEM, at=at, detail={"state": str(state), "sha256": held.sha256})
