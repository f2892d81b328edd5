"""The operator's own rules about requests, and its texts to begin answers with."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST

from referrals import selectors
from referrals.models import AnswerTemplate
from referrals.services import ruling
from referrals.web.forms import RulesForm, TextForm
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.KEYS_MANAGE)
def rules(request: TenantRequest) -> HttpResponse:
    """Show the rules; a POST keeps them."""
    form = RulesForm(request.POST or None, instance=selectors.rules(), people=selectors.people())
    if request.method == "POST" and form.is_valid():
        ruling.rule(**form.cleaned_data, by=request.actor, at=now())
        messages.success(request, "Kept. Open cases are reckoned by these rules from now on.")
        return redirect("referrals:rules", request.operator.slug)
    return render(request, "referrals/rules.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def texts(request: TenantRequest) -> HttpResponse:
    """List the texts; a POST keeps a new one."""
    return _text(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def text(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show one text; a POST changes it."""
    return _text(request, _text_or_404(pk))


@require_POST
@permission_required(Permission.FILING_DRAFT)
def drop(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Remove a text."""
    ruling.drop_text(template=_text_or_404(pk), by=request.actor, at=now())
    messages.success(request, "Removed.")
    return redirect("referrals:texts", request.operator.slug)


def _text(request: TenantRequest, template: AnswerTemplate | None) -> HttpResponse:
    form = TextForm(request.POST or None, instance=template)
    if request.method == "POST" and form.is_valid():
        try:
            ruling.keep_text(**form.cleaned_data, by=request.actor, at=now(), template=template)
        except DomainError as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, "Kept.")
            return redirect("referrals:texts", request.operator.slug)
    context = {"form": form, "texts": selectors.templates(), "template": template}
    return render(request, "referrals/texts.html", context, status=422 if form.errors else 200)


def _text_or_404(pk: UUID) -> AnswerTemplate:
    found = ruling.text_of(pk)
    if found is None:
        raise Http404
    return found
