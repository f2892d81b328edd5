"""manage.py sample_message IE3F26 [--size minimal|full] [--houses N] [--seed S] [--json]"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from filings import samples
from filings.messages import catalogue, json


class Command(BaseCommand):
    """Print a realistic message that passes every check."""

    help = "Print a realistic message of any type that passes every check; the same seed gives the same message."
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the message, its size and the form of the output."""
        parser.add_argument("message", help="message id, such as IE3F26")
        parser.add_argument("--size", choices=("minimal", "full"), default="minimal", help="what is needed or all that may")
        parser.add_argument("--houses", type=int, default=1, metavar="N", help="house consignments, as many as the message takes")
        parser.add_argument("--seed", type=int, default=0, metavar="S", help="another seed tells another shipment")
        parser.add_argument("--json", action="store_true", help="print JSON instead of XML")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the message."""
        asked = {name: options[name] for name in ("size", "houses", "seed")}
        try:
            if options["json"]:
                pieces = iter([json.write(samples.sample(options["message"], **asked))])
            else:
                pieces = samples.stream(options["message"], **asked)
        except (catalogue.UnknownMessage, ValueError) as error:
            raise CommandError(str(error)) from error
        for piece in pieces:
            self.stdout.write(piece.decode("utf-8"), ending="")
