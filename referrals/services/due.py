"""By when a case should be answered: read from the filing, the facts entered beside it and the operator's own rules."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from filings import selectors as filing_selectors
from filings.deadlines import Facts, kept
from filings.deadlines.voyage import Voyage
from filings.models import Filing, JourneyFacts
from filings.services.voyages import journeys
from referrals import deadlines, selectors
from referrals.deadlines import Anchor, Due
from referrals.models import Case


def reckon(case: Case) -> bool:
    """Set by when a case should be answered, unsaved; say whether that is news."""
    before = (case.due_at, case.due_reason)
    found = _due(case.filing, asked_at=case.asked_at or case.received_at)
    case.due_at, case.due_reason, case.due_source = found.at, found.reason, found.source[:120]
    return before != (case.due_at, case.due_reason)


def _due(filing: Filing | None, *, asked_at: datetime) -> Due:
    rules = selectors.rules()
    within = timedelta(minutes=rules.answer_within) if rules.answer_within else None
    voyage = _voyage(filing) if filing else None
    anchors = list(_anchors(voyage)) if voyage else []
    buffers = journeys.buffers()
    minutes = buffers.get(voyage.mode if voyage else "", buffers.get("", 0))
    return deadlines.due(anchors, asked_at=asked_at, buffer=timedelta(minutes=minutes), within=within)


def _voyage(filing: Filing) -> Voyage | None:
    has = filing_selectors.in_force(filing)
    document = kept.journey(has.message_type, has.document, message_set=has.message_set, version=has.version)
    if document is None:
        return None
    facts = JourneyFacts.objects.filter(filing=filing).first()
    return Voyage(document, replace(facts.known() if facts else Facts(), registered_at=filing.registered_at))


def _anchors(voyage: Voyage) -> Iterator[Anchor]:
    """Yield the moments of the journey that are known; loading only where somebody said when it begins."""
    moments = {
        deadlines.LOADING: voyage.loading if voyage.facts.loading_at else None,
        deadlines.DEPARTURE: voyage.departure,
        deadlines.ARRIVAL: voyage.arrival,
    }
    for name, moment in moments.items():
        if moment is not None and moment.at:
            yield Anchor(name, moment.at, moment.source)
