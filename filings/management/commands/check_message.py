"""manage.py check_message FILE… [--json]: 0 nothing to say, 1 findings, 2 unreadable."""

import json
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

from django.core.management.base import BaseCommand

from filings.messages.document import Unreadable
from filings.messages.finding import Finding
from filings.messages.reading import read
from filings.rules import book, streamed

FINE: Final = 0
FINDINGS: Final = 1
UNREADABLE: Final = 2
# XML above this size is read in parts.
LARGE: Final = 2 * 1024 * 1024


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
        more = result.get("more", 0)
        self.stdout.write(f"{result['file']}: {result['message']}: {_count(len(found) + more)}")
        for finding in found:
            code = " ".join(part for part in (finding["severity"], finding["code"], finding["rule"]) if part)
            self.stdout.write(f"  {finding['path']}\n    {code}: {finding['sentence']}")
        if more:
            self.stdout.write(f"  and {_count(more)} more; correct these first")


def _result(name: str) -> tuple[int, dict[str, Any]]:
    """Return the exit status and the result of one file."""
    try:
        with _opened(name) as file:
            result = _checked(file)
    except OSError as error:
        return UNREADABLE, {"file": name, "unreadable": error.strerror or str(error), "findings": []}
    except Unreadable as error:
        return UNREADABLE, {"file": name, "unreadable": str(error), "findings": []}
    return FINDINGS if result["findings"] else FINE, {"file": name, **result}


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """Open a file that can be read more than once; standard input is kept in one meanwhile."""
    if name != "-":
        with Path(name).open("rb") as file:
            yield file
        return
    with TemporaryFile() as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        yield kept


def _checked(file: BinaryIO) -> dict[str, Any]:
    """Return message and findings, those of large XML found in parts."""
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(200).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    if size > LARGE and not start.startswith((b"{", b"[")):
        with _progress() as progress:
            checked = streamed.check(file, progress=progress)
        return _told(checked.message.id, checked.findings, checked.more)
    document = read(file.read())
    return _told(document.message.id, book.findings(document), 0)


def _told(message: str, found: Iterable[Finding], more: int) -> dict[str, Any]:
    listed = [finding.as_dict() for finding in found]
    return {"message": message, "findings": listed, **({"more": more} if more else {})}


@contextmanager
def _progress() -> Iterator[streamed.Progress | None]:
    """Show how far a check is, to somebody who looks."""
    if not sys.stderr.isatty():
        yield None
        return

    def show(done: int, of: int) -> None:
        sys.stderr.write(f"\r{done:,} of {of:,} parts checked ({done / of:.0%})")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\033[K")


def _count(number: int) -> str:
    return {0: "nothing found", 1: "1 finding"}.get(number, f"{number} findings")
