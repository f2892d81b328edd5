"""Dates that follow from what customs did with a filing: it lapses, notifications are told no more, and so on.

KINDS is the table; each row says in words what ends, and finds the filings for which it ends in a stretch of time, so
that page, list and alarms say the same. When a reference is free again is a row of filings/rules/tables/uniqueness.csv;
when a message set changes is a choice somebody made (filings.services.editions).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from django.db.models import Q

from filings import lifecycle
from filings.lifecycle import State
from filings.messages import catalogue
from filings.models import EditionChoice, Filing, Topic
from filings.rules import uniqueness
from tenants.scope import current_operator_id

NOTHING: Final = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class KnownDate:
    """A date of one filing. name: of its kind; warn: whether it is near enough to warn about."""

    name: str
    title: str
    sentence: str
    at: datetime
    warn: bool
    passed: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of date: its words, how long before it one is warned, which filings have it between two moments, and when."""

    name: str
    title: str
    sentence: str
    filter_words: str
    warn: timedelta
    between: Callable[[datetime, datetime], Q]
    of: Callable[[Filing], datetime | None]


def of_filing(filing: Filing, *, at: datetime) -> list[KnownDate]:
    """Return the dates of a filing, the earliest first."""
    if filing.about_id:
        return []
    found = ((kind, kind.of(filing)) for kind in KINDS.values())
    known = [_known(kind, moment, at) for kind, moment in found if moment is not None]
    return sorted(known, key=lambda each: each.at)


def near(name: str, *, at: datetime) -> Q:
    """Return the condition for the filings whose date of a kind comes within its time of warning."""
    kind = KINDS[name]
    return kind.between(at, at + kind.warn)


def _known(kind: Kind, moment: datetime, at: datetime) -> KnownDate:
    warn = at <= moment <= at + kind.warn
    return KnownDate(kind.name, kind.title, kind.sentence, moment, warn, passed=moment < at)


# --- 200 days, and how long notifications are told again ----------------------------------------------------------------------


def _after_registration(span: timedelta) -> Callable[[datetime, datetime], Q]:
    def between(since: datetime, until: datetime) -> Q:
        return Q(state=State.REGISTERED, registered_at__gte=since - span, registered_at__lt=until - span)

    return between


def _expires(filing: Filing) -> datetime | None:
    return filing.expires_at


def _told_until(filing: Filing) -> datetime | None:
    is_open = filing.state == State.REGISTERED and not filing.assessment
    return filing.registered_at + lifecycle.TOLD_AGAIN if filing.registered_at and is_open else None


def _not_assessed(since: datetime, until: datetime) -> Q:
    return _after_registration(lifecycle.TOLD_AGAIN)(since, until) & Q(assessment="")


# --- References ---------------------------------------------------------------------------------------------------------------


@cache
def _used_for() -> Mapping[str, timedelta]:
    """Return by message how long its references stay used."""
    found = {message: uniqueness.windows(message) for message in catalogue.messages()}
    return {message.id: timedelta(days=max(row.days for row in rows)) for message, rows in found.items() if rows}


def _free(filing: Filing) -> datetime | None:
    span = _used_for().get(filing.message_type)
    is_used = filing.state in lifecycle.IN_FORCE and filing.registered_at is not None
    return filing.registered_at + span if span and is_used and filing.registered_at else None


def _free_between(since: datetime, until: datetime) -> Q:
    found = NOTHING
    for span in set(_used_for().values()):
        types = [message for message, each in _used_for().items() if each == span]
        registered = Q(registered_at__gte=since - span, registered_at__lt=until - span)
        found |= Q(message_type__in=types, state__in=list(lifecycle.IN_FORCE)) & registered
    return found


# --- Message sets -------------------------------------------------------------------------------------------------------------


def _changes() -> list[EditionChoice]:
    """Return what was decided for everybody and for the operator in scope, the earliest first."""
    mine = Q(operator=None) | Q(operator_id=current_operator_id())
    return list(EditionChoice.objects.filter(mine).order_by("since"))


def _cut_over(filing: Filing) -> datetime | None:
    """Return when the message of a filing in force is written in another set, so that customs takes no amendment of it."""
    if filing.state not in lifecycle.IN_FORCE or filing.registered_at is None:
        return None
    edition = (filing.message_set, filing.version)
    later = (
        each.since
        for each in _changes()
        if each.since > filing.registered_at
        and each.message_type in {"", filing.message_type}
        and (each.message_set, each.version) != edition
        and _has((each.message_set, each.version), filing.message_type)
    )
    return next(later, None)


def _cut_over_between(since: datetime, until: datetime) -> Q:
    found = NOTHING
    for each in _changes():
        if not since <= each.since < until:
            continue
        others = ~Q(message_set=each.message_set, version=each.version) & Q(registered_at__lt=each.since)
        types = [message.id for message in catalogue.messages(each.message_set, each.version)]
        wanted = [each.message_type] if each.message_type else types
        found |= Q(state__in=list(lifecycle.IN_FORCE), message_type__in=wanted) & others
    return found


def _has(edition: tuple[str, str], message_type: str) -> bool:
    return any(message.id == message_type for message in catalogue.messages(*edition))


_ROWS: Final = (
    Kind(
        Topic.EXPIRES, "Lapses",
        "200 days after its registration customs invalidates it unless the goods have arrived; it sends no message about that.",
        "Lapse within 30 days", lifecycle.WARN_BEFORE, _after_registration(lifecycle.UNUSED), _expires,
    ),
    Kind(
        Topic.CONSULT, "Notifications are told again until",
        "Until then a consultation brings what customs sent about it once more; afterwards it brings the states alone.",
        "Consult within 5 days", timedelta(days=5), _not_assessed, _told_until,
    ),
    Kind(
        Topic.REUSE, "Its references are free again",
        "Before that customs may refuse the same document number of the same declarant (error 81), but for split consignments.",
        "References free within 14 days", timedelta(days=14), _free_between, _free,
    ),
    Kind(
        Topic.CUT_OVER, "Message set changes",
        "From then on this message is written in another message set and customs takes no amendment of the old one: amend "
        "before, or invalidate and file anew.",
        "Message set changes within 30 days", timedelta(days=30), _cut_over_between, _cut_over,
    ),
)  # fmt: skip
KINDS: Final[Mapping[str, Kind]] = {str(kind.name): kind for kind in _ROWS}
