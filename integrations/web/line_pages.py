"""Where an operator's messages go: shown on its pages, so that nobody declares for real by accident."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations import connections
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required


@require_safe
@permission_required(Permission.FILING_VIEW)
def line(request: TenantRequest) -> HttpResponse:
    """Return which system of customs the operator's messages reach, and under which PartyId."""
    taken = next((each for each in connections.open_here() if each.is_default), None)
    return render(request, "integrations/_line.html", {"connection": taken})
