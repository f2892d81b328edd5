"""manage.py rescan_drafts"""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from filings.services.stop_words import rescanning
from filings.services.stop_words.rescanning import Doubtful


class Command(BaseCommand):
    """Look at every open draft, template and product with the stop words in force and to come."""

    help = "List the open drafts, templates and products of all operators that need a look because of stop words."
    requires_system_checks: tuple[()] = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Look, and print what was found."""
        try:
            found = rescanning.rescan(at=timezone.now())
        except OperationalError as error:
            raise CommandError("The database cannot be reached; start it first.") from error
        self.stdout.write("\n".join(lines(found)))


def lines(found: Sequence[Doubtful]) -> list[str]:
    """Return what was found as lines to print; nothing of what they say, only where."""
    head = f"{len(found)} drafts, templates and products need a look" if len(found) != 1 else "1 needs a look"
    rows = (" ".join(filter(None, (each.operator, each.kind, each.message, str(each.target)))) for each in found)
    return [head, *(f"  {row}: {', '.join(each.paths)}" for row, each in zip(rows, found, strict=True))]
