"""`manage.py demo`: the whole product on this machine, with operators, keys and a customs sandbox."""

import contextlib
import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.embedded import demo, paths, ports, postgres, sockets, valkey

FAILURES = (
    demo.DemoFailed,
    ports.NoFreePort,
    postgres.PostgresUnavailable,
    sockets.SocketFolderRefused,
    valkey.ValkeyUnavailable,
)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked us to end; no `except Exception` on the way may swallow it."""


class Command(BaseCommand):
    """Starts every process and watches them until Ctrl-C."""

    help = "Run the whole product on this machine; Ctrl-C stops it, the data is kept."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=paths.WEB_PORT, help="port of the web server, or the next free one")
        parser.add_argument("--reset", action="store_true", help="remove the data of earlier demos first")

    def handle(self, *args: Any, host: str, port: int, reset: bool, **options: Any) -> None:
        """Run the demo."""
        if os.environ.get("DJANGO_ENV") == "production":
            raise CommandError("The demo brings known passwords and keys along; it does not run with DJANGO_ENV=production.")
        for number in STOPPING:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # left ignored by nohup
                signal.signal(number, _stop)
        try:
            demo.Demo(say=self._say).run(host=host, port=port, reset=reset)
        except Stopped:
            return
        except FAILURES as reason:
            raise CommandError(str(reason)) from None
        except PermissionError as reason:
            raise CommandError(
                f"{reason}. Was an earlier demo started by another user? LANDFALL_VAR names another folder."
            ) from None

    def _say(self, line: str) -> None:
        # Nobody may be reading any more (closed window, ended pipe); that must not stop an orderly end.
        with contextlib.suppress(OSError):
            self.stdout.write(line)
            self.stdout.flush()


def _stop(number: int, frame: object) -> None:
    # Once: an impatient second Ctrl-C must not interrupt the orderly end, which takes ten seconds at most.
    for signal_number in STOPPING:
        signal.signal(signal_number, signal.SIG_IGN)
    raise Stopped
