"""The page of one filing: where it stands, what happened, what it says; it updates by itself."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from filings import lifecycle, selectors, ways
from filings.lifecycle import State
from filings.messages import catalogue, json, xml
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.models import Check, Filing, FilingEvent
from filings.services import amending, assessing, words
from filings.services.houses import table
from filings.services.large import parts
from filings.services.words import Cause, Meaning
from filings.ways import Way
from filings.web import places
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

RULE = re.compile(r"\b[RC]3\d{3}\b")
HOUSE = "consignmentHouseLevel"  # the group that most filings kept in parts repeat
FORMS = {"xml": (xml.write, "application/xml"), "json": (json.write, "application/json")}


@dataclass(frozen=True)
class Happening:
    """One line of the timeline; changes in a row are one line."""

    event: FilingEvent
    times: int = 1

    @property
    def meaning(self) -> Meaning | None:
        """Return what the message of customs means that made this line, if one did."""
        return words.meaning(self.event.detail.get("message", ""), self.event.detail.get("answers", ""))


@dataclass(frozen=True)
class Pointed:
    """A finding with its place in words, the form name of it, and the value that stands there."""

    finding: Finding
    place: str
    name: str
    value: str

    @property
    def cause(self) -> Cause | None:
        """Return why customs gives this error code, most likely, and the remedy."""
        return words.cause(self.finding.code)


@require_safe
@permission_required(Permission.FILING_VIEW)
def detail(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a filing."""
    return render(request, "filings/detail.html", context_of(filing_or_404(pk)))


