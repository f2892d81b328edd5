"""Pages of requests about a filing: amend and compare, invalidate (and file anew), consult, and the map of all states."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from filings import lifecycle, selectors
from filings.lifecycle import Event, NotAllowed, State
from filings.messages.catalogue import Message
from filings.models import Filing
from filings.services import amending, comparing, consulting, invalidating
from filings.web.deeds import sentence
from filings.web.places import is_number
from filings.web.reading import filing_or_404, things
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

_ONLY_FILINGS: Final = {*lifecycle.IN_FORCE, State.INVALIDATED}  # where no request ever stands
MOST: Final = 500  # changes one page shows


@require_POST
@permission_required(Permission.FILING_DRAFT)
def amend(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Open the draft of an amendment."""
    filing = filing_or_404(pk)
    try:
        draft = amending.start(filing=filing, by=request.actor, at=now(), referral=request.POST.get("referral", "")[:17])
    except (DomainError, NotAllowed) as refusal:
        messages.error(request, sentence(refusal))
        return redirect("filings:detail", request.operator.slug, pk)
    whose = "This is what customs has." if filing.mrn else "This is what you submitted; customs has not answered it yet."
    messages.success(request, f"{whose} Change what must change; the locked fields cannot be amended.")
    return redirect("filings:detail" if draft.in_parts else "filings:edit", request.operator.slug, draft.pk)


@require_safe
@permission_required(Permission.FILING_VIEW)
def changes(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show what an amendment changes against what customs has."""
    filing = filing_or_404(pk)
    after = request.GET.get("after", "")
    since = int(after) if is_number(after) else 0
    try:
        found = comparing.changes(filing)
        houses = comparing.changed_parts(filing, after=since)
    except DomainError:
        raise Http404 from None
    context = {
        "filing": filing,
        "changes": found[:MOST],
        "more": max(0, len(found) - MOST),
        "message": _message(filing),
        "houses": houses,
        "things": things(filing),
        "apart": filing.in_parts and houses is None,
        "since": since,
        "next": since + len(houses.page) if houses and houses.compared.more else 0,
    }
    return render(request, "filings/changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_SUBMIT)
def invalidate(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Ask why, and whether to file anew; a POST asks customs."""
    filing = filing_or_404(pk)
    anew, reason = request.POST.get("anew") == "yes", request.POST.get("reason", "")
    context: dict[str, Any] = {"filing": filing, "message": _message(filing), "anew": anew or "anew" in request.GET}
    if request.method != "POST":
        return render(request, "filings/invalidate.html", context)
    deed = invalidating.file_anew if anew else invalidating.invalidate
    try:
        made = deed(filing=filing, reason=reason, by=request.actor, at=now())
    except (DomainError, NotAllowed) as refusal:
        context |= {"refusal": sentence(refusal), "reason": reason}
        return render(request, "filings/invalidate.html", context, status=422)
    if isinstance(made, invalidating.Anew):
        messages.success(request, "Customs is asked to invalidate the filing. Correct this draft meanwhile; submit it then.")
        return redirect("filings:edit", request.operator.slug, made.draft.pk)
    messages.success(request, "Customs is asked to invalidate the filing. Its answer shows on this page.")
    return redirect("filings:detail", request.operator.slug, pk)


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def consult(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Ask customs what it knows."""
    filing = filing_or_404(pk)
    try:
        consulting.consult(filing=filing, again=request.POST.get("again") == "yes", by=request.actor, at=now())
    except (DomainError, NotAllowed) as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, "Customs is asked. Its answer shows on this page.")
    return redirect(f"{reverse('filings:detail', args=[request.operator.slug, pk])}#requests")


@require_safe
@permission_required(Permission.FILING_VIEW)
def states(request: TenantRequest) -> HttpResponse:
    """Show every state, what leads out of it, and what customs may say besides: drawn from the tables."""
    steps: dict[State, list[tuple[str, State]]] = {state: [] for state in State}
    for (before, event), after in lifecycle.NEXT.items():
        if before is not after and not (event is Event.FULFIL and before in _ONLY_FILINGS):
            steps[before].append((lifecycle.HAPPENS[event], after))
    rows = [(state, *lifecycle.WORDS[state], [(how, to, lifecycle.WORDS[to][0]) for how, to in steps[state]]) for state in State]
    facets: dict[str, list[lifecycle.Fact]] = {}
    for fact in lifecycle.FACTS:
        facets.setdefault(fact.facet, []).append(fact)
    return render(request, "filings/states.html", {"rows": rows, "facets": facets})


def _message(filing: Filing) -> Message:
    return selectors.message_of(filing)
