"""`manage.py seed_demo`: the operators, people, keys and connections of the demo."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations import seeding

FILE = "demo-secrets.json"


class Command(BaseCommand):
    """Makes what the demo needs; a second run only brings the addresses up to date."""

    help = "Make the demo's operators, sign-ins, API keys, test certificates and connections to the sandbox, once."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the form of the output."""
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Seed, and show how to sign in."""
        if settings.PRODUCTION:
            raise CommandError("The demo's sign-ins have no place in production.")
        made = seeding.seed(
            file=settings.VAR_FOLDER / FILE,
            web_url=settings.WEB_URL,
            sandbox_url=settings.SANDBOX_URL,
            access_point=settings.SANDBOX_ACCESS_POINT,
            at=timezone.now(),
        )
        self.stdout.write(json.dumps(made) if options["json"] else _text(made))


def _text(made: dict[str, Any]) -> str:
    lines = []
    for operator in made["operators"]:
        lines.append(f"{operator['name']} ({operator['slug']}, EORI {operator['eori']})")
        lines += [f"  sign in  {person['email']}  password {person['password']}" for person in operator["people"]]
        lines.append(f"  API key  {operator['api_key']}")
    staff = made["staff"]
    return "\n".join([*lines, "ITSP staff", f"  sign in  {staff['email']}  password {staff['password']}"])
