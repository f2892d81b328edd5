"""Pages of a filing kept in parts: the list of its houses, the form of one of them, and the form of what is around them."""

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from filings import selectors
from filings.lifecycle import NotAllowed
from filings.messages.fields import fields
from filings.messages.finding import Finding
from filings.models import Filing
from filings.models.large import FilingPart
from filings.services.large import editing, parts, submitting
from filings.web import places, posted
from filings.web.drawing import Drawing
from filings.web.editing import long_lists
from filings.web.layout import Item
from filings.web.places import is_number
from filings.web.reading import Pointed, asked_findings, filing_or_404, pointed
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE: Final = 50


@dataclass(frozen=True)
class Shown:
    """Which houses the reader looks at. after: number of the last one of the page before."""

    text: str = ""
    faulty: bool = False
    after: int = 0

    @classmethod
    def of(cls, request: TenantRequest) -> "Shown":
        """Return what an address asks for."""
        query = request.GET
        after = query.get("after", "")
        text = query.get("q", "").replace("\0", "").strip()[:128]
        return cls(text, "faulty" in query, int(after) if is_number(after) else 0)

    def query(self, **changes: object) -> str:
        """Return the address part for this with some of it changed."""
        values = {"q": self.text, "faulty": "1" if self.faulty else "", "after": self.after or "", **changes}
        return "?" + urlencode({name: value for name, value in values.items() if value})


@require_safe
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show the houses of a filing that fit, a page at a time."""
    filing = _in_parts(pk)
    shown = Shown.of(request)
    found = parts.parts_in(filing, reference=shown.text, with_findings=shown.faulty)
    page = list(found.filter(number__gt=shown.after)[: PAGE + 1])
    context = {
        "filing": filing,
        "message": selectors.message_of(filing),
        "spec": parts.spec_of(filing),
        "shown": shown,
        "parts": page[:PAGE],
        "first": shown.query(after=""),
        "next": shown.query(after=page[PAGE - 1].number) if len(page) > PAGE else "",
    }
    name = "filings/large/_parts.html" if request.headers.get("HX-Request") else "filings/large/parts.html"
    return render(request, name, context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_VIEW)
def part(request: TenantRequest, pk: UUID, number: int) -> HttpResponseBase:
    """Show the form of one house with what is wrong inside it; a POST keeps what was typed."""
    filing = _in_parts(pk)
    found: FilingPart | None = FilingPart.objects.filter(filing=filing, number=number).first()
    if found is None:
        raise Http404
    refusal, status = "", 200
    if request.method == "POST":
        content = _typed(request, filing, parts.with_one(filing, found))
        try:
            editing.change_part(filing=filing, part=found, content=parts.only_part(filing, content), **_who(request), at=now())
        except DomainError as error:
            refusal, status, found.document = error.message, error.status, parts.only_part(filing, content)
        else:
            messages.success(request, "Saved.")
            return redirect("filings:part-of", request.operator.slug, pk, number)
    inside = parts.part_number(selectors.message_of(filing), filing.parts_path)
    asked = [one for one in asked_findings(filing) if (match := inside.match(one.path)) and int(match[1]) == number]
    findings = [*asked, *parts.findings_in(filing, found)]
    # The form knows the house as the first, since it is the only one there.
    in_form = [replace(one, path=parts.numbered(inside, one.path, 1)) for one in findings]
    drawing = Drawing.of(selectors.message_of(filing), in_form)
    item = drawing.part(parts.form_name(filing), parts.with_one(filing, found))
    if item is None:
        raise Http404
    spec = parts.spec_of(filing)
    context = {
        **_context(filing, replace(item, title=f"{spec.title} {number}", removable=False), in_form),
        "found": _told(filing, findings, in_form),
        "part": found,
        "spec": spec,
        "previous": number - 1,
        "next": number + 1 if number < filing.parts_count else 0,
        "refusal": refusal,
    }
    return render(request, "filings/large/part.html", context, status=int(status))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_VIEW)
def frame(request: TenantRequest, pk: UUID) -> HttpResponseBase:
    """Show the form of what is around the houses; a POST keeps what was typed."""
    filing = _in_parts(pk)
    content: dict[str, Any] = filing.document
    refusal, status = "", 200
    if request.method == "POST":
        content = _typed(request, filing, filing.document)
        try:
            editing.change_frame(filing=filing, content=content, **_who(request), at=now())
        except DomainError as error:
            refusal, status = error.message, error.status
        else:
            messages.success(request, "Saved.")
            return redirect("filings:frame", request.operator.slug, pk)
    message = selectors.message_of(filing)
    check = parts.latest_check(filing)
    known = [*asked_findings(filing), *(parts.kept_findings(check) if check else [])]
    kept = [one for one in known if not _inside(filing, one)]
    drawing = Drawing.of(message, kept)
    whole = drawing.whole(content)
    context = {
        **_context(filing, _without(whole, filing.parts_path.replace("/", ".")), kept),
        "spec": parts.spec_of(filing),
        "refusal": refusal,
    }
    return render(request, "filings/large/frame.html", context, status=int(status))


@require_POST
@permission_required(Permission.FILING_DRAFT)
def check(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Have a draft checked by a worker."""
    try:
        submitting.ask(filing=_in_parts(pk), by=request.actor, at=now(), submit=False)
    except (DomainError, NotAllowed) as refusal:
        messages.error(request, refusal.message if isinstance(refusal, DomainError) else str(refusal))
    return redirect("filings:detail", request.operator.slug, pk)


