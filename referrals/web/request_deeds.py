"""What one does to a request or an answer with one click."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from filings.services import drafting, submission
from referrals.services import amending, answering, handling
from referrals.web.finding import REFUSALS, answer_or_404, case_or_404, done, request_or_404, sentence
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

LEFT = "The answer is on its way. This page shows when customs has it."
ASKED = "A second person must approve it now; it waits for that on this page."


@require_POST
@permission_required(Permission.FILING_DRAFT)
def amend(request: TenantRequest, pk: UUID, request_pk: UUID) -> HttpResponse:
    """Open the amendment that answers a request."""
    case = case_or_404(pk)
    one = request_or_404(case, request_pk)
    try:
        draft = amending.start(case=case, request=one, by=request.actor, at=now())
    except REFUSALS as refusal:
        messages.error(request, sentence(refusal))
        return redirect("referrals:case", request.operator.slug, pk)
    messages.success(request, "This is what customs has. What it points at is marked; its reference is filled in.")
    return redirect("filings:edit", request.operator.slug, draft.pk)


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def set_aside(request: TenantRequest, pk: UUID, request_pk: UUID) -> HttpResponse:
    """Close a request without an answer."""
    case = case_or_404(pk)
    one, why = request_or_404(case, request_pk), request.POST.get("why", "")
    return done(
        request, case, lambda: handling.set_aside(request=one, why=why, by=request.actor, at=now()),
        "Set aside. You can take it up again.",
    )  # fmt: skip


@require_POST
@permission_required(Permission.FILING_DRAFT)
def take_up(request: TenantRequest, pk: UUID, request_pk: UUID) -> HttpResponse:
    """Open a request again."""
    case = case_or_404(pk)
    one = request_or_404(case, request_pk)
    return done(request, case, lambda: handling.take_up(request=one, by=request.actor, at=now()), "It is open again.")


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def send(request: TenantRequest, pk: UUID, answer_pk: UUID) -> HttpResponse:
    """Send an answer, again if it did not arrive; an amendment only after its approval."""
    case = case_or_404(pk)
    answer = answer_or_404(case, answer_pk)
    if not answer.is_draft:
        return done(request, case, lambda: submission.send_again(filing=answer, by=request.actor, at=now()), "Queued again.")
    return done(
        request, case, lambda: answering.send(answer=answer, by=request.actor, at=now()), lambda left: LEFT if left else ASKED
    )


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def approve(request: TenantRequest, pk: UUID, answer_pk: UUID) -> HttpResponse:
    """Approve an answer, which then leaves."""
    case = case_or_404(pk)
    answer = answer_or_404(case, answer_pk)
    return done(request, case, lambda: answering.approve(answer=answer, by=request.actor, at=now()), LEFT)


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def send_back(request: TenantRequest, pk: UUID, answer_pk: UUID) -> HttpResponse:
    """Give an answer back to whoever writes it."""
    case = case_or_404(pk)
    answer, why = answer_or_404(case, answer_pk), request.POST.get("why", "")
    return done(request, case, lambda: answering.send_back(answer=answer, why=why, by=request.actor, at=now()), "Given back.")


@require_POST
@permission_required(Permission.FILING_DRAFT)
def discard(request: TenantRequest, pk: UUID, answer_pk: UUID) -> HttpResponse:
    """Throw a draft away; its requests wait for an answer again."""
    case = case_or_404(pk)
    answer = answer_or_404(case, answer_pk)
    return done(request, case, lambda: drafting.discard(filing=answer, by=request.actor, at=now()), "The draft is discarded.")
