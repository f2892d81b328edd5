"""What a person outside sees who got a link by mail: one request, a form for just what is asked, and no account.

The link is exchanged for the session at once, so that the token stands in no address that a page, a log or a bookmark
keeps; the address after it opens nothing by itself.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from itertools import groupby
from typing import Any, Concatenate, Final, ParamSpec
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from filings import selectors
from filings.messages.document import Document, Unreadable
from filings.messages.finding import Finding
from filings.models import FilingRequest
from filings.rules import book
from filings.services.editions import Choices
from filings.services.filing_requests import filing_requests, keys, outside
from filings.services.filing_requests import form as filing_requests_form
from tenants.actors import Actor
from tenants.errors import DomainError

VISITS: Final = "outside"  # in the session: digest of the token by id of the request
WRONG_A_MINUTE: Final = 30  # links that open nothing, from one address, counted by each web process
POSTS_A_MINUTE: Final = 60  # checks and hand-overs for one request
FIELD: Final = "f:"
NOT_LOADED: Final = "What was asked for cannot be filed here at present. Tell who sent you the link."

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def for_one_reader(referrer: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Return a decorator that keeps a page out of caches, indexes and other sites' logs."""

    def wrap(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def shown(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            response: HttpResponse = never_cache(view)(request, *args, **kwargs)
            response["Referrer-Policy"] = referrer
            response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
            return response

        return shown

    return wrap


@require_safe
@for_one_reader("no-referrer")
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take a link for what it opens; whatever is wrong with it, the answer is the same."""
    where = f"outside:{request.META.get('REMOTE_ADDR', '')}"
    if cache.get(where, 0) >= WRONG_A_MINUTE:
        return render(request, "filings/outside/closed.html", {"haste": True}, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        asked = outside.visit(token, at=now())
    except outside.NoSuchLink:
        _too_hasty(where, WRONG_A_MINUTE)
        return render(request, "filings/outside/closed.html", {}, status=HTTPStatus.NOT_FOUND)
    request.session[VISITS] = {**request.session.get(VISITS, {}), str(asked.pk): asked.token_digest}
    return redirect("outside:request", asked.pk)


# Not "no-referrer": with it a browser hides from where a form comes, and the guard against forged requests refuses it.
# No other site learns anything by "same-origin", and this address has no token in it.
@require_http_methods(["GET", "HEAD", "POST"])
@for_one_reader("same-origin")
def asked(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the request with its form; a POST checks what was typed, hands it over, or declines."""
    try:
        found = outside.visit_again(pk, request.session.get(VISITS, {}).get(str(pk), ""), at=now())
    except outside.NoSuchLink:
        return render(request, "filings/outside/closed.html", {}, status=HTTPStatus.NOT_FOUND)
    if request.method == "POST" and _too_hasty(f"outside-post:{pk}", POSTS_A_MINUTE):
        return render(request, "filings/outside/closed.html", {"haste": True}, status=HTTPStatus.TOO_MANY_REQUESTS)
    with outside.scope_of(found) as by:
        response = _answer(request, found, by)
        if hasattr(response, "render"):
            response.render()
        return response


def _too_hasty(what: str, most: int) -> bool:
    """Count a thing that may happen so often in a minute; say whether it was too often."""
    cache.add(what, 0, timeout=60)
    return int(cache.incr(what)) > most


def _answer(request: HttpRequest, found: FilingRequest, by: Actor) -> HttpResponse:
    try:
        message = filing_requests.message_for(found, operator_id=found.operator_id, at=now())
    except filing_requests.MessageSetMissing:
        return render(request, "filings/outside/closed.html", {"refusal": NOT_LOADED}, status=HTTPStatus.BAD_REQUEST)
    begun = filing_requests_form.first(message, found.key, found.combination, found.asked_eori)
    fixed = filing_requests_form.fixed_values(begun, found.combination)
    deed = request.POST.get("deed", "") if request.method == "POST" else ""
    if deed == "decline":
        return _decline(request, found, by)
    if deed == "file":
        return _file(request, found, by, begun, fixed)
    typed = {name.removeprefix(FIELD): value for name, value in request.POST.items() if name.startswith(FIELD)}
    adds = deed.removeprefix("add:") if deed.startswith("add:") else ""
    document = filing_requests_form.read(begun, fixed, {name: str(value) for name, value in typed.items()}, adds)
    findings = _findings(filing_requests_form.filled(document)) if deed in {"check", "hand-over"} else []
    errors = book.errors(findings)
    if deed == "hand-over" and not errors:
        return _hand_over(request, found, by, filing_requests_form.filled(document))
    refusal = "Some things are missing or wrong; each stands beside its field." if errors else ""
    told = "Nothing is missing. You can hand it over." if deed == "check" and not errors else ""
    return _page(request, found, document, fixed, findings, refusal=refusal, told=told)


def _hand_over(request: HttpRequest, found: FilingRequest, by: Actor, document: Document) -> HttpResponse:
    try:
        outside.hand_over(request=found, document=document, by=by, at=now())
    except DomainError as refusal:
        return render(request, "filings/outside/closed.html", {"refusal": refusal.message}, status=refusal.status)
    match = keys.compare(document, keys.combination(found.combination, document.message), found.key)
    return render(request, "filings/outside/done.html", {"asked": found, "match": match})


def _decline(request: HttpRequest, found: FilingRequest, by: Actor) -> HttpResponse:
    try:
        filing_requests.decline(request=found, reason=request.POST.get("reason", ""), by=by, at=now())
    except DomainError as refusal:
        return render(request, "filings/outside/closed.html", {"refusal": refusal.message}, status=refusal.status)
    return render(request, "filings/outside/done.html", {"asked": found, "declined": True})


def _file(request: HttpRequest, found: FilingRequest, by: Actor, begun: Document, fixed: dict[str, str]) -> HttpResponse:
    """Take a file as it is, with its errors: who asked sees them, and so does who hands it over."""
    file = request.FILES.get("file")
    refusal = ""
    if file is None:
        refusal = "Choose a file."
    elif (file.size or 0) > outside.LARGEST:
        refusal = f"The file has more than {outside.LARGEST // 1024 // 1024} MB; ask who sent you the link how to send it."
    else:
        try:
            choices = Choices(at=now(), operator_id=found.operator_id)
            document = choices.read(file.read(), limit=outside.LARGEST)
            match = keys.compare(document, keys.combination(found.combination, document.message), found.key)
            outside.hand_over(request=found, document=document, by=by, at=now())
        except Unreadable as error:
            refusal = str(error)
        except DomainError as error:
            refusal = error.message
        else:
            context = {"asked": found, "match": match, "findings": _findings(document)[:50]}
            return render(request, "filings/outside/done.html", context)
    return _page(request, found, begun, fixed, [], refusal=refusal)


def _findings(document: Document) -> list[Finding]:
    """Return what the check of documents says; what the operator filed before is none of the reader's business."""
    ours = {f"/{document.message.root_name}/{path}" for path in selectors.filled_by_submit(document)}
    return [each for each in book.findings(document) if each.path not in ours]


def _page(
    request: HttpRequest,
    found: FilingRequest,
    document: Document,
    fixed: dict[str, str],
    findings: list[Finding],
    *,
    refusal: str = "",
    told: str = "",
) -> HttpResponse:
    rows = filing_requests_form.rows(document, fixed, findings)
    shown = {finding for row in rows for finding in row.wrong}
    context: dict[str, Any] = {
        "asked": found,
        "message": document.message,
        "groups": [(name, list(group)) for name, group in groupby(rows, key=lambda row: row.group)],
        "more": filing_requests_form.more(document, rows),
        "others": [each for each in findings if each.sentence not in shown],
        "refusal": refusal,
        "told": told,
        "largest": outside.LARGEST,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return render(request, "filings/outside/request.html", context, status=status)
