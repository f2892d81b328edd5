"""The access point behind TLS: its own port, a client certificate required, and nothing but messages there.

The page for people stays on the plain port, since browsers have no such certificate; messages are refused there.
"""

import ssl
import threading
from typing import Any, Final

import uvicorn

from integrations import listening, tls
from integrations.listening import Receive, Scope, Send
from integrations.sandbox import profile
from integrations.sandbox.models import REASON, SandboxSettings
from tenants import vault
from tenants.scope import every_tenant

Application = Any  # an ASGI application; uvicorn's own types say no more
TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")


class NoCertificate(Exception):
    """The sandbox has no TLS certificate yet; `manage.py seed_demo` gives it one."""


def context() -> ssl.SSLContext:
    """Return TLS as the settings row has it.

    :raises NoCertificate: if it has none.
    """
    with every_tenant(REASON):
        row: SandboxSettings | None = SandboxSettings.objects.exclude(tls_certificates="").first()
    if row is None:
        raise NoCertificate
    return tls.server(
        private_key=vault.unlock(bytes(row.tls_private_key)).encode(),
        chain=row.tls_certificates.encode(),
        client_anchors=row.tls_anchors.encode(),
    )


def messages_only(application: Application) -> Application:
    """Return the application with its access point as the only door."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != profile.PATH:
            await _refuse(send, 404, "Only messages are taken here.")
        else:
            await application(scope, receive, send)

    return serve


def without_messages(application: Application, *, port: int) -> Application:
    """Return the application with all doors but the access point, which is on another port."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == profile.PATH:
            await _refuse(send, 403, f"Messages are taken on port {port} only, by TLS with a client certificate.")
        else:
            await application(scope, receive, send)

    return serve


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = f"{sentence}\n".encode()
    headers = [TEXT, (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def server(application: Application, *, host: str, port: int, secured: ssl.SSLContext | None = None) -> uvicorn.Server:
    """Return a server of an application, by TLS if there is a context."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        http=listening.PROTOCOL,
        timeout_graceful_shutdown=3,
        ssl_context_factory=(lambda *_: secured) if secured else None,
    )
    return uvicorn.Server(config)


class Beside(threading.Thread):
    """A server in a thread of its own; the one in the main thread takes the signals."""

    def __init__(self, served: uvicorn.Server) -> None:
        super().__init__(name="sandbox-tls", daemon=True)
        self._served = served

    def run(self) -> None:
        """Serve until stopped."""
        self._served.run()

    def stop(self) -> None:
        """Let the requests in hand finish, and end."""
        self._served.should_exit = True
        self.join(10)
