"""API keys of an operator: made, shown once, revoked."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST

from tenants.middleware import TenantRequest
from tenants.models import ApiKey
from tenants.permissions import Permission
from tenants.services import keys as keys_service
from tenants.web.forms import KeyForm
from tenants.web.guards import permission_required


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.KEYS_MANAGE)
def keys(request: TenantRequest) -> HttpResponse:
    """List the keys; a POST makes one and shows its text, for the only time."""
    form = KeyForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        _, secret = keys_service.issue(name=form.cleaned_data["name"], by=request.actor, at=now())
        form = KeyForm()
    context = {"form": form, "keys": ApiKey.objects.all(), "secret": secret}
    response = render(request, "tenants/keys.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"  # the text of a key stays out of the browser's memory
    return response


@require_POST
@permission_required(Permission.KEYS_MANAGE)
def revoke(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Make a key useless from now on."""
    key = get_object_or_404(ApiKey.objects.all(), pk=pk)
    keys_service.revoke(key=key, by=request.actor, at=now())
    messages.success(request, f"The key “{key.name}” is revoked. Calls with it are refused from now on.")
    return redirect("settings:keys", request.operator.slug)
