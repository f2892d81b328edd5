"""Invalidate filing (L4-ICS2-08)."""

from filings.messages.document import Document
from integrations.sandbox import letters, registry, steps, verdicts
from integrations.sandbox.case import Case
from integrations.sandbox.judging import MRN, Judgement, about, refused, said_no


def invalidate(question: Document, case: Case) -> Judgement:
    """Take a filing out of force, or refuse to."""
    registration = registry.by_mrn(question.value(MRN))
    faults = list(about(question, registration, case))
    if registration is None or faults:
        return refused(faults, case)
    case.registration = registration
    verdict = verdicts.verdict(registration.verdict)
    if no := said_no(verdict, verdict.invalidation, question, case):
        return no
    letters.send("invalidated", case)
    steps.end(registration, registry.INVALIDATED, case=case)
    return Judgement(f"invalidated {registration.number}")
