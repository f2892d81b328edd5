"""Code lists others publish, for the ITSP's staff: which edition is used, where it is from, and loading a newer one."""

import base64
from datetime import date
from itertools import islice
from typing import Final

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from filings import reference
from filings.reference.reading import LARGEST
from filings.reference.shipped import sources
from filings.services import code_lists
from filings.web.stop_word_pages import staff_only
from tenants.errors import DomainError

SALT: Final = "code list that was looked over"
KEPT: Final = 3600  # seconds for which a preview may be confirmed
SHOWN: Final = 50  # codes of each kind


@require_safe
@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    """Show every list with the edition in force, what was loaded, and the form to look a newer one over."""
    return _listing(request)


@require_POST
@staff_only
def preview(request: HttpRequest) -> HttpResponse:
    """Show what a file would change."""
    form, file = request.POST, request.FILES.get("file")
    published, valid_from = _day(form.get("published", "")), _day(form.get("valid_from", ""))
    if file is None or published is None or valid_from is None:
        return _listing(request, "Choose a file, the day of the edition, and the first day on which it is used.")
    code_list, name = form.get("code_list", ""), (file.name or "a file without a name")[:200]
    try:
        entries = code_lists.read(code_list=code_list, data=file.read(LARGEST + 1))
    except DomainError as refusal:
        return _listing(request, f"{name}: {refusal.message}")
    look = code_lists.looked_over(code_list=code_list, entries=entries, valid_from=valid_from)
    facts = {
        "code_list": code_list,
        "source": name,
        "published": published.isoformat(),
        "valid_from": valid_from.isoformat(),
        "licence": form.get("licence", "").strip()[:200],
        "complete": form.get("partial") != "yes",
    }
    found = look.difference
    context = {
        "facts": facts,
        "published": published,
        "valid_from": valid_from,
        "title": sources()[code_list].title,
        "look": look,
        "added": list(islice(found.added.items(), SHOWN)),
        "gone": list(islice(found.gone.items(), SHOWN)),
        "changed": [(code, old, new) for code, (old, new) in islice(found.changed.items(), SHOWN)],
        "shown": SHOWN,
        # Signed and carried along: nothing is kept of a file that nobody confirms.
        "packed": signing.dumps([facts, base64.b64encode(code_lists.packed(entries)).decode()], salt=SALT),
    }
    return render(request, "filings/code_lists_preview.html", context)


@require_POST
@staff_only
def load(request: HttpRequest) -> HttpResponse:
    """Keep the edition that was looked over; every process uses it within seconds, from its first day on."""
    try:
        facts, packed = signing.loads(request.POST.get("packed", ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return _listing(request, "The preview is more than an hour old, or not complete. Choose the file again.")
    published = date.fromisoformat(facts["published"])
    try:
        loaded = code_lists.keep(
            code_list=facts["code_list"],
            entries=code_lists.unpacked(base64.b64decode(packed)),
            source=facts["source"],
            published=published,
            valid_from=date.fromisoformat(facts["valid_from"]),
            licence=facts["licence"],
            complete=facts["complete"],
            despite_loss=request.POST.get("despite_loss") == "yes",
            by=str(request.user),
            at=now(),
        )
    except code_lists.LosesTooMuch as refusal:
        return _listing(request, refusal.message)
    state = "is loaded" if loaded.new else "was there already"
    codes = f"{loaded.count:,} code{'' if loaded.count == 1 else 's'}"
    messages.success(request, f"{loaded.code_list} of {published} {state}; it has {codes}.")
    return redirect("code-lists:list")


def _listing(request: HttpRequest, refusal: str = "") -> HttpResponse:
    context = {
        "lists": [(source, reference.edition(source.code_list)) for source in sources().values()],
        "loaded": code_lists.loaded_editions(),
        "today": now().date(),
        "chosen": request.POST.get("code_list", ""),
        "refusal": refusal,
    }
    return render(request, "filings/code_lists.html", context, status=422 if refusal else 200)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
