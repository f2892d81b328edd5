"""manage.py check_message FILE… [--json]: 0 nothing to say, 1 findings, 2 unreadable."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand

from filings.messages.document import Unreadable
from filings.messages.finding import Finding
from filings.messages.reading import read
from filings.rules import book

FINE: Final = 0
FINDINGS: Final = 1
UNREADABLE: Final = 2


class Command(BaseCommand):
    """Check messages in files, XML or JSON, without database or network."""

    help = (
        "Check messages (XML or JSON; - is standard input). "
        "Exit status: 0 nothing to say, 1 findings, 2 a file that cannot be read."
    )
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files and the form of the output."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
        parser.add_argument("--json", action="store_true", help="print one JSON array with an object per file")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check every file, print what was found and leave with the worst exit status."""
        results = [_result(name) for name in options["files"]]
        if options["json"]:
            self.stdout.write(json.dumps([result for _, result in results], ensure_ascii=False, indent=2))
        else:
            for _, result in results:
                self._print(result)
        status = max(status for status, _ in results)
        if status:
            sys.exit(status)

    def _print(self, result: dict[str, Any]) -> None:
        if "unreadable" in result:
            self.stdout.write(f"{result['file']}: unreadable: {result['unreadable']}")
            return
        found = result["findings"]
        self.stdout.write(f"{result['file']}: {result['message']}: {_count(len(found))}")
        for finding in found:
            code = " ".join(part for part in (finding["severity"], finding["code"], finding["rule"]) if part)
            self.stdout.write(f"  {finding['path']}\n    {code}: {finding['sentence']}")


def _result(name: str) -> tuple[int, dict[str, Any]]:
    """Return the exit status and the result of one file."""
    try:
        document = read(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes())
    except OSError as error:
        return UNREADABLE, {"file": name, "unreadable": error.strerror or str(error), "findings": []}
    except Unreadable as error:
        return UNREADABLE, {"file": name, "unreadable": str(error), "findings": []}
    found: list[Finding] = book.findings(document)
    listed = [finding.as_dict() for finding in found]
    return FINDINGS if found else FINE, {"file": name, "message": document.message.id, "findings": listed}


def _count(number: int) -> str:
    return {0: "nothing found", 1: "1 finding"}.get(number, f"{number} findings")
