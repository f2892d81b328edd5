"""One change of the estimated arrival of a voyage or flight, and what it means for each filing that comes with it.

effects(call=call, eta=eta, at=at)   which drafts would say so, which registered filings may be amended, which cannot
change(call=call, eta=eta, ...)      does it: remembers the change, changes drafts, drafts amendments, reckons deadlines
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction

from filings import selectors
from filings.deadlines.voyage import ARRIVAL
from filings.lifecycle import State
from filings.models import Call, EtaChange, Filing
from filings.services import amending
from filings.services.voyages import found as voyages_found
from filings.services.voyages import journeys, voyages
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError

ON_ITS_WAY: Final = frozenset({State.QUEUED, State.SENT, State.FAILED})


class Deed(StrEnum):
    """What a change of the estimate means for a filing."""

    SAME = "same"
    DRAFT = "draft"
    AMEND = "amend"
    CANNOT = "cannot"
    NOTHING = "nothing"


WORDS: Final = {
    Deed.SAME: "It says so already.",
    Deed.DRAFT: "The draft is changed.",
    Deed.AMEND: "Customs has another arrival; an amendment can be drafted.",
    Deed.NOTHING: "It says nothing about the arrival.",
}
WAIT: Final = "It is on its way to customs; wait for the answer."
COUNTS_NO_MORE: Final = "It counts no longer."


@dataclass(frozen=True)
class Effect:
    """What a change of the estimate means for one filing, in a sentence."""

    filing: Filing
    deed: Deed
    sentence: str


@dataclass(frozen=True)
class Outcome:
    """What a change did: the drafts it changed and the amendments it drafted."""

    changed: bool
    drafts: tuple[Filing, ...] = ()
    amendments: tuple[Filing, ...] = ()


def effects(*, call: Call, eta: datetime, at: datetime) -> list[Effect]:
    """Return what another estimate would mean for each filing; a later call means nothing to any."""
    if not call.is_entry:
        return []
    return [_effect(filing, eta, at) for filing in voyages_found.filings_of(call.voyage)]


@transaction.atomic
def change(
    *,
    call: Call,
    eta: datetime,
    by: Actor,
    at: datetime,
    reason: str = "",
    drafts: Collection[UUID] | None = None,
    amendments: Collection[UUID] = (),
) -> Outcome:
    """Change the estimated arrival at a call and do for the filings what was confirmed.

    :param drafts: which drafts shall say so; all that can, if None.
    :param amendments: for which registered filings to draft an amendment.
    :raises voyages.BadVoyage: if the time names no zone.
    :raises voyages.VoyageKnown: if another voyage has this number and arrival.
    """
    if eta.tzinfo is None:
        raise voyages.BadVoyage("eta", "The arrival needs its zone, such as 2026-12-01T08:15:00Z.")
    call = Call.objects.select_for_update().get(pk=call.pk)
    before, after = call.eta, eta.replace(microsecond=0)
    if call.is_entry:
        voyages.remember(call.voyage)  # before they are found by it no more
    found = effects(call=call, eta=after, at=at)
    if after != before:
        call.eta, call.changed_at = after, at
        voyages.save_call(call)
        EtaChange.objects.create(call=call, before=before, after=after, reason=reason.strip()[:200], at=at, by=by.name[:120])
        detail = {"call": str(call.pk), "before": _iso(before), "after": _iso(after)}
        audit.record("voyage.eta_changed", target=call.voyage, by=by, at=at, detail=detail)
    changed = [_tell_draft(each.filing, after, by=by, at=at) for each in found if _is_chosen(each, drafts)]
    amended = [
        _tell_customs(each.filing, after, by=by, at=at)
        for each in found
        if each.deed is Deed.AMEND and each.filing.pk in amendments
    ]
    for each in found:
        _reckon(each, None if _is_chosen(each, drafts) else after, by=by, at=at)
    return Outcome(after != before, tuple(changed), tuple(amended))


def _effect(filing: Filing, eta: datetime, at: datetime) -> Effect:
    deed, sentence = _deed(filing, eta, at)
    return Effect(filing, deed, sentence or WORDS[deed])


def _deed(filing: Filing, eta: datetime, at: datetime) -> tuple[Deed, str]:
    state = State(filing.state)
    if state in voyages_found.GONE or ARRIVAL not in selectors.message_of(filing).by_path:
        return Deed.NOTHING, COUNTS_NO_MORE if state in voyages_found.GONE else ""
    if filing.arrives_at == eta:
        return Deed.SAME, ""
    if state is State.DRAFT:
        return Deed.DRAFT, ""
    return (Deed.CANNOT, WAIT) if state in ON_ITS_WAY else _amendable(filing, at)


def _amendable(filing: Filing, at: datetime) -> tuple[Deed, str]:
    try:
        amending.may_start(filing, at=at)
    except DomainError as refusal:
        return Deed.CANNOT, refusal.message
    return Deed.AMEND, ""


def _is_chosen(effect: Effect, drafts: Collection[UUID] | None) -> bool:
    return effect.deed is Deed.DRAFT and (drafts is None or effect.filing.pk in drafts)


def _tell_draft(filing: Filing, eta: datetime, *, by: Actor, at: datetime) -> Filing:
    """Write the arrival into a draft of a filing or of an amendment."""
    filing.lock()
    amending.say(filing, ARRIVAL, _iso(eta), by=by, at=at)
    return filing


def _tell_customs(filing: Filing, eta: datetime, *, by: Actor, at: datetime) -> Filing:
    return _tell_draft(amending.start(filing=filing, by=by, at=at), eta, by=by, at=at)


def _reckon(effect: Effect, eta: datetime | None, *, by: Actor, at: datetime) -> None:
    """Let deadlines count from what is known now where the filing itself says something else."""
    if effect.deed is Deed.NOTHING:
        return
    journeys.enter(filing=effect.filing, facts={"arrival_at": None if effect.deed is Deed.SAME else eta}, by=by, at=at)


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
