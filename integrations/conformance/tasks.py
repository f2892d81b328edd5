"""What the bell and the sweep wake."""

from celery import shared_task
from django.utils import timezone

from filings import outbox
from integrations.conformance import moving, running

MOST = 20  # looks in one go


@shared_task(name="conformance.run_waiting", ignore_result=True)  # type: ignore[untyped-decorator]
def run_waiting(**_: object) -> None:
    """Move on the runs that are due; where there were many, join the end of the queue."""
    if all(moving.move_next(at=timezone.now()) for _ in range(MOST)):
        outbox.ring(running.BELL)
