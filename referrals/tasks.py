"""What the bell and the beat wake: explicit names, one call each, ``**_`` for what a newer release may pass."""

from celery import shared_task
from django.utils import timezone

from referrals.services import notices, watching

MOST = 20  # mails in one go


@shared_task(name=notices.BELL, ignore_result=True)  # type: ignore[untyped-decorator]
def send_notices(**_: object) -> None:
    """Send the mails that wait."""
    for _number in range(MOST):
        if not notices.send_next(at=timezone.now()):
            return


@shared_task(name="referrals.watch", ignore_result=True)  # type: ignore[untyped-decorator]
def watch(**_: object) -> None:
    """Escalate what is nearly due and not answered."""
    watching.escalate_next(at=timezone.now())
