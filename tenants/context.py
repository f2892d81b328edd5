"""What every template may ask: the operator of the request and the others the reader may switch to."""

from typing import Any

from django.http import HttpRequest


def operator(request: HttpRequest) -> dict[str, Any]:
    """Return the operator and the actor of the request, empty outside a scope."""
    return {"operator": getattr(request, "operator", None), "actor": getattr(request, "actor", None)}
