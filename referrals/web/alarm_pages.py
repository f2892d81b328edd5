"""Do not load: acknowledged by name, told to the carrier."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from referrals.services import alarms
from referrals.web.finding import case_or_404, done
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required


@require_POST
@permission_required(Permission.FILING_DRAFT)
def acknowledge(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Note who has seen the order."""
    case, name = case_or_404(pk), request.POST.get("name", "")
    return done(
        request,
        case,
        lambda: alarms.acknowledge(case=case, name=name, by=request.actor, at=now()),
        "Acknowledged. The goods stay marked; tell the carrier if you have not.",
    )


@require_POST
@permission_required(Permission.FILING_SUBMIT)
def relay_by_mail(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Tell the carrier by mail."""
    case, to, text = case_or_404(pk), request.POST.get("to", ""), request.POST.get("text", "")
    return done(
        request,
        case,
        lambda: alarms.relay_by_mail(case=case, to=to, text=text, by=request.actor, at=now()),
        "The mail leaves now; below stands when it did.",
    )


@require_POST
@permission_required(Permission.FILING_DRAFT)
def relay_by_phone(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Note a telephone call to the carrier."""
    case = case_or_404(pk)
    given = {name: request.POST.get(name, "") for name in ("number", "spoke_with", "note")}
    return done(
        request, case, lambda: alarms.relay_by_phone(case=case, by=request.actor, at=now(), **given), "The call is noted."
    )
