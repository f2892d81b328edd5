"""Who may enter a page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from tenants.middleware import TenantRequest
from tenants.models import User
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


StaffView = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def staff_only(view: StaffView[Arguments]) -> StaffView[Arguments]:
    """Let only the ITSP's own people in; for everybody else there is no such page."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path())
        if not request.user.is_itsp_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
