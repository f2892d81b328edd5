"""Calendars: a person makes and revokes secret addresses, and a calendar program reads them without signing in."""

from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from filings.services import calendars
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.scope import tenant_scope
from tenants.web.guards import permission_required

TYPE = "text/calendar; charset=utf-8"


class CalendarForm(forms.Form):
    """The name of a calendar."""

    name = forms.CharField(label="Where you will use it", max_length=80, initial="My calendar", help_text="Such as “phone”.")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest) -> HttpResponse:
    """Show one's calendars; a POST makes one and shows its address, for the only time."""
    form, address = CalendarForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = calendars.make(name=form.cleaned_data["name"], by=request.actor, at=now())
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            address = settings.WEB_URL.rstrip("/") + reverse("calendar", args=[secret])
            form = CalendarForm()
    context = {"form": form, "address": address, "feeds": calendars.of_person(request.actor.user)}
    response = render(request, "filings/calendars.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@permission_required(Permission.FILING_VIEW)
def revoke(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Make the address of one's calendar useless."""
    feed = calendars.of_person(request.actor.user).filter(pk=pk).first()
    if feed is None:
        raise Http404
    calendars.revoke(feed=feed, by=request.actor, at=now())
    messages.success(request, f"The address of “{feed.name}” is revoked. Programs that read it find nothing from now on.")
    return redirect("calendars:list", request.operator.slug)


@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """Return the calendar of a secret address; to whoever has no such secret there is none."""
    at = now()
    found = calendars.holder(secret, at=at)
    if found is None:
        raise Http404
    _, operator = found
    with tenant_scope(operator.pk):
        body = calendars.written(operator, at=at)
    return HttpResponse(body, headers={"Content-Type": TYPE, "Cache-Control": "private, no-store"})
