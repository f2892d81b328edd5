"""The sandbox's doors as one ASGI application: the access point, its pages, its interface for programs, and health.

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
from integrations.sandbox import page, profile, reception, rest
from integrations.sandbox.reply import Reply
from integrations.sandbox.request import Request

TEXT: Final = "text/plain; charset=utf-8"
THREADS: Final = 12
FORM_LIMIT: Final = 100_000  # bytes of what a page or a program asks
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
        if path in HEALTH:
            return await self._in_thread(HEALTH[path])
        return await self._ask(scope, receive)

    async def _ask(self, scope: Scope, receive: Receive) -> Reply:
        """Answer at the desk: its pages, and the interface for programs."""
        body = await _body(scope, receive, limit=FORM_LIMIT)
        if isinstance(body, Reply):
            return body
        peer = scope["client"][0] if scope.get("client") else ""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        request = Request(method, scope["path"], scope["query_string"].decode("latin-1"), _headers(scope), body, peer)
        door = rest.reply if request.path.startswith(rest.PREFIX) else page.reply
        if door is page.reply and method not in {"GET", "POST"}:
            return Reply(405, TEXT, b"GET or POST only\n")
        answer = await self._in_thread(lambda: door(request, at=timezone.now()))
        self._ring()
        return answer

    async def _exchange(self, scope: Scope, receive: Receive) -> Reply:
        body = await _body(scope, receive, limit=profile.BODY_LIMIT)
        if isinstance(body, Reply):
            return body
        content_type = _headers(scope).get("content-type", "")
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


HEALTH: Final[dict[str, Callable[[], Reply]]] = {"/health/ready": page.ready, "/health/live": page.live}


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _body(scope: Scope, receive: Receive, *, limit: int) -> bytes | Reply:
    """Return the body, or what to answer where it does not come."""
    try:
        return await listening.read_whole(scope, receive, limit=limit)
    except listening.TooLarge:
        return Reply(413, TEXT, b"too large\n")
    except TimeoutError:
        return Reply(408, TEXT, b"too slow\n")
    except listening.Gone:
        return Reply(400)


async def _write(send: Send, answer: Reply, *, head: bool) -> None:
    if answer.wait:
        await asyncio.sleep(answer.wait)
    headers = [*HEADERS, (b"content-length", str(len(answer.body)).encode())]
    if answer.content_type:
        headers.append((b"content-type", answer.content_type.encode("latin-1")))
    headers += [(name.encode(), value.encode()) for name, value in answer.headers]
    if answer.status in {408, 413}:
        headers.append((b"connection", b"close"))
    if answer.cut:
        headers = [(b"content-length", b"1000"), (b"connection", b"close")]  # more than follows: the peer sees it break
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body, "more_body": answer.cut})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
