"""Outages: announced and ended by the ITSP's staff, seen by operators on every page."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import outages
from integrations.models import Outage
from integrations.web.outage_forms import OutageForm
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.scope import every_tenant
from tenants.web.guards import permission_required, staff_only

SHOWN = 50  # past ones on a page
REASON = "the ITSP's staff looks after outages"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def register(request: HttpRequest) -> HttpResponse:
    """List the outages; a POST announces one."""
    form = OutageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _announce(form, by=str(request.user))
        except outages.EndsTooEarly as refusal:
            form.add_error("ends_at", refusal.message)
        else:
            messages.success(request, "Announced. Operators see it on all their pages.")
            return redirect("gateway:outages")
    with every_tenant(REASON):
        context = {"form": form, **_listed()}
        return render(request, "integrations/outages_desk.html", context, status=422 if form.errors else 200)


def _announce(form: OutageForm, *, by: str) -> Outage:
    values = dict(form.cleaned_data)
    connection = values.pop("connection")
    return outages.announce(**values, connection_id=int(connection) if connection else None, by=by, at=now())


def _listed() -> dict[str, list[Outage]]:
    at = now()
    past = outages.register().filter(ends_at__lte=at)
    return {
        "in_force": list(outages.in_force(at=at)),
        "coming": list(outages.coming(at=at)),
        "past": list(past[:SHOWN]),
    }


@require_POST
@staff_only
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End an outage now, or call one off."""
    try:
        outages.end(pk=pk, by=str(request.user), at=now())
    except Outage.DoesNotExist:
        raise Http404 from None
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Ended. What waited for it leaves now, at the pace of its connection.")
    return redirect("gateway:outages")


# --- Operators -------------------------------------------------------------------------------------------------------------


@require_safe
@permission_required(Permission.FILING_VIEW)
def seen(request: TenantRequest) -> HttpResponse:
    """Show an operator the outages that concern it."""
    return render(request, "integrations/outages.html", _listed())


@require_safe
@permission_required(Permission.FILING_VIEW)
def banner(request: TenantRequest) -> HttpResponse:
    """Return what stands on top of every page of an operator while something does not work."""
    at = now()
    context = {"in_force": list(outages.in_force(at=at)), "coming": [each for each in outages.coming(at=at) if each.is_planned]}
    return render(request, "integrations/_outage_banner.html", context)
