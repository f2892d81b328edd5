"""Checks as rows: put, claim, tell how far it is, end. The row is the truth, the bell a courtesy (compare filings.outbox)."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final, cast

from django.db import Error, IntegrityError, connection, transaction
from django.db.models import F, Q

from filings import outbox
from filings.models import Filing
from filings.models.large import Check, Upload
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.scope import every_tenant, tenant_scope

# How soon another worker takes over a check whose worker died; a live one renews it each second.
LEASE: Final = timedelta(seconds=15)
TELL_EVERY: Final = 1.0
MOST_ATTEMPTS: Final = 3  # what kills its worker every time is not tried for ever
BELL: Final = "filings.check_waiting"
_WHY: Final = "workers check for all operators"

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


class LeaseLost(Exception):
    """Another worker holds the check by now."""


class StillAtWork(DomainError):
    """A check of this filing is still under way; wait until it is done."""

    status = HTTPStatus.CONFLICT
    retry_after = 5


def put(
    *,
    deed: Check.Deed,
    by: Actor,
    at: datetime,
    upload: Upload | None = None,
    filing: Filing | None = None,
    despite: bool = False,
) -> Check:
    """Queue a check of an upload or a filing of the operator in scope, and ring once the transaction is committed.

    :raises StillAtWork: if one is open already.
    """
    try:
        with transaction.atomic():
            check: Check = Check.objects.create(
                deed=deed,
                upload=upload,
                filing=filing,
                revision=filing.revision if filing else 0,
                all_parts=filing.parts_count if filing else 0,
                message_type=filing.message_type if filing else "",
                message_set=filing.message_set if filing else "",
                version=filing.version if filing else "",
                despite=despite,
                by=by.name[:120],
                due_at=at,
                created_at=at,
            )
    except IntegrityError as error:
        raise StillAtWork from error
    transaction.on_commit(partial(outbox.ring, BELL))
    return check


def claim(*, at: datetime) -> Check | None:
    """Lease the check that waits longest, or one whose lease ran out; nothing when all is done."""
    due = Q(state=Check.State.WAITING, due_at__lte=at) | Q(state=Check.State.RUNNING, lease_until__lte=at)
    with every_tenant(_WHY):
        free = Check.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(due)
        check: Check | None = free.order_by("due_at").first()
        if check is None:
            return None
        check.state, check.lease_until, check.token = Check.State.RUNNING, at + LEASE, uuid.uuid4()
        check.attempts += 1
        check.started_at = check.started_at or at
        check.phase, check.done_parts = "", 0
        fields = ["state", "lease_until", "token", "attempts", "started_at", "phase", "done_parts"]
        check.save(update_fields=fields)
        return check


def owner(check: Check) -> uuid.UUID:
    """Return whose check it is."""
    return cast(uuid.UUID, check.operator_id)  # never null; the checker reads its default as if it were


@dataclass
class Progress:
    """How far a check is; a thread writes it down, with the lease."""

    phase: str = ""
    done: int = 0
    of: int = 0
    lost: threading.Event = field(default_factory=threading.Event)

    def begin(self, phase: str, of: int = 0) -> None:
        """Begin another phase."""
        self.phase, self.done, self.of = phase, 0, of or self.of

    def told(self, done: int, of: int) -> None:
        """Note how many parts are done, and of how many.

        :raises LeaseLost: if another worker holds the check by now.
        """
        self.done, self.of = done, of
        if self.lost.is_set():
            raise LeaseLost


@contextmanager
def under_way(check: Check, clock: Clock) -> Iterator[Progress]:
    """Write down how far a check is and renew its lease, each second, from another thread that dies with its process.

    The thread has a database connection of its own, since what is staged stays invisible until it is all true.
    """
    progress, over = Progress(), threading.Event()
    thread = threading.Thread(target=_tell, args=(check, progress, over, clock), name="check", daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        over.set()
        thread.join()


def _tell(check: Check, progress: Progress, over: threading.Event, clock: Clock) -> None:
    used = False
    while not over.wait(TELL_EVERY):
        used = True
        try:
            if not _renew(check, progress, clock()):
                progress.lost.set()
                break
        except Error as error:
            # The lease may run out; then another worker begins anew, and the end of this one finds its token gone.
            log.warning("check %s: its progress could not be kept: %s", check.pk, type(error).__name__)
    if used:
        connection.close()


def _renew(check: Check, progress: Progress, at: datetime) -> bool:
    with tenant_scope(owner(check)):
        mine = Check.objects.filter(pk=check.pk, token=check.token, state=Check.State.RUNNING)
        values = {"phase": progress.phase, "done_parts": progress.done, "all_parts": progress.of or F("all_parts")}
        return bool(mine.update(lease_until=at + LEASE, **values))


def end(check: Check, *, at: datetime, state: Check.State = Check.State.DONE, **fields: object) -> None:
    """End a check with what became of it, in the transaction that has the effect.

    :raises LeaseLost: if another worker holds it by now.
    """
    mine = Check.objects.filter(pk=check.pk, token=check.token, state=Check.State.RUNNING)
    ended = mine.update(state=state, phase="", lease_until=None, token=None, done_at=at, **fields)
    if not ended:
        raise LeaseLost


def put_back(check: Check, *, at: datetime) -> None:
    """Leave a check for later after a fault of ours, or give it up after too many."""
    with tenant_scope(owner(check)):
        mine = Check.objects.filter(pk=check.pk, token=check.token, state=Check.State.RUNNING)
        if check.attempts < MOST_ATTEMPTS:
            mine.update(state=Check.State.WAITING, phase="", lease_until=None, token=None, due_at=at + LEASE * check.attempts)
            return
        reason = "A fault of ours kept us from checking it; it is logged. Try it again, or ask us."
        mine.update(state=Check.State.FAILED, phase="", lease_until=None, token=None, done_at=at, refusal=reason)
