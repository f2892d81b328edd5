"""Conformance scenarios of an operator: chosen, followed while they run, and their reports."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from integrations.conformance import casting, practising, running, scripts
from integrations.conformance.models import Run
from integrations.conformance.shapes import CONFORMANCE, STORIES, ScenarioList
from integrations.trying import outside_scopes
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.models import User
from tenants.permissions import Permission
from tenants.scope import tenant_scope
from tenants.web.guards import permission_required

SHOWN = 30


def reader(request: TenantRequest) -> User | None:
    """Return the person who asks."""
    return request.user if isinstance(request.user, User) else None


def last(lists: list[ScenarioList]) -> list[Run]:
    """Return the latest runs of lists, for the operator in scope."""
    return list(running.runs().filter(list_name__in=[each.name for each in lists])[:SHOWN])


@outside_scopes
@require_safe
@permission_required(Permission.FILING_VIEW)
def overview(request: TenantRequest) -> HttpResponse:
    """List the scenarios by role, and the last runs."""
    over = running.line(request.operator)
    with tenant_scope(request.operator.pk):
        lists = scripts.of_kind(CONFORMANCE)
        return render(
            request, "integrations/conformance.html", {"lists": lists, "is_sandbox": over.is_sandbox, "runs": last(lists)}
        )


@outside_scopes
@require_POST
@permission_required(Permission.FILING_SUBMIT)
def begin(request: TenantRequest) -> HttpResponse:
    """Let a scenario run; companies that practise together share out its parts."""
    over, others = running.line(request.operator), practising.partners(request.operator, user=reader(request))
    with tenant_scope(request.operator.pk):
        try:
            found, name = scripts.one(request.POST.get("list", "")), request.POST.get("scenario", "")
            run = running.request(
                found=found,
                name=name,
                over=over,
                by=request.actor,
                at=now(),
                by_hand=request.POST.get("by") == "hand",
                cast=casting.for_one_of(found, name, lead=request.operator, others=others),
            )
        except KeyError:
            raise Http404 from None
        except DomainError as refusal:
            messages.error(request, refusal.message)
            back = "learn" if found.kind == STORIES else "overview"
            return redirect(f"conformance:{back}", request.operator.slug)
    return redirect(f"conformance:{'story' if found.kind == STORIES else 'run'}", request.operator.slug, run.pk)


@require_safe
@permission_required(Permission.FILING_VIEW)
def run(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a run with what came of each step; the part that changes asks again by itself."""
    name = "integrations/_conformance_run.html" if is_fragment(request) else "integrations/conformance_run.html"
    return render(request, name, {"run": one_or_404(pk)})


@outside_scopes
@require_POST
@permission_required(Permission.FILING_SUBMIT)
def stop(request: TenantRequest, pk: UUID) -> HttpResponse:
    """End a run where it is, for everybody who plays along."""
    try:
        with tenant_scope(request.operator.pk):
            found = one_or_404(pk)
            running.stop(found=found, by=request.actor, at=now())
            ended = one_or_404(pk)
        running.end_elsewhere(ended, at=now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Stopped. What was sent stays sent.")
    return redirect("conformance:story" if request.POST.get("back") == "story" else "conformance:run", request.operator.slug, pk)


@require_safe
@permission_required(Permission.FILING_VIEW)
def report(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Hand out the sealed report."""
    found = one_or_404(pk)
    try:
        octets = running.report_of(found)
    except running.NoReport:
        raise Http404 from None
    name = f"conformance-{request.operator.slug}-{found.scenario}-{found.requested_at:%Y%m%dT%H%M%SZ}.xml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(octets, content_type="application/xml", headers=headers)


def one_or_404(pk: UUID) -> Run:
    """Return a run of the operator in scope."""
    try:
        return running.run(pk)
    except Run.DoesNotExist:
        raise Http404 from None


def is_fragment(request: HttpRequest) -> bool:
    """Say whether a page asks for the part of itself that changes."""
    return request.headers.get("HX-Request") == "true"
