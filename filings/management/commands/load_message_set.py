"""manage.py load_message_set NAME ZIP [--version V] [--compare-with HTI:2.02] [--partial] [--dry-run] [--json]"""

import getpass
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from filings.messages import catalogue, comparing
from filings.services import message_sets
from tenants.errors import DomainError

SHOWN: Final = 200  # lines of each kind in the text; the JSON has all


class Command(BaseCommand):
    """Load a message set from an XSD package."""

    help = "Load a message set from a zip of XML Schemas, beside those there are, and report what differs."
    requires_system_checks: tuple[()] = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser in which --version is ours and not Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare name, package and what to compare with."""
        default = f"{catalogue.DEFAULT}:{catalogue.DEFAULT_VERSION}"
        parser.add_argument("name", metavar="NAME", help="name of the message set, such as HTI")
        parser.add_argument("zip", metavar="ZIP", type=Path, help="the package of XSD files")
        parser.add_argument("--version", dest="set_version", default="", metavar="V", help="else what stands in the schemas")
        parser.add_argument("--compare-with", default=default, metavar="NAME:V", help=f"rules come from this set ({default})")
        parser.add_argument("--partial", action="store_true", help="messages the package lacks stay as they are in that set")
        parser.add_argument("--dry-run", action="store_true", help="only report")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load the set and print the report."""
        try:
            loaded = message_sets.load(
                edition=(options["name"], options["set_version"]),
                data=options["zip"].read_bytes(),
                source=options["zip"].name,
                compare_with=_edition(options["compare_with"]),
                partial=options["partial"],
                by=f"{getpass.getuser()} (command)",
                at=timezone.now(),
                keep=not options["dry_run"],
            )
        except OSError as error:
            raise CommandError(f"{options['zip']}: {error.strerror or error}") from error
        except DomainError as error:
            raise CommandError(error.message) from error
        except OperationalError as error:
            raise CommandError("The database cannot be reached; start it first.") from error
        if options["json"]:
            self.stdout.write(json.dumps(loaded.report, ensure_ascii=False, indent=2))
        else:
            self._print(loaded.report, kept=not options["dry_run"])

    def _print(self, report: dict[str, Any], *, kept: bool) -> None:
        name, version = report["compared_with"]
        done = "loaded" if kept else "would be loaded (dry run)"
        self.stdout.write(f"{report['message_set']} {report['version']}: {report['messages']} messages {done}.")
        differences = report["differences"]
        self.stdout.write(f"Differences from {name} {version}: {'none' if not differences['changes'] else ''}".rstrip())
        for kind, count in differences["summary"].items():
            self.stdout.write(f"  {comparing.WORDS[kind]}: {count}")
            for change in [each for each in differences["changes"] if each["kind"] == kind][:SHOWN]:
                place = "/".join(part for part in (change["message"], change["path"]) if part)
                self.stdout.write(f"    {place}  {_arrow(change)}".rstrip())
        self.stdout.write(f"Carried over from {name} {version}:")
        for what, count in report["carried"].items():
            self.stdout.write(f"  {what}: {count}")
        if report["open"]:
            self.stdout.write("To be looked at:")
            for each in report["open"][:SHOWN]:
                self.stdout.write(f"  {each['message']} {each['path']}: {each['what']}")
            if len(report["open"]) > SHOWN:
                self.stdout.write(f"  and {len(report['open']) - SHOWN} more; --json has all")


def _arrow(change: dict[str, str]) -> str:
    before, after = change["before"], change["after"]
    return f"{before} -> {after}" if before and after else before or after


def _edition(text: str) -> tuple[str, str]:
    name, colon, version = text.partition(":")
    if not (name and colon and version):
        raise CommandError(f"Write the set to compare with as NAME:VERSION, not {text!r}.")
    return name, version