def _in_parts(pk: UUID) -> Filing:
    filing = filing_or_404(pk)
    if not filing.in_parts:
        raise Http404
    return filing


def _inside(filing: Filing, finding: Finding) -> bool:
    return parts.part_number(selectors.message_of(filing), filing.parts_path).match(finding.path) is not None


def _who(request: TenantRequest) -> dict[str, Any]:
    """Return who changes which revision.

    :raises PermissionDenied: if the role does not allow it.
    """
    from django.core.exceptions import PermissionDenied

    if not request.actor.may(Permission.FILING_DRAFT):
        raise PermissionDenied
    revision = request.POST.get("revision", "")
    return {"by": request.actor, "revision": int(revision) if is_number(revision) else 0}


def _typed(request: TenantRequest, filing: Filing, base: dict[str, Any]) -> dict[str, Any]:
    """Return a content with what was posted put into it."""
    values = {name: text for name, text in request.POST.items() if isinstance(text, str)}
    return posted.document_from(
        base,
        values,
        fields(selectors.message_of(filing)),
        shown=request.POST.getlist(posted.SHOWN),
        open_=request.POST.getlist(posted.OPEN),
    )


def _told(filing: Filing, findings: list[Finding], in_form: list[Finding]) -> list[Pointed]:
    """Return findings with the place in words as it is, and the name it has in the form."""
    message, document = selectors.message_of(filing), parts.frame_of(filing)
    return [
        replace(pointed(document, one), name=places.name_of(message, other.path))
        for one, other in zip(findings, in_form, strict=True)
    ]


def _without(item: Item, name: str) -> Item:
    """Return a form without the place of a group."""
    return replace(
        item,
        slots=tuple(
            replace(slot, items=tuple(_without(each, name) for each in slot.items)) for slot in item.slots if slot.name != name
        ),
        absent=tuple(slot for slot in item.absent if slot.name != name),
    )


def _context(filing: Filing, item: Item, findings: list[Finding]) -> dict[str, Any]:
    """Return what a form of a part of a filing shows."""
    message = selectors.message_of(filing)
    document = parts.frame_of(filing)
    return {
        "filing": filing,
        "filing_pk": filing.pk,
        "message": message,
        "item": item,
        "lists": long_lists(message),
        "found": [pointed(document, each) for each in findings],
        "back": reverse("filings:detail", args=[filing.operator.slug, filing.pk]),
    }
