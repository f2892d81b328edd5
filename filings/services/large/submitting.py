"""From a draft kept in parts to the gateway: write it as a stream, check what was written, queue those very bytes.

What is checked is what will be sent: the compressed XML, read as a stream. Of the whole only that is in memory.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Final, cast

from django.conf import settings
from django.db import transaction

from filings import lifecycle, outbox, selectors
from filings.lifecycle import Event, State
from filings.messages import xml
from filings.messages.document import Document, Node, Unreadable
from filings.messages.finding import Finding
from filings.messages.streaming import Here
from filings.models import Filing, UsedReference
from filings.models.large import Check
from filings.rules import streamed, uniqueness
from filings.rules.reusing import InParts
from filings.services import after_registration, drafting, submission, telling
from filings.services.large import amending, parts, queue, rows
from filings.services.large.queue import Progress
from filings.services.large.taking import before_submit
from filings.services.shipments import keeping
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError

GZIP: Final = "gzip"
# A whole message may have 20 MB, compressed (ICD 4.2.6); what is around the payload has room beside it.
MOST_SENT: Final = 19_900_000


class TooLargeToSend(DomainError):
    """Even compressed it has more than 20 MB, which customs does not take; file it as several."""


class RegisteredMeanwhile(Exception):
    """Customs registered what an amendment amends after that was written without the MRN."""


class ChangedMeanwhile(DomainError):
    """Somebody changed the filing while it was checked, so it was not submitted; submit it again."""


def ask(*, filing: Filing, by: Actor, at: datetime, submit: bool, despite: bool = False) -> Check:
    """Queue a check of a draft kept in parts, to be submitted after it if asked.

    :raises lifecycle.NotAllowed: if it was submitted before.
    :raises queue.StillAtWork: if a check of it is open.
    """
    lifecycle.step(State(filing.state), Event.SUBMIT)
    deed = Check.Deed.SUBMIT if submit else Check.Deed.CHECK
    check = queue.put(deed=deed, filing=filing, by=by, at=at, despite=despite)
    if submit:
        audit.record("filing.submission_asked", target=filing, by=by, at=at, detail={"revision": filing.revision})
    return check


class Marked:
    """Takes the parts of what was written: counts what is wrong in each, and notes the references used."""

    def __init__(self, filing: Filing, at: datetime, *, notes: bool) -> None:
        self.counts: dict[int, tuple[int, int]] = {}
        self._filing, self._at, self._notes = filing, at, notes
        self._waiting: list[uniqueness.Reference] = []

    def begin(self, frame: Document, _counts: Mapping[str, Sequence[int]]) -> None:
        """Forget what was noted; note the references around the parts."""
        self.forget()
        self.counts.clear()
        self._inside = InParts(frame, frame.message.element(self._filing.parts_path))
        self._waiting = uniqueness.references(frame)

    def take(self, here: Here, found: Sequence[Finding]) -> None:
        """Count and note."""
        if here.spec.path != self._filing.parts_path:
            return
        if found:
            severities = Counter(one.severity for one in found)
            self.counts[here.index] = severities["error"], severities["warning"]
        if self._notes and self._inside.windows:
            self._waiting += self._inside.references(here.node)
            if len(self._waiting) >= rows.BATCH:
                self.done()

    def forget(self) -> None:
        """Remove the notes: nothing is used up."""
        UsedReference.objects.filter(filing=self._filing).delete()

    def done(self) -> None:
        """Write down the references noted so far."""
        if self._notes:
            rows.insert_used(self._filing, list(dict.fromkeys(self._waiting)), self._at)
        self._waiting = []


def carry_out(check: Check, progress: Progress, clock: queue.Clock) -> None:
    """Check a draft kept in parts and, if asked, submit it; call it in the scope of its operator.

    :raises queue.LeaseLost: if another worker holds the check by now.
    """
    filing: Filing = Filing.objects.get(pk=check.filing_id)
    ended: dict[str, Any] | None = None
    while ended is None:
        try:
            with transaction.atomic():
                ended = _carried_out(filing, check, progress, clock())
        except RegisteredMeanwhile:
            filing = Filing.objects.get(pk=check.filing_id)
        except (DomainError, lifecycle.NotAllowed, Unreadable, xml.Unwritable) as refusal:
            ended = {"refusal": (refusal.message if isinstance(refusal, DomainError) else str(refusal))[:400]}
    filing.lock()  # before the check ends: a registration holds the filing and then looks for checks
    submits = check.deed == Check.Deed.SUBMIT
    if submits and filing.when_registered and not submission.waits_for_registration(filing):
        why = ended.get("refusal") or "it has errors."
        submission.keep_back(filing, f"It was not sent: {why}", at=clock())
    queue.end(check, at=clock(), **ended)
    if not submits and filing.about is not None and filing.about.mrn and filing.when_registered:
        after_registration.send(filing=filing.about, at=clock())


def _carried_out(filing: Filing, check: Check, progress: Progress, at: datetime) -> dict[str, Any]:
    lifecycle.step(State(filing.state), Event.SUBMIT)
    submits = check.deed == Check.Deed.SUBMIT
    by = Actor(name=check.by, role="system", operator_id=check.operator_id)
    # 1. Write it, with the LRN and the date it is to have.
    frame = parts.frame_of(filing)
    waits = submission.waits_for_registration(filing)
    filled = submission.complete(frame, at=at, mrn=filing.about.mrn if filing.about else "") if submits and not waits else False
    contents = drafting.contents(frame)
    progress.begin(Check.Phase.WRITING, filing.parts_count)
    payload = parts.gzipped(parts.xml_of(filing, frame, _counted(parts.nodes_of(filing), filing.parts_count, progress)))
    # 2. Check what was written, an amendment against what customs has.
    progress.begin(Check.Phase.READING)
    previous = amending.previous(filing, lambda nodes, of: _counted(nodes, of, progress))
    progress.begin(Check.Phase.CHECKING, filing.parts_count)
    marked = Marked(filing, at, notes=submits and filing.about is None)
    with parts.unzipped(payload) as file:
        checked = streamed.check(
            cast(BinaryIO, file),
            limit=settings.LARGE_UPLOAD_LIMIT,
            choose=lambda _: (filing.message_set, filing.version),
            previous=previous,
            uses=selectors.uses(filing, at),
            progress=progress.told,
            taker=marked,
        )
    left = before_submit(checked, frame, filing)
    # 3. Nobody may have changed it meanwhile; then act.
    _lock_unchanged(filing)
    if waits and not submission.waits_for_registration(filing):
        raise RegisteredMeanwhile
    inside = parts.part_number(left.message, filing.parts_path)
    rows.insert_findings(check, left.findings, inside)
    rows.count_findings(filing, marked.counts)
    ended = {"errors": left.errors, "warnings": left.warnings, "revision": filing.revision, "done_parts": filing.parts_count}
    if not submits or (left.errors and not check.despite):
        marked.forget()
        if submits:
            count = f"{left.errors} error{'' if left.errors == 1 else 's'}"
            filing.happened("not_submitted", f"Checked before submitting: {count}, so it stays a draft.", by=by, at=at)
        return ended
    if waits:
        submission.put_off(filing, by=by, at=at, despite_findings=check.despite)
        return ended
    telling.leaving(filing=filing, by=by, at=at)  # once more: it may have been changed since it was asked for
    marked.done()
    if len(payload) > MOST_SENT:
        raise TooLargeToSend
    _queue(filing, payload, contents, left.errors, filled=filled, by=by, at=at)
    return ended


def _queue(
    filing: Filing, payload: bytes, contents: dict[str, Any], errors: int, *, filled: bool, by: Actor, at: datetime
) -> None:
    """Submit a filing whose XML is written and checked."""
    revision = filing.revision + 1 if filled else filing.revision
    filing.advance(Event.SUBMIT, at=at, submitted_at=at, revision=revision, when_registered=False, **contents)
    message = selectors.message_of(filing)
    row = outbox.put(filing=filing, message_type=message.id, payload=payload, priority=message.priority, at=at)
    row.encoding = GZIP
    row.save(update_fields=["encoding"])
    detail = {"message_id": row.message_id, "lrn": filing.lrn, "errors": errors, "parts": filing.parts_count}
    filing.happened("submitted", submission.sentence(filing, errors), by=by, at=at, detail=detail)
    submission.tell_what_it_is_about(filing, by=by, at=at)
    audit.record("filing.submitted", target=filing, by=by, at=at, detail=detail)
    keeping.keep(filing=filing, at=at, content=False)
    telling.moved(filing=filing, at=at)


def _counted(nodes: Iterator[Node], of: int, progress: Progress) -> Iterator[Node]:
    for number, node in enumerate(nodes, 1):
        if number % streamed.STRIDE == 0:
            progress.told(number, of)
        yield node


def _lock_unchanged(filing: Filing) -> None:
    """Keep the filing for the rest of the transaction, if it is as it was read.

    :raises ChangedMeanwhile: if it is not.
    """
    revision = filing.revision
    filing.lock()
    if filing.revision != revision or not filing.is_draft:
        raise ChangedMeanwhile
