"""The form of a draft: shown, saved while one types, checked, submitted."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from filings import selectors
from filings.lifecycle import NotAllowed
from filings.messages import json
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.messages.fields import fields
from filings.messages.finding import Finding, repairs
from filings.models import Filing
from filings.services import drafting, submission
from filings.services.large import parts
from filings.web import posted, repairing
from filings.web.drawing import LONG_LIST, Drawing
from filings.web.layout import Slot
from filings.web.places import is_number
from filings.web.reading import asked_findings, customs_findings, filing_or_404, pointed, with_remedy
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

MOST_FINDINGS: Final = 100
_NOTHING_REPAIRED: Final = "Nothing was changed: no value is proposed for what stands there now."
_UNDONE: Final = "Undone: it stands as it was before."


@dataclass(frozen=True)
class View:
    """What the reader looks at: a page of the form, and which findings beside the fields."""

    at: str = ""
    start: int = 0
    check: bool = False
    corrects: str = ""

    @classmethod
    def of(cls, request: TenantRequest) -> "View":
        """Return what an address asks for."""
        query = request.GET
        start = query.get("start", "")
        return cls(query.get("at", ""), int(start) if is_number(start) else 0, "check" in query, query.get("corrects", ""))

    def address(self, filing: Filing, **changes: object) -> str:
        """Return the address of the form with some of it changed."""
        now_shown = {"at": self.at, "start": self.start or "", "check": "1" if self.check else "", "corrects": self.corrects}
        values = {**now_shown, **changes}
        query = urlencode({name: value for name, value in values.items() if value})
        return reverse("filings:edit", args=[filing.operator.slug, filing.pk]) + (f"?{query}" if query else "")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def edit(request: TenantRequest, pk: UUID) -> HttpResponseBase:
    """Show the form of a draft; a POST keeps what was typed, then does what the button says."""
    filing = filing_or_404(pk)
    if not filing.is_draft:
        return redirect("filings:detail", request.operator.slug, pk)
    if filing.in_parts:
        return redirect(_place_in_parts(filing))
    view = View.of(request)
    if request.method != "POST":
        return _page(request, filing, filing.document, view)

    content = _content(request, filing)
    overwrite = request.POST.get("overwrite", "")
    revision = overwrite or request.POST.get("revision", "")
    try:
        drafting.change(
            filing=filing,
            document=_document(filing, content),
            revision=int(revision) if is_number(revision) else 0,
            by=request.actor,
            at=now(),
        )
    except drafting.ChangedMeanwhile as conflict:
        return _conflict(request, filing_or_404(pk), content, view, conflict.revision)
    except DomainError as refusal:
        return _page(request, filing, content, view, refusal=refusal.message, status=refusal.status)
    return _after_saving(request, filing, view)


@require_safe
@permission_required(Permission.FILING_DRAFT)
def part(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Return an empty occurrence of a group for the form, and the button to add the one after it."""
    message = selectors.message_of(filing_or_404(pk))
    name = request.GET.get("at", "")
    drawing = Drawing(message)
    item = drawing.part(name, {})
    place, _, last = name.rpartition(".")
    repeated = is_number(last)
    if item is None or (item.field.repeats and not repeated):
        raise Http404
    slot: Slot | None = drawing.slot(place if repeated else name, int(last) + 1 if repeated else 1)
    return render(request, "filings/_part.html", {"item": item, "slot": slot, "filing_pk": pk, "focus": True})


def _after_saving(request: TenantRequest, filing: Filing, view: View) -> HttpResponse:
    deed, _, place = request.POST.get("deed", "save").partition(":")
    if deed == "go":
        return _to(request, View(at=place).address(filing))
    if deed == "rows":
        return _to(request, view.address(filing, start=place))
    if deed in {"check", "repair", "undo"}:
        return _checked(request, filing, View(view.at, view.start, check=True), deed, place)
    if deed in {"submit", "despite"}:
        return _submit(request, filing, view, despite=deed == "despite")
    if request.headers.get("HX-Request"):
        response = render(request, "filings/_saved.html", {"filing": filing, "at": now()})
        response["HX-Reswap"] = "none"  # only revision and note are replaced, out of band; the inputs stay
        return response
    return redirect(view.address(filing))


def _checked(request: TenantRequest, filing: Filing, view: View, deed: str, name: str) -> HttpResponse:
    """Show the findings: as they are, after a repair of one field or all, or after it was taken back."""
    more: dict[str, Any] = {}
    try:
        if deed == "repair":
            done = repairing.repair(filing, name, by=request.actor, at=now())
            more = {"repaired": done, "told": _repaired(len(done))}
        elif deed == "undo":
            more = {"repaired": repairing.still_repaired(filing, request.POST.dict(), name), "told": _UNDONE}
    except DomainError as refusal:
        more = {"refusal": refusal.message, "status": refusal.status}
    return _page(request, filing, filing.document, view, **more)


def _repaired(count: int) -> str:
    return f"{count} value{'' if count == 1 else 's'} changed as proposed." if count else _NOTHING_REPAIRED


