"""Voyages and flights to look at: the list, and the page of one with its filings, its arrival and what customs said."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from filings.deadlines.crossing import MODES
from filings.models import ArrivalNotice, Call, Filing, Voyage
from filings.services.arrivals import export, heard, next_steps, proposed
from filings.services.voyages import found as voyages_found
from filings.web.reading import filing_or_404
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE: Final = 50
SHOWN: Final = 200  # filings on the page of a voyage
TABS: Final = ((voyages_found.UPCOMING, "To arrive"), (voyages_found.ARRIVED, "Arrived"), ("", "All"))
MODE_WORDS: Final = {each.mode: f"{each.means.capitalize()}s" for each in MODES.values() if each.mode != "8"} | {"8": "Barges"}


@dataclass(frozen=True)
class Happened:
    """One line of what happened to a voyage."""

    at: datetime
    sentence: str
    by: str
    sub: str = ""


@dataclass(frozen=True)
class Told:
    """What customs said about what arrived, with why and what to do where it could not arrive."""

    notice: ArrivalNotice
    advice: heard.Advice | None
    scheduled: datetime | None


@require_safe
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest) -> HttpResponse:
    """Show the voyages and flights that fit, the next to arrive first, and those that filings name and nobody entered."""
    which = request.GET.get("which", voyages_found.UPCOMING)
    which = which if which in {key for key, _ in TABS} else voyages_found.UPCOMING
    text, mode = request.GET.get("q", "").strip()[:70], request.GET.get("mode", "")
    mode = mode if mode in MODES else ""
    late_first = request.GET.get("sort", "-eta" if which == voyages_found.ARRIVED else "eta") == "-eta"
    found = voyages_found.counted(voyages_found.calls(which=which, text=text, mode=mode))
    page = Paginator(found.order_by("-eta" if late_first else "eta", "pk"), PAGE).get_page(request.GET.get("page"))
    at = now()
    context = {
        "page": page,
        "calls": [(call, call.is_late(at)) for call in page],
        "which": which,
        "text": text,
        "mode": mode,
        "modes": MODE_WORDS,
        "tabs": TABS,
        "late_first": late_first,
        "proposals": voyages_found.proposals(at=at) if not text and page.number == 1 else [],
        **_said(voyages_found.notices_elsewhere()),
    }
    return render(request, _part(request, "results", "voyages/_list.html", "voyages/list.html"), context)


@require_safe
@permission_required(Permission.FILING_VIEW)
def detail(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a voyage or flight."""
    voyage = voyage_or_404(pk)
    at, entry = now(), voyage.entry
    context = {
        **_arrival(voyage),
        "at": at,
        "lines": proposed.lines(entry, most=SHOWN),
        "count": voyages_found.filings_of(voyage).count(),
        "near": list(voyages_found.near(voyage)[:SHOWN]),
        "calls": list(voyage.calls.exclude(pk=entry.pk)),
        "changes": list(entry.eta_changes.all()),
        "late": entry.is_late(at),
        "mode": MODES[voyage.mode],
        "steps": next_steps.steps(country_of(entry), mode=voyage.mode, on=(entry.arrived_at or entry.eta).date()),
        "happened": _happened(voyage, entry),
    }
    return render(request, "filings/voyages/detail.html", context)


@require_safe
@permission_required(Permission.FILING_VIEW)
def now_fragment(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Return where the arrival stands; nothing (204) while it is what the reader has seen."""
    context = _arrival(voyage_or_404(pk))
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "filings/voyages/_arrival.html", {**context, "changed": True})


@require_safe
@permission_required(Permission.FILING_VIEW)
def of_filing(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Return with which voyage a filing comes, and what customs said about its arrival; nothing if there is neither."""
    filing = filing_or_404(pk)
    voyage = voyages_found.voyage_of(filing)
    said = _said(list(heard.notices_for(filing).select_related("filing")))
    if voyage is None and not any(said.values()):
        return HttpResponse("")
    context = {"filing": filing, "voyage": voyage, "entry": voyage.entry if voyage else None, **said}
    return render(request, "filings/voyages/_of_filing.html", context)


@require_safe
@permission_required(Permission.FILING_VIEW)
def goods(request: TenantRequest, pk: UUID, form: str) -> HttpResponseBase:
    """Return the goods of a voyage's filings for national declarations, as CSV or JSON."""
    voyage = voyage_or_404(pk)
    rows = export.goods(list(voyages_found.filings_of(voyage)))
    named = {"Content-Disposition": f'attachment; filename="goods-{voyage.number}-{voyage.entry.eta:%Y%m%d}.{form}"'}
    if form == "json":
        return JsonResponse({"goods": list(rows)}, headers=named)
    if form != "csv":
        raise Http404
    lines = [line.encode() for line in export.as_csv(rows)]  # read inside the scope of the request
    return StreamingHttpResponse([b"\xef\xbb\xbf", *lines], content_type="text/csv; charset=utf-8", headers=named)


def voyage_or_404(pk: UUID) -> Voyage:
    """Return the operator's voyage.

    :raises Http404: if it has none of that id.
    """
    try:
        return voyages_found.voyage(pk)
    except Voyage.DoesNotExist:
        raise Http404 from None


def country_of(call: Call) -> str:
    """Return the country of a call: of its office, else of its place."""
    return (call.office or call.place)[:2]


def _arrival(voyage: Voyage) -> dict[str, Any]:
    """Return what changes by itself: notifications of the arrival and what customs said."""
    notifications, notices = voyages_found.notifications_of(voyage), voyages_found.notices_of(voyage)
    states = "".join(f"{each.state[:3]}{each.changed_at:%H%M%S}" for each in notifications)
    return {
        "voyage": voyage,
        "entry": voyage.entry,
        "notifications": notifications,
        "waiting": any(each.is_waiting for each in notifications),
        **_said(notices),
        "seen": f"{states}-{len(notices)}",
    }


def _said(notices: list[ArrivalNotice]) -> dict[str, list[Told]]:
    """Return what customs said: what could not arrive, and what it will control."""
    return {
        "wrong": [_told(each) for each in notices if "errors" in each.detail],
        "controls": [_told(each) for each in notices if "controls" in each.detail],
    }


def _told(notice: ArrivalNotice) -> Told:
    scheduled = notice.detail.get("scheduled")
    advice = heard.advice(notice) if "errors" in notice.detail else None
    return Told(notice, advice, datetime.fromisoformat(scheduled) if scheduled else None)


def _happened(voyage: Voyage, entry: Call) -> list[Happened]:
    """Return what happened, the latest first: the estimates, the notifications, what customs said."""
    found = [Happened(voyage.created_at, "Entered.", voyage.created_by)]
    found += [
        Happened(each.at, f"Estimated arrival changed from {each.before:%d %b %H:%M} to {each.after:%d %b %H:%M} UTC.", each.by,
                 each.reason)
        for each in entry.eta_changes.all()
    ]  # fmt: skip
    for notification in Filing.objects.filter(notifies__voyage=voyage):
        found += [Happened(each.at, each.sentence, each.actor, "Arrival notification") for each in notification.events.all()]
    return sorted(found, key=lambda each: each.at)[::-1]


def _part(request: TenantRequest, target: str, part: str, whole: str) -> str:
    """Return the template of a part of the page if htmx asks for that, else of the whole."""
    return f"filings/{part if request.headers.get('HX-Target') == target else whole}"
