"""Filings of other operators here that a shipment waits for: shown while both agreed, their linking key and status alone.

Both agreed when one sent a filing request and the other accepted it. The board of who asked then knows the filings that
answer the request, and others of that operator with a key the request is about. It is the one place that looks into another
operator's rows, and nothing of their content leaves it (docs/decisions/0030-what-the-board-sees-of-others.md).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from filings import lifecycle
from filings.linking.keys import values_of
from filings.messages import catalogue
from filings.models import FilingRequest, LinkKey
from filings.models.filing_request import CONSENTED
from filings.services.filing_requests import filing_requests
from tenants.actors import Actor
from tenants.models import AuditEvent
from tenants.scope import current_operator_id, every_tenant, tenant_scope

MOST: Final = 200  # requests and filings of others on one board
MOST_KEYS: Final = 5000
DEED: Final = "state_seen"
TOLD_EVERY: Final = timedelta(days=1)  # so often the trails say that the board was looked at
GONE: Final = frozenset({lifecycle.State.REJECTED, lifecycle.State.INVALIDATED})

_LOOK: Final = """
with agreed as (
  select request.id, request.asked_id from filings_filingrequest request
  where request.id = any(%(requests)s) and request.operator_id = %(asking)s and request.state = any(%(states)s)
), linking as (
  select agreed.id as request_id, low.filing_id, array_agg(distinct low.digest) as digests
  from unnest(%(requests_of_keys)s::uuid[], %(digests)s::uuid[]) as wanted(request_id, digest)
  join agreed on agreed.id = wanted.request_id
  join filings_linkkey low on low.digest = wanted.digest and low.side = 'lower' and low.operator_id = agreed.asked_id
  group by 1, 2
), found as (
  select request_id, filing_id from linking
  union
  select given.request_id, given.filing_id
  from unnest(%(requests_of_answers)s::uuid[], %(answers)s::uuid[]) as given(request_id, filing_id)
)
select found.request_id, filing.id, filing.message_type, filing.state, filing.mrn <> '', filing.registered_at,
  coalesce(linking.digests, '{}')
