"""One POST to customs: bounded in time and size, TLS verified, no redirect followed; idle connections serve the next one."""

import contextlib
import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from certifi import where
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as TimeoutError_

CONNECT: Final = 5.0  # seconds (profile §2.3)
READ: Final = 100.0  # seconds until the whole answer is there
KEPT: Final = 3.0  # seconds an idle connection is kept; servers close theirs after five or more
RENEWED: Final = 60.0  # seconds after which a new connection takes the place of one in use
LIMIT: Final = 25_000_000  # bytes of an answer (profile §1.4)
_STEP: Final = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    content_type: str
    body: bytes = field(repr=False)

    @property
    def is_accepted(self) -> bool:
        """Say whether the peer took what was sent and had nothing to say."""
        return 200 <= self.status < 300 and not self.body.strip()


class Unreachable(Exception):
    """No whole answer came back; the text says why, without addresses or exceptions."""

    def __init__(self, reason: str, *, is_setup: bool = False) -> None:
        super().__init__(reason)
        self.is_setup = is_setup  # nobody needs to wait: trying again does not help until somebody mends it


def post(
    url: str, *, content_type: str, body: bytes, tls: ssl.SSLContext | None = None, read: float = READ, limit: int = LIMIT
) -> Answer:
    """Return the answer to a POST.

    The environment's proxies and password files are not used: where the gateway connects to, whom it trusts there and with which
    certificate is the connection's.

    :param tls: for https (integrations.tls); without it the public authorities count and no certificate is shown.
    :raises Unreachable: without a whole answer in time, or with one beyond the limit.
    """
    context = (tls or public_context()) if url.startswith("https:") else None
    deadline = time.monotonic() + read
    pool, made_at, is_used = _connection(url, context)
    try:
        try:
            response = _request(pool, url, content_type=content_type, body=body, read=read)
        except (ProtocolError, SSLError):
            pool.clear()
            if not is_used:
                raise
            # The peer may have closed it meanwhile: the same octets again, over a new connection.
            pool, made_at = _new(context), time.monotonic()
            response = _request(pool, url, content_type=content_type, body=body, read=read)
        try:
            content = _read(response, deadline=deadline, limit=limit)
        finally:
            response.close()  # what was read to its end has left its connection behind
    except (HTTPError, OSError, ValueError) as error:
        raise _unreachable(error, by_tls=context is not None) from error
    _idle(url, context).append((pool, made_at, time.monotonic()))
    return Answer(response.status, response.headers.get("Content-Type", ""), content)


def _request(pool: PoolManager, url: str, *, content_type: str, body: bytes, read: float) -> BaseHTTPResponse:
    headers = {"Content-Type": content_type, "Accept-Encoding": "identity", "User-Agent": "Landfall"}
    timeout = Timeout(connect=CONNECT, read=read)
    return pool.request(
        "POST", url, body=body, headers=headers, redirect=False, preload_content=False, timeout=timeout, retries=False
    )


# --- Connections that are kept for the next message --------------------------------------------------------------------------


def _connection(url: str, context: ssl.SSLContext | None) -> tuple[PoolManager, float, bool]:
    """Return what to post over, since when it is there, and whether something went over it before.

    The TLS handshake is the dear part of a message; now and then it is done all the same, as certificates end.
    """
    waiting = _idle(url, context)
    while waiting:
        with contextlib.suppress(IndexError):  # another thread was faster
            pool, made_at, since = waiting.pop()
            now = time.monotonic()
            if now - since < KEPT and now - made_at < RENEWED:
                return pool, made_at, True
            pool.clear()
    return _new(context), time.monotonic(), False


def _new(context: ssl.SSLContext | None) -> PoolManager:
    return PoolManager(num_pools=1, maxsize=1, ssl_context=context)


def _idle(url: str, context: ssl.SSLContext | None) -> list[tuple[PoolManager, float, float]]:
    """Return the connections to an address that nobody uses now; each TLS context has its own."""
    return _IDLE.setdefault((url, context), [])


