"""The product as one ASGI application: Django runs as WSGI in threads (docs/decisions/0007-web-server.md)."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from threading import Thread
from typing import Any

from a2wsgi import WSGIMiddleware
from django.db import Error, connection, connections

from config.wsgi import application as wsgi_application
from filings import codes
from integrations.listening import WholeBodies
from integrations.web.push import LIMIT, keep_unread

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def _told(status: int, size: int, content_type: str, address: str) -> None:
    """Keep that a message was turned away; the thread is nobody's, so its connection to the database is given back."""
    try:
        keep_unread(status, size=size, content_type=content_type, address=address)
    finally:
        connections.close_all()


# Customs' messages are read here and not in a thread, so that a slow sender keeps no page waiting.
_pages = WholeBodies(WSGIMiddleware(wsgi_application, workers=16), paths={"/as4/"}, limit=LIMIT, told=_told)  # type: ignore[arg-type]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the server's start and stop, and hand every request to the pages."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    else:
        await _pages(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        if event == "lifespan.startup":
            Thread(target=_prepare, daemon=True).start()
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


def _prepare() -> None:
    """Make what the first visitor would wait for; without a database it is made later."""
    try:
        codes.prepare()
    except Error:
        logging.getLogger(__name__).warning("The code lists are made ready at the first question: the database does not answer.")
    finally:
        connection.close()
