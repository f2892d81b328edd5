"""Register filing (L4-ICS2-01): an ENS filing gets its MRN, is related to others, and its verdict begins."""

from collections.abc import Iterator
from typing import Final

from filings.messages.document import Document
from filings.messages.finding import Finding
from integrations.sandbox import assessing, clock, facts, letters, reading, registry, relating, steps, verdicts
from integrations.sandbox.case import Case
from integrations.sandbox.judging import (
    DUPLICATE_DOCUMENT,
    INCORRECT_REFERENCE,
    UNKNOWN_DOCUMENT,
    Judgement,
    TooEarly,
    duplicate,
    fault,
    refused,
    rejected,
)
from integrations.sandbox.models import Registration
from integrations.sandbox.verdicts import Verdict

SILENT: Final = Judgement("receipted, not answered")


def register(question: Document, case: Case) -> Judgement:
    """Register a filing, or refuse it."""
    if case.received is None:
        raise ValueError("a filing was received")
    known: Registration | None = None
    if not question.message.new_mrn:
        known = registry.referred(question)
        if known is None and case.at < case.received.received_at + case.here.wait_for_reference:
            raise TooEarly
        if faults := list(_reference_faults(question, known)):
            return rejected(faults, case)
    if case.here.unique_documents and registry.duplicates(question, case.received.party).exists():
        return refused([_in_use(question)], case)
    verdict = verdicts.choose(question, party=case.received.party)
    if verdict.answer != "registered":
        return said_no(verdict, question, case)
    registration = registry.register(question, received=case.received, known=known, verdict=verdict.name, at=case.at)
    if registration is None:
        return rejected([duplicate(question)], case)
    case.registration = registration
    letters.send("registered", case)
    begin(registration, question, case=case)
    return Judgement(f"registered {registration.number}")


def said_no(verdict: Verdict, question: Document, case: Case) -> Judgement:
    """Answer as a verdict says that registers nothing."""
    if verdict.answer == "none":
        return SILENT
    no = {"refused": refused, "rejected": rejected}[verdict.answer]
    return no([verdict.fault(question)], case)


def begin(registration: Registration, question: Document, *, case: Case) -> None:
    """Start what follows a registration: the 200 days, the search for related filings, the verdict."""
    unused = case.at + clock.minutes(clock.times("unused"), speed=case.here.speed)
    clock.schedule(registration, steps.UNUSED, due_at=unused)
    ready = relating.relate(registration, question, case=case)
    steps.start(registration, verdict=registration.verdict, case=case)
    assessing.wake(ready, case=case)


def _reference_faults(question: Document, known: Registration | None) -> Iterator[Finding]:
    """Yield what is wrong with the filing a message without MRN of its own refers to."""
    house = next((path for path in question.message.by_path if path.endswith(f"{facts.HOUSE}/{registry.NUMBER}")), "")
    if known is None:
        sentence = "No filing is registered under this MRN or for the house document; send that filing first."
        yield fault(question, registry.PREVIOUS, INCORRECT_REFERENCE, sentence)
        yield fault(question, house, UNKNOWN_DOCUMENT, sentence)
    elif not set(reading.numbers_of(question, facts.HOUSE)) & set(known.documents["house"]):
        yield fault(question, house, UNKNOWN_DOCUMENT, "The filing with this MRN has no such house document.")


def _in_use(question: Document) -> Finding:
    kinds = [f"{name}/{registry.NUMBER}" for name in (facts.HOUSE, facts.MASTER)]
    path = next(path for kind in kinds for path in question.message.by_path if path.endswith(kind) and question.value(path))
    return fault(question, path, DUPLICATE_DOCUMENT, "The transport document is in use by another live filing.")
