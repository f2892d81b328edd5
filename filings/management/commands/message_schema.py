"""manage.py message_schema IE3F26 --xsd | --json-schema"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from filings.messages import catalogue
from filings.messages.jsonschema import json_schema
from filings.messages.xsd import xsd


class Command(BaseCommand):
    """Print the schema of a message."""

    help = "Print the XML Schema or the JSON Schema of a message."
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the message and the kind of schema."""
        parser.add_argument("message", help="message id, such as IE3F26")
        parser.add_argument("--message-set", default=catalogue.DEFAULT)
        parser.add_argument("--message-version", default=catalogue.DEFAULT_VERSION)
        kind = parser.add_mutually_exclusive_group(required=True)
        kind.add_argument("--xsd", action="store_true", help="print the XML Schema")
        kind.add_argument("--json-schema", action="store_true", help="print the JSON Schema")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the schema asked for."""
        try:
            message = catalogue.message(options["message"], options["message_set"], options["message_version"])
        except catalogue.UnknownMessage as error:
            raise CommandError(str(error)) from error
        if options["xsd"]:
            self.stdout.write(xsd(message).decode("utf-8"))
        else:
            self.stdout.write(json.dumps(json_schema(message), ensure_ascii=False, indent=2))
