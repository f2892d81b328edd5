"""What a key may do through the API."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.actors import Actor
from tenants.permissions import Permission

if TYPE_CHECKING:  # the framework's views read the settings, which name this module
    from rest_framework.views import APIView


class HasOperator(BasePermission):
    """The call comes from an operator's system, whose role allows the view's ``permission``."""

    message = "Send your operator's API key: Authorization: Bearer lf_…"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Say whether the actor may call the view."""
        actor = request.user
        needed: Permission = getattr(view, "permission", Permission.FILING_VIEW)
        return isinstance(actor, Actor) and actor.may(needed)
