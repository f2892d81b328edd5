"""What the bell and the beat wake: explicit names, one call each, ``**_`` for what a newer release may pass."""

from celery import shared_task
from django.utils import timezone

from filings import outbox
from filings.services import upkeep
from filings.services.alarms import alarms, sending, watch
from filings.services.filing_requests.following import follow
from filings.services.large import intake, queue, work
from filings.services.shipments import settling, sharing
from filings.services.stop_words import rescanning


@shared_task(name=rescanning.BELL, ignore_result=True)  # type: ignore[untyped-decorator]
def rescan_stop_words(**_: object) -> None:
    """Compare what is open with the stop words, once for each state of them."""
    rescanning.rescan_if_due(at=timezone.now())


@shared_task(name=queue.BELL, ignore_result=True)  # type: ignore[untyped-decorator]
def check_waiting(**_: object) -> None:
    """Check what waits, then join the end of the line, so that the worker may be ended between two."""
    if work.do_next():
        outbox.ring(queue.BELL)


@shared_task(name="filings.follow_requests", ignore_result=True)  # type: ignore[untyped-decorator]
def follow_requests(**_: object) -> None:
    """Tell each side of a filing request what the other one may know, and send what is due."""
    follow(at=timezone.now())


@shared_task(name=sharing.BELL, ignore_result=True)  # type: ignore[untyped-decorator]
def settle_shipments(**_: object) -> None:
    """Reckon the large and shared shipments in which something changed."""
    settling.settle()


@shared_task(name=upkeep.BELL, ignore_result=True)  # type: ignore[untyped-decorator]
def keep_up(**_: object) -> None:
    """Reckon anew what an older release kept beside filings, some at a time; then join the end of the line."""
    if upkeep.keep_up(at=timezone.now()):
        outbox.ring(upkeep.BELL)


@shared_task(name="filings.clear_uploads", ignore_result=True)  # type: ignore[untyped-decorator]
def clear_uploads(**_: object) -> None:
    """Remove uploads that nobody needs any more."""
    intake.clear(at=timezone.now())


@shared_task(name="filings.look_for_alarms", ignore_result=True)  # type: ignore[untyped-decorator]
def look_for_alarms(**_: object) -> None:
    """Raise the alarms that rules about times ask for."""
    watch.raise_all(at=timezone.now())


@shared_task(name=alarms.BELL, ignore_result=True)  # type: ignore[untyped-decorator]
def send_alarms(**_: object) -> None:
    """Send what alarms want told, some at a time: another worker may do the same."""
    if all(sending.send_next(at=timezone.now()) for _ in range(50)):
        outbox.ring(alarms.BELL)
