"""Filings of other operators here that a shipment is about: shown while both agreed, their linking key and status alone.

Both agreed when one sent a filing request and the other accepted it. The board of who asked then knows the filings that answer
the request, the board of who was asked the filing that the request is about; either knows others of that operator with a key of
the request. It is the one place that looks into another operator's rows, and nothing of their content leaves it
(docs/decisions/0030-what-the-board-sees-of-others.md).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from filings.models import FilingRequest, FilingRequestAnswer, ShipmentFiling
from filings.models.filing_request import CONSENTED
from filings.services.filing_requests import filing_requests
from filings.services.shipments.figures import Met
from filings.services.shipments.others import GONE, Elsewhere, Theirs
from filings.services.shipments.sharing import AGREED, IS_MINE
from tenants.actors import SYSTEM, Actor
from tenants.models import AuditEvent
from tenants.scope import current_operator_id, every_tenant, tenant_scope

MOST: Final = 500  # filings of others on one board, those that link first
MOST_SHIPMENTS: Final = 5  # of one filing
MOST_REQUESTS: Final = 200  # whose answers do not link
SEEN: Final = "state_seen"
COUNTED: Final = "state_counted"
TOLD_EVERY: Final = timedelta(days=1)  # so often the trails say that the board was looked at, or the list reckoned
_STATES: Final = [state.value for state in CONSENTED]

_KEYS: Final = f"""
select distinct key.request_id, key.digest
from filings_shipmentfiling member join filings_linkkey mine on mine.filing_id = member.filing_id {AGREED}
where member.shipment_id = %(shipment)s and member.operator_id = %(me)s and {IS_MINE}
"""  # noqa: S608 our own words
# Consent is asked for here, by the statement that reads what others have.
_LINKING: Final = """
with agreed as (
  select request.id, request.filing_id, request.operator_id = %(me)s as asking,
    case when request.operator_id = %(me)s then request.asked_id else request.operator_id end as other_id
  from filings_filingrequest request
  where request.id = any(%(requests)s) and %(me)s in (request.operator_id, request.asked_id) and request.state = any(%(states)s)
), linking as (
  select agreed.id as request_id, theirs.filing_id, theirs.digest
  from unnest(%(requests_of_keys)s::uuid[], %(digests)s::uuid[]) as wanted(request_id, digest)
  join agreed on agreed.id = wanted.request_id
  join filings_filingrequestkey key on key.request_id = agreed.id and key.digest = wanted.digest
  join filings_linkkey theirs on theirs.digest = key.digest and theirs.operator_id = agreed.other_id
    and theirs.side = case when agreed.asking then 'lower' else 'upper' end
)
"""
_LOOK: Final = f"""{_LINKING}, told as (
  select request_id, filing_id, array_agg(distinct digest) as digests from linking group by 1, 2
), found as (
  select request_id, filing_id from told
  union
  select agreed.id, agreed.filing_id from agreed where not agreed.asking and agreed.filing_id is not null
  union
  select given.request_id, given.filing_id
  from unnest(%(requests_of_answers)s::uuid[], %(answers)s::uuid[]) as given(request_id, filing_id)
)
select found.request_id, filing.id, not agreed.asking, filing.message_type, filing.state, filing.mrn <> '',
  filing.registered_at, coalesce(told.digests, '{{}}')
