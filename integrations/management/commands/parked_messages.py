"""`manage.py parked_messages`: what customs sent and no verb understood, and handing it over once more."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations import routing


class Command(BaseCommand):
    """Lists them by id, type and reason; never their content."""

    help = "List messages of customs that wait for a person, or route one of them again after a fix."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the option."""
        parser.add_argument("--again", type=UUID, metavar="ID", help="route this message once more")

    def handle(self, *args: Any, again: UUID | None, **options: Any) -> None:
        """Run the command."""
        if again is None:
            for row in routing.parked():
                self.stdout.write(f"{row.pk}  {row.received_at:%Y-%m-%d %H:%M:%S}Z  {row.message_type:8}  {row.reason}")
        elif not routing.again(again, at=timezone.now()):
            raise CommandError(f"No parked message has the id {again}.")
