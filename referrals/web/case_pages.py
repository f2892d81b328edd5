"""The page of a case, and what people say and decide about it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from filings.models import Filing
from referrals import selectors
from referrals.models import Approval, Case
from referrals.services import alarms, handling, notices
from referrals.web.finding import case_or_404, done
from referrals.web.showing import asked, files_by_request, kinds_of
from tenants.middleware import TenantRequest
from tenants.models import User
from tenants.permissions import Permission
from tenants.web.guards import permission_required


@require_safe
@permission_required(Permission.FILING_VIEW)
def case(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show what customs asks, the goods, the answers, comments and history."""
    return render(request, "referrals/case.html", context_of(request, case_or_404(pk)))


@require_POST
@permission_required(Permission.FILING_DRAFT)
def comment(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Keep a comment."""
    found, text = case_or_404(pk), request.POST.get("text", "")
    return done(request, found, lambda: handling.comment(case=found, text=text, by=request.actor, at=now()), "Comment kept.")


@require_POST
@permission_required(Permission.FILING_DRAFT)
def assign(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Give the case to somebody, or to nobody."""
    found, to = case_or_404(pk), _person(request)
    said = f"Given to {to}." if to else "Given to nobody."
    return done(request, found, lambda: handling.assign(case=found, to=to, by=request.actor, at=now()), said)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def escalate(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Tell a second person."""
    found, to, why = case_or_404(pk), _person(request), request.POST.get("why", "")
    return done(
        request,
        found,
        lambda: handling.escalate(case=found, to=to, why=why, by=request.actor, at=now()),
        "Escalated. A mail tells the person; it stands below when it left.",
    )


def context_of(request: TenantRequest, found: Case) -> dict[str, Any]:
    """Return what the page of a case shows."""
    requests = asked(found)
    return {
        "case": found,
        "kinds": kinds_of(found),
        "asked": requests,
        "answerable": [each for each in requests if each.may_answer and not each.amends],
        "answers": [_answer(request, each) for each in selectors.answers_of(found)],
        "goods": list(found.goods.all()[:300]),
        "events": [event for event in selectors.history(found) if event.kind != "comment"],
        "comments": list(selectors.history(found).filter(kind="comment")),
        "notices": list(found.notices.all()),
        "people": selectors.people(),
        "rules": selectors.rules(),
        "at": now(),
        "alarm_open": selectors.of_filing(found.filing).filter(kinds="DNL").first() if found.filing else None,
        "relay_text": notices.relay(found) if found.is_alarm else "",
        "relay_to": alarms.last_address(found) if found.is_alarm else "",
        "name": str(request.actor.user or ""),
    }


def _answer(request: TenantRequest, answer: Filing) -> dict[str, Any]:
    """Return an answer as the page shows it: what it is to, its files, and who may approve it."""
    approval = Approval.objects.filter(answer=answer).first()
    requests = selectors.requests_answered_by(answer)
    user = request.actor.user
    return {
        "filing": answer,
        "requests": requests,
        "amends": any(each.kind == "AMD" for each in requests),
        "files": [row for rows in files_by_request(answer).values() for row in rows],
        "approval": approval,
        "waits": bool(approval and not approval.approved_at and any(each.state == "approval" for each in requests)),
        "may_approve": bool(approval and user and approval.asked_by_user_id != user.pk),
    }


def _person(request: TenantRequest) -> User | None:
    """Return the person chosen in a form, among those who file for the operator."""
    chosen = request.POST.get("to", "")
    if chosen == "me":
        return request.actor.user
    return next((person for person in selectors.people() if str(person.pk) == chosen), None)
