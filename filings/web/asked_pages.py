"""Filing requests: the inbox, what one asked of others, and the deeds of each side."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_current_timezone_name, now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from filings.linking.keys import combinations
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.models import Filing, FilingRequest
from filings.models.filing_request import Deed
from filings.services.filing_requests import filing_requests, keys, sending
from filings.services.filing_requests.filing_requests import Side
from filings.services.filing_requests.matching import document_of
from filings.web.reading import filing_or_404
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE: Final = 50
KEY: Final = "key-"
FORMAT: Final = "%Y-%m-%dT%H:%M"
USUAL: Final = timedelta(days=2)  # from now until it is needed, if nothing says otherwise


class RequestForm(forms.Form):
    """Whom to ask, and by when."""

    asked_eori = forms.CharField(label="EORI of who is to file", max_length=17)
    mail = forms.EmailField(
        label="E-mail address of those who file there",
        help_text="If the company works here, it finds the request in its inbox; if not, this address gets a link.",
    )
    due_at = forms.DateTimeField(
        label="Needed by",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT),
        input_formats=[FORMAT, f"{FORMAT}:%S"],
    )
    note = forms.CharField(label="Note", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    share_totals = forms.BooleanField(
        label="Compare gross mass and packages, too",
        required=False,
        help_text="Both sides then see by how much they differ, if the other side agrees.",
    )


@require_safe
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest) -> HttpResponse:
    """Show the filing requests of one side: what others ask of us, or what we asked."""
    side = Side.ASKING if request.GET.get("side") == Side.ASKING else Side.ASKED
    live = "all" not in request.GET
    page = Paginator(filing_requests.requests(side, live=live), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(each, message_of(each)) for each in page],
        "side": side,
        "live": live,
        "at": now(),
        "waiting": filing_requests.requests(Side.ASKED).filter(state="sent").count(),
    }
    return render(request, "filings/requests/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def new(request: TenantRequest) -> HttpResponse:
    """Ask for what a filing expects, or for a filing by hand; a POST sends the request."""
    above = _above(request)
    choices = choices_for(above)
    chosen = _chosen(request, choices)
    initial = {"asked_eori": chosen["party"], "due_at": _due(above), "share_totals": bool(above)}
    form = RequestForm(request.POST if request.method == "POST" else None, initial=initial)
    key = {name: request.POST.get(f"{KEY}{name}", ", ".join(values)) for name, values in chosen["key"].items()}
    if request.method == "POST" and form.is_valid():
        given = {name: [each.strip() for each in text.split(",")] for name, text in key.items()}
        try:
            made = sending.send(
                **form.cleaned_data,
                message_type=chosen["message"].id,
                combination=chosen["combination"],
                key=given,
                filing=above,
                by=request.actor,
                at=now(),
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Sent. This page shows by itself what the other side does.")
            return redirect("asked:detail", request.operator.slug, made.pk)
    context = {
        "form": form,
        "above": above,
        "choices": choices,
        "chosen": chosen,
        "key": [(name, text, name in chosen["known"]) for name, text in key.items() if name != "supplementary declarant"],
        "zone": get_current_timezone_name(),
    }
    return render(request, "filings/requests/new.html", context, status=422 if form.errors else 200)


@require_safe
@permission_required(Permission.FILING_VIEW)
def detail(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a filing request as one's own side may see it; a fragment for who watches the page."""
    asked = request_or_404(pk)
    name = "filings/requests/_detail.html" if request.headers.get("HX-Request") else "filings/requests/detail.html"
    return render(request, name, context_of(asked))


