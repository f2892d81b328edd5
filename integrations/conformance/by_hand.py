"""Scenarios by hand: a step prepares a draft, or says what to do; the person does it, and the run sees that it left."""

from datetime import datetime, timedelta
from typing import Final

from filings import selectors
from filings.messages import catalogue
from filings.models import OutboxMessage
from filings.services import drafting, submission
from integrations.conformance import answers
from integrations.conformance.models import Run, RunStep
from integrations.conformance.shapes import Step
from tenants.models import AuditEvent

EAGER: Final = timedelta(minutes=30)  # how long after it began a person may be waiting before the page
SOON: Final = timedelta(seconds=3)
LATER: Final = timedelta(minutes=1)
FORGOTTEN: Final = timedelta(days=2)
MOST_DEEDS: Final = 50  # of a kind, looked at for one that fits


def prepare(held: Run, row: RunStep, step: Step, *, at: datetime) -> None:
    """Draft what is a filing or a request about one; all else is done on the pages of what it answers.

    :raises HasFindings: if the step shows what our own check keeps back
    """
    row.state, row.deadline_at = RunStep.State.YOURS, None
    message = catalogue.named(step.send)[0]
    if step.own or not (selectors.can_be_filed(message) or message.consumer in answers.KEPT):
        return
    document, about = answers.written(held, step, at=at)
    kept = None if about is None or selectors.can_be_filed(message) else {"about": about}
    draft = drafting.create(document=document, by=answers.actor(held), at=at, source="api", kept=kept)
    if held.via and not kept:
        submission.take(filing=draft, via=held.via, by=answers.actor(held), at=at)
    row.filing, row.reference = draft, (document.value(document.message.reference) or "")[:35]


def look(held: Run, row: RunStep, step: Step, *, desk_did: bool, at: datetime) -> None:
    """See whether the person has done it: then customs' answers are waited for; a draft to be kept back needs only be read.

    :param desk_did: whether the ITSP did what the step waits for
    """
    if step.deed:
        if desk_did or (not step.desk and _did(held, row, step)):
            row.state, row.ended_at = RunStep.State.PASSED, at
            row.save()
        return
    if step.refused and row.filing is not None:
        found = next((each for each in selectors.findings_of(row.filing) if step.refused in {each.code, each.rule}), None)
        if found is not None:
            row.state, row.ended_at, row.reason = RunStep.State.PASSED, at, f"Kept back: {found.sentence}"[:600]
            row.save()
        return
    left = _left(held, row, step)
    if left is None:
        return
    row.filing_id, row.message_id = left.filing_id, left.message_id
    row.sent_at, row.deadline_at = at, at + timedelta(seconds=step.within)
    row.state = RunStep.State.SENT
    row.save()


def pause(row: RunStep, *, at: datetime) -> timedelta:
    """Return how long to leave a person alone."""
    return SOON if row.sent_at is None or at - row.sent_at < EAGER else LATER


def is_forgotten(row: RunStep, *, at: datetime) -> bool:
    """Say whether nobody will come back to it."""
    return row.sent_at is not None and at - row.sent_at > FORGOTTEN


def _did(held: Run, row: RunStep, step: Step) -> bool:
    """Say whether the trail has the deed of a step since it began, about the filing it is about."""
    done = AuditEvent.objects.filter(deed=step.deed, at__gte=row.sent_at)
    if step.about:
        done = done.filter(target_id=str(RunStep.objects.get(run=held, name=step.about).filing_id))
    return any(
        all(str(each.detail.get(key, "")) == value for key, value in step.detail.items())
        for each in done.order_by("-at")[:MOST_DEEDS]
    )


def _left(held: Run, row: RunStep, step: Step) -> OutboxMessage | None:
    """Return the message of the step that was put in the queue: of its draft, or of the kind about the filing it is about."""
    queued = OutboxMessage.objects.order_by("created_at")
    if row.filing_id is not None:
        return queued.filter(filing=row.filing_id).first()
    since = queued.filter(message_type=step.send, created_at__gte=row.sent_at)
    if not step.about:
        return since.first()
    about = RunStep.objects.get(run=held, name=step.about).filing_id
    return since.filter(filing=about).first() or since.filter(filing__about=about).first()
