"""The product as one ASGI application: Django runs as WSGI in threads (docs/decisions/0007-web-server.md)."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from a2wsgi import WSGIMiddleware

from config.wsgi import application as wsgi_application
from integrations.listening import WholeBodies
from integrations.web.push import LIMIT

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Customs' messages are read here and not in a thread, so that a slow sender keeps no page waiting.
_pages = WholeBodies(WSGIMiddleware(wsgi_application, workers=16), paths={"/as4/"}, limit=LIMIT)  # type: ignore[arg-type]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the server's start and stop, and hand every request to the pages."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    else:
        await _pages(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
