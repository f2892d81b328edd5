"""The page that notifies the arrival: everything that came, what to know of it, and what is told to customs."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_current_timezone_name, localtime, now
from django.views.decorators.http import require_http_methods

from filings.models import Call, Filing
from filings.services import submission
from filings.services.arrivals import arrivals, proposed
from filings.web import places
from filings.web.voyage_deeds import ids_in
from filings.web.voyage_forms import ArrivalForm
from filings.web.voyage_pages import voyage_or_404
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

NOTIFIER = "personNotifyingTheArrival"


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_SUBMIT)
def arrival(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Propose what to tell customs; a POST sends it, or keeps it as a draft."""
    voyage = voyage_or_404(pk)
    entry, at = voyage.entry, now()
    form = ArrivalForm(request.POST or None, initial=_initial(request, entry))
    found: list[tuple[str, str]] = []
    if form.is_valid():
        given = form.given(ids_in(request.POST.getlist("filing")))
        try:
            if request.POST.get("deed") == "draft":
                made = arrivals.draft(call=entry, given=given, by=request.actor, at=at)
                messages.success(request, "Kept as a draft. Look at it, change it, then submit it.")
                return redirect("filings:detail", request.operator.slug, made.pk)
            arrivals.notify(call=entry, given=given, by=request.actor, at=at)
        except submission.HasFindings as refusal:
            message = arrivals.message_at(at, request.operator.pk)
            found = [(places.words_of(message, each.path), each.sentence) for each in refusal.findings]
            form.add_error(None, "The arrival notification has errors; customs would refuse it. Correct them and send it again.")
        except DomainError as refusal:
            field = getattr(refusal, "field", None)
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            messages.success(request, "Submitted. This page shows by itself what customs answers.")
            return redirect("voyages:detail", request.operator.slug, voyage.pk)
    proposal = proposed.propose(entry, at=at)
    chosen = set(ids_in(request.POST.getlist("filing"))) if form.is_bound else {line.filing.pk for line in proposal.chosen}
    context = {
        "voyage": voyage,
        "entry": entry,
        "form": form,
        "proposal": proposal,
        "lines": [(line, line.filing.pk in chosen) for line in proposal.lines],
        "found": found,
        "zone": get_current_timezone_name(),
    }
    return render(request, "filings/voyages/arrival.html", context, status=422 if form.errors else 200)


def _initial(request: TenantRequest, entry: Call) -> dict[str, Any]:
    """Return what is probably right: who notified last, and that it arrived just now."""
    before = Filing.objects.filter(notifies__isnull=False).order_by("-created_at").values_list("document", flat=True).first()
    said = (before or {}).get(NOTIFIER) or {}
    contact = (said.get("communication") or [{}])[0]
    email = request.actor.user.email if request.actor.user else ""
    return {
        "arrived_at": localtime(entry.arrived_at or now()),
        "office": entry.office,
        "notifier": said.get("identificationNumber") or request.operator.eori,
        "kind": contact.get("type") or "EM",
        "address": contact.get("identifier") or email,
    }
