"""What people know about the journey of a filing, the operator's own buffers, and the deadlines they give."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from django.db import transaction

from filings.deadlines import Buffer, Deadline
from filings.deadlines.voyage import MODE_WORDS
from filings.models import DeadlineBuffer, Filing, JourneyFacts
from filings.services import telling
from filings.services.shipments import keeping
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import current_operator_id

FACTS: Final = (
    "loading_at", "departure_at", "arrival_at", "carrier_cut_off", "duration_minutes", "active_mode", "containers", "short_sea",
    "force_majeure",
)  # fmt: skip
LONGEST: Final = 100 * 24 * 60  # minutes of a journey or a buffer
_ENTERED: Final = "Facts about the journey entered; the deadline is reckoned anew."
NOTHING: Final[Mapping[str, Any]] = {"active_mode": "", "force_majeure": False}


class BadFacts(DomainError):
    """This is no fact that a deadline can be reckoned with."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


def facts_of(filing: Filing) -> dict[str, Any]:
    """Return the facts entered for a filing, by name; None, "" or False for what nobody entered."""
    row = JourneyFacts.objects.filter(filing=filing).first()
    return {name: getattr(row, name) if row else NOTHING.get(name) for name in FACTS}


@transaction.atomic
def enter(*, filing: Filing, facts: Mapping[str, Any], by: Actor, at: datetime) -> bool:
    """Keep facts about the journey of a filing in any state and reckon when it is due; say whether anything is new.

    Facts that are not given stay as they are; None takes one away.

    :raises BadFacts: if one has an unknown name, is a time without a zone, or a mode or duration that does not exist.
    """
    filing.lock()
    before = facts_of(filing)
    after = {**before, **{name: _fact(name, value) for name, value in facts.items()}}
    if after == before:
        return False
    JourneyFacts.objects.update_or_create(filing=filing, defaults={**after, "changed_at": at, "changed_by": by.name[:120]})
    changed = sorted(name for name in FACTS if after[name] != before[name])
    filing.reckon()
    filing.happened("facts", _ENTERED, by=by, at=at, detail={"facts": changed})
    audit.record("filing.facts_entered", target=filing, by=by, at=at, detail={"facts": changed})
    keeping.keep(filing=filing, at=at, content=False)
    telling.journey_changed(filing=filing, at=at)
    return True


def deadlines_of(filing: Filing) -> list[Deadline]:
    """Return the deadlines of a filing, with the operator's buffers."""
    return filing.deadlines(buffers=[Buffer(timedelta(minutes=minutes), mode) for mode, minutes in buffers().items()])


def buffers() -> dict[str, int]:
    """Return the operator's buffers in minutes, by mode (CL018; "" for every mode)."""
    return dict(DeadlineBuffer.objects.order_by("mode").values_list("mode", "minutes"))


@transaction.atomic
def set_buffers(*, minutes: Mapping[str, int], by: Actor, at: datetime) -> None:
    """Replace the operator's buffers; a mode without minutes has none.

    :raises BadFacts: for a mode or a number of minutes that does not exist.
    """
    wanted = {mode: number for mode, number in minutes.items() if number}
    if not set(wanted) <= {"", *MODE_WORDS} or not all(0 < number <= LONGEST for number in wanted.values()):
        raise BadFacts("A buffer is a number of minutes, at most 100 days, for a mode of transport or for all.")
    before = buffers()
    if wanted == before:
        return
    DeadlineBuffer.objects.exclude(mode__in=wanted).delete()
    for mode, number in wanted.items():
        DeadlineBuffer.objects.update_or_create(mode=mode, defaults={"minutes": number, "changed_at": at})
    operator = Operator.objects.get(pk=current_operator_id())
    audit.record("deadlines.buffers_set", target=operator, by=by, at=at, detail={"before": before, "after": wanted})


def _fact(name: str, value: Any) -> Any:
    if name not in FACTS:
        raise BadFacts(f"“{name[:40]}” is no fact about a journey; these are: {', '.join(FACTS)}.")
    if value is None:
        return NOTHING.get(name)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise BadFacts(f"“{name}” needs a time with its zone, such as 2026-12-01T08:15:00Z.")
    if name == "duration_minutes" and not 0 <= value <= LONGEST:
        raise BadFacts("A journey takes from 0 minutes to 100 days.")
    if name == "active_mode" and value not in {"", *MODE_WORDS}:
        raise BadFacts(f"The mode is one of {', '.join(f'{code} ({words})' for code, words in MODE_WORDS.items())}.")
    return value
