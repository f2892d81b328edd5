"""Questions about voyages and flights: which there are, which filings come with one, which filings name one nobody entered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from filings.deadlines.crossing import MODES, Crossing, crossing
from filings.lifecycle import State
from filings.models import ArrivalNotice, Call, Filing, Voyage

NEAR: Final = timedelta(days=7)  # another estimate of the same vessel within this time is probably the same voyage
PAST: Final = timedelta(days=30)  # how old what filings name may be, to be proposed
MOST_PROPOSED: Final = 20
MOST_NAMED: Final = 1000  # references that one request may name
GONE: Final = (State.REJECTED, State.INVALIDATED)
UPCOMING, ARRIVED = "upcoming", "arrived"


@dataclass(frozen=True)
class Proposed:
    """A journey that filings name and nobody entered: how many of them, and what the newest says of it."""

    said: Crossing
    count: int

    @property
    def words(self) -> str:
        """Return vessel or flight, and its number."""
        mode = MODES[self.said.mode]
        return f"{mode.means.capitalize() if mode.identification else mode.thing.capitalize()} {self.said.number}"


def calls(*, which: str = "", text: str = "", mode: str = "") -> QuerySet[Call]:
    """Return the first entries of the voyages that fit, with their voyages.

    :param which: "upcoming" for those that have not arrived, "arrived" for the others.
    :param text: how the number, or a word of name or reference, place or office begins.
    """
    found: QuerySet[Call] = Call.objects.filter(is_entry=True).select_related("voyage")
    if which:
        found = found.filter(arrived_at__isnull=which == UPCOMING)
    if mode:
        found = found.filter(voyage__mode=mode)
    for word in text.replace("\0", "").split():
        columns = ("voyage__number", "voyage__name", "voyage__reference", "place", "office")
        found = found.filter(Q(*((f"{column}__icontains", word) for column in columns), _connector=Q.OR))
    return found


def voyage(pk: UUID) -> Voyage:
    """Return one voyage.

    :raises Voyage.DoesNotExist: if the operator has none of that id.
    """
    found: Voyage = Voyage.objects.get(pk=pk)
    return found


def named_by_filings(voyage: Voyage) -> QuerySet[Filing]:
    """Return the filings that name this vessel or flight with this arrival and of which nobody said otherwise."""
    found: QuerySet[Filing] = Filing.objects.filter(
        voyage=None, about=None, notifies=None, journey_key=voyage.key, arrives_at=voyage.entry.eta
    )
    return found


def filings_of(voyage: Voyage) -> QuerySet[Filing]:
    """Return the filings that come with a voyage, by transport document."""
    named = Q(voyage=None, journey_key=voyage.key, arrives_at=voyage.entry.eta)
    found: QuerySet[Filing] = Filing.objects.filter(Q(voyage=voyage) | named, about=None, notifies=None)
    return found.order_by("transport_document", "created_at")


def near(voyage: Voyage) -> QuerySet[Filing]:
    """Return the filings that name the same vessel or flight with another arrival, a few days off, and come with none."""
    eta = voyage.entry.eta
    same: QuerySet[Filing] = Filing.objects.filter(
        voyage=None, about=None, notifies=None, journey_key=voyage.key, arrives_at__range=(eta - NEAR, eta + NEAR)
    )
    known = Call.objects.filter(is_entry=True, journey_key=OuterRef("journey_key"), eta=OuterRef("arrives_at"))
    return same.exclude(arrives_at=eta).exclude(Exists(known)).exclude(state__in=GONE).order_by("arrives_at")


def notifications_of(voyage: Voyage) -> list[Filing]:
    """Return the notifications of its arrival, oldest first."""
    return list(Filing.objects.filter(notifies__voyage=voyage).order_by("created_at"))


def notices_of(voyage: Voyage) -> list[ArrivalNotice]:
    """Return what customs said about its arrival: to a notification of it, or about a filing that comes with it."""
    mine = filings_of(voyage).order_by().values("pk")
    told: QuerySet[ArrivalNotice] = ArrivalNotice.objects.filter(Q(notification__notifies__voyage=voyage) | Q(filing__in=mine))
    return list(told.select_related("filing", "notification").order_by("dated_at", "heard_at"))


def notices_elsewhere() -> list[ArrivalNotice]:
    """Return what customs said last about arrivals of others: the operator is a party to be told, and has no filing of it."""
    told: QuerySet[ArrivalNotice] = ArrivalNotice.objects.filter(filing=None, notification=None)
    return list(told.order_by("-dated_at")[:MOST_PROPOSED])


def proposals(*, at: datetime) -> list[Proposed]:
    """Return the journeys that filings name and nobody entered, the next to arrive first."""
    known = Call.objects.filter(is_entry=True, journey_key=OuterRef("journey_key"), eta=OuterRef("arrives_at"))
    named = (
        Filing.objects.filter(voyage=None, about=None, notifies=None, arrives_at__gte=at - PAST)
        .exclude(journey_key="")
        .exclude(state__in=GONE)
        .exclude(Exists(known))
        .order_by()
        .values("journey_key", "arrives_at")
        .annotate(number=Count("pk"), latest=Max("created_at"))
        .order_by("arrives_at", "journey_key")
    )
    groups = list(named[:MOST_PROPOSED])
    return [Proposed(_said(group["journey_key"], group["arrives_at"]), group["number"]) for group in groups]


def proposed(key: str, eta: datetime) -> Crossing | None:
    """Return what the newest filing that names a journey says of it."""
    said = _said(key, eta)
    return said if said.key else None


def members(filings: Sequence[UUID]) -> list[Filing]:
    """Return the operator's filings of these ids."""
    return list(Filing.objects.filter(pk__in=filings, about=None, notifies=None))


