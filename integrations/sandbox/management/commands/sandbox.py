"""`manage.py sandbox`: simulated customs as a process of its own."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand

from integrations import listening
from integrations.sandbox.server import Server
from integrations.sandbox.work import Crew


class Command(BaseCommand):
    """Runs the STI sandbox until it is told to stop."""

    help = "Run the STI sandbox: a strict simulation of customs' access point (AS4), for trying out and for tests."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add where to listen."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8100)

    def handle(self, *_args: Any, host: str, port: int, **_options: Any) -> None:
        """Serve, and stop cleanly on SIGTERM and Ctrl-C."""
        crew = Crew()
        application = Server(ring=crew.ring)
        server = uvicorn.Server(
            uvicorn.Config(
                application,
                host=host,
                port=port,
                log_level="warning",
                access_log=False,
                server_header=False,
                http=listening.PROTOCOL,
                timeout_graceful_shutdown=3,
            )
        )

        def stop(_number: int, _frame: FrameType | None) -> None:
            server.should_exit = True

        # uvicorn takes the signals while it serves, and raises the one it caught again when it has closed: that must
        # not end us before the threads, and one that comes before it serves must not be lost.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        crew.start()
        self.stdout.write(f"STI sandbox on http://{host}:{port}/")
        server.run()
        crew.stop()
        application.close()
