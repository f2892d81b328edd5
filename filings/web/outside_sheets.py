"""A spreadsheet of a person outside: shown as it was understood, then handed over as the form is."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now

from filings.messages.catalogue import Message
from filings.models import FilingRequest
from filings.services.filing_requests import outside
from filings.services.filing_requests.sheets.reading import Understood
from filings.web import sheets
from filings.web.outside_visit import closed
from tenants.actors import Actor
from tenants.errors import DomainError


def preview(request: HttpRequest, found: FilingRequest, message: Message, data: bytes) -> HttpResponse:
    """Show what a file says; nothing of it is kept.

    :raises UnreadableSheet: if it is none.
    """
    return _page(request, found, data, sheets.understood(data, found, message, outside.findings))


def hand_over(request: HttpRequest, found: FilingRequest, message: Message, by: Actor) -> HttpResponse:
    """Hand over the file that the page with its preview carried along."""
    try:
        data = sheets.unpacked(request.POST.get("packed", ""), found)
        understood = sheets.understood(data, found, message, outside.findings)
        if not understood.is_right:
            return _page(request, found, data, understood)
        outside.hand_over(request=found, document=understood.document, by=by, at=now())
    except DomainError as refusal:
        return closed(request, refusal.status, refusal=refusal.message)
    return render(request, "filings/outside/done.html", {"asked": found, "match": understood.match})


def _page(request: HttpRequest, found: FilingRequest, data: bytes, understood: Understood) -> HttpResponse:
    context = {"asked": found, "understood": understood, "packed": sheets.packed(data, found)}
    status = HTTPStatus.OK if understood.is_right else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "filings/outside/sheet.html", context, status=status)
