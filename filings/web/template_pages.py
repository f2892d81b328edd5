"""Templates: kept from a filing, listed, used, renamed, deleted."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from filings.messages import catalogue
from filings.models import FilingTemplate, StopWordHit
from filings.services import templates
from filings.web import places
from filings.web.reading import filing_or_404
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE = 50


@require_safe
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest) -> HttpResponse:
    """Show the templates by name."""
    text = request.GET.get("q", "").strip()[:100]
    page = Paginator(templates.templates(text), PAGE).get_page(request.GET.get("page"))
    hits = StopWordHit.objects.filter(template__in=[each.pk for each in page], dismissed_at=None)
    doubtful = set(hits.values_list("template_id", flat=True))
    rows = [(each, message_of(each), each.pk in doubtful) for each in page]
    return render(request, "filings/templates.html", {"page": page, "rows": rows, "text": text})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def keep(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Ask for a name; a POST keeps the content of a filing under it."""
    filing = filing_or_404(pk)
    source = templates.of(filing)
    name = request.POST.get("name", source.name if source else "")
    context = {"filing": filing, "name": name, "longest": templates.LONGEST}
    if request.method != "POST":
        return render(request, "filings/keep_template.html", context)
    replace = request.POST.get("replace") == "yes"
    try:
        template = templates.keep(filing=filing, name=name, by=request.actor, at=now(), replace=replace)
    except DomainError as refusal:
        taken = isinstance(refusal, templates.TemplateNameTaken)
        context |= {"refusal": refusal.message, "taken": taken}
        return render(request, "filings/keep_template.html", context, status=refusal.status)
    messages.success(request, f"“{template.name}” is kept as a template. You find it under New filing, too.")
    return redirect("templates:list", request.operator.slug)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def use(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Start a draft from a template and open its form, at a place if one is named."""
    template = template_or_404(pk)
    draft = templates.use(template=template, by=request.actor, at=now())
    path = request.POST.get("path", "")
    address = reverse("filings:edit", args=[request.operator.slug, draft.pk])
    if path:
        name = places.name_of(catalogue.message(draft.message_type, draft.message_set, draft.version), path)
        return redirect(f"{address}?check=1#f-{name}")
    messages.success(request, f"This is a new draft from “{template.name}”. Fill in what this shipment has of its own.")
    return redirect(address)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def rename(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Give a template another name."""
    try:
        templates.rename(template=template_or_404(pk), name=request.POST.get("name", ""), by=request.actor, at=now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "The template has its new name.")
    return redirect("templates:list", request.operator.slug)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def delete(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Remove a template."""
    template = template_or_404(pk)
    templates.delete(template=template, by=request.actor, at=now())
    messages.success(request, f"The template “{template.name}” is deleted. Drafts made of it stay.")
    return redirect("templates:list", request.operator.slug)


def template_or_404(pk: UUID) -> FilingTemplate:
    """Return the operator's template.

    :raises Http404: if it has none of that id.
    """
    found: FilingTemplate | None = FilingTemplate.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def message_of(template: FilingTemplate) -> catalogue.Message:
    """Return the message a template is for, in the set it was kept in."""
    return catalogue.message(template.message_type, template.message_set, template.version)
