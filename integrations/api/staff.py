"""Who may use the part of the API that is for the ITSP's staff, and who acts there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from integrations.api.console_resources import Count
from integrations.web.console import actor
from tenants.actors import Actor
from tenants.models import User


class StaffSession(SessionAuthentication):
    """A person of the ITSP, signed in to the pages; writing needs the token of the session (X-CSRFToken)."""

    def authenticate_header(self, request: Request) -> str:
        """Return what to say in WWW-Authenticate."""
        return 'Session realm="Landfall"'


class StaffScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the API's description how staff sign in."""

    target_class = StaffSession
    name = "StaffSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme in the words of OpenAPI."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class IsStaff(BasePermission):
    """The caller works for the ITSP; for everybody else there is nothing here."""

    message = "Sign in as staff of the ITSP."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether the caller may.

        :raises NotFound: for a person who is no staff.
        """
        user = request.user
        if isinstance(user, User) and not user.is_itsp_staff:
            raise NotFound
        return isinstance(user, User)


Post = Callable[..., int]


def counted(operation_id: str, summary: str, request: type[Serializer[Any]]) -> Callable[[Post], Callable[..., Response]]:
    """Make a POST of a deed on several rows, which returns how many it met: the answer, and how the API describes it."""

    def door(deed: Post) -> Callable[..., Response]:
        @extend_schema(operation_id=operation_id, summary=f"{summary} (staff)", request=request, responses={200: Count})
        @wraps(deed)
        def post(view: "StaffEndpoint", request: Request) -> Response:
            return Response({"count": deed(view, request)})

        return post

    return door


class StaffEndpoint(APIView):
    """A view for the ITSP's staff alone."""

    authentication_classes = [StaffSession]
    permission_classes = [IsStaff]

    @property
    def person(self) -> Actor:
        """Return who calls, as the pages name them."""
        return actor(self.request._request)

    def asked(self, kind: type[Serializer[dict[str, Any]]], data: Any = None) -> dict[str, Any]:
        """Return what the body asks for, or other data.

        :raises ValidationError: if it is not understood
        """
        given = kind(data=self.request.data if data is None else data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)
