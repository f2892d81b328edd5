"""Figures for the machine that watches, and who may ask for them."""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from integrations import metrics
from tenants.models import User

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def watchers_only(view: View[Arguments]) -> View[Arguments]:
    """Let in whoever brings METRICS_TOKEN, and the ITSP's staff; for everybody else there is no such page."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        if not (_has_token(request) or _is_staff(request)):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and scheme.lower() == "bearer" and secrets.compare_digest(token.strip().encode(), wanted.encode())


def _is_staff(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_itsp_staff


@require_safe
@never_cache
@watchers_only
def figures(request: HttpRequest) -> HttpResponse:
    """Return the gateway's figures in the text format of Prometheus."""
    return HttpResponse(metrics.scrape(at=now()), content_type=CONTENT_TYPE_LATEST)
