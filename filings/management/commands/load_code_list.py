"""manage.py load_code_list LIST FILE [--edition DATE] [--valid-from DATE] [--licence TEXT] [--partial] [--json]"""

import getpass
import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from filings.reference.reading import LARGEST
from filings.reference.shipped import sources
from filings.services import code_lists
from filings.services.code_lists import Loaded
from tenants.errors import DomainError

SHOWN: Final = 20  # codes of each kind in the text; the JSON has all


class Command(BaseCommand):
    """Load a newer edition of a code list that others publish; every running process uses it within seconds."""

    help = (
        "Load an edition of a code list from CSV, or from the Commission's XML or XLSX export, and report what it changes. "
        "Lists: " + ", ".join(f"{source.code_list} {source.title}" for source in sources().values()) + "."
    )
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare list, file and dates."""
        parser.add_argument("code_list", metavar="LIST", help="such as CL244")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--edition", type=_day, metavar="DATE", help="day on which the publisher issued it; else today")
        parser.add_argument("--valid-from", type=_day, metavar="DATE", help="first day on which it is used; else today")
        parser.add_argument("--licence", default="", metavar="TEXT", help="under which you have the file")
        parser.add_argument("--partial", action="store_true", help="codes may exist that are not in the file")
        parser.add_argument("--despite-loss", action="store_true", help="even if most codes in force are not in the file")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load the list and print the report."""
        now = timezone.now()
        try:
            with options["file"].open("rb") as file:
                data = file.read(LARGEST + 1)
            loaded = code_lists.load(
                code_list=options["code_list"],
                data=data,
                source=options["file"].name,
                published=options["edition"] or now.date(),
                valid_from=options["valid_from"] or now.date(),
                licence=options["licence"],
                complete=not options["partial"],
                despite_loss=options["despite_loss"],
                by=f"{getpass.getuser()} (command)",
                at=now,
            )
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror or error}") from error
        except DomainError as error:
            raise CommandError(error.message) from error
        except OperationalError as error:
            raise CommandError("The database cannot be reached; start it first.") from error
        if options["json"]:
            self.stdout.write(json.dumps(_report(loaded), ensure_ascii=False, indent=2))
        else:
            self._print(loaded)

    def _print(self, loaded: Loaded) -> None:
        state = "loaded" if loaded.new else "was there already"
        found = loaded.difference
        self.stdout.write(
            f"{loaded.code_list}: {loaded.count} codes, {state}; compared with the edition in force before: "
            f"{len(found.added)} added, {len(found.gone)} gone, {len(found.changed)} changed"
        )
        self._lines("+", found.added)
        self._lines("-", found.gone)
        self._lines("~", {code: f"{old} -> {new}" for code, (old, new) in found.changed.items()})

    def _lines(self, sign: str, codes: Any) -> None:
        for code, words in list(codes.items())[:SHOWN]:
            self.stdout.write(f"  {sign} {code} {words}")
        if len(codes) > SHOWN:
            self.stdout.write(f"  {sign} and {len(codes) - SHOWN} more (--json lists all)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is no day; write 2026-07-01.") from error


def _report(loaded: Loaded) -> dict[str, Any]:
    return {"code_list": loaded.code_list, "count": loaded.count, "new": loaded.new, **asdict(loaded.difference)}
