"""One line about each request: which page, the answer, how long it took; its number is on every line written meanwhile."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponseBase

HEADER: Final = "X-Request-ID"
_OTHERS: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")  # a number that a machine in front has given
_QUIET: Final = ("health/", "metrics", "static/")


class RequestLog:
    """Gives the request its number, logs it when it is answered, and tells the number to the client."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        given = request.headers.get(HEADER, "")
        number = given if _OTHERS.fullmatch(given) else uuid.uuid4().hex
        began = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=number):
            response = self._get_response(request)
            _tell(request, response, seconds=time.monotonic() - began)
        response[HEADER] = number
        return response


def _tell(request: HttpRequest, response: HttpResponseBase, *, seconds: float) -> None:
    match = request.resolver_match
    route = match.route if match else ""
    facts = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "ms": round(seconds * 1000),
        **{name: str(value) for name, value in (match.kwargs if match else {}).items() if isinstance(value, uuid.UUID | int)},
    }
    user = getattr(request, "_cached_user", None)  # who asked, where a page needed to know; it is not asked for here
    if user is not None and user.is_authenticated:
        facts["user_id"] = str(user.pk)
    if (operator := getattr(request, "operator", None)) is not None:
        facts["operator_id"] = str(operator.pk)
    quiet = route.startswith(_QUIET) and response.status_code < 500
    structlog.stdlib.get_logger("landfall.request").log(logging.DEBUG if quiet else logging.INFO, "request", **facts)
