"""`manage.py verify_evidence FILE --anchor CERT`: is a pack of evidence or a report what it says; needs no database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations import pack_check
from integrations.conformance import report as reports


class Command(BaseCommand):
    """Exit code 0: everything is proven; 1: something is wrong; 2: a file cannot be read."""

    help = (
        "Check seal, hashes, messages and receipts of a pack of evidence or of the report of a scenario, and say what is wrong."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to check and whom to believe."""
        parser.add_argument("file", type=Path, metavar="FILE", help="the ZIP of a pack, or the XML of a report")
        parser.add_argument("--anchor", type=Path, required=True, metavar="CERT", help="PEM: root of the sealer's certificate")
        parser.add_argument(
            "--customs", type=Path, metavar="CERT", help="PEM: root of customs' certificates; else those the pack names"
        )

    def handle(self, *_args: Any, file: Path, anchor: Path, customs: Path | None, **_options: Any) -> None:
        """Check, and say what was found."""
        try:
            anchors, others = anchor.read_bytes(), customs.read_bytes() if customs else None
            with file.open("rb") as opened:
                if reports.is_one(opened.read(reports.HEAD)):
                    opened.seek(0)
                    self._tell(reports.check(opened.read(), anchors=anchors, customs=others, at=timezone.now()))
                    return
                opened.seek(0)
                report = pack_check.check(opened, anchors=anchors, customs=others, at=timezone.now())
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read.", returncode=2) from error
        except ValueError as error:
            raise CommandError("A certificate file holds no certificate in PEM.", returncode=2) from error
        self._refuse(report.faults)
        self.stdout.write(f"Evidence of {report.operator} from {report.since} to {report.until}, sealed {report.made}.")
        proven = f"{_count(report.messages, 'message')}, {_count(report.receipts, 'receipt')} of customs"
        self.stdout.write(f"{proven}: the seal, every hash and every receipt hold.")

    def _tell(self, check: reports.Check) -> None:
        """Say what a report of a scenario proves."""
        self._refuse(check.faults)
        self.stdout.write(f"Scenario {check.scenario} of {check.operator}: {check.result}, sealed {check.made}.")
        proven = f"{_count(check.steps, 'step')}, {_count(check.receipts, 'receipt')} of customs"
        self.stdout.write(f"{proven}: the seal and every receipt hold.")

    def _refuse(self, faults: list[str]) -> None:
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError(_count(len(faults), "fault") + " found. This is no evidence as it stands.", returncode=1)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
