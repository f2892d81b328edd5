"""What one does to a filing with one click."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from filings.lifecycle import NotAllowed
from filings.services import drafting, submission
from filings.web.reading import filing_or_404
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

_SUBMITTED: Final = "Submitted. This page shows by itself what customs answers."
_PUT_OFF: Final = "It leaves by itself as soon as customs has registered the filing it amends."
_SUBMITTED_LATER: Final = "It is written and checked as a whole, then submitted. This page shows how far that is."


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def submit(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Submit a draft; with errors, go to the form that shows them."""
    filing = filing_or_404(pk)
    despite = request.POST.get("despite") == "yes"
    try:
        submission.submit(filing=filing, by=request.actor, at=now(), despite_findings=despite)
    except submission.HasFindings as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('filings:edit', args=[request.operator.slug, pk])}?check=1")
    except (DomainError, NotAllowed) as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _PUT_OFF if filing.when_registered else _SUBMITTED_LATER if filing.in_parts else _SUBMITTED)
    return redirect("filings:detail", request.operator.slug, pk)


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def take(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Choose the connection over which a draft will leave."""
    try:
        submission.take(filing=filing_or_404(pk), via=request.POST.get("via", ""), by=request.actor, at=now())
    except (DomainError, NotAllowed) as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, "The connection is chosen.")
    return redirect("filings:detail", request.operator.slug, pk)


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def send_again(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Queue a filing that did not arrive once more."""
    try:
        submission.send_again(filing=filing_or_404(pk), by=request.actor, at=now())
    except (DomainError, NotAllowed) as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, "Queued again.")
    return redirect("filings:detail", request.operator.slug, pk)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def copy(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Make a new draft of the content and open it; customs' errors of the original go along."""
    filing = filing_or_404(pk)
    draft = drafting.copy(filing=filing, by=request.actor, at=now())
    messages.success(request, "This is a new draft with the same content. LRN and date are left out, they are never used twice.")
    after = f"?corrects={filing.pk}" if filing.errors else ""
    return redirect(f"{reverse('filings:edit', args=[request.operator.slug, draft.pk])}{after}")


@require_POST
@permission_required(Permission.FILING_DRAFT)
def discard(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Remove a draft."""
    try:
        drafting.discard(filing=filing_or_404(pk), by=request.actor, at=now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("filings:detail", request.operator.slug, pk)
    messages.success(request, "The draft is discarded.")
    return redirect("filings:list", request.operator.slug)


def sentence(refusal: DomainError | NotAllowed) -> str:
    """Return what a refusal says to people."""
    return refusal.message if isinstance(refusal, DomainError) else str(refusal)
