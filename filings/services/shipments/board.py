"""The completeness board of a shipment: who is expected, who has filed, who is late, against which deadline, what waits.

    expected(shipment)  ->  a row for each party or thing that a filing of the shipment waits for, the open ones first

A row is fed by the operator's own filings, by those of others that agreed to it (elsewhere), and by what customs said: of the
filing that expects it (its completeness), or of the party (services/shipments/tables/told.csv).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Min

from filings import lifecycle
from filings.linking.keys import combinations, values_of
from filings.models import Filing, LinkKey, Shipment, ShipmentNotice
from filings.services.shipments.others import GONE, Elsewhere, Theirs
from tenants.scope import current_operator_id

PAGE: Final = 50

# What of an expectation is known: words, tone, and whether it is still open.
STATUS: Final = {
    "complete": ("Customs has it", "good", False),
    "registered": ("Filed; it will link", "good", False),
    "sent": ("On its way to customs", "info", False),
    "drafted": ("Drafted here, not sent", "warn", True),
    "drafted_elsewhere": ("Drafted by them, not sent", "warn", True),
    "apart": ("Theirs will not link", "bad", True),
    "missing": ("Missing, says customs", "bad", True),
    "unknown": ("Not filed here", "warn", True),
}

_WAITS: Final = """
select up.filing_id, case when up.completes = 'any' then 0 else up.number end as number, max(up.party) as party,
  min(up.key) as key, max(up.completes) as completes,
  array_agg(distinct low.filing_id) filter (where low.filing_id is not null) as found,
  coalesce(bool_or(filing.state <> 'draft'), false) or bool_or(up.digest = any(%s::uuid[]))
    or min(owner.completeness) = 'complete' as filed,
  bool_or(up.digest = any(%s::uuid[])) as filed_elsewhere,
  count(*) over () as total
from filings_shipmentfiling member
join filings_filing owner on owner.id = member.filing_id
join filings_linkkey up on up.filing_id = member.filing_id and up.side = 'upper' and up.completes in ('every', 'any')
left join filings_linkkey low on low.digest = up.digest and low.side = 'lower' and low.operator_id = up.operator_id
  and low.filing_id <> up.filing_id
left join filings_filing filing on filing.id = low.filing_id
where member.shipment_id = %s and member.operator_id = %s
group by 1, 2
order by filed, up.filing_id, number
limit %s offset %s
"""


@dataclass(frozen=True)
class Expected:
    """What one filing of a shipment waits for.

    party: who has to file, "" where nobody is named; thing: what is waited for in words; named_by: the filing that waits;
    filings: those of the operator's that fit; elsewhere: those of others that agreed to show where theirs stand; status: a key of
    STATUS; due_at: the deadline of the filing that waits, or else of the shipment.
    """

    party: str
    thing: str
    named_by: Filing
    filings: tuple[Filing, ...]
    elsewhere: tuple[Elsewhere, ...]
    status: str
    due_at: datetime | None
    notice: ShipmentNotice | None
    late: bool

    @property
    def words(self) -> str:
        """Return the status for people."""
        return STATUS[self.status][0]

    @property
    def tone(self) -> str:
        """Return how it looks."""
        return STATUS[self.status][1]

    @property
    def is_open(self) -> bool:
        """Say whether something is still to be done."""
        return STATUS[self.status][2]

    @property
    def blocks(self) -> str:
        """Return what does not go on without it, "" if it is there."""
        if not self.is_open:
            return ""
        number = f"MRN {self.named_by.mrn}" if self.named_by.mrn else (self.named_by.lrn or "the draft")
        return f"The ENS of {number} stays incomplete: customs goes on without these data, and may hold the goods."


@dataclass(frozen=True)
class Awaited:
    """A party of whom customs said that its filing is missing, and that no filing of the operator's names."""

    notice: ShipmentNotice
    filings: tuple[Filing, ...]
    is_own: bool


@dataclass(frozen=True)
class Board:
    """A page of the board: rows, how many there are, what customs said of parties that no row is about.

    above: filings of others that agreed to it, which stand above the operator's own.
    """

    rows: tuple[Expected, ...]
    total: int
    awaited: tuple[Awaited, ...]
    above: tuple[Elsewhere, ...]


