"""Conformance scenarios of an operator: chosen, followed while they run, and their reports."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from integrations.conformance import running, scripts
from integrations.conformance.models import Run
from integrations.trying import outside_scopes
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.scope import tenant_scope
from tenants.web.guards import permission_required

SHOWN = 30


@outside_scopes
@require_safe
@permission_required(Permission.FILING_VIEW)
def overview(request: TenantRequest) -> HttpResponse:
    """List the scenarios by role, and the last runs."""
    over = running.line(request.operator)
    with tenant_scope(request.operator.pk):
        return render(request, "integrations/conformance.html", _listed(scripts.CONFORMANCE, over.is_sandbox))


@outside_scopes
@require_safe
@permission_required(Permission.FILING_VIEW)
def learn(request: TenantRequest) -> HttpResponse:
    """List the stories to learn by, and those that were begun."""
    over = running.line(request.operator)
    with tenant_scope(request.operator.pk):
        return render(request, "integrations/learn.html", _listed(scripts.STORIES, over.is_sandbox))


def _listed(kind: str, is_sandbox: bool) -> dict[str, Any]:
    lists = scripts.of_kind(kind)
    runs = running.runs().filter(list_name__in=[each.name for each in lists])
    return {"lists": lists, "runs": list(runs[:SHOWN]), "is_sandbox": is_sandbox}


@outside_scopes
@require_POST
@permission_required(Permission.FILING_SUBMIT)
def begin(request: TenantRequest) -> HttpResponse:
    """Let a scenario run."""
    over = running.line(request.operator)
    with tenant_scope(request.operator.pk):
        try:
            found = scripts.one(request.POST.get("list", ""))
            run = running.request(
                found=found,
                name=request.POST.get("scenario", ""),
                over=over,
                by=request.actor,
                at=now(),
                by_hand=request.POST.get("by") == "hand",
            )
        except KeyError:
            raise Http404 from None
        except DomainError as refusal:
            messages.error(request, refusal.message)
            back = "learn" if found.kind == scripts.STORIES else "overview"
            return redirect(f"conformance:{back}", request.operator.slug)
    return redirect(f"conformance:{'story' if found.kind == scripts.STORIES else 'run'}", request.operator.slug, run.pk)


@require_safe
@permission_required(Permission.FILING_VIEW)
def run(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a run with what came of each step; the part that changes asks again by itself."""
    name = "integrations/_conformance_run.html" if _is_fragment(request) else "integrations/conformance_run.html"
    return render(request, name, {"run": _run(pk)})


@require_safe
@permission_required(Permission.FILING_VIEW)
def story(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a story that was begun: what to do next, and what each step meant."""
    name = "integrations/_story_run.html" if _is_fragment(request) else "integrations/story_run.html"
    return render(request, name, {"run": _run(pk)})


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def stop(request: TenantRequest, pk: UUID) -> HttpResponse:
    """End a run where it is."""
    try:
        running.stop(found=_run(pk), by=request.actor, at=now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Stopped. What was sent stays sent.")
    return redirect("conformance:story" if request.POST.get("back") == "story" else "conformance:run", request.operator.slug, pk)


@require_safe
@permission_required(Permission.FILING_VIEW)
def report(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Hand out the sealed report."""
    found = _run(pk)
    try:
        octets = running.report_of(found)
    except running.NoReport:
        raise Http404 from None
    name = f"conformance-{request.operator.slug}-{found.scenario}-{found.requested_at:%Y%m%dT%H%M%SZ}.xml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(octets, content_type="application/xml", headers=headers)


def _run(pk: UUID) -> Run:
    try:
        return running.run(pk)
    except Run.DoesNotExist:
        raise Http404 from None


def _is_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
