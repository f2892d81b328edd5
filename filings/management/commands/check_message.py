"""manage.py check_message FILE… [--message-set NAME:VERSION] [--operator SLUG] [--previous FILE] [--json]

0 nothing to say, 1 findings, 2 unreadable.
"""

import json
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from filings.messages import catalogue, holdings
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION, Message
from filings.messages.document import Document, Unreadable
from filings.messages.elements import Edition
from filings.messages.finding import Finding
from filings.messages.reading import Choose, read
from filings.messages.streaming import Stream
from filings.rules import book, streamed
from filings.rules.amending import remembered
from filings.services.editions import Choices
from tenants.models import Operator
from tenants.scope import tenant_scope

FINE: Final = 0
FINDINGS: Final = 1
UNREADABLE: Final = 2
# XML above this size is read in parts.
LARGE: Final = 2 * 1024 * 1024


@dataclass(frozen=True)
class _Way:
    """How files are checked. told: the message set that was named; else choose, and the namespace of XML, say which."""

    told: Edition | None
    choose: Choose
    previous: str

    def edition(self, file: BinaryIO) -> Choose:
        """Return what chooses the message set for a file, which is at its beginning before and after."""
        if self.told or _is_json(file):
            return self.choose
        stream = Stream(file, choose=self.choose)
        file.seek(0)
        chosen = stream.message.edition
        of_namespace = [one.edition for one in catalogue.named(stream.message.id) if one.namespace == stream.namespace]
        edition = of_namespace[-1] if of_namespace and chosen not in of_namespace else chosen
        return lambda _: edition


class Command(BaseCommand):
    """Check messages in files, XML or JSON, without network; a database is asked for message sets if there is one."""

    help = (
        "Check messages (XML or JSON; - is standard input). "
        "Exit status: 0 nothing to say, 1 findings, 2 a file that cannot be read."
    )
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files and the form of the output."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
        parser.add_argument(
            "--message-set",
            metavar="NAME:VERSION",
            default="",
            help="such as HTI:2.02; else the one of the XML namespace, of several the one in use now",
        )
        parser.add_argument("--operator", metavar="SLUG", default="", help="whose message sets are in use; else those for all")
        parser.add_argument("--previous", metavar="FILE", default="", help="for one amendment: the filing as last accepted")
        parser.add_argument("--json", action="store_true", help="print one JSON array with an object per file")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check every file, print what was found and leave with the worst exit status."""
        if options["previous"] and len(options["files"]) != 1:
            raise CommandError("A previous filing belongs to one amendment; check one file at a time.")
        told = _told_edition(options["message_set"])
        way = _Way(told, (lambda _: told) if told else _in_use(options["operator"]), options["previous"])
        results = [_result(name, way) for name in options["files"]]
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


def _told_edition(text: str) -> Edition | None:
    name, _, version = text.partition(":")
    try:
        if not text or catalogue.messages(name, version):
            return (name, version) if text else None
    except OperationalError as error:
        raise CommandError("The database, which has this message set, cannot be reached; start it first.") from error
    there = ", ".join(":".join(edition) for edition in catalogue.editions())
    raise CommandError(f"There is no message set {text}; there are: {there}.")


def _in_use(slug: str) -> Choose:
    """Return the choice of message sets in force now; without a database all that is there is the set of the release."""
    try:
        operator = Operator.objects.filter(slug=slug).first() if slug else None
        if slug and operator is None:
            raise CommandError(f"There is no operator {slug}.")
        with tenant_scope(operator.pk) if operator else nullcontext():
            choose = Choices(at=timezone.now(), operator_id=operator.pk if operator else None).edition
            catalogue.editions()
            return choose
    except OperationalError as error:
        if slug:
            raise CommandError("The database cannot be reached; start it first.") from error
        holdings.stand(holdings.Sets())
        return lambda _: (DEFAULT, DEFAULT_VERSION)


def _result(name: str, way: _Way) -> tuple[int, dict[str, Any]]:
    """Return the exit status and the result of one file."""
    try:
        with _opened(name) as file:
            result = _checked(file, way)
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
        kept.seek(0)
        yield kept


def _checked(file: BinaryIO, way: _Way) -> dict[str, Any]:
    """Return message and findings, those of large XML found in parts."""
    choose = way.edition(file)
    if _is_large(file):
        previous = _previous(way, Stream(file, choose=choose).message)
        with _progress() as progress:
            checked = streamed.check(file, choose=choose, previous=previous, progress=progress)
        return _told(checked.message.id, checked.findings, checked.more)
    document = read(file.read(), choose=choose)
    return _told(document.message.id, book.findings(document, previous=_previous(way, document.message)), 0)


def _previous(way: _Way, message: Message) -> Document | None:
    """Return the filing that was named as the one before, of which only what is compared if it is large."""
    if not way.previous:
        return None
    if not message.amends:
        raise Unreadable(f"{message.id} amends nothing; leave out --previous.")
    try:
        with _opened(way.previous) as file:
            choose = way.edition(file)
            previous = remembered(file, choose=choose) if _is_large(file) else read(file.read(), choose=choose)
    except OSError as error:
        raise Unreadable(f"{way.previous}: {error.strerror or error}") from error
    if previous.message.id not in {message.amends, message.id}:
        raise Unreadable(f"{way.previous} is {previous.message.id}; {message.id} amends {message.amends}.")
    return previous


def _is_large(file: BinaryIO) -> bool:
    """Say whether a file is XML that is better read in parts."""
    size = file.seek(0, 2)
    file.seek(0)
    return size > LARGE and not _is_json(file)


def _is_json(file: BinaryIO) -> bool:
    start = file.read(200).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    return start.startswith((b"{", b"["))


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
