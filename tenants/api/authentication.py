"""API calls bring a key; the middleware has already turned it into an operator and an actor."""

from typing import Any

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants.actors import Actor


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer lf_…``"""

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        """Return the actor the key stands for, or nothing without a key.

        :raises AuthenticationFailed: for an unknown or revoked key.
        """
        inner: HttpRequest = request._request
        actor: Actor | None = getattr(inner, "actor", None)
        if actor is not None:
            return actor, None
        if inner.headers.get("Authorization"):
            raise AuthenticationFailed("The key is unknown or was revoked. Make a new one on the page API keys.")
        return None

    def authenticate_header(self, request: Request) -> str:
        """Return what to say in WWW-Authenticate."""
        return 'Bearer realm="Landfall"'


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the API's description how to sign in."""

    target_class = KeyAuthentication
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme in the words of OpenAPI."""
        return {"type": "http", "scheme": "bearer", "description": "An operator's API key, lf_…"}
