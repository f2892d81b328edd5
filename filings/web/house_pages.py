"""The houses of a draft as a table to type and paste in, and the page that splits them over several drafts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from filings import selectors
from filings.models import Filing
from filings.services.houses import changes as house_changes
from filings.services.houses import splitting
from filings.services.houses import table as house_table
from filings.services.houses.changes import Given
from filings.services.houses.table import Column, House, Wanted
from filings.web import places
from filings.web.places import is_number
from filings.web.reading import filing_or_404
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

CELL: Final = "c:"
BEFORE: Final = "b:"


@dataclass(frozen=True)
class Cell:
    """One cell as the page shows it. name: of its input; typed: what the reader typed if that is not kept yet."""

    column: Column
    name: str
    before: str
    value: str
    kept: str
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One row as the page shows it."""

    house: House
    cells: tuple[Cell, ...]
    address: str


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_VIEW)
def table(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show the houses that fit; a POST keeps cells, takes in a paste, or takes houses out."""
    filing = _with_houses(pk)
    if request.method != "POST":
        return _page(request, filing)
    if not request.actor.may(Permission.FILING_DRAFT):
        raise PermissionDenied
    shown = house_table.columns(filing, request.GET.getlist("c"))
    deed = request.POST.get("deed", "save")
    given = _pasted(request, filing, shown) if deed == "paste" else _typed(request, deed)
    revision = request.POST.get("revision", "")
    try:
        house_changes.change(
            filing=filing, given=given, revision=int(revision) if is_number(revision) else 0, by=request.actor, at=now()
        )
    except DomainError as refusal:
        return _page(request, filing_or_404(pk), refusal=refusal.message, status=int(refusal.status), typed=request.POST.dict())
    messages.success(request, _told(given))
    return redirect(request.get_full_path())


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def split(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show into which drafts the houses would go; a POST makes them."""
    filing = _with_houses(pk)
    text = request.POST.get("size", "") or request.GET.get("size", "")
    size = int(text) if is_number(text) else None
    refusal, status, plan = "", 200, None
    try:
        plan = splitting.plan(filing, size=size)
        if request.method == "POST":
            revision = request.POST.get("revision", "")
            made = splitting.split(
                filing=filing, revision=int(revision) if is_number(revision) else 0, size=size, by=request.actor, at=now()
            )
            messages.success(request, f"The houses are in {len(made)} drafts now; the first stayed in the one you had.")
            return redirect("filings:list", request.operator.slug)
    except DomainError as error:
        refusal, status = error.message, int(error.status)
    context = {"filing": filing, "message": selectors.message_of(filing), "plan": plan, "refusal": refusal, "size": text}
    return render(request, "filings/houses/split.html", context, status=status)


def _page(
    request: TenantRequest, filing: Filing, *, refusal: str = "", status: int = 200, typed: Mapping[str, str] | None = None
) -> HttpResponse:
    chosen = request.GET.getlist("c")
    shown = house_table.columns(filing, chosen)
    after, text = request.GET.get("after", ""), request.GET.get("q", "").replace("\0", "").strip()[:128]
    states = house_table.states_offered(filing)
    state = next((each for each in states if each == request.GET.get("state")), None)
    wanted = Wanted(text, "faulty" in request.GET, int(after) if is_number(after) else 0, state)
    found = house_table.page(filing, wanted, shown)
    rows = found[: house_table.PAGE]
    more = len(found) > house_table.PAGE
    context = {
        "filing": filing,
        "message": selectors.message_of(filing),
        "columns": shown,
        "offered": house_table.offered(filing),
        "chosen": {each.path for each in shown},
        "lines": [_line(filing, each, shown, typed or {}) for each in rows],
        "wanted": wanted,
        "states": states,
        "count": house_table.count(filing),
        "most": selectors.message_of(filing).element(house_table.path_of(filing)).max,
        "next": _query(wanted, chosen, after=rows[-1].number) if more else "",
        "first": _query(wanted, chosen, after=0),
        "refusal": refusal,
        "paste": (typed or {}).get("paste", ""),
        "removed": set(request.POST.getlist("out")),
        "changes": filing.is_draft and request.actor.may(Permission.FILING_DRAFT),
        "amends": bool(selectors.message_of(filing).amends),
        "locks": sorted({each.locked for each in shown if each.locked}),
    }
    return render(request, "filings/houses/table.html", context, status=status)


def _line(filing: Filing, house: House, shown: list[Column], typed: Mapping[str, str]) -> Line:
    cells = tuple(
        Cell(
            column=each,
            name=f"{CELL}{house.number}:{each.path}",
            before=f"{BEFORE}{house.number}:{each.path}",
            value=_newest(typed, f"{house.number}:{each.path}", house.cells[each.path]),
            kept=house.cells[each.path],
            wrong=tuple(house.wrong.get(each.path, [])),
        )
        for each in shown
    )
    return Line(house, cells, _address(filing, house.number))


def _newest(typed: Mapping[str, str], place: str, kept: str) -> str:
    """Return what the reader typed, else what is kept: what another person changed meanwhile is not put back."""
    value = typed.get(f"{CELL}{place}", kept)
    return kept if value == typed.get(f"{BEFORE}{place}") else value


def _address(filing: Filing, number: int) -> str:
    """Return where the whole house is edited."""
    if filing.in_parts:
        return reverse("filings:part-of", args=[filing.operator.slug, filing.pk, number])
    message, path = selectors.message_of(filing), house_table.path_of(filing)
    at = places.name_of(message, f"/{message.root_name}/{path}" + (f"[{number}]" if message.element(path).repeats else ""))
    page = "edit" if filing.is_draft else "detail"
    return f"{reverse(f'filings:{page}', args=[filing.operator.slug, filing.pk])}?{urlencode({'at': at})}"


def _typed(request: TenantRequest, deed: str) -> Given:
    """Return the cells that differ from what the page was drawn with, and the ticked houses."""
    changed: dict[int, dict[str, str]] = {}
    for name, value in request.POST.items():
        number, _, path = name.removeprefix(CELL).partition(":")
        before = request.POST.get(f"{BEFORE}{number}:{path}")
        if name.startswith(CELL) and is_number(number) and house_changes.clean(str(value)) != before:
            changed.setdefault(int(number), {})[path] = str(value)
    ticked = [int(each) for each in request.POST.getlist("out") if is_number(each)]
    return Given(changed, (), frozenset(ticked if deed == "remove" else ()))


def _pasted(request: TenantRequest, filing: Filing, shown: list[Column]) -> Given:
    """Return what the paste means, together with what was typed beside it."""
    typed = _typed(request, "")
    given = house_changes.pasted(request.POST.get("paste", ""), shown, house_changes.numbers_of(filing))
    changed = {number: {**typed.changed.get(number, {}), **cells} for number, cells in given.changed.items()}
    return Given({**typed.changed, **changed}, given.added)


def _told(given: Given) -> str:
    counts = [(len(given.changed), "changed"), (len(given.added), "added"), (len(given.removed), "taken out")]
    told = [f"{count} house{'' if count == 1 else 's'} {what}" for count, what in counts if count]
    return f"{', '.join(told)}." if told else "Nothing was changed."


def _query(wanted: Wanted, chosen: list[str], *, after: int) -> str:
    pairs: list[tuple[str, Any]] = [("q", wanted.text), ("faulty", "1" if wanted.faulty else ""), ("state", wanted.state or "")]
    pairs.append(("after", after or ""))
    return "?" + urlencode([pair for pair in pairs if pair[1]] + [("c", each) for each in chosen])


def _with_houses(pk: UUID) -> Filing:
    filing = filing_or_404(pk)
    if not house_table.has_houses(filing):
        raise Http404
    return filing
