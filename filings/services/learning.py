"""What a message of customs teaches about the filing it is about: its state, and the facts beside it (filings.lifecycle).

The same content again, under whatever message id, teaches nothing new; the order does not matter.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from filings import lifecycle
from filings.lifecycle import Event
from filings.messages.document import Document
from filings.models import Filing
from filings.services import assessing

MRN: Final = "MRN"
ENTITY: Final = "ENSEntity"
OF_FILING: Final = frozenset({"ENF", "ENS"})  # CL721: the entities whose state is the filing's own
IN_PART: Final = "_of"  # what the event is called when it holds for the parts it lists
COMPLETE: Final = "complete_assessment"


def content(document: Document) -> str:
    """Return what two messages have in common that say the same."""
    return hashlib.sha256(json.dumps(document.to_json(), sort_keys=True).encode()).hexdigest()[:32]


def moment(document: Document) -> datetime | None:
    """Return the date of a message, if it has a readable one."""
    try:
        found = datetime.fromisoformat(document.value(document.message.date) or "") if document.message.date else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def learn(*, filing: Filing, document: Document, at: datetime) -> None:
    """Let a message move a locked filing and its facts; what it says only about others leaves them as they are.

    :param at: when it came, for messages that customs does not date.
    """
    if filing.notifies_id:  # an arrival is no filing that is linked, assessed or controlled
        return
    mine = is_own(filing, document)
    dated = moment(document) or at
    event, since = document.message.event, dated
    if lists_assessed(filing, document):
        standing = assessing.take(filing=filing, parts=assessing.listed(document), dated=dated)
        event, since = (event, standing.at) if standing.complete else (f"{event}{IN_PART}", dated)
    for each, date in ((event, since), *((one, dated) for one in _reported(filing, document))):
        told = lifecycle.fact_of(each)
        if told and (mine or told.of_copy):
            filing.learn(told, at=date)
        if mine and each in _MOVES:
            _move(filing, _MOVES[each], document, at=at)
    if mine and (again := lifecycle.fact_of(event)) and again.restarts:
        _restart(filing, dated)


def is_own(filing: Filing, document: Document) -> bool:
    """Say whether a message is about this filing and not about somebody else's of the same goods."""
    return not filing.mrn or _value(document, MRN) in {"", filing.mrn}


def lists_assessed(filing: Filing, document: Document) -> bool:
    """Say whether a message names parts of this filing as assessed."""
    may = lifecycle.fact_of(f"{document.message.event}{IN_PART}") is not None and not filing.notifies_id
    return may and is_own(filing, document) and bool(assessing.listed(document))


def results(document: Document) -> list[dict[str, str]]:
    """Return what a consultation found: type, identification and state of each entity, as codes."""
    if ENTITY not in document.message.by_path:
        return []
    names = ("type", "identification", "state")
    nodes = (Document(document.message, node) for node in document.nodes(ENTITY))
    return [{name: one.value(name) or "" for name in names} for one in nodes]


_MOVES: Final = {**lifecycle.MOVES, Event.INVALIDATE.value: Event.INVALIDATE, Event.ARRIVE.value: Event.ARRIVE}


def _reported(filing: Filing, document: Document) -> Iterator[str]:
    """Yield the events that the states mean which a consultation reports."""
    for entity in results(document):
        if entity["type"] in OF_FILING and entity["identification"] == filing.mrn and entity["state"] in lifecycle.ENTITIES:
            yield lifecycle.ENTITIES[entity["state"]]


def _restart(filing: Filing, dated: datetime) -> None:
    """Let assessments from before an amendment count no more; what they made complete is so no longer."""
    whole, partly = lifecycle.fact_of(COMPLETE), lifecycle.fact_of(f"{COMPLETE}{IN_PART}")
    was_complete = assessing.restart(filing=filing, dated=dated)
    if was_complete and whole and partly and filing.assessment == whole.value:
        filing.assessment = partly.value
        filing.save(update_fields=["assessment"])


def _move(filing: Filing, event: Event, document: Document, *, at: datetime) -> None:
    if filing.about_id or filing.is_draft:
        return
    mrn = filing.mrn or _value(document, MRN)[:18]
    if mrn:
        filing.advance(event, at=at, mrn=mrn, answered_at=filing.answered_at or at)


def _value(document: Document, path: str) -> str:
    return (document.value(path) or "").strip() if path in document.message.by_path else ""
