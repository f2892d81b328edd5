"""Who files what: choose the situation, answer a few questions, get the drafts and send the requests."""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, get_current_timezone_name, is_naive, localtime, make_aware, now
from django.views.decorators.http import require_http_methods, require_safe

from filings.models import Filing, FilingRequest
from filings.services import wizard
from filings.services.wizard import AnswersWrong, Ask, Scenario
from filings.web.asked_pages import FORMAT, USUAL, message_of
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

MOST: Final = 200  # drafts and requests the last page shows


@require_safe
@permission_required(Permission.FILING_VIEW)
def start(request: TenantRequest) -> HttpResponse:
    """Show the situations, by mode of transport."""
    text = request.GET.get("q", "").strip()[:100]
    found = [each for each in wizard.scenarios() if _fits(each, text)]
    groups = [(name, list(some)) for name, some in groupby(found, key=lambda each: each.group)]
    return render(request, "filings/wizard/start.html", {"groups": groups, "text": text})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def scenario(request: TenantRequest, name: str) -> HttpResponse:
    """Explain a situation and ask what is needed; a POST begins the drafts."""
    chosen = wizard.scenario(name)
    if chosen is None:
        raise Http404
    answers = {each.name: request.POST.get(each.name, "") for each in wizard.questions(chosen)}
    wrong: Mapping[str, str] = {}
    refusal = ""
    if request.method == "POST":
        try:
            made = wizard.begin(scenario=chosen, answers=answers, by=request.actor, at=now(), ask=_ask(request, chosen))
        except AnswersWrong as error:
            wrong, refusal = error.wrong, error.message
        except DomainError as error:
            refusal = error.message
        else:
            messages.success(request, "The drafts are there. Fill in what is missing; nothing is sent before you submit it.")
            query = [f"d={each.pk}" for each in made.drafts] + [f"r={each.pk}" for each in made.requests]
            return redirect(f"{reverse('wizard:made', args=[request.operator.slug])}?{'&'.join(query[:MOST])}")
    context = {
        "scenario": chosen,
        "lines": [(line, line.message, wizard.roles()[line.who]) for line in chosen.lines],
        "questions": [(each, answers[each.name], wrong.get(each.name, "")) for each in wizard.questions(chosen)],
        "others": [_other(request, line) for line in chosen.others],
        "refusal": refusal,
        "due": request.POST.get("due_at") or localtime(now() + USUAL).strftime(FORMAT),
        "zone": get_current_timezone_name(),
    }
    return render(request, "filings/wizard/scenario.html", context, status=422 if refusal else 200)


@require_safe
@permission_required(Permission.FILING_VIEW)
def made(request: TenantRequest) -> HttpResponse:
    """Show what was begun."""
    drafts = Filing.objects.filter(pk__in=_ids(request, "d")).order_by("created_at", "pk").defer("document")
    asked = FilingRequest.objects.filter(pk__in=_ids(request, "r"))
    context = {"drafts": drafts, "asked": [(each, message_of(each)) for each in asked]}
    return render(request, "filings/wizard/made.html", context)


def _fits(scenario: Scenario, text: str) -> bool:
    words = " ".join([scenario.title, scenario.group, scenario.explain, *(line.sci for line in scenario.lines)]).lower()
    return all(word in words for word in text.lower().split())


def _other(request: TenantRequest, line: wizard.Line) -> dict[str, Any]:
    return {
        "who": line.who,
        "name": wizard.roles()[line.who],
        "sci": line.sci,
        "asks": request.method != "POST" or f"ask-{line.who}" in request.POST,
        "mail": request.POST.get(f"mail-{line.who}", ""),
        "note": request.POST.get(f"note-{line.who}", ""),
    }


def _ask(request: TenantRequest, chosen: Scenario) -> dict[str, Ask]:
    """Return whom to ask: the ticked ones."""
    due = _moment(request.POST.get("due_at", ""))
    return {
        line.who: Ask(request.POST.get(f"mail-{line.who}", ""), due, request.POST.get(f"note-{line.who}", ""))
        for line in chosen.others
        if f"ask-{line.who}" in request.POST
    }


def _moment(text: str) -> datetime:
    """Return a moment in the reader's zone; what is none is refused by the verb, as a time that is over."""
    try:
        given = parse_datetime(text)
    except ValueError:
        given = None
    if given is None:
        return now()
    return make_aware(given, get_current_timezone()) if is_naive(given) else given


def _ids(request: TenantRequest, name: str) -> list[UUID]:
    found = []
    for text in request.GET.getlist(name)[:MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