def expected(
    shipment: Shipment,
    *,
    at: datetime,
    own: str = "",
    page: int = 1,
    size: int = PAGE,
    theirs: Theirs = Theirs(),  # noqa: B008 frozen
) -> Board:
    """Return the board of a shipment, open rows first.

    :param own: the operator's EORI, to tell what customs waits for from it.
    :param theirs: what others agreed to show (elsewhere.look, outside the operator's scope).
    """
    with connection.cursor() as cursor:
        filed = list(theirs.met.filed)
        cursor.execute(_WAITS, [filed, filed, shipment.pk, current_operator_id(), size, (page - 1) * size])
        waits = cursor.fetchall()
    ids = {pk for row in waits for pk in (row[0], *(row[5] or ()))}
    filings = {each.pk: each for each in Filing.objects.filter(pk__in=ids).defer("document")}
    notices = list(ShipmentNotice.objects.filter(shipment=shipment, fact__in=["missing", "awaited"])[:PAGE])
    by_party = {each.party: each for each in reversed(notices)}
    beside = Filing.objects.filter(shipments__shipment=shipment).aggregate(due=Min("due_at"))["due"] if waits else None
    below = _below([row[0] for row in waits], theirs.below)
    rows = tuple(_row(row, filings, by_party, below.get((row[0], row[1]), ()), beside=beside, at=at) for row in waits)
    rows = tuple(sorted(rows, key=lambda row: not row.is_open))
    named = set(LinkKey.objects.filter(filing__shipments__shipment=shipment, side="upper", party__in=list(by_party))
                .values_list("party", flat=True))  # fmt: skip
    return Board(rows, waits[0][-1] if waits else 0, tuple(_awaited(shipment, notices, named, own)), theirs.above)


def _row(
    row: Sequence[object],
    filings: dict[UUID, Filing],
    notices: dict[str, ShipmentNotice],
    elsewhere: Sequence[Elsewhere],
    *,
    beside: datetime | None,
    at: datetime,
) -> Expected:
    owner_id, _, party, key, completes, found, _, filed_elsewhere, _ = row
    owner = filings[owner_id]  # type: ignore[index]
    there = tuple(filings[pk] for pk in found or ())  # type: ignore[attr-defined]
    notice = notices.get(str(party)) if party else None
    status, due_at = _status(owner, there, elsewhere, notice, filed_elsewhere=bool(filed_elsewhere)), owner.due_at or beside
    return Expected(
        party=str(party),
        thing=_thing(str(key), everything=completes == "any"),
        named_by=owner,
        filings=there,
        elsewhere=tuple(elsewhere),
        status=status,
        due_at=due_at,
        notice=notice,
        late=STATUS[status][2] and bool(due_at and due_at < at),
    )


def _below(owners: Sequence[UUID], elsewhere: Sequence[Elsewhere]) -> Mapping[tuple[UUID, int], Sequence[Elsewhere]]:
    """Return what others have, by the filing that waits and the number of what it waits for."""
    if not elsewhere:
        return {}
    about = set().union(*(each.about for each in elsewhere))
    upper = LinkKey.objects.filter(filing__in=owners, side=LinkKey.Side.UPPER, digest__in=about)
    waiting: dict[tuple[UUID, int], set[UUID]] = defaultdict(set)
    for filing, number, completes, digest in upper.values_list("filing", "number", "completes", "digest"):
        waiting[filing, 0 if completes == "any" else number].add(digest)
    return {place: [each for each in elsewhere if digests & (each.links_by or each.about)] for place, digests in waiting.items()}


def _status(
    owner: Filing,
    found: Sequence[Filing],
    elsewhere: Sequence[Elsewhere],
    notice: ShipmentNotice | None,
    *,
    filed_elsewhere: bool,
) -> str:
    if owner.completeness == "complete":
        return "complete"
    own = {each.state for each in found}
    states = own | {each.state for each in elsewhere if each.links}
    if states & lifecycle.IN_FORCE:
        return "registered"
    if filed_elsewhere or states - {lifecycle.State.DRAFT}:
        return "sent"
    if notice is not None and notice.fact == "missing":
        return "missing"
    if states:
        return "drafted" if own else "drafted_elsewhere"
    return "apart" if any(each.state not in GONE for each in elsewhere) else "unknown"


def _thing(key: str, *, everything: bool) -> str:
    """Return what is waited for: the kinds of filings, and the last part of the key where nobody is named."""
    name, values = values_of(key)
    one = next((each for each in combinations() if each.id == name), None)
    if one is None:  # kept before the table was changed
        return "a filing"
    kinds = " or ".join(sorted(one.lower))
    if any(part.expected for part in one.parts):
        return kinds
    last = one.parts[-1]
    return f"{kinds} of any of its items" if everything else f"{kinds} of {last.words} {values[last.name]}"


def _awaited(shipment: Shipment, notices: Sequence[ShipmentNotice], named: set[str], own: str) -> Iterator[Awaited]:
    members = Filing.objects.filter(shipments__shipment=shipment).defer("document")
    for each in notices:
        if each.party not in named:
            yield Awaited(each, tuple(members.filter(declarant=each.party).exclude(state__in=GONE)[:5]), each.party == own)
