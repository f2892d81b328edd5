"""Pages about checks by a worker: how far one is, what it found, and the findings as files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from filings.messages import catalogue, delimited
from filings.messages.catalogue import Message
from filings.models.large import Check, CheckFinding, Upload
from filings.web import places
from filings.web.places import is_number
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.scope import tenant_scope
from tenants.web.guards import permission_required

PAGE: Final = 50
BATCH: Final = 1_000
COLUMNS: Final = ("number", "part", "severity", "code", "rule", "path", "sentence", "repair")
KINDS: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@dataclass(frozen=True)
class Filters:
    """Which findings the reader wants to see."""

    severity: str = ""
    part: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        """Return the filters of an address; what makes no sense is left out."""
        severity, part = query.get("severity", ""), query.get("part", "").strip()
        return cls(severity if severity in {"error", "warning"} else "", part if is_number(part) else "")

    def query(self, **changes: object) -> str:
        """Return the address part for these filters with some of them changed."""
        values = {"severity": self.severity, "part": self.part, **changes}
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def findings(self, check: Check) -> QuerySet[CheckFinding]:
        """Return the findings that fit."""
        found: QuerySet[CheckFinding] = check.findings.all()
        if self.severity:
            found = found.filter(severity=self.severity)
        return found.filter(part=int(self.part)) if self.part else found


@dataclass(frozen=True)
class Placed:
    """A finding with its place in words."""

    finding: CheckFinding
    place: str


@require_safe
@permission_required(Permission.FILING_VIEW)
def upload(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show an upload: how far its check is, what it found, and the filing it became."""
    return render(request, "filings/large/upload.html", context_of(request, _upload(pk)))


@require_safe
@permission_required(Permission.FILING_VIEW)
def upload_now(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Return the changing part of the page; nothing (204) while it is what the reader has seen."""
    context = context_of(request, _upload(pk))
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "filings/large/_upload_now.html", {**context, "changed": True})


@require_safe
@permission_required(Permission.FILING_VIEW)
def findings(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show what a check found, a page at a time."""
    check = _check(pk)
    context = findings_context(request, check)
    name = "filings/large/_findings.html" if request.headers.get("HX-Request") else "filings/large/findings.html"
    return render(request, name, context)


@require_safe
@permission_required(Permission.FILING_VIEW)
def download(request: TenantRequest, pk: UUID, form: str) -> HttpResponseBase:
    """Return the findings that fit the filters as a file."""
    if form not in KINDS:
        raise Http404
    check = _check(pk)
    rows = _rows(check, Filters.of(request.GET), request.operator.pk)
    write = {"csv": _csv, "json": _json}[form]
    headers = {"Content-Disposition": f'attachment; filename="findings-{check.pk}.{form}"'}
    return StreamingHttpResponse(write(rows), content_type=KINDS[form], headers=headers)


def context_of(request: TenantRequest, found: Upload) -> dict[str, Any]:
    """Return what the page of an upload shows."""
    check = found.latest
    context: dict[str, Any] = {"upload": found, "check": check, "seen": seen(check), "filing": found.filing}
    if check is not None and not check.is_open and check.errors + check.warnings:
        context |= findings_context(request, check)
    return context


def seen(check: Check | None) -> str:
    """Return what tells one look at a check from the next."""
    return f"{check.state}-{check.phase}-{check.done_parts}" if check else ""


def findings_context(request: TenantRequest, check: Check) -> dict[str, Any]:
    """Return what the table of findings of a check shows."""
    filters = Filters.of(request.GET)
    page = Paginator(filters.findings(check), PAGE).get_page(request.GET.get("page"))
    message = message_of(check)
    kept = check.findings.count()
    return {
        "check": check,
        "message": message,
        "filters": filters,
        "page": page,
        "found": [Placed(each, places.words_of(message, each.path) if message else each.path) for each in page.object_list],
        "more": check.errors + check.warnings - kept,
        "kept": kept,
        "previous": filters.query(page=page.number - 1),
        "next": filters.query(page=page.number + 1),
    }


def message_of(check: Check) -> Message | None:
    """Return the message that was checked, if it is known."""
    try:
        return catalogue.message(check.message_type, check.message_set, check.version)
    except catalogue.UnknownMessage:
        return None


def _rows(check: Check, filters: Filters, operator_id: UUID) -> Iterator[dict[str, Any]]:
    """Yield findings; each batch in a scope of its own, as the answer outlives that of the request."""
    last = 0
    while True:
        with tenant_scope(operator_id):
            some = list(filters.findings(check).filter(number__gt=last).values(*COLUMNS)[:BATCH])
        yield from some
        if len(some) < BATCH:
            return
        last = some[-1]["number"]


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    return delimited.written(chain([COLUMNS], ([str(row[name]) for name in COLUMNS] for row in rows)))


def _json(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    before = "["
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False)
        before = ",\n"
    yield "]\n" if before != "[" else "[]\n"


def _upload(pk: UUID) -> Upload:
    found: Upload | None = Upload.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _check(pk: UUID) -> Check:
    found: Check | None = Check.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
