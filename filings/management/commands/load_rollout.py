"""manage.py load_rollout FILE"""

import getpass
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from filings.services import rollouts
from tenants.errors import DomainError


class Command(BaseCommand):
    """Load a newer table of who joined ICS2 when; pages and filings use it at once."""

    help = "Load a roll-out table (CSV) that says from when on which countries and modes file to ICS2."
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file."""
        parser.add_argument(
            "file", metavar="FILE", type=Path, help="CSV: modes, countries, since, until, answer, words, source, certain"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load it and say what it is."""
        try:
            with options["file"].open("rb") as file:
                data = file.read(rollouts.LARGEST + 1)
            by = f"{getpass.getuser()} (command)"
            loaded = rollouts.load(data=data, source=options["file"].name, by=by, at=timezone.now())
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror or error}") from error
        except DomainError as error:
            raise CommandError(error.message) from error
        except OperationalError as error:
            raise CommandError("The database cannot be reached; start it first.") from error
        self.stdout.write(f"{loaded.count} rows, {'loaded' if loaded.new else 'in force already'}")
