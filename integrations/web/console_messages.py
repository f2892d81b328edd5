"""The gateway console: messages of all operators, found, looked at, held, released and sent again."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from filings.services import queueing
from filings.services.queueing import Choice
from integrations import looking, named, search
from integrations.evidence import Missing
from integrations.web.console import actor
from integrations.web.console_forms import SearchForm
from integrations.web.files import attachment
from tenants.scope import every_tenant
from tenants.web.guards import staff_only

REASON: Final = "the ITSP's staff looks for messages"

# By the deed: the verb, and what is said of how many, one and several.
DEEDS: Final[Mapping[str, tuple[Callable[..., int], str, str]]] = {
    "hold": (queueing.hold, "1 message is held back.", "{} messages are held back."),
    "release": (queueing.release, "1 message is let go.", "{} messages are let go, each in its turn."),
    "resend": (queueing.resend, "1 message is queued again.", "{} messages are queued again."),
}
NOTHING: Final[Mapping[str, str]] = {
    "hold": "Nothing was held back: only messages that wait can be, and one that is being sent is not stopped.",
    "release": "Nothing was let go: none of these messages was held back.",
    "resend": "Nothing was queued again: only messages that were given up can be.",
}


@require_safe
@staff_only
def found(request: HttpRequest) -> HttpResponse:
    """List messages, newest first, as the form asks for; htmx asks for the list alone."""
    form = SearchForm(request.GET or None)
    wanted = form.wanted() if form.is_bound else search.Wanted()
    problem = ""
    page = search.Page([], None)
    try:
        with every_tenant(REASON):
            page = search.page(wanted)
    except search.TooBroad:
        problem = "This takes too long to find. Give an id, an operator or a shorter time."
    if 0 < len(wanted.text.strip()) < named.SHORTEST:
        problem = f"Give at least {named.SHORTEST} characters of an id."
    context = {
        "form": form,
        "page": page,
        "problem": problem,
        "any": any(value for name, value in request.GET.items() if name != "order"),
        "following": _query(request.GET, after=str(page.following)) if page.following else "",
        "newest": _query(request.GET, after="") if request.GET.get("after") else "",
        "back": request.get_full_path(),
        "deeds": _offered(page),
    }
    part = request.headers.get("HX-Target") == "results"
    return render(request, "gateway/_messages.html" if part else "gateway/messages.html", context)


@require_safe
@staff_only
def sent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a message of ours with every attempt, its header and its receipt."""
    try:
        view = looking.sent(pk)
    except Missing:
        raise Http404 from None
    return render(request, "gateway/sent.html", {"view": view, "message": view.message, "back": request.path})


@require_safe
@staff_only
def received(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a message of customs with its header and our receipt."""
    try:
        view = looking.received(pk)
    except Missing:
        raise Http404 from None
    return render(request, "gateway/received.html", {"view": view, "message": view.message})


@require_safe
@staff_only
def download(request: HttpRequest, kind: str, pk: UUID, part: str) -> HttpResponseBase:
    """Hand out one file of an exchange; that it was taken is audited."""
    try:
        return attachment(looking.download(kind, pk, part, by=actor(request), at=now()))
    except Missing:
        raise Http404 from None


@require_safe
@staff_only
def ping_file(request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
    """Hand out what was sent as a connectivity test, or what came back."""
    try:
        return attachment(looking.ping_piece(pk, part))
    except Missing:
        raise Http404 from None


@require_POST
@staff_only
def do(request: HttpRequest, deed: str) -> HttpResponse:
    """Hold, release or send again the chosen messages, or all of an operator, priority, type and connection."""
    if deed not in DEEDS:
        raise Http404
    choice = _choice(request.POST)
    if choice is None:
        messages.warning(request, "Choose at least one message first.")
        return _back(request)
    verb, one, several = DEEDS[deed]
    more = {"reason": request.POST.get("reason", "")[:300]} if deed == "hold" else {}
    count = verb(choice=choice, by=actor(request), at=now(), **more)
    if count:
        messages.success(request, one if count == 1 else several.format(count))
    else:
        messages.warning(request, NOTHING[deed])
    return _back(request)


def _choice(posted: QueryDict) -> Choice | None:
    """Return which messages are meant: the ticked ones, or with "whole" all that fit the filters; nothing if none are."""
    try:
        if not posted.get("whole"):
            ids = tuple(UUID(each) for each in posted.getlist("id"))
            return Choice(ids=ids) if ids else None
        operator, connection = posted.get("operator"), posted.get("connection")
        return Choice(
            operator_id=UUID(operator) if operator else None,
            priority=posted.get("priority", ""),
            message_type=posted.get("type", "").upper(),
            line=int(connection) if connection else None,
        )
    except ValueError:
        raise Http404 from None


def _back(request: HttpRequest) -> HttpResponse:
    where = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(where, allowed_hosts=None) and where.startswith("/gateway/")
    return redirect(where if safe else reverse("gateway:messages"))


def _offered(page: search.Page) -> bool:
    """Say whether the list has messages of ours, which alone can be held, released or sent again."""
    return any(row.direction == search.SENT for row in page.rows)


def _query(given: QueryDict, **changed: Any) -> str:
    """Return the query of the page with something changed; what is empty is left out."""
    query = {**{name: value for name, value in given.items() if value}, **changed}
    made = QueryDict(mutable=True)
    made.update({name: value for name, value in query.items() if value})
    return f"?{made.urlencode()}"
