"""The list of filings: filters, counts per state, and rows that update by themselves."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from filings import lifecycle, selectors
from filings.lifecycle import State
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.models import Filing
from filings.services import dates, freezing
from tenants import paging
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE: Final = 50
POLLED: Final = 100  # rows one request may ask about
# Each is the order of an index, one way or the other.
SORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "-created": ("-created_at", "-id"),
    "created": ("created_at", "id"),
    "-changed": ("-changed_at", "-id"),
    "changed": ("changed_at", "id"),
    "type": ("message_type", "-created_at", "-id"),
    "-type": ("-message_type", "created_at", "id"),
    "due": ("due_at", "id"),
    "-due": ("-due_at", "-id"),
    "lrn": ("lrn", "id"),
    "-lrn": ("-lrn", "-id"),
}
BY_DUE: Final = ("due", "-due")
DUE: Final = {
    "open": "Still due",
    "soon": "Due within 4 hours",
    "late": "Late",
    **{name: kind.filter_words for name, kind in dates.KINDS.items()},
}
NOT_YET: Final = frozenset(("open", "soon", "late"))  # with customs
COLUMNS: Final = (
    ("type", "Type"),
    ("lrn", "LRN"),
    ("", "MRN and transport document"),
    ("", "State"),
    ("due", "Due"),
    ("created", "Created"),
    ("changed", "Last change"),
)


@dataclass(frozen=True)
class Filters:
    """What the reader wants to see."""

    state: str = ""
    type: str = ""
    text: str = ""
    sort: str = "-created"
    due: str = ""
    fact: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        """Return the filters of an address; what makes no sense is left out."""
        state, sort, due = query.get("state", ""), query.get("sort", ""), query.get("due", "")
        fact = query.get("fact", "")
        if not due and sort in BY_DUE:
            due = "open"  # in the order in which they are due stands what still is
        return cls(
            state=state if state in set(State) else "",
            type=_storable(query.get("type", ""))[:8],
            text=_storable(query.get("q", "")).strip()[:70],
            sort=sort if sort in SORTS else "-created",
            due=due if due in DUE else "",
            fact=fact if fact in {each.key for each in lifecycle.FACTS} else "",
        )

    @property
    def any(self) -> bool:
        """Say whether something is left out of the list."""
        return bool(self.state or self.type or self.text or self.due or self.fact)

    def query(self, **changes: str) -> str:
        """Return the address part for these filters with some of them changed."""
        values = {"state": self.state, "type": self.type, "q": self.text, "due": self.due, "fact": self.fact}
        values |= {"sort": self.sort, **changes}
        return "?" + urlencode({name: value for name, value in values.items() if value and (name, value) != ("sort", "-created")})

    def filings(self, *, state: str | None = None) -> QuerySet[Filing]:
        """Return the filings that fit, without order."""
        wanted = self.state if state is None else state
        dated = self.due in dates.KINDS
        due = "" if dated else self.due
        found = selectors.filings(state=wanted, message_type=self.type, text=self.text, due=due, fact=self.fact)
        return found.filter(dates.near(self.due, at=now())) if dated else found


def _storable(text: str) -> str:
    """Return a text without the one sign PostgreSQL knows in no text."""
    return text.replace("\0", "")


@dataclass(frozen=True)
class Tab:
    """One state with its count, as a filter."""

    state: str
    words: str
    count: str
    query: str
    current: bool


@require_safe
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest) -> HttpResponse:
    """Show the filings that fit the filters, a page at a time."""
    filters = Filters.of(request.GET)
    found = filters.filings().order_by(*SORTS[filters.sort])
    page = paging.page(found, number=paging.number_of(request.GET.get("page")), size=PAGE)
    context = {
        "filters": filters,
        "tabs": _tabs(filters),
        "types": [message for message in _messages().values() if selectors.can_be_filed(message)],
        "facts": lifecycle.FACTS,
        "page": page,
        "filings": page.rows,
        "frozen": _frozen(page.rows),
        "heads": _heads(filters),
        "dues": DUE,
        "at": now(),
        "open_states": lifecycle.NOT_YET_WITH_CUSTOMS,
        "messages_by_id": _messages(),
        "poll": _poll(filters, page.rows),
        "previous": filters.query(page=str(page.number - 1)),
        "next": filters.query(page=str(page.number + 1)),
    }
    name = "filings/_results.html" if request.headers.get("HX-Target") == "results" else "filings/list.html"
    return render(request, name, context)


@require_safe
@permission_required(Permission.FILING_VIEW)
def rows(request: TenantRequest) -> HttpResponse:
    """Return the rows whose state is no longer the one the page shows (id=uuid:state), and ask again for the rest."""
    shown = dict(entry for entry in map(_shown, request.GET.getlist("id")[:POLLED]) if entry)
    filings = list(selectors.filings().filter(pk__in=shown))
    filters = Filters.of(request.GET)
    changed = [filing for filing in filings if filing.state != shown[filing.pk]]
    context = {
        "changed": changed,
        "frozen": _frozen(changed),
        "poll": _poll(filters, filings),
        "filters": filters,
        "tabs": _tabs(filters) if changed else [],
        "at": now(),
        "open_states": lifecycle.NOT_YET_WITH_CUSTOMS,
        "messages_by_id": _messages(),
    }
    return render(request, "filings/_changed_rows.html", context)


def _frozen(filings: Iterable[Filing]) -> dict[UUID, freezing.Freeze]:
    """Return those of the filings that are due and whose clock stands still."""
    due = [filing.pk for filing in filings if filing.due_at and filing.registered_at is None]
    return freezing.now_frozen(due, at=now())


def _shown(entry: str) -> tuple[UUID, str] | None:
    pk, _, state = entry.partition(":")
    try:
        return UUID(pk), state
    except ValueError:
        return None


def _poll(filters: Filters, filings: Iterable[Filing]) -> str:
    """Return the address part that asks about the rows for which something is still to come, or nothing."""
    waiting = [("id", f"{filing.pk}:{filing.state}") for filing in filings if filing.is_waiting]
    query = filters.query().removeprefix("?")
    return "?" + "&".join(part for part in (query, urlencode(waiting)) if part) if waiting else ""


def _tabs(filters: Filters) -> list[Tab]:
    counts = _counts(filters)
    every = Tab("", "All", paging.label(sum(counts.values())), filters.query(state=""), not filters.state)
    return [every] + [
        Tab(state, words, paging.label(counts.get(state, 0)), filters.query(state=state), filters.state == state)
        for state, (words, _) in ((each, lifecycle.WORDS[each]) for each in lifecycle.OF_FILINGS)
    ]


def _counts(filters: Filters) -> dict[str, int]:
    """Return how many filings of each state fit, more than a thousand not counted through."""
    order = ("due_at",) if filters.due in NOT_YET else ("-created_at",)
    found = filters.filings(state="").order_by(*order).values_list("state", flat=True)
    some = Counter(found[: paging.MOST_COUNTED + 1])
    if some.total() <= paging.MOST_COUNTED:
        return dict(some)
    possible = lifecycle.NOT_YET_WITH_CUSTOMS if filters.due in NOT_YET else lifecycle.OF_FILINGS
    return {state: paging.counted(filters.filings(state=state).order_by(*order)) for state in possible}


def _heads(filters: Filters) -> list[dict[str, str]]:
    """Return the sortable columns: words, where a click leads, and how it is sorted now."""
    found = []
    for key, words in COLUMNS:
        downward = filters.sort == f"-{key}"
        upward = filters.sort == key
        found.append(
            {
                "words": words,
                "query": filters.query(sort=_turned(key, filters.sort)) if key else "",
                "sorted": "descending" if downward else "ascending" if upward else "none",
                "sign": "↓" if downward else "↑" if upward else "",
            }
        )
    return found


def _turned(key: str, sort: str) -> str:
    """Return the order that a click on a column gives: the other way round, else the useful way first."""
    first, second = (key, f"-{key}") if key in BY_DUE else (f"-{key}", key)
    return second if sort == first else first


def _messages() -> dict[str, Message]:
    """Return every message of any message set, for its title."""
    return {message.id: message for edition in catalogue.editions() for message in catalogue.messages(*edition)}
