"""From an upload to a draft: check it as a stream, stage its parts on the way, and keep them once all of it is true."""

import json as plain_json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final, cast

from django.conf import settings
from django.db import transaction

from filings import selectors
from filings.messages import streaming
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node, Unreadable, group_as_json
from filings.messages.finding import Finding
from filings.messages.streaming import Here
from filings.models import Filing
from filings.models.large import Check, FilingPart, Upload
from filings.rules import streamed
from filings.services import asking, drafting, submission
from filings.services.editions import Choices
from filings.services.large import intake, parts, queue, rows
from filings.services.large.queue import Progress
from tenants.actors import Actor
from tenants.errors import DomainError

MOST_BESIDE: Final = 2_000  # groups of other kinds that may stand in the frame
_SEVERAL: Final = "“{0}” stands in more than one group; a file this large needs all of them in one."
_BESIDE: Final = "Beside “{0}” it has more than 2,000 of “{1}”; a file this large may have very many of one kind only."
_WHOLE: Final = "It has nothing that repeats so often that it could be kept in parts, so it may have {0} MB; this has more."


class CannotBeKept(DomainError):
    """A file this large cannot be kept in parts."""


@dataclass(frozen=True)
class Made:
    """From what, for whom and when a filing is made."""

    upload: Upload
    by: Actor
    at: datetime

    def filing(self, document: Document, kept: Mapping[str, Any] | None = None) -> Filing:
        """Return the draft of the upload.

        :raises drafting.NotAFiling: if its message is none, and no request about one.
        :raises asking.UnknownMrn: if it is a request about a filing that the operator does not have.
        """
        upload = self.upload
        kept = {"about": asking.named(document), **(kept or {})}
        upload.filing = drafting.create(document=document, by=self.by, at=self.at, source=upload.source, kept=kept)
        upload.save(update_fields=["filing"])
        return upload.filing

    def submit_if_asked(self, filing: Filing, errors: int) -> None:
        """Submit the draft, if that was asked for and nothing stands against it."""
        if self.upload.submit and not errors:
            submission.submit(filing=filing, by=self.by, at=self.at)


class Staged:
    """Takes the parts of an upload into the table of parts, for a filing that does not exist yet."""

    def __init__(self, message: Message) -> None:
        self.filing_id = uuid.uuid4()
        self.refusal = ""
        self.spec: Element | None = None
        self._message = message
        self._begun = False

    def begin(self, frame: Document, counts: Mapping[str, Sequence[int]]) -> None:
        """Forget what was staged, and find out what the parts are."""
        if self._begun:
            self.forget()
        self._begun = True
        self.frame, self.count, self.refusal = frame, 0, ""
        self._beside: list[tuple[Here, Node]] = []
        self._rows: list[rows.Row] = []
        totals = {path: sum(each) for path, each in counts.items()}
        path = max(totals, key=lambda one: totals[one]) if any(totals.values()) else ""
        self.spec = self._message.element(path) if path else None
        if self.spec is None:
            return
        self._number = parts.number_path(self._message, path)
        holders = [len(each) for each in counts.values() if each]
        if max(holders) > 1 or len(frame.nodes(path.rpartition("/")[0])) != 1:
            self.refusal = _SEVERAL.format(self.spec.title)
        for other, total in totals.items():
            if other != path and total > MOST_BESIDE:
                self.refusal = _BESIDE.format(self.spec.title, self._message.element(other).title)

    def take(self, here: Here, found: Sequence[Finding]) -> None:
        """Stage a part, or keep one of another kind for the frame."""
        if self.refusal:
            return
        if self.spec is None or here.spec.path != self.spec.path:
            self._beside.append((here, here.node))
            return
        self.count += 1
        errors = sum(one.severity == "error" for one in found)
        content = plain_json.dumps(group_as_json(here.node, here.spec), ensure_ascii=False)
        reference = parts.value_at(here.node, self._number)[:128] if self._number else ""
        self._rows.append((self.count, reference, content, errors, len(found) - errors))
        if len(self._rows) >= rows.BATCH:
            self._write()

    def done(self) -> Document:
        """Write what is left and return what is around the parts.

        :raises CannotBeKept: if it cannot be kept in parts.
        """
        if self.refusal:
            raise CannotBeKept(self.refusal)
        self._write()
        for here, node in self._beside:
            [holder] = self.frame.nodes(here.spec.path.rpartition("/")[0])
            holder.children.append(node)
        return self.frame

    def forget(self) -> None:
        """Remove what was staged."""
        FilingPart.objects.filter(filing_id=self.filing_id).delete()

    def _write(self) -> None:
        rows.insert_parts(self.filing_id, self._rows)
        self._rows = []


