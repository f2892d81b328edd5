"""One step of a run, in the scope of the company that plays it: begun, and compared with what came."""

from datetime import datetime, timedelta

from django.db import transaction

from filings import lifecycle
from filings.lifecycle import State
from filings.messages.document import Unreadable
from filings.rules import book
from filings.services import submission
from integrations.conformance import answers, by_hand, many, writing
from integrations.conformance.models import Run, RunStep
from integrations.conformance.shapes import Step
from tenants.errors import DomainError


def look(held: Run, row: RunStep, step: Step, *, desk_did: bool, at: datetime) -> None:
    """Begin a step, see whether its person did it, or compare what came with what it expects.

    :param desk_did: whether the ITSP did what the step waits for
    """
    if row.state == RunStep.State.WAITING:
        begin(held, row, step, at=at)
        return
    if row.state == RunStep.State.SENT:
        compare(held, row, step, at=at)
        return
    if row.asked:
        _let_happen(held, row, step, at=at)
    if row.state == RunStep.State.YOURS:
        by_hand.look(held, row, step, desk_did=desk_did, at=at)


def _let_happen(held: Run, row: RunStep, step: Step, *, at: datetime) -> None:
    """Do what the person of the company would: submit what is prepared, or send what answers customs."""
    if row.message_id or step.refused or step.deed:
        return
    try:
        with transaction.atomic():
            if row.filing is None:
                send(held, row, step, at=at)
                row.save()
            elif row.filing.state == State.DRAFT and not row.filing.when_registered:
                submission.submit(filing=row.filing, by=answers.actor(held), at=at)
    except (DomainError, lifecycle.NotAllowed, writing.Missing, Unreadable) as refusal:
        fail(row, _told(refusal), at=at)


def begin(held: Run, row: RunStep, step: Step, *, at: datetime) -> None:
    """Send the message of a step, prepare it for the person, or begin to wait."""
    row.sent_at, row.deadline_at = at, at + timedelta(seconds=step.within)
    row.state = RunStep.State.SENT
    if step.deed:
        row.state, row.deadline_at = RunStep.State.YOURS, None
    elif step.times > 1:
        many.begin(row, at=at)
    elif step.send:
        begun = by_hand.prepare if held.by_hand else send
        try:
            with transaction.atomic():
                begun(held, row, step, at=at)
        except (DomainError, lifecycle.NotAllowed, writing.Missing, Unreadable) as refusal:
            if step.refused and step.refused in _names(refusal):
                row.state, row.ended_at, row.reason = RunStep.State.PASSED, at, f"Kept back: {_told(refusal)}"[:600]
                row.save()
                return
            fail(row, _told(refusal), at=at)
            return
        if step.refused and row.state == RunStep.State.SENT:
            fail(row, f"It should have been kept back ({step.refused}), and left.", at=at)
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


def send(held: Run, row: RunStep, step: Step, *, at: datetime) -> None:
    """Draft and submit the message of a step as the operator would; what is no filing of its own goes to the same queue."""
    document, about = answers.written(held, step, at=at)
    sent = answers.hand_over(document, about=about, via=held.via, by=answers.actor(held), at=at)
    row.filing_id, row.message_id = sent.filing_id, sent.message_id
    row.reference = (document.value(document.message.reference) or "")[:35]


def compare(held: Run, row: RunStep, step: Step, *, at: datetime) -> None:
    """Look whether what is expected came; a refusal nobody expects ends the step at once."""
    missing = [*many.go_on(held, row, step, at=at), *answers.match(held, row, at=at)]
    proven = not row.message_id or answers.receipted(row)
    refusal = answers.unexpected(held, row)
    if refusal:
        fail(row, refusal, at=at)
    elif not missing and proven:
        row.state, row.ended_at = RunStep.State.PASSED, at
    elif row.deadline_at is not None and row.deadline_at <= at:
        fail(row, f"{' and '.join(missing) or 'The receipt'} did not come in time.", at=at)
    row.save()


def fail(row: RunStep, reason: str, *, at: datetime) -> None:
    """End a step that went another way than told."""
    row.state, row.reason, row.ended_at = RunStep.State.FAILED, reason[:600], at
    row.save()
