"""The product's own web server on a free port, in a thread of the tests."""

import asyncio
import socket
import threading

import uvicorn


class Serving(threading.Thread):
    """What `manage.py demo` and a production server run: the ASGI application under uvicorn."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        from config.asgi import application
        from integrations.listening import PROTOCOL

        self.socket = socket.create_server(("127.0.0.1", 0))
        self.server = uvicorn.Server(uvicorn.Config(application, http=PROTOCOL, log_level="warning", server_header=False))

    @property
    def url(self) -> str:
        """Return the access point."""
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/as4/"

    def run(self) -> None:
        """Serve until told to stop."""
        asyncio.run(self.server.serve(sockets=[self.socket]))

    def stop(self) -> None:
        """Finish what is in hand and close the port."""
        self.server.should_exit = True
        self.join(15)
