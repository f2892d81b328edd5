"""The form of an answer: kept whenever something is done, then checked and sent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from filings import selectors as filing_selectors
from filings.models import Attachment, Filing
from filings.services import submission
from filings.web.reading import pointed
from referrals import selectors
from referrals.models import Case, Request
from referrals.services import answering, attaching, ruling
from referrals.services.answering import Given
from referrals.web.finding import REFUSALS, answer_or_404, case_or_404, sentence
from referrals.web.forms import RequestForm
from referrals.web.request_deeds import ASKED, LEFT
from referrals.web.showing import asked, files_by_request
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def begin(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show the form for the requests chosen, all that wait without a choice; a POST keeps the answer."""
    case = case_or_404(pk)
    chosen = (request.POST if request.method == "POST" else request.GET).getlist("r")
    fitting = [each.request for each in asked(case) if each.may_answer and not each.amends]
    requests = [each for each in fitting if str(each.pk) in chosen] or ([] if chosen else fitting)
    if not requests:
        messages.error(request, answering.NotWaiting().message)
        return redirect("referrals:case", request.operator.slug, pk)
    return _form(request, case, requests, None)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def edit(request: TenantRequest, pk: UUID, answer_pk: UUID) -> HttpResponse:
    """Show the form of an answer that is being written; a POST keeps it and does what the button says."""
    case = case_or_404(pk)
    answer = answer_or_404(case, answer_pk)
    if not answer.is_draft:
        return redirect("referrals:case", request.operator.slug, pk)
    requests = selectors.requests_answered_by(answer)
    if any(each.amends for each in asked(case) if each.request.answer_id == answer.pk):
        return redirect("filings:edit", request.operator.slug, answer.pk)
    return _form(request, case, requests, answer)


@require_safe
@permission_required(Permission.FILING_VIEW)
def file(request: TenantRequest, pk: UUID, answer_pk: UUID, file_pk: UUID) -> HttpResponse:
    """Return a file of an answer, to look at before it leaves and for proof after."""
    answer = answer_or_404(case_or_404(pk), answer_pk)
    found = Attachment.objects.filter(filing=answer, pk=file_pk).first()
    if found is None:
        raise Http404
    name = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-._") else "_" for sign in found.filename)
    headers = {"Content-Type": found.mime, "Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(bytes(found.data), headers=headers)


def _form(request: TenantRequest, case: Case, requests: list[Request], answer: Filing | None) -> HttpResponse:
    kept = answering.given_by(answer) if answer else {}
    forms = [_of(each, request, kept.get(each.reference, Given())) for each in requests]
    if request.method != "POST":
        return _page(request, case, forms, answer)
    valid = [form.is_valid() for form in forms]  # each of them, so that all faults show
    if not all(valid):
        return _page(request, case, forms, answer, status=422)
    removed = frozenset(UUID(pk) for pk in request.POST.getlist("remove") if _is_id(pk))
    try:
        given = {form.request.reference: _begun(form.given(removed), request, form) for form in forms}
        answer = answering.keep(case=case, given=given, by=request.actor, at=now(), source="web", answer=answer)
    except REFUSALS as refusal:
        return _page(request, case, forms, answer, refusal=sentence(refusal), status=422)
    return _after_keeping(request, case, answer)


def _after_keeping(request: TenantRequest, case: Case, answer: Filing) -> HttpResponse:
    here = redirect("referrals:edit-answer", request.operator.slug, case.pk, answer.pk)
    if request.POST.get("deed") != "send":
        messages.success(request, "Kept. Customs does not have it yet.")
        return here
    if not request.actor.may(Permission.FILING_SUBMIT):
        messages.error(request, "Your role may write answers, not send them. It is kept.")
        return here
    try:
        left = answering.send(answer=answer, by=request.actor, at=now())
    except submission.HasFindings as refusal:
        answer = filing_selectors.filing(answer.pk)
        kept = answering.given_by(answer)
        forms = [
            RequestForm(each, initial=RequestForm.initial_of(kept[each.reference]), texts=selectors.templates())
            for each in selectors.requests_answered_by(answer)
        ]
        return _page(request, case, forms, answer, findings=refusal.findings, status=422)
    except REFUSALS as refusal:
        messages.error(request, sentence(refusal))
        return here
    messages.success(request, LEFT if left else ASKED)
    return redirect("referrals:case", request.operator.slug, case.pk)


def _of(one: Request, request: TenantRequest, given: Given) -> RequestForm:
    bound: Mapping[str, Any] = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
    return RequestForm(one, initial=RequestForm.initial_of(given), texts=selectors.templates(), **bound)


def _begun(given: Given, request: TenantRequest, form: RequestForm) -> Given:
    """Put the text chosen before what was written, if the button says so."""
    chosen = form.cleaned_data.get("template", "")
    if request.POST.get("deed") != f"begin:{form.prefix}" or not _is_id(chosen):
        return given
    text = ruling.text_of(UUID(chosen))
    words = "\n\n".join(part for part in (text.text if text else "", given.text) if part.strip())
    return Given(words, given.screening, given.files, given.removed)


def _page(
    request: TenantRequest, case: Case, forms: list[RequestForm], answer: Filing | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    by_reference = {each.request.reference: each for each in asked(case)}
    files = files_by_request(answer) if answer else {}
    document = filing_selectors.document_of(answer) if answer else None
    findings = more.pop("findings", [])
    context = {
        "case": case,
        "answer": answer,
        "forms": [(form, by_reference[form.request.reference], files.get(form.request.reference, [])) for form in forms],
        "findings": [pointed(document, each) for each in findings] if document else [],
        "room": attaching.ROOM,
        "used": sum(row.size for rows in files.values() for row in rows),
        "rules": selectors.rules(),
        "revision": answer.revision if answer else 0,
        **more,
    }
    return render(request, "referrals/answer.html", context, status=status)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
