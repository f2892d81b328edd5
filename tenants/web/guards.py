"""Who may enter a page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

from tenants.middleware import TenantRequest
from tenants.permissions import Permission

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[TenantRequest, Arguments], HttpResponseBase]


def permission_required(permission: Permission) -> Callable[[View[Arguments]], View[Arguments]]:
    """Return a decorator that lets only actors with the permission into a view of an operator's page."""

    def guard(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def guarded(request: TenantRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
            if not request.actor.may(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard
