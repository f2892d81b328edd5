"""From a session or an API key to the scope of a request."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from tenants.actors import Actor, client_system
from tenants.models import Operator, User
from tenants.scope import tenant_scope
from tenants.selectors import actor_for
from tenants.services import keys

GetResponse = Callable[[HttpRequest], HttpResponseBase]
API = "/api/"


class TenantRequest(HttpRequest):
    """A request inside an operator's scope."""

    operator: Operator
    actor: Actor


class ReaderZone:
    """Shows times in the reader's time zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = getattr(request, "user", None)
        if isinstance(user, User):
            with timezone.override(zoneinfo.ZoneInfo(user.time_zone)):
                return self.get_response(request)
        return self.get_response(request)


class RequestScope:
    """Opens the operator's scope around view and template, and takes everything back when the answer is a 5xx.

    Pages name the operator in their address (``operator_slug``), API calls by their key. Who may not act for the
    operator gets "not found", so that nobody learns which operators there are.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Run the view inside the scope, if the address or the key names one."""
        slug = kwargs.pop("operator_slug", None)
        if slug is not None:
            if not isinstance(request.user, User):
                return redirect_to_login(request.get_full_path())
            operator = Operator.objects.filter(slug=slug).first()
            actor = actor_for(request.user, operator) if operator else None
            if operator is None or actor is None:
                raise Http404
            if _opens_own_scope(view):
                _mark(request, operator, actor)
                return view(request, *args, **kwargs)
            return _inside(request, operator, actor, lambda: view(request, *args, **kwargs))
        if request.path.startswith(API) and (text := _bearer(request)):
            key = keys.holder(text=text, at=timezone.now())
            if key is not None:
                actor = client_system(key)
                if _opens_own_scope(view):
                    _mark(request, key.operator, actor)
                    return view(request, *args, **kwargs)
                return _inside(request, key.operator, actor, lambda: view(request, *args, **kwargs))
        return None


def _opens_own_scope(view: Callable[..., HttpResponseBase]) -> bool:
    """Say whether a view waits for somebody else, a slow client or another system: no transaction may wait with it."""
    return bool(getattr(view, "opens_own_scope", False) or getattr(getattr(view, "cls", None), "opens_own_scope", False))


def _bearer(request: HttpRequest) -> str | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _mark(request: HttpRequest, operator: Operator, actor: Actor) -> None:
    request.operator, request.actor = operator, actor  # type: ignore[attr-defined]


def _inside(request: HttpRequest, operator: Operator, actor: Actor, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    _mark(request, operator, actor)
    with tenant_scope(operator.pk):
        response = answer()
        if isinstance(response, SimpleTemplateResponse):
            response = response.render()
        if response.status_code >= 500:
            transaction.set_rollback(True)
        return response
