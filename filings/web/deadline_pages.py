"""When a filing is due: its deadlines on its page, the facts people add, and the operator's own buffers."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_current_timezone_name, now
from django.views.decorators.http import require_http_methods, require_safe

from filings import lifecycle, selectors
from filings.deadlines import rollout
from filings.deadlines.voyage import MODE_WORDS
from filings.services import dates, freezing, rollouts
from filings.services.large import parts
from filings.services.voyages import journeys
from filings.web import places
from filings.web.reading import filing_or_404
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

MODES: Final = [("", "As the filing says"), *((code, words.capitalize()) for code, words in MODE_WORDS.items())]
YES_OR_NO: Final = [("", "As the filing says"), ("yes", "Yes"), ("no", "No")]
FACT_WORDS: Final = {
    "fact:loading_at": "the time of loading",
    "fact:departure_at": "the departure",
    "fact:arrival_at": "the arrival",
    "fact:carrier_cut_off": "the cut-off entered",
    "fact:registered_at": "the registration",
}


def _moment(label: str, hint: str = "") -> forms.DateTimeField:
    """Return a field for a moment in the reader's zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, help_text=hint, required=False, widget=widget, input_formats=["%Y-%m-%dT%H:%M"])


class FactsForm(forms.Form):
    """What one knows about a journey besides what the filing says."""

    loading_at = _moment("Loading begins", "Of the vessel or aircraft that brings the goods in. No element of a filing has it.")
    carrier_cut_off = _moment(
        "Cut-off of the carrier", "When the carrier wants the filing; it counts if it is before the legal limit."
    )
    departure_at = _moment("Departure", "Only if the filing does not have it, or has changed since.")
    arrival_at = _moment("Arrival at the first place of entry", "Only if the filing does not have it, or has changed since.")
    duration_minutes = forms.IntegerField(
        label="Minutes the journey takes",
        required=False,
        min_value=0,
        max_value=journeys.LONGEST,
        help_text="The flight, the voyage, or the train from its last formation station outside.",
    )
    active_mode = forms.ChoiceField(
        label="Means of transport that moves by itself",
        choices=MODES,
        required=False,
        help_text="For a lorry on a ferry it is sea (Article 110).",
    )
    containers = forms.ChoiceField(label="Goods in containers", choices=YES_OR_NO, required=False)
    short_sea = forms.ChoiceField(label="Comes from a short sea port", choices=YES_OR_NO, required=False)
    force_majeure = forms.BooleanField(
        label="Force majeure: the limits do not apply (Article 111)", required=False, help_text="Keep proof of it."
    )

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts as the verb takes them."""
        chosen = {"yes": True, "no": False}
        found = dict(self.cleaned_data)
        return {**found, **{name: chosen.get(found[name]) for name in ("containers", "short_sea")}}


class BufferForm(forms.Form):
    """Minutes before the legal limit, for every mode of transport and for one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for mode, words in (("", "Every mode"), *MODE_WORDS.items()):
            self.fields[f"mode{mode}"] = forms.IntegerField(
                label=f"{words.capitalize()}, minutes", required=False, min_value=0, max_value=journeys.LONGEST
            )

    @property
    def minutes(self) -> dict[str, int]:
        """Return the minutes by mode (CL018; "" for every mode)."""
        return {name.removeprefix("mode"): value for name, value in self.cleaned_data.items() if value}


@require_safe
@permission_required(Permission.FILING_VIEW)
def of_filing(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show the deadlines of a filing, and whether its crossing needs ICS2."""
    filing = filing_or_404(pk)
    at = now()
    found = journeys.deadlines_of(filing)
    message = selectors.message_of(filing)
    document = parts.frame_of(filing) if filing.in_parts else selectors.document_of(filing)
    names = {path: places.words_of(message, f"/{message.root_name}/{path}") for each in found for path in each.missing}
    context = {
        "filing": filing,
        "at": at,
        "rows": [(each, [FACT_WORDS.get(path) or names[path] for path in each.missing]) for each in found],
        "open": filing.registered_at is None and filing.state in lifecycle.NOT_YET_WITH_CUSTOMS,
        "freezes": [(each, each.lasts(at)) for each in freezing.of_filing(filing)],
        "frozen": filing.pk in freezing.now_frozen([filing.pk], at=at),
        "dates": [each for each in dates.of_filing(filing, at=at) if each.name not in {row.bound for row in found}],
        "verdict": rollout.needed(document, on=at.date(), rows=rollouts.in_force()) if found else None,
    }
    return render(request, "filings/_deadlines.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def facts(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show the facts entered for a filing; a POST keeps them."""
    filing = filing_or_404(pk)
    form = FactsForm(request.POST if request.method == "POST" else None, initial=_initial(journeys.facts_of(filing)))
    if request.method == "POST" and form.is_valid():
        try:
            journeys.enter(filing=filing, facts=form.facts, by=request.actor, at=now())
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Kept. The deadlines are reckoned with it.")
            return redirect("filings:detail", request.operator.slug, pk)
    context = {"filing": filing, "form": form, "zone": get_current_timezone_name()}
    return render(request, "filings/deadline_facts.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def buffers(request: TenantRequest) -> HttpResponse:
    """Show the operator's own buffers; a POST keeps them."""
    initial = {f"mode{mode}": minutes for mode, minutes in journeys.buffers().items()}
    form = BufferForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        journeys.set_buffers(minutes=form.minutes, by=request.actor, at=now())
        messages.success(request, "Kept. Pages of filings show your own moment beside the legal one.")
        return redirect("filings:buffers", request.operator.slug)
    return render(request, "filings/deadline_buffers.html", {"form": form}, status=422 if form.errors else 200)


def _initial(kept: dict[str, Any]) -> dict[str, Any]:
    words = {True: "yes", False: "no", None: ""}
    return {**kept, **{name: words[kept[name]] for name in ("containers", "short_sea")}}
