"""A step that lodges the same filing many times, with other numbers each time: a few with each look."""

from datetime import datetime
from typing import Final

from filings.models import Filing
from integrations.conformance import answers
from integrations.conformance.models import Run, RunStep
from integrations.conformance.shapes import Step

AT_ONCE: Final = 10


def begin(row: RunStep, *, at: datetime) -> None:
    """Begin with none; `go_on` lodges them."""
    row.kept = []


def go_on(held: Run, row: RunStep, step: Step, *, at: datetime) -> list[str]:
    """Lodge the next of them, and return in words what customs has not registered yet."""
    if step.times == 1:
        return []
    for number in range(len(row.kept), min(len(row.kept) + AT_ONCE, step.times)):
        document, _ = answers.written(held, step, salt=f"{held.played}-{number}", at=at)
        sent = answers.hand_over(document, about=None, via=held.via, by=answers.actor(held), at=at)
        row.kept.append(str(sent.filing_id))
    missing = step.times - Filing.objects.filter(pk__in=row.kept).exclude(mrn="").count()
    return [f"{missing} of {step.times} MRNs"] if missing else []
