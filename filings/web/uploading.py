"""Files made elsewhere become drafts: several at once, each with its own result."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.core.files.base import File
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from filings import selectors
from filings.messages.document import Unreadable
from filings.messages.finding import Finding
from filings.models import Filing, Upload
from filings.rules import book
from filings.services import asking, submission
from filings.services.editions import Choices
from filings.services.large import intake
from filings.services.large.intake import Arrival
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

MOST: Final = 50  # files at once
RECENT: Final = 10  # uploads the page tells of


@dataclass(frozen=True)
class Result:
    """What became of one file: a filing, an upload that a worker checks, or a refusal."""

    name: str
    upload: Upload | None = None
    filing: Filing | None = None
    refusal: str = ""
    findings: Sequence[Finding] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """Return how many findings stop it from being submitted."""
        return len(book.errors(self.findings))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def upload(request: TenantRequest) -> HttpResponse:
    """Show the page; a POST makes a draft of each file that can be read."""
    files = request.FILES.getlist("files")
    too_many = f"At most {MOST} files at once, please; these are {len(files)}." if len(files) > MOST else ""
    missing = "Choose at least one file." if request.method == "POST" and not files else ""
    refusal = too_many or missing
    results = [] if refusal else [_take(request, file) for file in files]
    context = {
        "results": results,
        "refusal": refusal,
        "most": MOST,
        "limit": settings.LARGE_UPLOAD_LIMIT,
        "json_limit": settings.UPLOAD_LIMIT,
        "before": Upload.objects.order_by("-created_at")[:RECENT],
    }
    name = "filings/_upload_results.html" if request.headers.get("HX-Request") else "filings/upload.html"
    return render(request, name, context, status=422 if refusal else 200)


def _take(request: TenantRequest, file: "File[bytes]") -> Result:
    name = file.name or "file without a name"
    limit = settings.UPLOAD_LIMIT if _is_json(file) else settings.LARGE_UPLOAD_LIMIT
    if (file.size or 0) > limit:
        return Result(name, refusal=f"It has more than {limit // 1024 // 1024} MB.")
    if (file.size or 0) > settings.FILING_IN_PARTS_FROM and not _is_json(file):
        return _store(request, file, name)
    try:
        document = Choices(at=now(), operator_id=request.operator.pk).read(file.read(), limit=settings.UPLOAD_LIMIT)
        filing = asking.draft(document=document, by=request.actor, at=now(), source="upload")
        findings = selectors.findings_of(filing)
        if "submit" in request.POST and request.actor.may(Permission.FILING_SUBMIT) and not book.errors(findings):
            submission.submit(filing=filing, by=request.actor, at=now())
    except Unreadable as refusal:
        return Result(name, refusal=str(refusal))
    except DomainError as refusal:
        return Result(name, refusal=refusal.message)
    return Result(name, filing=filing, findings=findings)


def _store(request: TenantRequest, file: "File[bytes]", name: str) -> Result:
    """Keep a large file in pieces; a worker checks it and makes the draft."""
    submit = "submit" in request.POST and request.actor.may(Permission.FILING_SUBMIT)
    arrival = Arrival(name=name, source="upload", submit=submit, length=file.size)
    try:
        upload, _ = intake.receive(
            pieces=file.chunks(), arrival=arrival, operator_id=request.operator.pk, by=request.actor, at=now()
        )
    except DomainError as refusal:
        return Result(name, refusal=refusal.message)
    return Result(name, upload=upload)


def _is_json(file: "File[bytes]") -> bool:
    """Say whether a file begins as JSON does."""
    start = bytes(file.read(200)).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    return start.startswith((b"{", b"["))
