"""manage.py send_message FILE --operator SLUG [--wait [SECONDS]]: draft a message, submit it, say what became of it.

An amendment, a request to invalidate or a consultation is about the operator's filing with its MRN.

Exit status: 0 registered or done, or queued without --wait; 1 findings, rejected or not delivered; 2 unreadable or no such
operator; 3 no answer in time.
"""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError
from django.utils import timezone

from filings import selectors
from filings.lifecycle import IN_FORCE, State
from filings.messages.document import Document, Unreadable
from filings.messages.finding import Finding
from filings.models import Filing
from filings.services import asking, submission
from filings.services.editions import Choices
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import tenant_scope

FINE: Final = 0
REFUSED: Final = 1
UNREADABLE: Final = 2
LATE: Final = 3
WAIT: Final = 60.0  # seconds of --wait without a number
LOOK: Final = 0.25  # seconds between two looks


class Command(BaseCommand):
    """Send one message as an operator."""

    help = (
        "Draft and submit a message (XML or JSON; - is standard input). Exit status: 0 registered, done or queued; "
        "1 findings, rejected or not delivered; 2 unreadable or no such operator; 3 no answer in time."
    )
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, the operator and whether to wait."""
        parser.add_argument("file", metavar="FILE", help="a file, or - for standard input")
        parser.add_argument("--operator", required=True, metavar="SLUG", help="the operator whose filing it is")
        parser.add_argument(
            "--wait", nargs="?", type=float, const=WAIT, metavar="SECONDS", help=f"wait for customs' answer ({WAIT:.0f} s)"
        )
        parser.add_argument(
            "--despite-findings", action="store_true", help="send it with its errors, to see what the test system answers"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Send the message and leave with the exit status."""
        try:
            status = self._send(options)
        except OperationalError:
            self.stderr.write("The database cannot be reached; start the product first, for example with manage.py demo.")
            status = UNREADABLE
        if status:
            sys.exit(status)

    def _send(self, options: dict[str, Any]) -> int:
        operator = Operator.objects.filter(slug=options["operator"]).first()
        if operator is None:
            known = ", ".join(Operator.objects.values_list("slug", flat=True)) or "none yet"
            self.stderr.write(f"There is no operator {options['operator']}; there are: {known}.")
            return UNREADABLE
        try:
            document = _document(options["file"], _choices(operator))
        except (OSError, Unreadable) as error:
            self.stderr.write(f"{options['file']}: {getattr(error, 'strerror', None) or error}")
            return UNREADABLE
        try:
            filing = _submitted(document, operator, despite_findings=options["despite_findings"])
        except submission.HasFindings as error:
            self._print_findings(error.findings)
            return REFUSED
        except DomainError as error:
            self.stderr.write(error.message)
            return REFUSED
        reference = f"LRN {filing.lrn}" if filing.lrn else f"MRN {filing.mrn}"
        self.stdout.write(f"{filing.state} {reference} filing {filing.pk}")
        return FINE if options["wait"] is None else self._wait(operator, filing.pk, options["wait"])

    def _wait(self, operator: Operator, pk: UUID, seconds: float) -> int:
        """Look until customs has answered or the time is over; print the state and the MRN."""
        end = time.monotonic() + seconds
        while True:
            with tenant_scope(operator.pk):
                filing = selectors.filing(pk)
                reason = _reason(filing)
            if not filing.is_waiting:
                return self._print_outcome(filing, reason)
            if time.monotonic() >= end:
                self.stderr.write(f"{filing.state}: no answer within {seconds:g} seconds; it is still under way.")
                return LATE
            time.sleep(LOOK)

    def _print_outcome(self, filing: Filing, reason: str) -> int:
        self.stdout.write(f"{filing.state} {filing.mrn}".rstrip())
        for error in filing.errors:
            self.stdout.write(f"  {error['path']}\n    {error['code']}: {error['sentence']}")
        if filing.state == State.FAILED:
            self.stdout.write(f"  {reason}")
        return FINE if filing.state in {*IN_FORCE, State.DONE} else REFUSED

    def _print_findings(self, findings: Iterable[Finding]) -> None:
        self.stdout.write("not submitted")
        for finding in findings:
            code = " ".join(part for part in (finding.severity, finding.code, finding.rule) if part)
            self.stdout.write(f"  {finding.path}\n    {code}: {finding.sentence}")


def _choices(operator: Operator) -> Choices:
    """Return which message sets are in force for the operator."""
    with tenant_scope(operator.pk):
        return Choices(at=timezone.now(), operator_id=operator.pk)


def _document(name: str, choices: Choices) -> Document:
    """Return the document in a file or in standard input.

    :raises OSError: if the file cannot be opened.
    :raises Unreadable: if it is no message.
    """
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    return choices.read(data, limit=settings.UPLOAD_LIMIT)


def _submitted(document: Document, operator: Operator, *, despite_findings: bool) -> Filing:
    """Return the filing just drafted and submitted; nothing is kept of it when that is refused."""
    by, at = Actor(name="command", role="system", operator_id=operator.pk), timezone.now()
    with tenant_scope(operator.pk):
        filing = asking.draft(document=document, by=by, at=at, source="command")
        submission.submit(filing=filing, by=by, at=at, despite_findings=despite_findings)
    return filing


def _reason(filing: Filing) -> str:
    """Return why it was not delivered, or nothing."""
    event = selectors.timeline(filing).filter(kind="not_delivered").last()
    return event.sentence if event else ""
