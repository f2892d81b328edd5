"""The gateway console: the tray of messages of customs that found nobody."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import looking, tray
from integrations.evidence import Missing
from integrations.models import InboundMessage
from integrations.web.console import actor
from integrations.web.console_forms import AsideForm, GiveForm, chosen
from tenants.errors import DomainError
from tenants.scope import every_tenant
from tenants.web.guards import staff_only

REASON: Final = "the ITSP looks after what could not be routed"
OPEN: Final = {InboundMessage.State.PARKED, InboundMessage.State.ASIDE}


@require_safe
@staff_only
def listed(request: HttpRequest) -> HttpResponse:
    """List what waits for a person, and what was set aside."""
    with every_tenant(REASON):
        context = {
            "parked": tray.waiting(),
            "aside": tray.waiting(InboundMessage.State.ASIDE),
            "form": AsideForm(),
            "most": tray.SHOWN,
        }
        return render(request, "gateway/tray.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a message of the tray with its first lines, which is audited; a POST gives it to an operator or a filing."""
    try:
        view = looking.received(pk)
    except Missing:
        raise Http404 from None
    form = GiveForm(request.POST or None, initial={"operator": view.message.operator_id})
    if request.method == "POST" and form.is_valid():
        try:
            reason = tray.give(pk, **form.cleaned_data, by=actor(request), at=now())
        except tray.NotInTray as refusal:
            messages.error(request, refusal.message)
            return redirect("gateway:tray")
        except DomainError as refusal:
            form.add_error("reference", refusal.message)
        else:
            _tell(request, reason)
            return redirect("gateway:received", pk)
    lines = looking.beginning(pk, by=actor(request), at=now())
    context = {
        "view": view,
        "message": view.message,
        "lines": lines,
        "form": form,
        "aside": AsideForm(auto_id="aside_%s"),
        "is_open": view.message.state in OPEN,
    }
    return render(request, "gateway/parked.html", context, status=422 if form.errors else 200)


def _tell(request: HttpRequest, reason: str) -> None:
    if reason:
        messages.warning(request, f"Given, and kept as evidence; nothing else could be done with it: {reason}")
    else:
        messages.success(request, "Given and processed.")


@require_POST
@staff_only
def again(request: HttpRequest) -> HttpResponse:
    """Route the chosen messages once more."""
    count = tray.again(chosen(request), by=actor(request), at=now())
    if count:
        words = "1 message is" if count == 1 else f"{count} messages are"
        messages.success(request, f"{words} processed again. What still finds nobody comes back here.")
    else:
        messages.warning(request, "Choose at least one message first.")
    return redirect("gateway:tray")


@require_POST
@staff_only
def aside(request: HttpRequest) -> HttpResponse:
    """Set the chosen messages aside with a note."""
    form = AsideForm(request.POST)
    ids = chosen(request)
    if not ids or not form.is_valid():
        messages.warning(request, "Choose at least one message, and write why it is set aside.")
        return redirect("gateway:tray")
    count = tray.set_aside(ids, text=form.cleaned_data["text"], by=actor(request), at=now())
    messages.success(request, f"{'1 message is' if count == 1 else f'{count} messages are'} set aside, and kept.")
    return redirect("gateway:tray")
