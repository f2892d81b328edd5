"""The product's own web server on a free port, in a thread of the tests."""

import asyncio
import socket
import ssl
import threading

import uvicorn


class Serving(threading.Thread):
    """What `manage.py demo` and a production server run: the ASGI application under uvicorn, by TLS if there is a context.

    In production a proxy opens TLS; what it asks of a client is the same.
    """

    def __init__(self, secured: ssl.SSLContext | None = None) -> None:
        super().__init__(daemon=True)
        from config.asgi import application
        from integrations.listening import PROTOCOL

        self.socket = socket.create_server(("127.0.0.1", 0))
        self._scheme = "https" if secured else "http"
        config = uvicorn.Config(
            application,
            http=PROTOCOL,
            log_level="warning",
            server_header=False,
            ssl_context_factory=(lambda *_: secured) if secured else None,
        )
        self.server = uvicorn.Server(config)

    @property
    def url(self) -> str:
        """Return the access point."""
        return f"{self._scheme}://127.0.0.1:{self.socket.getsockname()[1]}/as4/"

    def run(self) -> None:
        """Serve until told to stop."""
        asyncio.run(self.server.serve(sockets=[self.socket]))

    def stop(self) -> None:
        """Finish what is in hand and close the port."""
        self.server.should_exit = True
        self.join(15)
