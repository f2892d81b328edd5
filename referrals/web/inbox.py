"""The inbox of what customs asks, and what came as the carrier's copy."""

from typing import Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from referrals import selectors
from referrals.models import CarrierCopy
from referrals.reference import kinds
from referrals.web.showing import kinds_of
from tenants import paging
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE: Final = 50
TABS: Final = (
    ("open", "Open"),
    ("mine", "Mine"),
    ("late", "Late"),
    ("approve", "To approve"),
    ("closed", "Closed"),
    ("all", "All"),
)


@require_safe
@permission_required(Permission.FILING_VIEW)
def inbox(request: TenantRequest) -> HttpResponse:
    """List the cases, what is most urgent first."""
    which, kind, text = (request.GET.get(name, "").strip() for name in ("which", "kind", "q"))
    which = which if which in selectors.WHICH else "open"
    kind = kind if kind in kinds() else ""
    found = selectors.cases(which=which, kind=kind, text=text, user=request.actor.user).prefetch_related("requests")
    page = paging.page(found, number=paging.number_of(request.GET.get("page")), size=PAGE)
    context = {
        "page": page,
        "rows": [(case, kinds_of(case), list(case.requests.all())[:3]) for case in page.rows],
        "which": which,
        "kind": kind,
        "text": text,
        "tabs": TABS,
        "kinds": kinds().values(),
        "counts": selectors.counts(request.actor.user, at=now()),
        "at": now(),
    }
    name = "referrals/_results.html" if request.headers.get("HX-Target") == "results" else "referrals/inbox.html"
    return render(request, name, context)


@require_safe
@permission_required(Permission.FILING_VIEW)
def copies(request: TenantRequest) -> HttpResponse:
    """List what came as the carrier's copy."""
    page = paging.page(selectors.copies(), number=paging.number_of(request.GET.get("page")), size=PAGE)
    return render(request, "referrals/copies.html", {"page": page})


@require_safe
@permission_required(Permission.FILING_VIEW)
def copy(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show one copy with all it says."""
    found: CarrierCopy | None = CarrierCopy.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return render(request, "referrals/copy.html", {"copy": found, "said": list(_said(found.document))})


def _said(content: object, place: str = "") -> list[tuple[str, str]]:
    """Return every value of a content with where it stands."""
    if isinstance(content, dict):
        return [row for name, one in content.items() for row in _said(one, f"{place}/{name}".strip("/"))]
    if isinstance(content, list):
        return [row for number, one in enumerate(content, 1) for row in _said(one, f"{place}[{number}]")]
    return [(place, str(content))]
