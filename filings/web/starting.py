"""Start a filing: choose what it is; what is known already is filled in."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from django.db.models import F
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from filings import selectors
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.services import drafting, templates
from filings.services.editions import Choices
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

OFFERED: Final = 9  # templates


@require_safe
@permission_required(Permission.FILING_DRAFT)
def new(request: TenantRequest) -> HttpResponse:
    """Show every message that starts a filing, by mode of transport."""
    text = request.GET.get("q", "").strip().lower()
    offered = Choices(at=now(), operator_id=request.operator.pk).messages()
    found = [message for message in offered if selectors.can_be_filed(message) and _fits(message, text)]
    own = templates.templates(text[:100])
    context = {
        "modes": _by_mode(found),
        "text": request.GET.get("q", ""),
        # The ones in use first; all of them are on a page of their own.
        "templates": own.order_by(F("used_at").desc(nulls_last=True), Lower("name"))[:OFFERED],
        "more_templates": count if (count := own.count()) > OFFERED else 0,
    }
    name = "filings/_types.html" if request.headers.get("HX-Target") == "types" else "filings/new.html"
    return render(request, name, context)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def start(request: TenantRequest, message_type: str) -> HttpResponse:
    """Make a draft of one message and open its form."""
    try:
        message = Choices(at=now(), operator_id=request.operator.pk).message(message_type)
    except catalogue.UnknownMessage:
        raise Http404 from None
    if not selectors.can_be_filed(message):
        raise Http404
    document = drafting.first_document(message, request.operator.eori)
    filing = drafting.create(document=document, by=request.actor, at=now(), source="web")
    return redirect("filings:edit", request.operator.slug, filing.pk)


def _fits(message: Message, text: str) -> bool:
    words = (message.id, message.sci, message.mode, message.level, message.title, message.description, message.filer)
    haystack = " ".join(words).lower()
    return all(word in haystack for word in text.split())


def _by_mode(found: Iterable[Message]) -> list[tuple[str, list[Message]]]:
    return [(mode, list(group)) for mode, group in groupby(found, key=lambda message: message.mode.partition(" (")[0])]
