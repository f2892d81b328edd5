"""What the bell and the beat wake: explicit names, one call each, ``**_`` for what a newer release may pass."""

from celery import shared_task
from django.utils import timezone

from filings.services import rescanning


@shared_task(name=rescanning.BELL, ignore_result=True)  # type: ignore[untyped-decorator]
def rescan_stop_words(**_: object) -> None:
    """Compare what is open with the stop words, once for each state of them."""
    rescanning.rescan_if_due(at=timezone.now())
