"""The access point customs pushes to: SOAP in, SOAP out, no session, no form, bounded while it is read."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations import inbound, refusals

LIMIT: Final = 25_000_000  # bytes (profile §1.4)
_STEP: Final = 65_536
_WHY: Final = {
    413: "it is larger than a message may be",
    408: "it did not arrive whole in time",
}


class TooLarge(Exception):
    """The request is larger than a message may be."""


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Answer a pushed message with its receipt, or with the error that says why not."""
    content_type, address = request.headers.get("Content-Type", ""), request.META.get("REMOTE_ADDR", "")
    try:
        body = _body(request)
    except TooLarge:
        keep_unread(413, size=_announced(request.META.get("CONTENT_LENGTH")), content_type=content_type, address=address)
        return HttpResponse(status=413)
    status, signal = inbound.answer_push(content_type=content_type, body=body, at=timezone.now(), address=address)
    if signal is None:
        return HttpResponse(status=status)
    response = HttpResponse(signal.body, status=status, content_type=signal.content_type)
    # A refusal goes with status 500 by the standard. It is our answer, not our fault, and inbound has logged it.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def keep_unread(status: int, *, size: int, content_type: str, address: str) -> None:
    """Keep that something was refused before it was read."""
    refused = refusals.unread(status, reason=_WHY[status], size=size, content_type=content_type, address=address)
    refusals.keep(refused, at=timezone.now())


def _announced(length: str | None) -> int:
    return int(length) if length and length.isdecimal() else 0


def _body(request: HttpRequest) -> bytes:
    """Return the body, read no further than the limit.

    A body in chunks announces no length, and Django then takes it for empty; the server's own stream has it.

    :raises TooLarge: beyond the limit.
    """
    if _announced(request.META.get("CONTENT_LENGTH")) > LIMIT:
        raise TooLarge
    in_chunks = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    source = request.META["wsgi.input"] if in_chunks else request
    chunks: list[bytes] = []
    size = 0
    while chunk := source.read(_STEP):
        size += len(chunk)
        if size > LIMIT:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)
