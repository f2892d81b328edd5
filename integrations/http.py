"""One POST to customs: bounded in time and size, TLS verified, no redirect followed."""

import time
from dataclasses import dataclass, field
from typing import Final

import requests
from django.conf import settings
from requests import Response
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

CONNECT: Final = 5.0  # seconds (profile §2.3)
READ: Final = 100.0  # seconds until the whole answer is there
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


def post(url: str, *, content_type: str, body: bytes, read: float = READ, limit: int = LIMIT) -> Answer:
    """Return the answer to a POST.

    The environment's proxies and password files are not used: where the gateway connects to is a connection's row,
    and with which TLS certificate is a setting.

    :raises Unreachable: without a whole answer in time, or with one beyond the limit.
    """
    headers = {"Content-Type": content_type, "Accept-Encoding": "identity", "User-Agent": "Landfall"}
    deadline = time.monotonic() + read
    with requests.Session() as session:
        session.trust_env = False
        session.cert = settings.GATEWAY_TLS_CERTIFICATE or None
        try:
            response = session.post(
                url, data=body, headers=headers, timeout=(CONNECT, read), stream=True, allow_redirects=False
            )
            with response:
                content = _read(response, deadline=deadline, limit=limit)
        except (RequestException, HTTPError, OSError) as error:
            raise Unreachable(_reason(error)) from error
        return Answer(response.status_code, response.headers.get("Content-Type", ""), content)


def _read(response: Response, *, deadline: float, limit: int) -> bytes:
    """Return the body, piece by piece, so that neither a flood nor a trickle holds the worker.

    :raises Unreachable: beyond the limit or the deadline.
    """
    chunks: list[bytes] = []
    size = 0
    while chunk := response.raw.read1(_STEP, decode_content=True):
        size += len(chunk)
        if size > limit:
            raise Unreachable("the answer is too large")
        if time.monotonic() > deadline:
            raise Unreachable("the answer took too long")
        chunks.append(chunk)
    return b"".join(chunks)


_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (requests.exceptions.SSLError, "the secure connection could not be made"),
    (requests.exceptions.ConnectTimeout, "nobody answered the connection in time"),
    (requests.exceptions.Timeout, "the answer did not come in time"),
    (ReadTimeoutError, "the answer did not come in time"),
    (ProtocolError, "the answer was cut short"),
    (requests.exceptions.ConnectionError, "the connection could not be made or was cut"),
)


def _reason(error: Exception) -> str:
    return next((words for kind, words in _REASONS if isinstance(error, kind)), "the answer could not be read")
