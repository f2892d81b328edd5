"""The spreadsheet of a filing request in the inbox of an operator here: downloaded, shown as understood, answered with."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from filings import selectors
from filings.messages.catalogue import Message
from filings.models import FilingRequest
from filings.services.filing_requests import filing_requests
from filings.services.filing_requests.sheets.reading import Understood
from filings.web import sheets
from filings.web.asked_pages import request_or_404
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required


@require_safe
@permission_required(Permission.FILING_VIEW)
def template(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Send the file to fill in."""
    asked = request_or_404(pk)
    try:
        return sheets.template(request, asked, filing_requests.message_to_answer(asked, at=now()))
    except DomainError as refusal:
        return _back(request, asked, refusal)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def preview(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show what a file says; nothing of it is kept."""
    asked = request_or_404(pk)
    try:
        data = sheets.uploaded(request)
        message = filing_requests.message_to_answer(asked, at=now())
        understood = sheets.understood(data, asked, message, selectors.findings_before_submit)
    except DomainError as refusal:
        return _back(request, asked, refusal)
    return _page(request, asked, message, data, understood)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def accept(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Answer with a draft of what the file says that the page with its preview carried along."""
    asked = request_or_404(pk)
    try:
        data = sheets.unpacked(request.POST.get("packed", ""), asked)
        message = filing_requests.message_to_answer(asked, at=now())
        understood = sheets.understood(data, asked, message, selectors.findings_before_submit)
        if not understood.is_whole:
            return _page(request, asked, message, data, understood)
        compares = request.POST.get("compares") == "yes"
        draft = filing_requests.accept(
            request=asked, by=request.actor, at=now(), compares=compares, document=understood.document
        )  # fmt: skip
    except DomainError as refusal:
        return _back(request, asked, refusal)
    messages.success(request, "This is a draft with what your table says. Keep the references: by them customs links.")
    return redirect("filings:edit", request.operator.slug, draft.pk)


def _page(request: HttpRequest, asked: FilingRequest, message: Message, data: bytes, understood: Understood) -> HttpResponse:
    context = {"asked": asked, "message": message, "understood": understood, "packed": sheets.packed(data, asked)}
    status = HTTPStatus.OK if understood.is_whole else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "filings/requests/sheet.html", context, status=status)


def _back(request: TenantRequest, asked: FilingRequest, refusal: DomainError) -> HttpResponse:
    messages.error(request, refusal.message)
    return redirect("asked:detail", request.operator.slug, asked.pk)
