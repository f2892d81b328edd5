"""manage.py load_stop_words FILE [--valid-from DATE] [--no-rescan]"""

import getpass
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from filings.management.commands.rescan_drafts import lines
from filings.services.stop_words import rescanning, stop_words
from tenants.errors import DomainError

SHOWN: Final = 20


class Command(BaseCommand):
    """Load a newer list of stop words; every running process uses it within seconds, and what is open is looked at."""

    help = "Load a list of stop words from CSV, report what it changes, and list what needs a look."
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare file and day."""
        parser.add_argument(
            "file", metavar="FILE", type=Path, help="CSV: term, confirmed, embedded, valid_from, valid_to, source"
        )
        parser.add_argument("--valid-from", type=_day, metavar="DATE", help="first day on which it is used; else today")
        parser.add_argument("--no-rescan", action="store_true", help="leave what is open to the beat, or to rescan_drafts")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load the list, print the report and look at the drafts."""
        now = timezone.now()
        day = options["valid_from"] or now.date()
        try:
            with options["file"].open("rb") as file:
                data = file.read(stop_words.LARGEST + 1)
            by = f"{getpass.getuser()} (command)"
            loaded = stop_words.load(data=data, source=options["file"].name, valid_from=day, by=by, at=now)
            found = [] if options["no_rescan"] else rescanning.rescan(at=now)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror or error}") from error
        except DomainError as error:
            raise CommandError(error.message) from error
        except OperationalError as error:
            raise CommandError("The database cannot be reached; start it first.") from error
        state = "loaded" if loaded.new else "was there already"
        self.stdout.write(f"{loaded.count} stop words from {day}, {state}: {len(loaded.added)} added, {len(loaded.gone)} gone")
        for sign, terms in (("+", loaded.added), ("-", loaded.gone)):
            for term in terms[:SHOWN]:
                self.stdout.write(f"  {sign} {term}")
            if len(terms) > SHOWN:
                self.stdout.write(f"  {sign} and {len(terms) - SHOWN} more")
        if not options["no_rescan"]:
            self.stdout.write("\n".join(lines(found)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is no day; write 2026-07-01.") from error
