"""What the stop words found in open drafts, templates and products: shown, opened at its field, dismissed, put back."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from filings import selectors
from filings.messages import catalogue
from filings.messages.finding import Finding
from filings.models import StopWordHit
from filings.services.stop_words import hits
from filings.web import places
from filings.web.drawing import Drawing
from filings.web.reading import filing_or_404
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE: Final = 50
DISMISSED: Final = 25  # the last ones


@dataclass(frozen=True)
class Seen:
    """A hit as people read it: what it is in, where there, and which page mends it."""

    hit: StopWordHit
    kind: str
    name: str
    place: str
    address: str = ""  # of a page to open; a template is used instead


@require_safe
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest) -> HttpResponse:
    """Show what is to look at, and what was dismissed of late."""
    page = Paginator(hits.to_look_at(), PAGE).get_page(request.GET.get("page"))
    dismissed = hits.to_look_at(dismissed=True).order_by("-dismissed_at")[:DISMISSED]
    slug = request.operator.slug
    context = {"page": page, "rows": [seen(hit, slug) for hit in page], "dismissed": [seen(hit, slug) for hit in dismissed]}
    return render(request, "filings/to_look_at.html", context)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def dismiss(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Take a text off the list."""
    hits.dismiss(hit=hit_or_404(pk), by=request.actor, at=now())
    messages.success(request, "Dismissed. It stands below, where you can put it back.")
    return redirect("filings:to-look-at", request.operator.slug)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def put_back(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Put a dismissed text on the list again."""
    hits.put_back(hit=hit_or_404(pk), by=request.actor, at=now())
    messages.success(request, "It is on the list again.")
    return redirect("filings:to-look-at", request.operator.slug)


@require_safe
@permission_required(Permission.FILING_DRAFT)
def field(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Lead from an XPath to its field in the form, wherever the form shows it."""
    filing = filing_or_404(pk)
    if not filing.is_draft:
        return redirect("filings:detail", request.operator.slug, pk)
    message = selectors.message_of(filing)
    path = request.GET.get("path", "")
    if filing.in_parts:
        number = re.match(rf"/{message.root_name}/{filing.parts_path}\[(\d{{1,6}})\]", path)
        where = ("filings:part-of", int(number[1])) if number else ("filings:frame",)
        return redirect(where[0], request.operator.slug, pk, *where[1:])
    drawing = Drawing.of(message, [Finding(path, "", "", "error", "")])
    drawing.whole(filing.document)
    link = drawing.link(places.name_of(message, path))
    address = reverse("filings:edit", args=[request.operator.slug, pk])
    return redirect(f"{address}?check=1{link}" if link.startswith("#") else f"{address}{link}")


def seen(hit: StopWordHit, slug: str) -> Seen:
    """Return a hit as people read it."""
    if hit.product:
        address = reverse("products:change", args=[slug, hit.product_id])
        return Seen(hit, "Product", hit.product.code, "Description of goods", address)
    owner = hit.filing or hit.template
    assert owner is not None  # noqa: S101 (for the type checker: a hit is of one of the three)
    message = catalogue.message(owner.message_type, owner.message_set, owner.version)
    place = places.words_of(message, hit.path)
    if hit.template:
        return Seen(hit, "Template", hit.template.name, place)
    assert hit.filing is not None  # noqa: S101 (as above)
    address = reverse("filings:field", args=[slug, hit.filing_id])
    return Seen(hit, "Draft", hit.filing.lrn or hit.filing.transport_document or "Draft without LRN", place, address)


def hit_or_404(pk: UUID) -> StopWordHit:
    """Return the operator's hit.

    :raises Http404: if it has none of that id.
    """
    found: StopWordHit | None = hits.every().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