@require_POST
@permission_required(Permission.FILING_DRAFT)
def accept(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Start a draft for it, or answer with a filing that is there already."""
    asked, compares = request_or_404(pk), request.POST.get("compares") == "yes"
    chosen = request.POST.get("filing", "")
    try:
        if chosen:
            filing = _own(chosen)
            filing_requests.attach(request=asked, filing=filing, by=request.actor, at=now(), compares=compares)
            messages.success(request, "The filing answers the request. The other side sees its state, not its content.")
            return redirect("asked:detail", request.operator.slug, pk)
        draft = filing_requests.accept(request=asked, by=request.actor, at=now(), compares=compares)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("asked:detail", request.operator.slug, pk)
    messages.success(request, "This is a draft with the references that were asked for. Keep them: by them customs links.")
    return redirect("filings:edit", request.operator.slug, draft.pk)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def decline(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Refuse it, with a reason."""
    reason = request.POST.get("reason", "")
    return _done(request, pk, lambda asked: filing_requests.decline(
        request=asked, reason=reason, by=request.actor, at=now()), "Declined. The other side sees your reason.")  # fmt: skip


@require_POST
@permission_required(Permission.FILING_DRAFT)
def withdraw(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Take one's consent back."""
    return _done(request, pk, lambda asked: filing_requests.withdraw(
        request=asked, by=request.actor, at=now()), "Nothing is shared from now on. Filings stay where they are.")  # fmt: skip


@require_POST
@permission_required(Permission.FILING_DRAFT)
def mail_again(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Send the mail once more."""
    return _done(request, pk, lambda asked: sending.mail_again(
        request=asked, by=request.actor, at=now()), "A new mail is on its way.")  # fmt: skip


@require_safe
@permission_required(Permission.FILING_VIEW)
def of_filing(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Return what belongs on the page of a filing: what it asks of others, what was asked of us, and what it expects."""
    filing = filing_or_404(pk)
    asked = filing_requests.requests(Side.ASKING).filter(filing=filing)
    answers = filing.answered_requests.select_related("request__operator")
    context = {
        "filing": filing,
        "asked": [(each, message_of(each)) for each in asked],
        "answers": [(each.request, message_of(each.request)) for each in answers],
        "expected": [] if filing.in_parts else keys.asked_for(document_of(filing)),
    }
    return render(request, "filings/requests/_of_filing.html", context)


# --- What the pages show -----------------------------------------------------------------------------------------------------


def context_of(asked: FilingRequest) -> dict[str, Any]:
    """Return what the page of a filing request shows to the side in scope."""
    side = filing_requests.side_of(asked)
    # Who was asked is told once it has answered: until then nobody learns who works here.
    answered = asked.state in {"accepted", "lodged", "left", "declined"}
    answers = list(asked.answers.all())
    own = [each for each in answers if each.operator_id in {asked.operator_id if side == Side.ASKING else asked.asked_id}]
    candidates = Filing.objects.filter(message_type=asked.message_type, about=None).defer("document").order_by("-created_at")
    return {
        "asked": asked,
        "message": message_of(asked),
        "side": side,
        "other": asked.operator.name if side == Side.ASKED else asked.asked.name if asked.asked and answered else "",
        "answers": answers,
        "own": {each.pk: each.filing_id for each in own},
        "events": list(asked.events.all())[::-1],
        "may_accept": side == Side.ASKED and asked.allows(Deed.ACCEPT),
        "may_decline": side == Side.ASKED and asked.allows(Deed.DECLINE),
        "candidates": candidates.exclude(answered_requests__request=asked)[:20] if side == Side.ASKED else [],
        "at": now(),
    }


def message_of(asked: FilingRequest) -> Message | None:
    """Return the message that is asked for; nothing if no message set has it any more."""
    return catalogue.found(asked.message_type)


def choices_for(above: Filing | None) -> list[dict[str, Any]]:
    """Return what can be asked: of each party a filing expects each kind that fits, else every kind there is."""
    if above is None:
        names = {each.id: [part.name for part in each.parts] for each in combinations()}
        return [
            _choice(how.id, message, "", {name: [] for name in names[how.id]}, frozenset()) for how, message in keys.offered()
        ]
    document = document_of(above)
    return [
        _choice(each.combination, catalogue.message(kind, *document.message.edition), each.party, each.key, frozenset(each.key))
        for each in keys.asked_for(document)
        for kind in each.messages
    ]


def _choice(combination: str, message: Message, party: str, key: Any, known: frozenset[str]) -> dict[str, Any]:
    value = f"{combination}:{message.id}:{party}"
    return {"value": value, "combination": combination, "message": message, "party": party, "key": key, "known": known}


def _chosen(request: TenantRequest, choices: list[dict[str, Any]]) -> dict[str, Any]:
    wanted = request.POST.get("what") or request.GET.get("what", "")
    found = next((each for each in choices if each["value"] == wanted), None)
    if found is None and not choices:
        return {"value": "", "combination": "", "message": catalogue.message("IE3F15"), "party": "", "key": {}, "known": ()}
    return found or choices[0]


def _above(request: TenantRequest) -> Filing | None:
    chosen = request.POST.get("filing") or request.GET.get("filing", "")
    return _own(chosen) if chosen else None


def _own(text: str) -> Filing:
    try:
        return filing_or_404(UUID(text))
    except ValueError:
        raise Http404 from None


def _due(above: Filing | None) -> datetime:
    due = above.due_at if above else None
    return due if due and due > now() else now() + USUAL


def _done(request: TenantRequest, pk: UUID, deed: Callable[[FilingRequest], None], words: str) -> HttpResponse:
    try:
        deed(request_or_404(pk))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, words)
    return redirect("asked:detail", request.operator.slug, pk)


def request_or_404(pk: UUID) -> FilingRequest:
    """Return a filing request that the operator sent or got.

    :raises Http404: if there is none of that id for it.
    """
    try:
        return filing_requests.one(pk)
    except FilingRequest.DoesNotExist:
        raise Http404 from None
