"""What a person outside sees who got a link by mail: one request, a form for just what is asked, and no account."""

from http import HTTPStatus
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from filings.messages.catalogue import Message
from filings.messages.document import Unreadable
from filings.models import FilingRequest
from filings.rules import book
from filings.services.editions import Choices
from filings.services.filing_requests import filing_requests, keys, outside, unfinished
from filings.web import outside_form, outside_sheets, sheets
from filings.web.outside_form import Told, Typed
from filings.web.outside_visit import VISITS, by_itself, closed, for_one_reader, too_hasty, visited
from tenants.actors import Actor
from tenants.errors import DomainError

WRONG_A_MINUTE: Final = 30  # links that open nothing, from one address, counted by each web process
NOT_LOADED: Final = "What was asked for cannot be filed here at present. Tell who sent you the link."


@require_safe
@for_one_reader("no-referrer")
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take a link for what it opens; whatever is wrong with it, the answer is the same."""
    where = f"outside:{request.META.get('REMOTE_ADDR', '')}"
    if cache.get(where, 0) >= WRONG_A_MINUTE:
        return closed(request, HTTPStatus.TOO_MANY_REQUESTS, haste=True)
    try:
        asked = outside.visit(token, at=now())
    except outside.NoSuchLink:
        too_hasty(where, WRONG_A_MINUTE)
        return closed(request, HTTPStatus.NOT_FOUND)
    request.session[VISITS] = {**request.session.get(VISITS, {}), str(asked.pk): asked.token_digest}
    return redirect("outside:request", asked.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def asked(request: HttpRequest, found: FilingRequest, by: Actor) -> HttpResponse:
    """Show the request with its form; a POST keeps or checks what was typed, hands it over, or declines."""
    message = _message(found)
    if message is None:
        return closed(request, HTTPStatus.BAD_REQUEST, refusal=NOT_LOADED)
    if request.method != "POST":
        typed, kept = outside_form.begun(found, message)
        return outside_form.page(request, typed, Told(kept=kept, begins=bool(kept.revision)))
    deed = _DEEDS.get(request.POST.get("deed", ""), _typed)
    return deed(request, found, message, by)


@require_safe
@visited
def template(request: HttpRequest, found: FilingRequest, by: Actor) -> HttpResponse:
    """Send the spreadsheet to fill in."""
    message = _message(found)
    if message is None:
        return closed(request, HTTPStatus.BAD_REQUEST, refusal=NOT_LOADED)
    return sheets.template(request, found, message)


def _message(found: FilingRequest) -> Message | None:
    try:
        return filing_requests.message_for(found, operator_id=found.operator_id, at=now())
    except filing_requests.MessageSetMissing:
        return None


def _typed(request: HttpRequest, found: FilingRequest, message: Message, by: Actor) -> HttpResponse:
    """Do with what was typed what was asked for: keep it, check it, hand it over, open one more group."""
    typed, deed = outside_form.posted(request, found, message), request.POST.get("deed", "")
    if by_itself(request):
        return outside_form.kept_by_itself(request, typed, by)
    findings = outside.findings(typed.filled) if deed in {"check", "hand-over"} else []
    errors = book.errors(findings)
    if deed == "hand-over" and not errors:
        return _hand_over(request, typed, by)
    refusal = "Some things are missing or wrong; each stands beside its field." if errors else ""
    good = "Nothing is missing. You can hand it over." if deed == "check" and not errors else ""
    if deed == "keep" and (typed.revision or any(typed.fields.values())):
        good = "Kept. Open the link in your mail again when you want to go on."
    return outside_form.kept_page(request, typed, by, Told(refusal=refusal, good=good, findings=findings))


def _hand_over(request: HttpRequest, typed: Typed, by: Actor) -> HttpResponse:
    began = (typed.revision, typed.page)
    try:
        outside.hand_over(request=typed.asked, document=typed.filled, by=by, at=now(), began=began)
    except unfinished.ChangedMeanwhile as refusal:
        return outside_form.both(request, typed, refusal.now_kept, Told())
    except DomainError as refusal:
        return closed(request, refusal.status, refusal=refusal.message)
    match = keys.compare(typed.filled, keys.combination(typed.asked.combination, typed.message), typed.asked.key)
    return render(request, "filings/outside/done.html", {"asked": typed.asked, "match": match})


def _decline(request: HttpRequest, found: FilingRequest, message: Message, by: Actor) -> HttpResponse:
    try:
        filing_requests.decline(request=found, reason=request.POST.get("reason", ""), by=by, at=now())
    except DomainError as refusal:
        return closed(request, refusal.status, refusal=refusal.message)
    return render(request, "filings/outside/done.html", {"asked": found, "declined": True})


def _forget(request: HttpRequest, found: FilingRequest, message: Message, by: Actor) -> HttpResponse:
    unfinished.forget(found)
    return redirect("outside:request", found.pk)


def _file(request: HttpRequest, found: FilingRequest, message: Message, by: Actor) -> HttpResponse:
    """Take a file: a message as it is, with its errors, which who asked sees, and who hands it over; a spreadsheet is shown."""
    try:
        data = sheets.uploaded(request)
        if sheets.is_sheet(request):
            return outside_sheets.preview(request, found, message, data)
        choices = Choices(at=now(), operator_id=found.operator_id)
        document = choices.read(data, limit=outside.LARGEST)
        match = keys.compare(document, keys.combination(found.combination, document.message), found.key)
        outside.hand_over(request=found, document=document, by=by, at=now())
    except Unreadable as error:
        return _refused(request, found, message, str(error))
    except DomainError as refusal:
        return _refused(request, found, message, refusal.message)
    context = {"asked": found, "match": match, "findings": outside.findings(document)[:50]}
    return render(request, "filings/outside/done.html", context)


def _refused(request: HttpRequest, found: FilingRequest, message: Message, why: str) -> HttpResponse:
    typed, kept = outside_form.begun(found, message)
    return outside_form.page(request, typed, Told(refusal=why, kept=kept))


_DEEDS: Final = {
    "decline": _decline,
    "forget": _forget,
    "file": _file,
    "sheet": _file,
    "sheet-hand-over": outside_sheets.hand_over,
}
