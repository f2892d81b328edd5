"""Small parts of other pages: the count in the menu, the alarm on every page, what concerns a filing."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from filings.web.reading import filing_or_404
from referrals import selectors
from referrals.web.showing import kinds_of
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required


@require_safe
@permission_required(Permission.FILING_VIEW)
def count(request: TenantRequest) -> HttpResponse:
    """Show how many cases are open, for the menu."""
    return render(request, "referrals/_count.html", {"counts": selectors.counts(at=now()), "most": selectors.MOST_COUNTED})


@require_safe
@permission_required(Permission.FILING_VIEW)
def alarms(request: TenantRequest) -> HttpResponse:
    """Show the do-not-load orders nobody has acknowledged."""
    found = [(case, [str(goods) for goods in case.goods.filter(forbidden=True)[:4]]) for case in selectors.alarms()[:3]]
    return render(request, "referrals/_alarms.html", {"alarms": found, "more": max(0, selectors.alarms()[:100].count() - 3)})


@require_safe
@permission_required(Permission.FILING_VIEW)
def of_filing(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show the cases and copies about a filing, and its goods that must not be loaded."""
    filing = filing_or_404(pk)
    cases = [(case, kinds_of(case)) for case in selectors.of_filing(filing)]
    forbidden = [goods for case, _ in cases if case.is_alarm for goods in case.goods.filter(forbidden=True)[:200]]
    context = {"filing": filing, "cases": cases, "copies": selectors.copies_of(filing), "forbidden": forbidden, "at": now()}
    return render(request, "referrals/_of_filing.html", context)
