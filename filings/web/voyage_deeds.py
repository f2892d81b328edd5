"""What one does to a voyage or flight: enter it, describe it, change its arrival, take filings in and out."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_current_timezone_name, localtime, now
from django.views.decorators.http import require_http_methods, require_POST

from filings.models import Call, Voyage
from filings.services.voyages import eta as voyages_eta
from filings.services.voyages import found as voyages_found
from filings.services.voyages import voyages
from filings.services.voyages.eta import Deed
from filings.web.reading import filing_or_404
from filings.web.voyage_forms import CallForm, Described, EtaForm, VoyageForm
from filings.web.voyage_pages import voyage_or_404
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def new(request: TenantRequest) -> HttpResponse:
    """Show an empty voyage, or what filings say of one they name (?key=&eta=); a POST enters it."""
    form = VoyageForm(request.POST or None, initial=_said(request))
    made: list[Voyage] = []
    if _done(form, lambda: made.append(voyages.create(given=form.given, by=request.actor, at=now()))):
        count = voyages_found.filings_of(made[0]).count()
        messages.success(request, f"Entered. Filings of yours that come with it: {count}.")
        return _to(request, made[0])
    return _form(request, form, title="Enter a voyage or flight")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def edit(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show how a voyage is described; a POST changes that."""
    voyage = voyage_or_404(pk)
    entry = voyage.entry
    rows = {"place": entry, "office": entry}
    initial = {name: getattr(rows.get(name, voyage), name) for name in Described.base_fields}
    form = Described(request.POST or None, initial=initial)
    if _done(form, lambda: voyages.change(voyage=voyage, fields=form.cleaned_data, by=request.actor, at=now())):
        messages.success(request, "Kept.")
        return _to(request, voyage)
    return _form(request, form, title=f"Describe the {voyage.thing}", voyage=voyage)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def delete(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Remove a voyage."""
    voyage = voyage_or_404(pk)
    if not _may(request, lambda: voyages.delete(voyage=voyage, by=request.actor, at=now())):
        return _to(request, voyage)
    messages.success(request, f"The {voyage.thing} is deleted. Its filings stay.")
    return redirect("voyages:list", request.operator.slug)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def arrived(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Keep that it arrived now, or (undo) that it has not."""
    voyage, at = voyage_or_404(pk), now()
    moment = None if request.POST.get("undo") == "yes" else at
    if _may(request, lambda: voyages.arrived(call=voyage.entry, arrived_at=moment, by=request.actor, at=at)):
        said = "It has not arrived yet." if moment is None else "Arrived now. Customs is told by the arrival notification only."
        messages.success(request, said)
    return _to(request, voyage)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def take_in(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Let filings come with a voyage: those ticked, and those whose LRN, MRN or transport document is named."""
    voyage = voyage_or_404(pk)
    ticked = voyages_found.members(ids_in(request.POST.getlist("filing")))
    found = [*ticked, *voyages_found.by_reference(request.POST.get("q", ""))]
    if not found:
        messages.error(request, "You have no filing with that LRN, MRN or transport document.")
    elif _may(request, lambda: voyages.take_in(voyage=voyage, filings=found, by=request.actor, at=now())):
        messages.success(request, f"{len(found)} filing{'' if len(found) == 1 else 's'} taken in.")
    return _to(request, voyage)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def take_out(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Let a filing come with a voyage no more."""
    voyage = voyage_or_404(pk)
    for found in ids_in(request.POST.getlist("filing"))[:1]:
        filing = filing_or_404(found)
        if _may(request, lambda: voyages.take_out(voyage=voyage, filing=filing, by=request.actor, at=now())):  # noqa: B023
            messages.success(request, "Taken out.")
    return _to(request, voyage)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def add_call(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show an empty call; a POST adds it."""
    voyage = voyage_or_404(pk)
    form = CallForm(request.POST or None)
    if _done(form, lambda: voyages.add_call(voyage=voyage, by=request.actor, at=now(), **form.cleaned_data)):
        messages.success(request, "Added.")
        return _to(request, voyage)
    return _form(request, form, title="Add a later call", voyage=voyage)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def remove_call(request: TenantRequest, pk: UUID, call_pk: UUID) -> HttpResponse:
    """Take away a later call."""
    voyage = voyage_or_404(pk)
    call = _call_or_404(voyage, call_pk)
    if _may(request, lambda: voyages.remove_call(call=call, by=request.actor, at=now())):
        messages.success(request, "Taken away.")
    return _to(request, voyage)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def eta(request: TenantRequest, pk: UUID, call_pk: UUID) -> HttpResponse:
    """Ask for another estimate, show what it means for each filing, and do what is then confirmed."""
    voyage = voyage_or_404(pk)
    call = _call_or_404(voyage, call_pk)
    form = EtaForm(request.POST or None, initial={"eta": call.eta})
    effects: list[voyages_eta.Effect] = []
    if form.is_valid():
        wanted = form.cleaned_data["eta"]
        if request.POST.get("deed") == "change":
            outcome = _may(request, lambda: _change(request, call, wanted, form.cleaned_data["reason"]))
            if outcome:
                messages.success(request, _words_of(outcome))
                return _to(request, voyage)
        effects = voyages_eta.effects(call=call, eta=wanted, at=now())
    context = {
        "voyage": voyage,
        "call": call,
        "form": form,
        "asked": form.is_bound and form.is_valid(),
        "zone": get_current_timezone_name(),
        "groups": [(deed, [each for each in effects if each.deed is deed]) for deed in Deed],
        "effects": effects,
    }
    return render(request, "filings/voyages/eta.html", context, status=422 if form.errors else 200)


def _change(request: TenantRequest, call: Call, wanted: datetime, reason: str) -> voyages_eta.Outcome:
    return voyages_eta.change(
        call=call,
        eta=wanted,
        reason=reason,
        drafts=ids_in(request.POST.getlist("draft")),
        amendments=ids_in(request.POST.getlist("amend")),
        by=request.actor,
        at=now(),
    )


def _words_of(outcome: voyages_eta.Outcome) -> str:
    """Return what a change did, in a sentence."""
    said = ["The estimated arrival is changed." if outcome.changed else "The estimated arrival is as it was."]
    if outcome.drafts:
        said.append(f"Drafts changed: {len(outcome.drafts)}.")
    if outcome.amendments:
        said.append(f"Amendments drafted: {len(outcome.amendments)}. Check and submit each of them.")
    return " ".join(said)


def _said(request: TenantRequest) -> dict[str, Any]:
    """Return what the newest filing that names a journey says of it."""
    try:
        at = datetime.fromisoformat(request.GET.get("eta", ""))
    except ValueError:
        return {}
    found = voyages_found.proposed(request.GET.get("key", "")[:40], at) if at.tzinfo else None
    if found is None or found.eta is None:
        return {}
    names = ("mode", "number", "office", "place")
    return {**{name: getattr(found, name) for name in names}, "eta": localtime(found.eta)}


def _done(form: forms.Form, deed: Callable[[], object]) -> bool:
    """Do what a form asks for if it is whole; a refusal goes to the field it is about."""
    if not form.is_valid():
        return False
    try:
        deed()
    except DomainError as refusal:
        field = getattr(refusal, "field", None)
        form.add_error(field if field in form.fields else None, refusal.message)
        return False
    return True


def _may(request: TenantRequest, deed: Callable[[], Any]) -> Any:
    """Do a deed and return what it returns, True for nothing; say a refusal and return False."""
    try:
        found = deed()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return False
    return True if found is None else found


def ids_in(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _call_or_404(voyage: Voyage, pk: UUID) -> Call:
    call: Call | None = voyage.calls.filter(pk=pk).first()
    if call is None:
        raise Http404
    return call


def _to(request: TenantRequest, voyage: Voyage) -> HttpResponse:
    return redirect("voyages:detail", request.operator.slug, voyage.pk)


def _form(request: TenantRequest, form: forms.Form, *, title: str, voyage: Voyage | None = None) -> HttpResponse:
    context = {"form": form, "title": title, "voyage": voyage, "zone": get_current_timezone_name()}
    return render(request, "filings/voyages/form.html", context, status=422 if form.errors else 200)