from found
join agreed on agreed.id = found.request_id
join filings_filing filing on filing.id = found.filing_id and filing.operator_id = agreed.other_id
left join told on told.request_id = found.request_id and told.filing_id = found.filing_id
order by told.filing_id is null, filing.created_at, filing.id, found.request_id
limit %(most)s
"""  # noqa: S608 our own words
_MEET: Final = f"""{_LINKING}
select agreed.asking, linking.digest, array_agg(distinct agreed.id)
from linking
join agreed on agreed.id = linking.request_id
join filings_filing filing on filing.id = linking.filing_id
where not agreed.asking or filing.state <> 'draft'
group by 1, 2
"""  # noqa: S608 our own words


@dataclass(frozen=True)
class _Agreed:
    """What one side knows of the requests about a shipment: keys of its own filings, and the answers of the other side."""

    requests: dict[UUID, FilingRequest]
    keys: Sequence[tuple[UUID, UUID]]  # request, digest
    answers: Sequence[tuple[UUID, UUID]]  # request, filing


def look(shipment_id: UUID, *, operator_id: UUID, by: Actor, at: datetime) -> Theirs:
    """Return what operators that agreed to it have of an operator's shipment; call it outside any scope.

    Whoever has no filing request that was accepted, and is still, finds nothing. Both trails get a line, once a day.
    """
    with tenant_scope(operator_id):
        agreed = _agreed(shipment_id)
    if not agreed.requests:
        return Theirs()
    found, met = _found(operator_id, agreed), _met(operator_id, agreed)[0]
    with tenant_scope(operator_id):
        _record(agreed, {each.request for each in found}, SEEN, by=by, at=at)
    return Theirs(found, met)


def look_beside(filing_id: UUID, *, operator_id: UUID, by: Actor, at: datetime) -> Theirs:
    """Return the same for the shipments of a filing."""
    with tenant_scope(operator_id):
        shipments = list(ShipmentFiling.objects.filter(filing=filing_id).values_list("shipment", flat=True)[:MOST_SHIPMENTS])
    looks = [look(pk, operator_id=operator_id, by=by, at=at) for pk in shipments]
    filings = tuple(dict.fromkeys(each for one in looks for each in one.filings))
    filed, above = (frozenset().union(*(getattr(one.met, name) for one in looks)) for name in ("filed", "above"))
    return Theirs(filings, Met(filed, above, shared=any(one.met.shared for one in looks)))


def met(shipment_id: UUID, *, operator_id: UUID) -> Met:
    """Return by which keys what others have meets a shipment, for its figures; call it outside any scope.

    Both trails get a line when something of the other one counts, once a day.
    """
    with tenant_scope(operator_id):
        agreed = _agreed(shipment_id, answers=False)
    if not agreed.keys:
        return Met()
    found, counted = _met(operator_id, agreed)
    with tenant_scope(operator_id):
        _record(agreed, counted, COUNTED, by=SYSTEM, at=timezone.now())
    return found


def _found(operator_id: UUID, agreed: _Agreed) -> tuple[Elsewhere, ...]:
    """Return the filings of others."""
    found: dict[UUID, Elsewhere] = {}
    compared: set[UUID] = set()  # requests whose figures, which are about all their filings together, are told
    for pk, filing, *told, digests in _asked(_LOOK, operator_id, agreed):
        each = _elsewhere(agreed, agreed.requests[pk], frozenset(digests), *told)
        each = replace(each, figures=()) if pk in compared else each
        compared.add(pk)
        known = found.get(filing)  # by two requests
        if known:
            each = replace(known, about=known.about | each.about, links_by=known.links_by | each.links_by)
        found[filing] = each
    return tuple(found.values())


def _met(operator_id: UUID, agreed: _Agreed) -> tuple[Met, set[UUID]]:
    """Return which keys are met, and by which requests."""
    rows = _asked(_MEET, operator_id, agreed) if agreed.keys else []
    filed, above = (frozenset(digest for asking, digest, _ in rows if asking is side) for side in (True, False))
    return Met(filed, above, shared=bool(agreed.keys)), {pk for _, _, requests in rows for pk in requests}


def _asked(statement: str, operator_id: UUID, agreed: _Agreed) -> list[Any]:
    """Return what a statement finds as the platform, which alone reads filings of others."""
    given: dict[str, Any] = {
        "me": operator_id, "requests": list(agreed.requests), "states": _STATES, "most": MOST,
        "requests_of_keys": [pk for pk, _ in agreed.keys], "digests": [digest for _, digest in agreed.keys],
        "requests_of_answers": [pk for pk, _ in agreed.answers], "answers": [filing for _, filing in agreed.answers],
    }  # fmt: skip
    with every_tenant("who agreed in a filing request shows where its filings stand"), connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


def _elsewhere(agreed: _Agreed, request: FilingRequest, links_by: frozenset[UUID], *told: Any) -> Elsewhere:
    is_above, message, state, has_mrn, mrn_since = told
    other, match = request.operator if is_above else request.asked, request.match
    return Elsewhere(
        request=request.pk,
        name=other.name if other else "",
        eori=other.eori if other else "",
        is_above=is_above,
        message_type=message,
        state=state,
        has_mrn=has_mrn,
        mrn_since=mrn_since if has_mrn else None,
        about=frozenset(digest for pk, digest in agreed.keys if pk == request.pk),
        links_by=links_by,
        differs=() if links_by or state in GONE else tuple(match.get("differs", ())),
        figures=tuple(match.get("figures", ())),
    )


# --- Consent -----------------------------------------------------------------------------------------------------------------


def _agreed(shipment_id: UUID, *, answers: bool = True) -> _Agreed:
    """Return the requests about a shipment that both sides agreed to, whichever of them is in scope.

    :param answers: also look for filings that answer a request and do not link.
    """
    me = current_operator_id()
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, {"shipment": shipment_id, "me": me})
        keys = cursor.fetchall()
    wanted = {pk for pk, _ in keys}
    if answers:
        mine = FilingRequestAnswer.objects.filter(operator=me, filing__shipments__shipment=shipment_id)
        mine = mine.filter(request__state__in=CONSENTED, request__asked=me).order_by("-created_at")
        wanted |= set(mine.values_list("request_id", flat=True)[:MOST_REQUESTS])
    both = FilingRequest.objects.filter(pk__in=wanted, state__in=CONSENTED).select_related("operator", "asked")
    requests = {each.pk: each for each in both}
    given: list[tuple[UUID, UUID]] = []
    if answers:
        theirs = FilingRequestAnswer.objects.filter(request__in=requests, asking=me).exclude(operator=me)
        given = list(theirs.values_list("request_id", "filing_id")[:MOST])
    return _Agreed(requests, [each for each in keys if each[0] in requests], given)


def _record(agreed: _Agreed, requests: Collection[UUID], deed: str, *, by: Actor, at: datetime) -> None:
    """Write into both trails that one side saw, or counted, where the other's filings stand."""
    lately = AuditEvent.objects.filter(target_id__in=[str(pk) for pk in requests], deed=f"filing_request.{deed}")
    told = set(lately.filter(at__gt=at - TOLD_EVERY).values_list("target_id", "detail__side"))
    for each in (agreed.requests[pk] for pk in requests):
        side = filing_requests.side_of(each)
        if (str(each.pk), side) not in told:
            filing_requests.in_both_trails(each, deed, side, by=by, at=at)
