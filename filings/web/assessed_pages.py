"""How much of a filing customs has assessed, and which parts it has not."""

from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from filings.models.assessment import Kind
from filings.services import assessing
from filings.web.reading import filing_or_404
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE: Final = 60


@require_safe
@permission_required(Permission.FILING_VIEW)
def assessed(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show how many parts are assessed and, of one kind, those that are not (?kind=house&after=…), a page at a time."""
    filing = filing_or_404(pk)
    rows = assessing.of_filing(filing)
    wanted = request.GET.get("kind", "")
    row = next((each for each in rows if each.kind == wanted), None) if wanted in Kind.values else None
    after = request.GET.get("after", "").replace("\0", "")[:128]
    left = assessing.left(filing, row, after=after, most=PAGE + 1) if row else []
    context = {
        "filing": filing,
        "rows": rows,
        "row": row,
        "left": [reference for _, reference in left[:PAGE]],
        "after": after,
        "next": left[PAGE - 1][0] if len(left) > PAGE else "",
        "words": assessing.in_words({each.kind: (each.done, each.total) for each in rows}),
    }
    name = "filings/_assessed.html" if request.headers.get("HX-Request") else "filings/assessed.html"
    return render(request, name, context)
