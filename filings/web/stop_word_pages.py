"""Lists of stop words, for the ITSP's staff: which there are, what a newer one would change, and loading it."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from filings import outbox
from filings.services.stop_words import rescanning, stop_words
from filings.services.stop_words.stop_words import Row
from tenants.errors import DomainError
from tenants.models import User

SALT: Final = "stop words that were looked over"
KEPT: Final = 3600  # seconds for which a preview may be confirmed
SHOWN: Final = 300  # terms of a list that is compared

View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """Let only the ITSP's own people in; for everybody else there is no such page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (isinstance(request.user, User) and request.user.is_itsp_staff):
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(guarded)


@require_safe
@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    """Show every list, and the form to look a newer one over."""
    return _listing(request)


@require_safe
@staff_only
def version(request: HttpRequest, number: int) -> HttpResponse:
    """Show the words of a list, and which of them are confirmed."""
    found = next((each for each in stop_words.versions(at=now()) if each.id == number), None)
    if found is None:
        raise Http404
    text, only = request.GET.get("q", "").strip().lower(), request.GET.get("only", "")
    rows = [row for row in found.rows if text in row["term"].lower() and only in {"", row["confirmed"]}]
    return render(request, "filings/stop_words_version.html", {"version": found, "rows": rows, "text": text, "only": only})


@require_POST
@staff_only
def preview(request: HttpRequest) -> HttpResponse:
    """Show what a list would change, and for how many drafts, templates and products of whom."""
    file, day = request.FILES.get("file"), _day(request.POST.get("valid_from", ""))
    if file is None or day is None:
        return _listing(request, "Choose a file, and the first day on which the list is used.")
    try:
        rows = stop_words.read(file.read(stop_words.LARGEST + 1))
    except DomainError as refusal:
        return _listing(request, f"{file.name}: {refusal.message}")
    change = stop_words.changed(rows, day)
    source = (file.name or "a file without a name")[:200]
    context = {
        "change": change,
        "added": change.added[:SHOWN],
        "gone": change.gone[:SHOWN],
        "rows": rows,
        "confirmed": sum(row["confirmed"] == "yes" for row in rows),
        "day": day,
        "source": source,
        "affected": rescanning.affected(change.after, change.before),
        "packed": signing.dumps([source, day.isoformat(), rows], salt=SALT, compress=True),
    }
    return render(request, "filings/stop_words_preview.html", context)


@require_POST
@staff_only
def load(request: HttpRequest) -> HttpResponse:
    """Keep the list that was looked over; what is open is compared with it at once, in the background."""
    try:
        source, day, rows = signing.loads(request.POST.get("packed", ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return _listing(request, "The preview is more than an hour old, or not complete. Choose the file again.")
    kept: Sequence[Row] = rows
    loaded = stop_words.keep(rows=kept, source=source, valid_from=date.fromisoformat(day), by=str(request.user), at=now())
    transaction.on_commit(lambda: outbox.ring(rescanning.BELL))
    state = "is loaded" if loaded.new else "was there already"
    messages.success(request, f"The list of {day} {state}. Open drafts, templates and products are compared with it now.")
    return redirect("stop-words:list")


def _listing(request: HttpRequest, refusal: str = "") -> HttpResponse:
    at = now()
    context = {"versions": stop_words.versions(at=at), "scan": rescanning.last_scan(), "today": at.date(), "refusal": refusal}
    return render(request, "filings/stop_words.html", context, status=422 if refusal else 200)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
