"""The visit of a person outside: by a link in a mail, exchanged for the session at once, to one request and nothing else.

The token stands in no address that a page, a log or a bookmark keeps; the address after it opens nothing by itself.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, Final, ParamSpec
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache

from filings.models import FilingRequest
from filings.services.filing_requests import outside
from tenants.actors import Actor

VISITS: Final = "outside"  # in the session: digest of the token by id of the request
POSTS_A_MINUTE: Final = 60  # checks and hand-overs for one request
KEPT_A_MINUTE: Final = 120  # times what is typed is kept by itself, for one request

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]
Visited = Callable[[HttpRequest, FilingRequest, Actor], HttpResponse]


def for_one_reader(referrer: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Return a decorator that keeps a page out of caches, indexes and other sites' logs."""

    def wrap(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def shown(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            response: HttpResponse = never_cache(view)(request, *args, **kwargs)
            response["Referrer-Policy"] = referrer
            response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
            return response

        return shown

    return wrap


def visited(view: Visited) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """Return a view for who came by the link of a request, in the scope of the operator that asked."""

    # Not "no-referrer": with it a browser hides from where a form comes, and the guard against forged requests refuses it.
    # No other site learns anything by "same-origin", and this address has no token in it.
    @wraps(view)
    @for_one_reader("same-origin")
    def shown(request: HttpRequest, pk: UUID) -> HttpResponse:
        try:
            found = outside.visit_again(pk, request.session.get(VISITS, {}).get(str(pk), ""), at=now())
        except outside.NoSuchLink:
            return closed(request, HTTPStatus.NOT_FOUND)
        what, most = ("outside-keep", KEPT_A_MINUTE) if by_itself(request) else ("outside-post", POSTS_A_MINUTE)
        if request.method == "POST" and too_hasty(f"{what}:{pk}", most):
            return closed(request, HTTPStatus.TOO_MANY_REQUESTS, haste=True)
        with outside.scope_of(found) as by:
            response = view(request, found, by)
            if hasattr(response, "render"):
                response.render()
            return response

    return shown


def closed(request: HttpRequest, status: int, **why: object) -> HttpResponse:
    """Return the page that says why there is nothing here: haste or refusal; for what is kept by itself, a line."""
    if by_itself(request):
        return render(request, "filings/outside/_kept.html", why | {"closed": True}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return render(request, "filings/outside/closed.html", why, status=status)


def by_itself(request: HttpRequest) -> bool:
    """Say whether a page keeps what is typed without being told to."""
    return request.headers.get("HX-Request") == "true" and request.POST.get("deed") == "keep"


def too_hasty(what: str, most: int) -> bool:
    """Count a thing that may happen so often in a minute; say whether it was too often."""
    cache.add(what, 0, timeout=60)
    return int(cache.incr(what)) > most
