"""manage.py use_message_set NAME:VERSION [--since TIME] [--message ID] [--operator SLUG]"""

import getpass
from argparse import ArgumentParser
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from filings.services import editions
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import tenant_scope


class Command(BaseCommand):
    """Decide from when on a message set is used."""

    help = "Use a message set from a moment on, for one message or all, for one operator's connection or all."
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the set, the moment and for what."""
        parser.add_argument("set", metavar="NAME:VERSION", help="the message set, such as HTI:3.1")
        parser.add_argument("--since", metavar="TIME", default="", help="as 2026-02-03T00:00:00Z; now if it is not given")
        parser.add_argument("--message", metavar="ID", default="", help="only this message, such as IE3F10")
        parser.add_argument("--operator", metavar="SLUG", default="", help="only this operator")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the choice."""
        name, _, version = options["set"].partition(":")
        now = timezone.now()
        since = _moment(options["since"]) if options["since"] else now
        try:
            operator_id = _operator(options["operator"]) if options["operator"] else None
            with tenant_scope(operator_id) if operator_id else nullcontext():
                editions.choose(
                    edition=(name, version),
                    since=since,
                    by=f"{getpass.getuser()} (command)",
                    at=now,
                    message_type=options["message"],
                    operator_id=operator_id,
                )
        except DomainError as error:
            raise CommandError(error.message) from error
        except OperationalError as error:
            raise CommandError("The database cannot be reached; start it first.") from error
        what, who = options["message"] or "every message", options["operator"] or "everybody"
        self.stdout.write(f"{name} {version} is used for {what} of {who} since {since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"Write the moment as 2026-02-03T00:00:00Z, not {text!r}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _operator(slug: str) -> UUID:
    found = Operator.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"There is no operator {slug}.")
    return found