def take(check: Check, progress: Progress, clock: queue.Clock) -> None:
    """Check an upload and make a draft of it; call it in the scope of its operator.

    What cannot be read leaves nothing but the reason. The end of the check, its findings and the draft are one
    transaction.

    :raises queue.LeaseLost: if another worker holds the check by now.
    """
    upload: Upload = Upload.objects.get(pk=check.upload_id)
    at = clock()
    made = Made(upload, Actor(name=check.by, role="system", operator_id=check.operator_id), at)
    choices = Choices(at=at, operator_id=check.operator_id)
    progress.begin(Check.Phase.CHECKING)
    try:
        with transaction.atomic():  # what was staged goes away with it
            if upload.size <= settings.FILING_IN_PARTS_FROM:
                ended = _whole(upload, check, progress, choices, made)
            else:
                ended = _in_parts(upload, check, progress, choices, made)
    except Unreadable as error:
        ended = {"refusal": str(error)[:400]}
    queue.end(check, at=clock(), **ended)


def _in_parts(upload: Upload, check: Check, progress: Progress, choices: Choices, made: Made) -> dict[str, Any]:
    """Check an upload as a stream; return what the check ends with.

    :raises Unreadable: if it is no message to its last byte
    """
    file = cast(BinaryIO, intake.opened(upload))
    message = streaming.Stream(file, limit=settings.LARGE_UPLOAD_LIMIT, choose=choices.edition).message
    staged = Staged(message)
    checked = streamed.check(
        file,
        limit=settings.LARGE_UPLOAD_LIMIT,
        choose=choices.edition,
        uses=selectors.uses(None, made.at),
        progress=progress.told,
        taker=staged,
    )
    progress.begin(Check.Phase.STORING)
    left = before_submit(checked, staged.frame, None)
    ended = _findings(check, message, left, staged.spec)
    try:
        with transaction.atomic():
            filing = _draft(staged, made)
    except DomainError as refusal:
        staged.forget()
        return {**ended, "refusal": refusal.message[:400]}
    made.submit_if_asked(filing, left.errors)
    return {**ended, "all_parts": staged.count, "done_parts": staged.count, "revision": filing.revision}


def _draft(staged: Staged, made: Made) -> Filing:
    """Make the filing that the staged parts belong to.

    :raises DomainError: if it is no filing, or cannot be kept.
    """
    if staged.spec is None:
        limit = settings.UPLOAD_LIMIT
        if made.upload.size > limit:
            raise CannotBeKept(_WHOLE.format(intake.megabytes(limit)))
        return made.filing(staged.frame)
    kept = {"pk": staged.filing_id, "parts_path": staged.spec.path, "parts_count": staged.count}
    return made.filing(staged.done(), kept)


def _whole(upload: Upload, check: Check, progress: Progress, choices: Choices, made: Made) -> dict[str, Any]:
    """Make an ordinary draft of a small upload, as any other door does; return what the check ends with.

    An amendment of a filing kept in parts is kept so, too, however small it is.

    :raises Unreadable: if it is no message
    """
    with intake.opened(upload) as file:
        document = choices.read(file.read(), limit=settings.LARGE_UPLOAD_LIMIT)
    if document.message.amends and _is_in_parts(document):
        return _in_parts(upload, check, progress, choices, made)
    found = selectors.findings_before_submit(document)
    errors = sum(one.severity == "error" for one in found)
    left = streamed.Checked(document.message, tuple(found[: streamed.KEPT]), errors, len(found) - errors, 0)
    ended = _findings(check, document.message, left, None)
    try:
        filing = made.filing(document)
    except DomainError as refusal:
        return {**ended, "refusal": refusal.message[:400]}
    made.submit_if_asked(filing, errors)
    return {**ended, "revision": filing.revision}


def _is_in_parts(amendment: Document) -> bool:
    try:
        about = asking.named(amendment)
    except asking.UnknownMrn:
        return False
    return about is not None and about.in_parts


def _findings(check: Check, message: Message, left: streamed.Checked, spec: Element | None) -> dict[str, Any]:
    """Keep the findings of a check; return what it ends with."""
    inside = parts.part_number(message, spec.path) if spec else None
    rows.insert_findings(check, left.findings, inside)
    return {
        "errors": left.errors,
        "warnings": left.warnings,
        "message_type": message.id,
        "message_set": message.message_set,
        "version": message.version,
    }


def before_submit(checked: streamed.Checked, frame: Document, filing: Filing | None) -> streamed.Checked:
    """Return what has to be mended before submitting: without what submitting fills in, with the LRN if it was used."""
    root = f"/{frame.message.root_name}"
    by_us = {f"{root}/{path}" for path in selectors.filled_by_submit(frame)}
    more = selectors.reused_reference(frame, filing)
    left = [*more, *(one for one in checked.findings if one.path not in by_us)]
    gone = [one for one in checked.findings if one.path in by_us]
    errors = checked.errors + sum((one.severity == "error") for one in more) - sum((one.severity == "error") for one in gone)
    warnings = checked.warnings + sum((one.severity != "error") for one in more) - sum((one.severity != "error") for one in gone)
    return streamed.Checked(checked.message, tuple(left[: streamed.KEPT]), errors, warnings, checked.parts)
