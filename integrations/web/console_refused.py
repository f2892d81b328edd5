"""The gateway console: what came in as a message and was refused, and why."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from integrations import refusals
from integrations.evidence import Missing
from integrations.web.console import actor
from integrations.web.console_forms import AsideForm, RefusedForm, chosen
from integrations.web.files import attachment
from tenants.scope import every_tenant
from tenants.web.guards import staff_only


@require_safe
@staff_only
def listed(request: HttpRequest) -> HttpResponse:
    """List what was refused, the latest first."""
    form = RefusedForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    with every_tenant("the ITSP's staff looks at what was refused"):
        rows = refusals.listed(
            state=wanted.get("state") or refusals.OPEN, origin=wanted.get("origin", ""), text=wanted.get("q", "").strip()
        )
        context = {
            "rows": [(row, refusals.advice(row.code)) for row in rows],
            "form": form,
            "state": wanted.get("state") or refusals.OPEN,
            "narrowed": bool(wanted.get("origin") or wanted.get("q")),
            "most": refusals.SHOWN,
        }
        return render(request, "gateway/refused.html", context)


@require_safe
@staff_only
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what was refused, why, and what to do; that somebody looked is audited."""
    try:
        row, lines, header = refusals.look(pk, by=actor(request), at=now())
    except Missing:
        raise Http404 from None
    context = {
        "row": row,
        "lines": lines,
        "header": header,
        "advice": refusals.advice(row.code),
        "form": AsideForm(),
    }
    return render(request, "gateway/refused_one.html", context)


@require_safe
@staff_only
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand out the octets that are kept; that they were taken is audited."""
    try:
        return attachment(refusals.octets(pk, by=actor(request), at=now()))
    except Missing:
        raise Http404 from None


@require_POST
@staff_only
def settle(request: HttpRequest) -> HttpResponse:
    """Mark the chosen ones as dealt with, with a note."""
    form = AsideForm(request.POST)
    ids = chosen(request)
    if not ids or not form.is_valid():
        messages.warning(request, "Choose at least one, and write what was done.")
        return redirect("gateway:refused")
    return _told(request, "marked as dealt with", refusals.settle, ids, text=form.cleaned_data["text"])


@require_POST
@staff_only
def reopen(request: HttpRequest) -> HttpResponse:
    """Take the mark back."""
    return _told(request, "open again", refusals.reopen, chosen(request))


def _told(request: HttpRequest, words: str, verb: Callable[..., int], ids: list[UUID], **more: str) -> HttpResponse:
    """Do a deed, say of how many, and lead back to the list."""
    count = verb(ids, by=actor(request), at=now(), **more)
    if count:
        messages.success(request, f"{'1 refusal is' if count == 1 else f'{count} refusals are'} {words}.")
    else:
        messages.warning(request, "Nothing was changed: somebody else has dealt with it, or nothing was chosen.")
    return redirect("gateway:refused")
