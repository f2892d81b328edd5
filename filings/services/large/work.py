"""One step of a worker that checks: claim a check, do what it is for, end it."""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from django.utils import timezone

from filings.models.large import Check
from filings.services.large import queue, submitting, taking
from filings.services.large.queue import Clock, LeaseLost, Progress
from tenants.scope import tenant_scope

_DEEDS: Final[Mapping[str, Callable[[Check, Progress, Clock], None]]] = {
    Check.Deed.TAKE: taking.take,
    Check.Deed.CHECK: submitting.carry_out,
    Check.Deed.SUBMIT: submitting.carry_out,
}

log = logging.getLogger(__name__)


def do_next(*, clock: Clock = timezone.now) -> bool:
    """Do the check that waits longest; say whether there was one.

    What is wrong with a file ends in the row. What goes wrong inside is logged here, and the row is put back.
    """
    check = queue.claim(at=clock())
    if check is None:
        return False
    try:
        with queue.under_way(check, clock) as progress, tenant_scope(queue.owner(check)):
            _DEEDS[check.deed](check, progress, clock)
    except LeaseLost:
        log.warning("check %s: another worker took over", check.pk)
    except Exception:
        log.exception("check %s failed because of a fault of ours", check.pk)
        queue.put_back(check, at=clock())
    return True
