"""Finding codes while one types in the form: the options of a combobox."""

from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from filings import codes as lists
from filings.codes import UnknownList
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

SHOWN: Final = 12


@require_safe
@permission_required(Permission.FILING_VIEW)
def codes(request: TenantRequest, code_list: str) -> HttpResponse:
    """Show the best codes for what was typed, those this operator uses first."""
    try:
        found = lists.search(code_list, request.GET.get("q", ""), limit=SHOWN)
    except UnknownList:
        raise Http404 from None
    response = render(request, "filings/_codes.html", {"found": found})
    response["Cache-Control"] = "private, max-age=30"
    return response
