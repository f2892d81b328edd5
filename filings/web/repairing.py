"""Repairs in the form: what a reader may accept with one click, and take back with another.

What stood in a field before goes with the page in inputs named ``_before.`` and the field's name, so that taking back
needs nothing but the form itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from filings import selectors
from filings.messages.finding import repairs
from filings.models import Filing
from filings.services import drafting
from filings.web import places
from tenants.actors import Actor

BEFORE: Final = "_before."


@dataclass(frozen=True)
class Repaired:
    """One value that was put in: where, in words and as a form name, what stands there now and what stood there before."""

    place: str
    name: str
    before: str
    after: str


def repair(filing: Filing, name: str, *, by: Actor, at: datetime) -> list[Repaired]:
    """Use the proposal for one field, or all for the name ""; return what was done, nothing where nothing is proposed.

    :raises NotADraft: if it was submitted.
    :raises NoRepair: if somebody changed it this very moment.
    """
    message, document = selectors.message_of(filing), selectors.document_of(filing)
    proposed = repairs(selectors.findings_of(filing))
    wanted = {path: value for path, value in proposed.items() if name in ("", places.name_of(message, path))}
    if not wanted:
        return []
    root = f"/{message.root_name}/"
    done = [
        Repaired(
            place=places.words_of(message, path),
            name=places.name_of(message, path),
            before=document.value(path.removeprefix(root)) or "",
            after=value,
        )
        for path, value in wanted.items()
    ]
    drafting.repair(filing=filing, paths=wanted, by=by, at=at)
    return done


def still_repaired(filing: Filing, posted: Mapping[str, str], name: str) -> list[Repaired]:
    """Return the repairs that can still be taken back after that of one field, or of all for the name "", was."""
    message, document = selectors.message_of(filing), selectors.document_of(filing)
    left = {place: text for place, text in taken_back(posted, "").items() if name not in ("", place)}
    found = []
    for place, before in left.items():
        if places.element_of(message, place) is None:
            continue
        path = places.path_of(place)
        found.append(Repaired(places.words_of(message, path), place, before, document.value(path) or ""))
    return found


def taken_back(posted: Mapping[str, str], name: str) -> dict[str, str]:
    """Return what stood in one field before its repair, or in all for the name "", by form name."""
    before = {key.removeprefix(BEFORE): text for key, text in posted.items() if key.startswith(BEFORE)}
    return {place: text for place, text in before.items() if name in ("", place)}
