"""Packs of evidence of an operator: asked for, followed while they are made, downloaded."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import evidence_packs, outages
from integrations.models import EvidencePack, Outage, OutageStamp
from integrations.web.outage_forms import PackForm
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_VIEW)
def packs(request: TenantRequest) -> HttpResponse:
    """List the packs; a POST asks for one about a period."""
    form = PackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            evidence_packs.request(**form.cleaned_data, by=request.actor, at=now())
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "The pack is being made. It appears below when it is ready.")
            return redirect("integrations:packs", request.operator.slug)
    context = {"form": form, "met": _met(), **_listed()}
    return render(request, "integrations/packs.html", context, status=422 if form.errors else 200)


@require_safe
@permission_required(Permission.FILING_VIEW)
def rows(request: TenantRequest) -> HttpResponse:
    """Return the list alone, which asks again while a pack is being made."""
    return render(request, "integrations/_packs.html", _listed())


@require_POST
@permission_required(Permission.FILING_VIEW)
def about_outage(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Ask for a pack about the filings that met an outage."""
    try:
        outage = outages.register().get(pk=pk)
        evidence_packs.for_outage(outage=outage, by=request.actor, at=now())
    except Outage.DoesNotExist:
        raise Http404 from None
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "The pack is being made. It appears below when it is ready.")
    return redirect("integrations:packs", request.operator.slug)


@require_safe
@permission_required(Permission.FILING_VIEW)
def download(request: TenantRequest, pk: UUID) -> HttpResponseBase:
    """Hand out a pack that is ready."""
    try:
        return attachment(evidence_packs.pack_of(pk))
    except (EvidencePack.DoesNotExist, evidence_packs.NotReady):
        raise Http404 from None


def attachment(pack: EvidencePack) -> StreamingHttpResponse:
    """Return a pack for saving.

    :raises evidence_packs.NotReady: if it is not made.
    """
    name = f"evidence-{pack.operator.slug}-{pack.since:%Y%m%dT%H%MZ}-{pack.until:%Y%m%dT%H%MZ}.zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(pack.size),
        "Cache-Control": "private, no-store",
    }
    return StreamingHttpResponse(evidence_packs.content(pack), content_type="application/zip", headers=headers)


def _listed() -> dict[str, Any]:
    found = list(evidence_packs.packs()[:SHOWN])
    return {"packs": found, "making": any(pack.state == EvidencePack.State.REQUESTED for pack in found)}


def _met() -> list[Outage]:
    """Return the outages that filings of the operator met, the latest first."""
    ids = OutageStamp.objects.order_by().values_list("outage_id", flat=True).distinct()
    return list(outages.register().filter(pk__in=list(ids))[:SHOWN])
