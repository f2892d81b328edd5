"""The gateway console: the overview, and connectivity tests."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from integrations import connections, looking, ping, reading, trail
from integrations import overview as glance
from integrations.evidence import Missing
from integrations.models import Connection
from integrations.web.drawing import sparkline
from tenants.actors import Actor
from tenants.models import User
from tenants.scope import every_tenant
from tenants.web.guards import staff_only

REASON: Final = "the ITSP's staff tests its connections"


def actor(request: HttpRequest) -> Actor:
    """Return the person of the ITSP who asks, as an actor for every operator."""
    user = request.user
    return Actor(name=f"{user} (ITSP)", role="staff", user=user if isinstance(user, User) else None)


@require_safe
@staff_only
def overview(request: HttpRequest) -> HttpResponse:
    """Show how the gateway stands; htmx asks for the changing part alone."""
    found = glance.overview(at=now())
    context = {"overview": found, "sent": sparkline(found.sent), "came": sparkline(found.came)}
    is_poll = request.headers.get("HX-Target") == "overview"
    return render(request, "gateway/_overview.html" if is_poll else "gateway/overview.html", context)


@require_POST
@staff_only
def send_ping(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a connectivity test over a connection and show what came of it."""
    try:
        found = connections.get(pk)
    except Connection.DoesNotExist:
        raise Http404 from None
    try:
        sent = ping.ping(found, at=now())
    except connections.NoCredential as missing:
        messages.error(request, str(missing))
        return redirect("gateway:connection", pk)
    with every_tenant(REASON):
        trail.record("connection.tested", target=found, by=actor(request).name, at=now(), detail={"outcome": sent.outcome})
    if sent.succeeded:
        messages.success(request, sent.advice)
    else:
        messages.error(request, f"The test failed. {sent.advice}")
    return redirect("gateway:ping", sent.pk)


@require_safe
@staff_only
def one_ping(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a connectivity test with its evidence, and those before it."""
    try:
        found = looking.a_ping(pk)
    except Missing:
        raise Http404 from None
    context = {
        "ping": found,
        "sent": reading.read(found.content_type, bytes(found.body)),
        "answer": reading.read(found.response_type, bytes(found.response)) if found.response else None,
        "before": looking.pings(found.connection_id),
    }
    return render(request, "gateway/ping.html", context)
