"""`manage.py sandbox`: simulated customs as a process of its own."""

import signal
import ssl
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.sandbox import secure
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
        parser.add_argument("--tls-port", type=int, help="take messages on this port alone, by TLS with a client certificate")

    def handle(self, *_args: Any, host: str, port: int, tls_port: int | None = None, **_options: Any) -> None:
        """Serve, and stop cleanly on SIGTERM and Ctrl-C."""
        crew = Crew()
        application = Server(ring=crew.ring)
        beside = None
        if tls_port is None:
            server = secure.server(application, host=host, port=port)
        else:
            server = secure.server(secure.without_messages(application, port=tls_port), host=host, port=port)
            messages = secure.messages_only(application)
            beside = secure.Beside(secure.server(messages, host=host, port=tls_port, secured=_secured()))

        def stop(_number: int, _frame: FrameType | None) -> None:
            server.should_exit = True

        # uvicorn takes the signals while it serves, and raises the one it caught again when it has closed: that must
        # not end us before the threads, and one that comes before it serves must not be lost.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        crew.start()
        self.stdout.write(f"STI sandbox on http://{host}:{port}/")
        if beside:
            beside.start()
            self.stdout.write(f"STI sandbox, access point by TLS on https://{host}:{tls_port}/")
        server.run()
        if beside:
            beside.stop()
        crew.stop()
        application.close()


def _secured() -> ssl.SSLContext:
    try:
        return secure.context()
    except secure.NoCertificate as reason:
        raise CommandError((reason.__doc__ or "").strip()) from None
