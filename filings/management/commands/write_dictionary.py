"""manage.py write_dictionary DIR [--form html|markdown] [--message-set HTI:2.02]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from filings.messages import catalogue
from filings.services.dictionary.writing import FORMS


class Command(BaseCommand):
    """Write the data dictionary as files."""

    help = "Write the data dictionary into a folder, as HTML that needs no server or as Markdown."
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare folder, form and message set."""
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--form", choices=tuple(FORMS), default="html")
        parser.add_argument("--message-set", default=f"{catalogue.DEFAULT}:{catalogue.DEFAULT_VERSION}", metavar="NAME:V")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the files."""
        name, _, version = options["message_set"].partition(":")
        if not catalogue.messages(name, version):
            raise CommandError(f"There is no message set {name} {version}.")
        try:
            count = FORMS[options["form"]](options["folder"], (name, version))
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        self.stdout.write(f"{count} files written to {options['folder']}.")