_IDLE: Final[dict[tuple[str, ssl.SSLContext | None], list[tuple[PoolManager, float, float]]]] = {}
os.register_at_fork(after_in_child=_IDLE.clear)


@cache
def public_context() -> ssl.SSLContext:
    """Return TLS with the public authorities (those requests brings along) and without a certificate of ours."""
    return strict(ssl.create_default_context(cafile=where()))


def strict(context: ssl.SSLContext) -> ssl.SSLContext:
    """Return the context with what the interface asks of TLS: 1.2 or newer, the server's certificate and name verified."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname, context.verify_mode = True, ssl.CERT_REQUIRED
    return context


def _read(response: BaseHTTPResponse, *, deadline: float, limit: int) -> bytes:
    """Return the body, piece by piece, so that neither a flood nor a trickle holds the worker.

    :raises Unreachable: beyond the limit or the deadline.
    """
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(_STEP, decode_content=True):
        size += len(chunk)
        if size > limit:
            raise Unreachable("the answer is too large")
        if time.monotonic() > deadline:
            raise Unreachable("the answer took too long")
        chunks.append(chunk)
    return b"".join(chunks)


_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (NewConnectionError, "the connection could not be made or was cut"),
    (ConnectTimeoutError, "nobody answered the connection in time"),
    (TimeoutError_, "the answer did not come in time"),
    (TimeoutError, "the answer did not come in time"),
    (ProtocolError, "the answer was cut short, or the connection was cut"),
    (OSError, "the connection could not be made or was cut"),
)
_FIX: Final = "fix the set-up of the connection: "
# What OpenSSL says, by a part of its reason, and what that means to whoever looks after the connection.
_TLS: Final = (
    ("certificate has expired", _FIX + "customs' TLS certificate, or ours, has ended"),
    ("certificate expired", _FIX + "customs says that our TLS client certificate has ended"),
    ("hostname mismatch", _FIX + "customs' TLS certificate is for another host than that of the address"),
    ("ip address mismatch", _FIX + "customs' TLS certificate is for another host than that of the address"),
    ("self-signed certificate", _FIX + "customs' TLS certificate is from an authority that the connection does not trust"),
    ("self signed certificate", _FIX + "customs' TLS certificate is from an authority that the connection does not trust"),
    ("unable to get", _FIX + "customs' TLS certificate is from an authority that the connection does not trust"),
    ("certificate required", _FIX + "customs wants a TLS client certificate, and the connection has none that is valid"),
    ("unknown ca", _FIX + "customs does not know the authority of our TLS client certificate"),
    ("bad certificate", _FIX + "customs refuses our TLS client certificate"),
    ("certificate unknown", _FIX + "customs refuses our TLS client certificate"),
    ("handshake failure", _FIX + "customs refuses the TLS handshake; it may want a client certificate"),
    # With TLS 1.3 a server that refuses our certificate may close before we hear why.
    ("eof occurred", "customs closed it, as it does where our TLS client certificate is missing, has ended or is not known"),
    ("certificate verify failed", _FIX + "customs' TLS certificate cannot be trusted"),
)


# It is the same where the end of the connection overtakes what TLS wanted to say.
_CLOSED: Final = "customs may have closed it because our TLS client certificate is missing, has ended or is not known"


def _unreachable(error: BaseException, *, by_tls: bool) -> Unreachable:
    chain = list(_causes(error))
    if any(isinstance(each, ssl.SSLError | SSLError) for each in chain):
        said = " ".join(str(each) for each in chain).lower().replace("_", " ")
        words = next((words for mark, words in _TLS if mark in said), None)
        reason = "the secure connection could not be made"
        return Unreachable(f"{reason}; {words}" if words else reason, is_setup=words is not None)
    words = next((words for kind, words in _REASONS if isinstance(error, kind)), "the answer could not be read")
    return Unreachable(f"{words}; {_CLOSED}" if by_tls and isinstance(error, ProtocolError) else words)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