def _said(key: str, eta: datetime) -> Crossing:
    """Return what the newest filing of a journey says; an estimate that was amended is the amended one."""
    newest = Filing.objects.filter(about=None, notifies=None, journey_key=key, arrives_at=eta).order_by("-created_at").first()
    said = crossing(newest.document) if newest else Crossing()
    return Crossing(said.mode, said.number, eta, said.office, said.place)


def voyage_of(filing: Filing) -> Voyage | None:
    """Return the voyage a filing comes with, if there is one; of a notification the one whose arrival it notifies."""
    if filing.notifies_id or filing.voyage_id:
        return filing.notifies.voyage if filing.notifies else filing.voyage
    if not filing.journey_key or filing.arrives_at is None:
        return None
    entry: Call | None = calls().filter(journey_key=filing.journey_key, eta=filing.arrives_at).first()
    return entry.voyage if entry else None


def counted(found: QuerySet[Call]) -> QuerySet[Call]:
    """Return first entries with how many filings come with each (`filings_count`), and the state of its last notification."""
    own = Filing.objects.filter(about=None, notifies=None).order_by()
    remembered = own.filter(voyage=OuterRef("voyage_id")).values("voyage").annotate(number=Count("pk")).values("number")
    naming = (
        own.filter(voyage=None, journey_key=OuterRef("journey_key"), arrives_at=OuterRef("eta"))
        .values("journey_key")
        .annotate(number=Count("pk"))
        .values("number")
    )
    last = Filing.objects.filter(notifies=OuterRef("pk")).order_by("-created_at").values("state")[:1]
    return found.annotate(
        filings_count=Coalesce(Subquery(remembered), 0) + Coalesce(Subquery(naming), 0), notified=Subquery(last)
    )


def by_reference(text: str) -> list[Filing]:
    """Return the operator's filings that have one of the LRNs, MRNs or transport documents of a text."""
    wanted = list(dict.fromkeys(text.replace("\0", "").replace(",", " ").split()))[:MOST_NAMED]
    columns = Q(lrn__in=wanted) | Q(mrn__in=wanted) | Q(transport_document__in=wanted)
    return list(Filing.objects.filter(columns, about=None, notifies=None)) if wanted else []
