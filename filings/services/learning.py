"""What a message of customs teaches about the filing it is about: its state, and the facts beside it (filings.lifecycle).

The same content again, under whatever message id, teaches nothing new; the order does not matter.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from filings import lifecycle
from filings.lifecycle import Event
from filings.messages.document import Document
from filings.models import Filing

MRN: Final = "MRN"
PARTS: Final = "assessmentComplete"  # the group that lists what is fine
HOUSE: Final = "transportDocumentHouseLevel"
NUMBER: Final = "documentNumber"
ENTITY: Final = "ENSEntity"
OF_FILING: Final = frozenset({"ENF", "ENS"})  # CL721: the entities whose state is the filing's own
IN_PART: Final = "_of"  # what the event is called when it holds for the parts it lists


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
    mine = not filing.mrn or _value(document, MRN) in {"", filing.mrn}
    dated = moment(document) or at
    for event in _events(filing, document):
        told = lifecycle.fact_of(event)
        if told and (mine or told.of_copy):
            filing.learn(told, at=dated)
        if mine and event in _MOVES:
            _move(filing, _MOVES[event], document, at=at)


def results(document: Document) -> list[dict[str, str]]:
    """Return what a consultation found: type, identification and state of each entity, as codes."""
    if ENTITY not in document.message.by_path:
        return []
    names = ("type", "identification", "state")
    nodes = (Document(document.message, node) for node in document.nodes(ENTITY))
    return [{name: one.value(name) or "" for name in names} for one in nodes]


_MOVES: Final = {**lifecycle.MOVES, Event.INVALIDATE.value: Event.INVALIDATE, Event.ARRIVE.value: Event.ARRIVE}


def _events(filing: Filing, document: Document) -> Iterator[str]:
    """Yield the events a message means: by the column of its row, by what it lists, by the states it reports."""
    event = document.message.event
    yield f"{event}{IN_PART}" if lifecycle.fact_of(f"{event}{IN_PART}") and _is_partly(filing, document) else event
    for entity in results(document):
        if entity["type"] in OF_FILING and entity["identification"] == filing.mrn and entity["state"] in lifecycle.ENTITIES:
            yield lifecycle.ENTITIES[entity["state"]]


def _is_partly(filing: Filing, document: Document) -> bool:
    """Say whether a message lists parts, and not every house of the filing."""
    paths = [path for path in document.message.by_path if path.startswith(f"{PARTS}/") and not _is_group(document, path)]
    listed = {value for path in paths for value in document.values(path)}
    return bool(listed) and (filing.in_parts or not (houses := set(_houses(filing.document))) or not houses <= listed)


def _is_group(document: Document, path: str) -> bool:
    return bool(document.message.element(path).children)


def _houses(found: Any) -> Iterator[str]:
    """Yield the numbers of the house documents in the content of a filing."""
    if isinstance(found, list):
        for one in found:
            yield from _houses(one)
    elif isinstance(found, dict):
        for name, one in found.items():
            if name == HOUSE and isinstance(one, dict):
                yield str(one.get(NUMBER, ""))
            else:
                yield from _houses(one)


def _move(filing: Filing, event: Event, document: Document, *, at: datetime) -> None:
    if filing.about_id or filing.is_draft:
        return
    mrn = filing.mrn or _value(document, MRN)[:18]
    if mrn:
        filing.advance(event, at=at, mrn=mrn, answered_at=filing.answered_at or at)


def _value(document: Document, path: str) -> str:
    return (document.value(path) or "").strip() if path in document.message.by_path else ""