@require_safe
@permission_required(Permission.FILING_VIEW)
def now_fragment(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Return the changing part of the page; nothing (204) while it is what the reader has seen."""
    context = context_of(filing_or_404(pk))
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    response = render(request, "filings/_now.html", {**context, "changed": True})
    response["HX-Trigger"] = "filing-changed"  # the list of documents listens
    return response


@require_safe
@permission_required(Permission.FILING_VIEW)
def document(request: TenantRequest, pk: UUID, form: str) -> HttpResponseBase:
    """Return what the filing says as a file, in XML or JSON; one kept in parts in XML, as a stream."""
    if form not in FORMS:
        raise Http404
    filing = filing_or_404(pk)
    write, content_type = FORMS[form]
    name = f"{filing.message_type}-{filing.lrn or filing.pk}.{form}"
    headers = {"Content-Type": content_type, "Content-Disposition": f'attachment; filename="{_plain(name)}"'}
    if filing.in_parts and write is xml.write:
        return StreamingHttpResponse(parts.xml_of(filing), headers=headers)
    try:
        body = write(selectors.document_of(filing))
    except xml.Unwritable as error:
        return HttpResponse(str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY, content_type="text/plain; charset=utf-8")
    except selectors.KeptInParts as refusal:
        return HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")
    return HttpResponse(body, headers=headers)


def filing_or_404(pk: UUID) -> Filing:
    """Return the operator's filing.

    :raises Http404: if it has none of that id.
    """
    try:
        return selectors.filing(pk)
    except Filing.DoesNotExist:
        raise Http404 from None


def context_of(filing: Filing) -> dict[str, Any]:
    """Return what the page of a filing shows."""
    message = selectors.message_of(filing)
    content = parts.frame_of(filing) if filing.in_parts else selectors.document_of(filing)
    happenings = list(_happenings(selectors.timeline(filing)))
    findings = selectors.findings_before_submit(content, filing) if filing.is_draft and not filing.in_parts else []
    check = parts.latest_check(filing) if filing.in_parts else None
    now_at = now()
    reasons = [each.event.detail.get("reason") for each in reversed(happenings)]
    return {
        "filing": filing,
        "message": message,
        "happenings": happenings[::-1],
        "seen": f"{filing.state}{_seen_requests(filing)}-{sum(each.times for each in happenings)}{_seen(check, filing)}",
        "check": check,
        "things": things(filing),
        "has_houses": table.has_houses(filing),
        "requests": requests_of(filing),
        "found": entities(filing),
        "replaced_by": Filing.objects.filter(replaces=filing).first(),
        "customs_has": selectors.in_force(filing) if not filing.about_id else None,
        "may_amend": _may_amend(filing, now_at),
        "in_force": State(filing.state) in lifecycle.IN_FORCE and not filing.about_id and not filing.notifies_id,
        "expires_soon": bool(filing.expires_at and filing.expires_at - now_at < lifecycle.WARN_BEFORE),
        "expired": bool(filing.expires_at and filing.expires_at < now_at),
        "amends": bool(message.amends),
        "stale": bool(check and check.revision != filing.revision and not check.is_open),
        "customs": [pointed(content, finding) for finding in customs_findings(filing)],
        "findings": [pointed(content, finding) for finding in findings],
        "errors": check.errors if check else sum(finding.severity == "error" for finding in findings),
        "despite": settings.SUBMIT_DESPITE_FINDINGS,
        "ways": _ways(filing),
        "rejected": filing.state == State.REJECTED,
        "failed": filing.state == State.FAILED,
        "assessed": assessing.in_words(assessing.counts(filing)),
        "last_meaning": next((each.meaning for each in reversed(happenings) if each.meaning), None),
        "last_reason": next(filter(None, reasons), ""),
        "waits_because": _waits_because(happenings) if filing.state == State.QUEUED else "",
    }


def _ways(filing: Filing) -> list[Way]:
    """Return the connections to choose from: none where there is but one, or no choice any more."""
    offered = ways.offered() if filing.is_draft and not filing.about_id else []
    return offered if len(offered) > 1 else []


def requests_of(filing: Filing) -> list[dict[str, Any]]:
    """Return the requests about a filing for its page, the newest first, each with its message and what it found."""
    found = list(selectors.requests_of(filing).defer("document"))
    return [{"filing": each, "message": selectors.message_of(each), "found": entities(each)} for each in reversed(found)]


def entities(filing: Filing) -> list[dict[str, str]]:
    """Return what a consultation found, with the names of its codes."""
    edition = filing.message_set, filing.version
    types, states = (catalogue.code_list(name, *edition).names for name in ("CL721", "CL744"))
    return [
        {**each, "type_words": types.get(each["type"], ""), "state_words": states.get(each["state"], "")}
        for each in filing.result
    ]


def _may_amend(filing: Filing, at: datetime) -> bool:
    try:
        amending.may_start(filing, at=at)
    except DomainError:
        return False
    return True


def things(filing: Filing) -> str:
    """Return what the parts of a filing are called where that is not house consignments, "" where it is."""
    if not filing.in_parts or filing.parts_path.endswith(HOUSE):
        return ""
    return f"“{parts.spec_of(filing).title}”"


def _seen_requests(filing: Filing) -> str:
    """Return what changes when a request about the filing gets on."""
    return "".join(state[:2] for state in selectors.requests_of(filing).values_list("state", flat=True))


def _seen(check: Check | None, filing: Filing) -> str:
    """Return what changes when a check gets on, or customs names further parts as assessed."""
    assessed = "".join(f"-{done}" for done, _ in assessing.counts(filing).values())
    return f"-{check.pk}-{check.state}-{check.phase}-{check.done_parts}{assessed}" if check else assessed


def _waits_because(happenings: list[Happening]) -> str:
    """Return why a filing that was submitted has not left yet, if the timeline tells: the last word on it counts."""
    last = happenings[-1].event if happenings else None
    return last.sentence if last is not None and last.kind in {"outage", "held", "attempt_failed"} else ""


def customs_findings(filing: Filing) -> list[Finding]:
    """Return what customs found wrong, in the shape of our own findings."""
    return [
        Finding(error.get("path", ""), error.get("code", ""), _rule(error), "error", error.get("sentence", ""))
        for error in filing.errors
    ]


def asked_findings(filing: Filing) -> list[Finding]:
    """Return the places customs asks to amend, in the shape of our own findings."""
    return [Finding(mark.path, "", "", "warning", mark.words) for mark in amending.marks_of(filing)] if filing.about_id else []


def with_remedy(finding: Finding) -> Finding:
    """Return a finding of customs that says beside its field why it came, most likely, and what to do."""
    found = words.cause(finding.code)
    told = f"{finding.sentence.rstrip('.')}. Likely: {found.cause} {found.remedy}" if found else finding.sentence
    return replace(finding, sentence=told)


def _rule(error: dict[str, str]) -> str:
    """Return the rule or condition that customs names in an error, if it does."""
    named = RULE.search(f"{error.get('sentence', '')} {error.get('technical', '')}")
    return named[0] if named else ""


def pointed(document: Document, finding: Finding) -> Pointed:
    """Return a finding with its place in words."""
    message: Message = document.message
    return Pointed(
        finding=replace(finding),
        place=places.words_of(message, finding.path),
        name=places.name_of(message, finding.path),
        value=_value(document, finding.path),
    )


def _value(document: Document, path: str) -> str:
    try:
        return document.value(path.strip("/").partition("/")[2]) or ""
    except ValueError:
        return ""


def _happenings(events: Iterable[FilingEvent]) -> Iterable[Happening]:
    last: Happening | None = None
    for event in events:
        if last and event.kind == last.event.kind == "changed" and event.actor == last.event.actor:
            last = Happening(event, last.times + 1)
            continue
        if last:
            yield last
        last = Happening(event)
    if last:
        yield last


def _plain(name: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-._") else "_" for sign in name)
