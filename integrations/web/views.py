"""The evidence of a filing, as part of its page, and its files."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from filings import selectors
from filings.models import Filing
from integrations import evidence
from integrations.web.files import attachment
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required


@require_safe
@permission_required(Permission.FILING_VIEW)
def of_filing(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show what was sent and received about a filing."""
    try:
        filing = selectors.filing(pk)
    except Filing.DoesNotExist:
        raise Http404 from None
    context = {"filing": filing, "exchanges": evidence.exchanges_of(pk), "inbound": evidence.inbound_of(pk)}
    return render(request, "integrations/_evidence.html", context)


@require_safe
@permission_required(Permission.FILING_VIEW)
def download(request: TenantRequest, kind: str, pk: UUID, part: str) -> HttpResponseBase:
    """Hand out one file of evidence."""
    try:
        return attachment(evidence.piece(kind, pk, part))
    except evidence.Missing:
        raise Http404 from None
