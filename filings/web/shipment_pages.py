"""Shipments: the list, and of each who is expected, what is filed, what links and what does not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from filings import selectors
from filings.linking import anchors
from filings.linking.prediction import Compared, is_editable
from filings.messages import catalogue
from filings.models import Filing, Shipment, ShipmentNotice
from filings.services.shipments import board, elsewhere, figures, keeping, matching, others, searching, told, tree
from filings.services.shipments.matching import Mismatch
from filings.services.shipments.others import Theirs
from filings.web import places
from filings.web.reading import filing_or_404
from tenants import paging
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.scope import tenant_scope
from tenants.web.guards import permission_required

PAGE: Final = 50
SORTS: Final[Mapping[str, str]] = {"-changed": "Last change", "due": "Due first", "-created": "Newest"}
MOST_NOTICES: Final = 20
MOST_LINKED: Final = 20


@dataclass(frozen=True)
class Filters:
    """What the reader wants to see."""

    text: str = ""
    which: str = ""
    sort: str = "-changed"

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        """Return the filters of an address; what makes no sense is left out, and what is late stands in its order."""
        which, sort = query.get("open", ""), query.get("sort", "")
        text = query.get("q", "").replace("\0", "").strip()[:70]
        which = which if which in searching.OPEN else ""
        return cls(text, which, "due" if which == "late" else sort if sort in SORTS else "-changed")

    def query(self, **changes: str) -> str:
        """Return the address part for these filters with some of them changed."""
        values = {"q": self.text, "open": self.which, "sort": self.sort, **changes}
        return "?" + urlencode({name: value for name, value in values.items() if value and (name, value) != ("sort", "-changed")})


@dataclass(frozen=True)
class Side:
    """One filing of a comparison: what it is called, and of each part the place in words and how to get there."""

    filing: Filing
    path: str
    place: str
    value: str


@dataclass(frozen=True)
class Apart:
    """A part of a key that keeps two filings apart, as both have it."""

    part: Compared
    sides: tuple[Side, Side]


@require_safe
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest) -> HttpResponse:
    """Show the shipments that fit the filters, a page at a time."""
    filters, at = Filters.of(request.GET), now()
    found = searching.shipments(text=filters.text, which=filters.which, at=at)
    page = searching.page(found, sort=filters.sort, number=_number(request), size=PAGE)
    context = {
        "filters": filters,
        "page": page,
        "tabs": _tabs(filters),
        "sorts": SORTS,
        "kinds": anchors.kinds(),
        "at": at,
        "behind": figures.behind([each.pk for each in page.rows]),
        "previous": filters.query(page=str(page.number - 1)),
        "next": filters.query(page=str(page.number + 1)),
    }
    name = "filings/shipments/_results.html" if request.headers.get("HX-Target") == "results" else "filings/shipments/list.html"
    return render(request, name, context)


View = Callable[[TenantRequest, UUID, Theirs], HttpResponse]


def with_others(look: Callable[..., Theirs]) -> Callable[[View], Callable[..., HttpResponse]]:
    """Give a page what other operators agreed to show; that is looked up outside the operator's own scope."""

    def given(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def shown(request: TenantRequest, pk: UUID) -> HttpResponse:
            theirs = look(pk, operator_id=request.operator.pk, by=request.actor, at=now())
            with tenant_scope(request.operator.pk):
                return view(request, pk, theirs)

        shown.opens_own_scope = True  # type: ignore[attr-defined]
        return shown

    return given


@require_safe
@permission_required(Permission.FILING_VIEW)
@with_others(elsewhere.look)
def detail(request: TenantRequest, pk: UUID, theirs: Theirs) -> HttpResponse:
    """Show a shipment: who is expected, its filings, what keeps some of them from linking."""
    shipment = _shipment_or_404(pk)
    shown = tree.tree(shipment, page=_number(request), met=theirs.met)
    context = {
        **_board(request, shipment, theirs),
        "tree": shown,
        "page": _number(request),
        "has_next": _number(request) * tree.PAGE < shown.total,
        "mismatches": [_mismatch(each) for each in shown.mismatches],
        "notices": _notices(shipment),
        "is_behind": figures.is_behind(shipment),
        "kinds": anchors.kinds(),
    }
    return render(request, "filings/shipments/detail.html", context)


@require_safe
@permission_required(Permission.FILING_VIEW)
@with_others(elsewhere.look)
def board_page(request: TenantRequest, pk: UUID, theirs: Theirs) -> HttpResponse:
    """Return a page of the completeness board."""
    return render(request, "filings/shipments/_board.html", _board(request, _shipment_or_404(pk), theirs))


@require_safe
@permission_required(Permission.FILING_VIEW)
@with_others(elsewhere.look_beside)
def of_filing(request: TenantRequest, pk: UUID, theirs: Theirs) -> HttpResponse:
    """Show the shipments of a filing, what links to it, also of others that agreed to it, and what keeps it from linking."""
    filing = filing_or_404(pk)
    linked = list(matching.linked(filing)[:MOST_LINKED])
    shipments = list(Shipment.objects.filter(pk__in=keeping.shipments_of([filing.pk])))
    beside = Filing.objects.filter(shipments__shipment__in=shipments).exclude(pk=filing.pk).distinct()[:MOST_LINKED]
    words, tone = tree.link_words(filing, is_linked=bool(linked or tree.below_others([filing], theirs.met)))
    context = {
        "filing": filing,
        "shipments": shipments,
        "linked": [(each, selectors.message_of(each)) for each in linked],
        "theirs": others.meeting(filing, theirs.filings),
        "mismatches": [_mismatch(each) for each in matching.mismatches([filing], beside)] if tone == "warn" else [],
        "link": words,
        "tone": tone,
        "kinds": anchors.kinds(),
    }
    return render(request, "filings/shipments/of_filing.html", context)


def _board(request: TenantRequest, shipment: Shipment, theirs: Theirs) -> dict[str, Any]:
    at, number = now(), _number(request, "row")
    shown = board.expected(shipment, at=at, own=request.operator.eori, page=number, size=board.PAGE, theirs=theirs)
    return {
        "shipment": shipment,
        "board": shown,
        "at": at,
        "row_page": number,
        "rows_have_next": number * board.PAGE < shown.total,
        "own": request.operator.eori,
    }


def _mismatch(each: Mismatch) -> dict[str, Any]:
    """Return a mismatch with the places in words, the filing above first."""
    parts = [
        Apart(part, (_side(each.other, part.upper_path, part.upper), _side(each.filing, part.lower_path, part.lower)))
        for part in each.prediction.apart
    ]
    return {"filing": each.filing, "other": each.other, "prediction": each.prediction, "parts": parts}


def _side(filing: Filing, path: str, value: str) -> Side:
    message = selectors.message_of(filing)
    xpath = f"/{message.root_name}/{path}"
    editable = filing.is_draft and is_editable(path)
    return Side(filing, xpath if editable else "", places.words_of(message, xpath), value)


def _notices(shipment: Shipment) -> list[tuple[ShipmentNotice, str]]:
    """Return what customs said of a shipment, in words, the last first."""
    names = catalogue.code_list("CL744").names
    return [(each, told.words(each, names)) for each in ShipmentNotice.objects.filter(shipment=shipment)[:MOST_NOTICES]]


def _tabs(filters: Filters) -> list[dict[str, Any]]:
    at = now()
    found = []
    for which, words in {"": "All", **searching.OPEN}.items():
        fitting = searching.shipments(text=filters.text, which=which, at=at)
        shown = paging.label(paging.counted(fitting.order_by(_counted_by(which))))
        found.append({"words": words, "count": shown, "query": filters.query(open=which), "current": filters.which == which})
    return found


def _counted_by(which: str) -> str:
    """Return the order of the index that a list is counted by."""
    return "due_at" if which == "late" else "-changed_at"


def _number(request: TenantRequest, name: str = "page") -> int:
    return paging.number_of(request.GET.get(name))


def _shipment_or_404(pk: UUID) -> Shipment:
    found: Shipment | None = Shipment.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
