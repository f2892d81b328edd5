"""manage.py rescan_drafts"""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from filings.services import stop_words
from filings.services.stop_words import Doubtful


class Command(BaseCommand):
    """Look at every open draft with the stop words in force, and note it on those that need a look."""

    help = "List the open drafts of all operators that the stop words in force make doubtful, and note it on each."
    requires_system_checks: tuple[()] = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Look, and print what was found."""
        try:
            found = stop_words.rescan(at=timezone.now())
        except OperationalError as error:
            raise CommandError("The database cannot be reached; start it first.") from error
        self.stdout.write("\n".join(lines(found)))


def lines(found: Sequence[Doubtful]) -> list[str]:
    """Return what was found as lines to print; nothing of what the drafts say, only where."""
    head = f"{len(found)} open drafts need a look" if len(found) != 1 else "1 open draft needs a look"
    return [head, *(f"  {each.operator} {each.message} {each.filing}: {', '.join(each.paths)}" for each in found)]
