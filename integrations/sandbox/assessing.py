"""Assessment complete (IE3N03): when it is sent and what it may say, as the table n03_content has it (L3.5 annex 3).

Before loading there is one per house consignment, with its document. Before arrival there is one per ENS filing; it
lists parts only when something is wrong with one of them, and then those that are fine (marked * in the table).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.document import Document
from integrations.sandbox import clock, facts, letters, relating
from integrations.sandbox.case import Case
from integrations.sandbox.models import Registration

LETTER: Final = "assessed"
PARTS: Final = "assessmentComplete"
PRELOADING: Final = "House consignment"  # column per: one message for each
HOUSES_AT_ONCE: Final = 20
HOUSES: Final = "assess_houses"
NOW: Final = "assess_ens"


@dataclass(frozen=True)
class Phase:
    """One kind of assessment a filing gets: the elements of its message, by path, with the mark of the table."""

    per: str
    elements: Mapping[str, str]

    @property
    def tops(self) -> frozenset[str]:
        """Return the elements of the first level."""
        return frozenset(path.partition("/")[0] for path in self.elements)


def phases(sci: str) -> tuple[Phase, ...]:
    """Return the assessments a filing gets, before loading and before arrival; none for some filings."""
    return _phases().get(sci, ())


def begin(registration: Registration, *, case: Case, partly: bool) -> str:
    """Send what is due now, and keep in mind what has to wait until the ENS is complete."""
    document = case.read(registration)
    todo = phases(document.message.sci) if document else ()
    if document is None or not todo:
        return "no assessment is told for this filing"
    registration.partly = partly
    registration.assessment = Registration.Assessment.NONE
    if any(phase.per == PRELOADING for phase in todo):
        due_at = case.at + clock.minutes(clock.times("preloading"), speed=case.here.speed)
        clock.schedule(registration, HOUSES, due_at=due_at, detail={"from": 0})
    if any(phase.per != PRELOADING for phase in todo):
        registration.assessment = Registration.Assessment.WAITING
    registration.save(update_fields=["partly", "assessment"])
    if relating.is_ready(registration):
        wake([registration], case=case)
    return "analysis under way"


def wake(ready: list[Registration], *, case: Case) -> None:
    """Start the full analysis of filings whose ENS is complete, where it is waited for."""
    due_at = case.at + clock.minutes(clock.times("analysis"), speed=case.here.speed)
    for each in ready:
        if each.assessment == Registration.Assessment.WAITING and not each.timers.filter(deed=NOW, state="waiting").exists():
            clock.schedule(each, NOW, due_at=due_at)


def tell_houses(registration: Registration, detail: Mapping[str, int], *, case: Case) -> str:
    """Send the assessments before loading, some houses at a time: a filing may have 99,999 of them.

    They are offered after what else waits, so that nobody's MRN stands behind them.
    """
    document, start = case.read(registration), detail["from"]
    if document is None:
        return "no document"
    houses = facts.house_documents(document)
    fine = houses[1:] if registration.partly else houses
    phase = next(each for each in phases(document.message.sci) if each.per == PRELOADING)
    for house in fine[start : start + HOUSES_AT_ONCE]:
        letters.send(LETTER, case.about(registration), said={PARTS: {"transportDocument": [house]}}, only=phase.tops, later=True)
    if len(fine) > start + HOUSES_AT_ONCE:
        due_at = case.at + clock.minutes(clock.times("houses"), speed=case.here.speed)
        clock.schedule(registration, HOUSES, due_at=due_at, detail={"from": start + HOUSES_AT_ONCE})
    return f"{min(len(fine), start + HOUSES_AT_ONCE)} of {len(houses)} houses assessed"


def tell_ens(registration: Registration, _detail: Mapping[str, int], *, case: Case) -> str:
    """Send the assessment before arrival."""
    document = case.read(registration)
    if document is None or registration.assessment != Registration.Assessment.WAITING:
        return "not asked for any more"
    phase = next(each for each in phases(document.message.sci) if each.per != PRELOADING)
    parts = dict(_parts(document, phase, partly=registration.partly))
    letters.send(LETTER, case.about(registration), said={PARTS: parts or None}, only=phase.tops - {PARTS})
    registration.assessment = Registration.Assessment.DONE
    registration.save(update_fields=["assessment"])
    return "assessed"


def _parts(document: Document, phase: Phase, *, partly: bool) -> Iterator[tuple[str, Any]]:
    """Yield the lists of parts: marked ones when something is wrong with a part, the others always."""
    there = {"transportDocument": facts.house_documents, "transportEquipment": facts.containers, "receptacle": facts.receptacles}
    for path, mark in phase.elements.items():
        group, _, name = path.rpartition("/")
        if group != PARTS or name not in there:
            continue
        all_ = there[name](document)
        listed = all_[1:] if mark.endswith("*") else all_
        if listed and (partly or not mark.endswith("*")):
            yield name, listed


@cache
def _phases() -> Mapping[str, tuple[Phase, ...]]:
    message = catalogue.message(letters.letter(LETTER).message)
    paths = _by_title(message)
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in catalogue.rows("n03_content"):
        path = paths[row["n03_element"].casefold()]
        found.setdefault(row["filing"], {}).setdefault(row["per"], {})[path] = row["value"]
    return {sci: tuple(Phase(per, elements) for per, elements in each.items()) for sci, each in found.items()}


def _by_title(message: Message) -> dict[str, str]:
    """Return paths by the titles the table uses: of the element, after that of its group."""
    found = {}
    for path, element in message.by_path.items():
        group = message.by_path[path.rpartition("/")[0]].title if "/" in path else ""
        found[f"{group}/{element.title}".strip("/").casefold()] = path
    return found