from found
join agreed on agreed.id = found.request_id
join filings_filing filing on filing.id = found.filing_id and filing.operator_id = agreed.asked_id
left join linking on linking.request_id = found.request_id and linking.filing_id = found.filing_id
order by filing.created_at, filing.id, found.request_id
limit %(most)s
"""


@dataclass(frozen=True)
class Elsewhere:
    """A filing of another operator that agreed to show where it stands: nothing of what it says, not even its number.

    request: the filing request both agreed in; about: digests of one's own keys that it is about; links_by: those of them the
    filing has; has_mrn, mrn_since: whether customs gave it an MRN, and when; differs: parts of the key that keep it from linking.
    """

    request: UUID
    name: str
    eori: str
    message_type: str
    state: str
    has_mrn: bool
    mrn_since: datetime | None
    about: frozenset[UUID]
    links_by: frozenset[UUID]
    differs: tuple[str, ...]
    figures: tuple[str, ...]  # sentences about weight and packages, if both let them be compared

    @property
    def links(self) -> bool:
        """Say whether it has a key that is waited for."""
        return bool(self.links_by)

    @property
    def kind(self) -> str:
        """Return what kind of filing it is."""
        message = catalogue.found(self.message_type)
        return message.sci if message else self.message_type

    @property
    def state_words(self) -> str:
        """Return where it stands, for people."""
        return lifecycle.WORDS[lifecycle.State(self.state)][0]

    @property
    def link_words(self) -> str:
        """Return whether it will link, and what differs."""
        if self.links:
            return "Will link."
        if self.state in GONE:
            return "It links to nothing any more."
        return f"Will not link: the {' and the '.join(self.differs)} differs." if self.differs else "Will not link as it stands."


@dataclass(frozen=True)
class _Consent:
    """A filing request that was accepted, as its asking side knows it: digests of the keys it is about, ids of its answers."""

    request: FilingRequest
    digests: frozenset[UUID]
    answers: frozenset[UUID]


def look(shipment_id: UUID, *, operator_id: UUID, by: Actor, at: datetime) -> tuple[Elsewhere, ...]:
    """Return what operators that agreed to it have of what an operator's shipment waits for; call it outside any scope.

    Whoever has no filing request that was accepted, and is still, finds nothing. Both trails get a line, once a day.
    """
    with tenant_scope(operator_id):
        consents = _consents(shipment_id, at=at)
    if not consents:
        return ()
    found = _found(operator_id, consents)
    with tenant_scope(operator_id):
        _record({each.request for each in found}, consents, by=by, at=at)
    return found


def _found(operator_id: UUID, consents: Collection[_Consent]) -> tuple[Elsewhere, ...]:
    """Return the filings of others; whether both still agree is asked by the statement that reads them."""
    by_id = {each.request.pk: each for each in consents}
    keys = [(pk, digest) for pk, each in by_id.items() for digest in each.digests]
    answers = [(pk, filing) for pk, each in by_id.items() for filing in each.answers]
    given: dict[str, Any] = {
        "asking": operator_id, "requests": list(by_id), "states": [state.value for state in CONSENTED], "most": MOST,
        "requests_of_keys": [pk for pk, _ in keys], "digests": [digest for _, digest in keys],
        "requests_of_answers": [pk for pk, _ in answers], "answers": [filing for _, filing in answers],
    }  # fmt: skip
    with every_tenant("who accepted a filing request shows where its filings stand"), connection.cursor() as cursor:
        cursor.execute(_LOOK, given)
        rows = cursor.fetchall()
    found: dict[UUID, Elsewhere] = {}
    compared: set[UUID] = set()  # requests whose figures, which are about all their filings together, are told
    for pk, filing, *told, digests in rows:
        each = _elsewhere(by_id[pk], frozenset(digests), *told)
        each = replace(each, figures=()) if pk in compared else each
        compared.add(pk)
        known = found.get(filing)  # by two requests
        if known:
            each = replace(known, about=known.about | each.about, links_by=known.links_by | each.links_by)
        found[filing] = each
    return tuple(found.values())


def _elsewhere(consent: _Consent, links_by: frozenset[UUID], *told: Any) -> Elsewhere:
    message, state, has_mrn, mrn_since = told
    request, match = consent.request, consent.request.match
    return Elsewhere(
        request=request.pk,
        name=request.asked.name if request.asked else "",
        eori=request.asked_eori,
        message_type=message,
        state=state,
        has_mrn=has_mrn,
        mrn_since=mrn_since if has_mrn else None,
        about=consent.digests,
        links_by=links_by,
        differs=() if links_by or state in GONE else tuple(match.get("differs", ())),
        figures=tuple(match.get("figures", ())),
    )


# --- Consent -----------------------------------------------------------------------------------------------------------------


def _consents(shipment_id: UUID, *, at: datetime) -> list[_Consent]:
    """Return the filing requests about a shipment that another operator here accepted, with the keys they are about."""
    accepted = FilingRequest.objects.filter(operator=current_operator_id(), state__in=CONSENTED, asked__isnull=False)
    accepted = accepted.select_related("asked").order_by("-created_at")
    upper = LinkKey.objects.filter(filing__shipments__shipment=shipment_id, side=LinkKey.Side.UPPER)
    requests = [*accepted.filter(filing__shipments__shipment=shipment_id).distinct()[:MOST]]
    parties = list(upper.exclude(party="").order_by().values_list("party", flat=True).distinct()[:MOST])
    requests += accepted.filter(filing=None, asked_eori__in=parties, created_at__gt=at - filing_requests.LONGEST)[:MOST]
    if not requests:
        return []
    waited = upper.filter(party__in=["", *(each.asked_eori for each in requests)])
    keys = list(waited.values_list("digest", "key")[:MOST_KEYS])
    found = []
    for request in requests:
        about = frozenset(digest for digest, key in keys if _covers(request, key))
        answers = frozenset(request.answers.filter(operator=request.asked_id).values_list("filing_id", flat=True)[:MOST])
        if about:
            found.append(_Consent(request, about, answers))
    return found


def _covers(request: FilingRequest, key: str) -> bool:
    """Say whether a key is made of what was asked for, and of nothing else."""
    combination, named = values_of(key)
    return combination == request.combination and all(value in request.key.get(name, ()) for name, value in named.items())


def _record(seen: Collection[UUID], consents: Iterable[_Consent], *, by: Actor, at: datetime) -> None:
    """Write into both trails that who asked saw where the other's filings stand."""
    lately = AuditEvent.objects.filter(target_id__in=[str(pk) for pk in seen], deed=f"filing_request.{DEED}")
    told = set(lately.filter(at__gt=at - TOLD_EVERY).values_list("target_id", flat=True))
    for each in consents:
        if each.request.pk in seen and str(each.request.pk) not in told:
            filing_requests.in_both_trails(each.request, DEED, filing_requests.Side.ASKING, by=by, at=at)
