"""API calls bring a key; the middleware has already turned it into an operator and an actor."""

from django.http import HttpRequest
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

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (the framework's signature)
        """Return what to say in WWW-Authenticate."""
        return 'Bearer realm="Landfall"'
