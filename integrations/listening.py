"""Listening to peers that send slowly or without end: heads and bodies are bounded before anything is spent on them.

A process in front may do the same; the access points do not depend on one.
"""

import asyncio
from asyncio import TimerHandle, Transport
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, Final

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Told = Callable[[int, int, str, str], None]  # status of the refusal, announced size, media type, network address

HEAD_LIMIT: Final = 65_536  # bytes of request line and headers
PROTOCOL: Final = "integrations.listening:BoundedHead"  # what uvicorn is told (--http)
_NOTICE: Final = "HTTP/1.1 {}\r\ncontent-type: text/plain\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class TooLarge(Exception):
    """The body is beyond the limit."""


class Gone(Exception):
    """The peer left before its request was whole."""


class BoundedHead(HttpToolsProtocol):
    """uvicorn's protocol that closes a connection whose head takes too long or is too large."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start waiting for the first head."""
        super().connection_made(transport)
        self._head_size = 0
        self._late: TimerHandle | None = None
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._head_is_there()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head grows beyond the limit."""
        super().data_received(data)
        if self._late is not None:
            self._head_size += len(data)
            if self._head_size > HEAD_LIMIT:
                self._close("431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Start waiting for the head of the next request of the connection."""
        super().on_message_begin()
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        """Stop waiting: the body has bounds of its own."""
        self._head_is_there()
        super().on_headers_complete()

    def _wait_for_head(self) -> None:
        if self._late is None:
            self._head_size = 0
            self._late = self.loop.call_later(settings.HTTP_HEAD_WITHIN, self._close, "408 Request Timeout")

    def _head_is_there(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self, status: str) -> None:
        self._head_is_there()
        if not self.transport.is_closing():
            self.transport.write(_NOTICE.format(status).encode())
            self.transport.close()


async def read_whole(scope: Scope, receive: Receive, *, limit: int) -> bytes:
    """Return the body of a request.

    :raises TooLarge: as soon as it is known to pass the limit, by its announced length or by what came
    :raises TimeoutError: if it is not there in time
    :raises Gone: if the peer leaves first
    """
    if _announced(scope) > limit:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async with asyncio.timeout(settings.HTTP_BODY_WITHIN):
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise Gone
            chunks.append(event.get("body", b""))
            size += len(chunks[-1])
            if size > limit:
                raise TooLarge
            if not event.get("more_body"):
                return b"".join(chunks)


def _announced(scope: Scope) -> int:
    value = next((value for name, value in scope["headers"] if name.lower() == b"content-length"), b"0")
    return int(value)


class WholeBodies:
    """ASGI middleware: a request to one of the paths reaches the application when its body is there, never before.

    The application's threads then never wait for a peer.
    """

    def __init__(self, application: Application, *, paths: Collection[str], limit: int, told: Told = lambda *_: None) -> None:
        self._application = application
        self._paths = paths
        self._limit = limit
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, then hand over; answer 413 or 408 for what is not handed over."""
        if scope["type"] != "http" or scope["path"] not in self._paths:
            await self._application(scope, receive, send)
            return
        try:
            body = await read_whole(scope, receive, limit=self._limit)
        except TooLarge:
            await self._turn_away(scope, send, 413)
        except TimeoutError:
            await self._turn_away(scope, send, 408)
        except Gone:
            return
        else:
            await self._application(scope, _replay(body, receive), send)

    async def _turn_away(self, scope: Scope, send: Send, status: int) -> None:
        """Answer, and then tell of it in a thread: whoever is told may wait for a database."""
        await _refuse(send, status)
        headers = dict(scope["headers"])
        media = headers.get(b"content-type", b"").decode("latin-1")
        address = (scope.get("client") or ("",))[0]
        await asyncio.to_thread(self._told, status, _announced(scope), media, address)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return again


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"connection", b"close"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
