"""The one engine of deadlines: a filing and the facts beside it in, moments with their articles out.

    deadlines(document, facts=Facts(loading_at=...))  ->  the legal limits, the carrier's cut-off, own buffers
    due(found)                                        ->  the earliest moment by which customs must have it

The row of cases.csv whose conditions hold first gives the limit; there is one "latest" for a filing. Where nothing is
known of the moment it counts from, the deadline has no time and names what would tell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from filings.deadlines.conditions import CONDITIONS
from filings.deadlines.tables import ANY_MODE, Case, cases
from filings.deadlines.voyage import Facts, Moment, Reason, Voyage, utc
from filings.messages.document import Document

LEGAL: Final = "legal"
CARRIER: Final = "carrier"
OWN: Final = "own"
LATEST: Final = "latest"
FORCE_MAJEURE: Final = "The limits do not apply in a case of force majeure (UCC-DA 111), as was entered; keep proof of it."


@dataclass(frozen=True)
class Buffer:
    """How much before the legal limit an operator wants to be done. mode: CL018, "" for every mode."""

    before: timedelta
    mode: str = ""


@dataclass(frozen=True)
class Deadline:
    """One moment by which (or from which on) something must be done.

    name: id of the case; kind: legal, carrier or own; bound: latest, not_before or expires. at: UTC, None if what it
    counts from is not known; then missing names the element paths (or facts) that would tell. source: the element path
    or fact it was counted from. lifted: why it does not apply, "" if it does.
    """

    name: str
    kind: str
    bound: str
    title: str
    sentence: str
    at: datetime | None
    article: str = ""
    anchor: str = ""
    anchor_at: datetime | None = None
    source: str = ""
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = field(default=())
    lifted: str = ""

    @property
    def assumed(self) -> tuple[str, ...]:
        """Return what was assumed, a sentence each."""
        return tuple(reason.sentence for reason in self.reasons if reason.assumed)


def deadlines(document: Document, *, facts: Facts | None = None, buffers: Sequence[Buffer] = ()) -> list[Deadline]:
    """Return the deadlines of a filing: the legal latest moment first, then cut-off, own buffer and the outer limits.

    Nothing is returned for a message that is no filing, and none of the latest ones if no mode of transport is known.
    """
    if not document.message.sci:
        return []
    facts = facts or Facts()
    voyage = Voyage(document, facts)
    found: list[Deadline] = []
    if law := _latest(voyage):
        found += [law, *_carrier(facts), *_own(law, voyage.mode, buffers)]
    else:
        found += _carrier(facts)
    return [*found, *_outer(voyage)]


def due(found: Iterable[Deadline]) -> datetime | None:
    """Return the earliest latest moment that binds: the law's or the carrier's; None if none is known or all are lifted."""
    moments = [each.at for each in found if each.bound == LATEST and each.kind != OWN and each.at and not each.lifted]
    return min(moments, default=None)


def _latest(voyage: Voyage) -> Deadline | None:
    reasons = voyage.mode_reasons
    for case in cases():
        if case.bound != LATEST or voyage.mode not in case.modes or case.phase not in ("", voyage.document.message.phase):
            continue
        holds, why = _holds(case, voyage)
        reasons += tuple(reason for reason in why if reason not in reasons)
        if holds:
            found = _deadline(case, voyage, reasons)
            return replace(found, lifted=FORCE_MAJEURE) if voyage.facts.force_majeure else found
    return None


def _outer(voyage: Voyage) -> list[Deadline]:
    outer = [case for case in cases() if ANY_MODE in case.modes]
    return [_deadline(case, voyage, ()) for case in outer if _holds(case, voyage)[0]]


def _holds(case: Case, voyage: Voyage) -> tuple[bool, tuple[Reason, ...]]:
    """Say whether every condition of a case holds, and what that rests on, up to the one that does not."""
    reasons: tuple[Reason, ...] = ()
    for name in case.when:
        answer = CONDITIONS[name](voyage)
        reasons += answer.reasons
        if not answer.holds:
            return False, reasons
    return True, reasons


def _deadline(case: Case, voyage: Voyage, reasons: tuple[Reason, ...]) -> Deadline:
    moment: Moment = getattr(voyage, case.anchor)
    return Deadline(
        name=case.id,
        kind=LEGAL,
        bound=case.bound,
        title=case.title,
        sentence=case.sentence,
        at=_shifted(moment.at, case.shift),
        article=case.article,
        anchor=case.anchor,
        anchor_at=moment.at,
        source=moment.source if moment.at else "",
        missing=moment.missing,
        reasons=(*reasons, *moment.reasons),
    )


def _carrier(facts: Facts) -> list[Deadline]:
    if facts.carrier_cut_off is None:
        return []
    at = utc(facts.carrier_cut_off)
    sentence = "The carrier wants the filing by then; it may refuse to load what comes later."
    return [
        Deadline(
            "carrier", CARRIER, LATEST, "Cut-off of the carrier", sentence, at, anchor="cut-off", anchor_at=at,
            source="fact:carrier_cut_off",
        )
    ]  # fmt: skip


def _own(law: Deadline, mode: str, buffers: Sequence[Buffer]) -> list[Deadline]:
    """Return the operator's own moment: a buffer of the mode goes before one for every mode."""
    fitting = [each for each in buffers if each.mode == mode] or [each for each in buffers if not each.mode]
    return [
        Deadline(
            "own", OWN, LATEST, "Own buffer", f"Your own rule: {_words(each.before)} before the legal limit.",
            _shifted(law.at, -each.before), anchor=law.name, anchor_at=law.at, source=law.source, missing=law.missing,
            lifted=law.lifted,
        )
        for each in fitting[:1]
    ]  # fmt: skip


def _shifted(at: datetime | None, by: timedelta) -> datetime | None:
    try:
        return at + by if at else None
    except OverflowError:  # a date at the end of the calendar
        return None


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part)
