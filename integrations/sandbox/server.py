"""The sandbox's three doors as one ASGI application: the access point, a page for the curious, and health.

A request is read whole, within a size and a time, before a thread is spent on it: who sends slowly keeps nobody waiting.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.db import connection
from django.utils import timezone

from integrations import listening
from integrations.listening import Receive, Scope, Send
from integrations.sandbox import page, profile, reception
from integrations.sandbox.reception import Reply

TEXT: Final = "text/plain; charset=utf-8"
THREADS: Final = 12
HEADERS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class Server:
    """The application; `ring` is called after each message that was stored."""

    def __init__(self, *, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sandbox-web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await _write(send, await self._reply(scope, receive), head=scope["method"] == "HEAD")

    def close(self) -> None:
        """Let the requests in hand finish."""
        self._pool.shutdown()

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        method, path = scope["method"], scope["path"]
        if path == profile.PATH:
            return await self._exchange(scope, receive) if method == "POST" else Reply(405, TEXT, b"POST only\n")
        page_of = {"/": page.overview, "/health/ready": page.ready, "/health/live": page.live}.get(path)
        if page_of is None:
            return Reply(404, TEXT, b"not found\n")
        if method not in {"GET", "HEAD"}:
            return Reply(405, TEXT, b"GET only\n")
        return await self._in_thread(page_of)

    async def _exchange(self, scope: Scope, receive: Receive) -> Reply:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await listening.read_whole(scope, receive, limit=profile.BODY_LIMIT)
        except listening.TooLarge:
            return Reply(413, TEXT, b"too large\n")
        except TimeoutError:
            return Reply(408, TEXT, b"too slow\n")
        except listening.Gone:
            return Reply(400)
        content_type = headers.get("content-type", "")
        answer = await self._in_thread(lambda: reception.reply(content_type=content_type, body=body, at=timezone.now()))
        self._ring()
        return answer

    async def _in_thread(self, deed: Callable[[], Reply]) -> Reply:
        def run() -> Reply:
            try:
                return deed()
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._pool, run)


async def _write(send: Send, answer: Reply, *, head: bool) -> None:
    headers = [*HEADERS, (b"content-length", str(len(answer.body)).encode())]
    if answer.content_type:
        headers.append((b"content-type", answer.content_type.encode("latin-1")))
    headers += [(name.encode(), value.encode()) for name, value in answer.headers]
    if answer.status in {408, 413}:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