def _submit(request: TenantRequest, filing: Filing, view: View, *, despite: bool) -> HttpResponse:
    if not request.actor.may(Permission.FILING_SUBMIT):
        return _page(request, filing, filing.document, view, refusal="Your role may draft filings, not submit them.", status=403)
    try:
        submission.submit(filing=filing, by=request.actor, at=now(), despite_findings=despite)
    except submission.HasFindings:
        checked = View(check=True)
        return _page(request, filing_or_404(filing.pk), filing.document, checked, status=422)
    except (DomainError, NotAllowed) as refusal:
        text = refusal.message if isinstance(refusal, DomainError) else str(refusal)
        return _page(request, filing_or_404(filing.pk), filing.document, view, refusal=text, status=422)
    return _to(request, reverse("filings:detail", args=[request.operator.slug, filing.pk]))


def _conflict(request: TenantRequest, filing: Filing, content: dict[str, Any], view: View, revision: int) -> HttpResponse:
    """Say that somebody else changed the draft; what was typed stays on the page."""
    context = {"conflict": revision, "last": selectors.timeline(filing).last()}
    if request.POST.get("deed") == "autosave":
        return render(request, "filings/_conflict.html", {"filing": filing, **context, "oob": True}, status=HTTPStatus.CONFLICT)
    return _page(request, filing, content, view, status=HTTPStatus.CONFLICT, **context)


def _content(request: TenantRequest, filing: Filing) -> dict[str, Any]:
    """Return the content of the document with what was posted put into it."""
    values = {name: text for name, text in request.POST.items() if isinstance(text, str)}
    deed, _, place = values.get("deed", "").partition(":")
    before = repairing.taken_back(values, place) if deed == "undo" else {}
    return posted.document_from(
        filing.document,
        values | before,
        fields(selectors.message_of(filing)),
        shown=request.POST.getlist(posted.SHOWN),
        open_=request.POST.getlist(posted.OPEN),
    )


def _document(filing: Filing, content: dict[str, Any]) -> Document:
    return json.from_json({filing.message_type: content}, message_set=filing.message_set, version=filing.version)


def _page(
    request: TenantRequest, filing: Filing, content: dict[str, Any], view: View, *, status: int = 200, **more: Any
) -> HttpResponse:
    message = selectors.message_of(filing)
    document = _document(filing, content)
    findings = _findings(filing, document, view)
    repaired: list[repairing.Repaired] = more.get("repaired", [])
    drawing = Drawing.of(message, findings, view.start, {each.name: each.before for each in repaired})
    item = drawing.part(view.at, content) if view.at else drawing.whole(content)
    if item is None:
        raise Http404
    places = [(place, drawing.link(place.name)) for place in (pointed(document, each) for each in findings[:MOST_FINDINGS])]
    context = {
        "filing": filing,
        "filing_pk": filing.pk,
        "message": message,
        "item": item,
        "view": view,
        "address": view.address(filing),
        "revision": request.POST.get("revision") if "conflict" in more else filing.revision,
        "checked": view.check,
        "findings": places,
        "repairs": len(repairs(findings)),
        "unseen": max(0, len(findings) - MOST_FINDINGS),
        "errors": sum(finding.severity == "error" for finding in findings),
        "warnings": sum(finding.severity != "error" for finding in findings),
        "below": drawing.below,
        "own": drawing.own(item),
        "lists": long_lists(message),
        "despite": settings.SUBMIT_DESPITE_FINDINGS,
        **more,
    }
    name = "filings/_editor.html" if request.headers.get("HX-Target") == "editor" else "filings/edit.html"
    return render(request, name, context, status=int(status))


def _findings(filing: Filing, document: Document, view: View) -> list[Finding]:
    """Return what stands beside the fields: what customs points at; findings once asked for, or those of the original."""
    asked = asked_findings(filing)
    if view.check:
        return [*asked, *selectors.findings_before_submit(document, filing)]
    if view.corrects:
        try:
            original = filing_or_404(UUID(view.corrects))
        except ValueError:
            raise Http404 from None
        return [with_remedy(finding) for finding in customs_findings(original)]
    return asked


def _place_in_parts(filing: Filing) -> str:
    """Return the form of the first place customs asks to amend in a filing kept in parts, else of what is around them."""
    inside = parts.part_number(selectors.message_of(filing), filing.parts_path)
    operator = filing.operator.slug
    for finding in asked_findings(filing):
        if match := inside.match(finding.path):
            return reverse("filings:part-of", args=[operator, filing.pk, int(match[1])])
    return reverse("filings:frame", args=[operator, filing.pk])


def long_lists(message: Message) -> dict[str, Any]:
    """Return the long code lists the form suggests from, by id."""
    lists = {element.codes.id: element.codes for element in message.root.walk() if element.codes}
    return {name: codes for name, codes in lists.items() if len(codes.codes) > LONG_LIST}


def _to(request: TenantRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=HTTPStatus.OK, headers={"HX-Redirect": address})
    return redirect(address)
