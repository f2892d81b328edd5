"""Amend filing (L4-ICS2-07): the new version takes the place of the old one, or is refused."""

from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.rules import book, history
from integrations.sandbox import assessing, clock, letters, referring, registry, relating, steps, verdicts
from integrations.sandbox.case import Case
from integrations.sandbox.judging import MRN, UNKNOWN_REFERENCE, Judgement, about, fault, refused, rejected, said_no
from integrations.sandbox.models import Registration

REFERENCE = "referralRequestReference"


def amend(question: Document, case: Case) -> Judgement:
    """Put an amendment in force, or refuse it."""
    registration = registry.by_mrn(question.value(MRN))
    faults = list(about(question, registration, case))
    if registration is None or faults:
        return refused(faults, case)
    case.registration = registration
    verdict = verdicts.verdict(registration.verdict)
    if no := said_no(verdict, verdict.amendment, question, case):
        return no
    reference = question.value(REFERENCE) if REFERENCE in question.message.by_path else None
    if reference and not referring.is_open(registration, reference):
        return rejected([fault(question, REFERENCE, UNKNOWN_REFERENCE, "There is no request with this reference.")], case)
    if faults := _fixed(question, registration, case):
        return refused(faults, case)
    _put_in_force(registration, question, reference, case=case)
    return Judgement(f"amended {registration.number}")


def _fixed(question: Document, registration: Registration, case: Case) -> list[Finding]:
    """Return what may not be amended and was, and what was added (R3024, 101, 104)."""
    before = case.read(registration)
    found = book.errors(history.amended(question, before)) if before else []
    party = f"/{question.message.root_name}/{question.message.party}"
    if question.value(question.message.party) != registration.declarant and not any(one.path == party for one in found):
        # The tables do not mark it in every amendment, but nobody else may amend a filing.
        found.append(Finding(party, history.NO_CHANGE, history.FIXED, "error", "The declarant may not be changed."))
    return found


def _put_in_force(registration: Registration, question: Document, reference: str | None, *, case: Case) -> None:
    registration.current = case.received
    registration.documents = registry.documents_of(question)
    registration.assessment = Registration.Assessment.NONE
    registration.save(update_fields=["current", "documents", "assessment"])
    letters.send("amended", case)
    referring.close_amendments(registration, reference, by=case.received, at=case.at)
    # The old analysis stops; a new one begins with the new data (L4-ICS2-07), and asks nothing a second time.
    clock.cancel(registration, *steps.RISK)
    ready = relating.relate(registration, question, case=case)
    steps.start(registration, verdict=_after(registration), case=case)
    assessing.wake(ready, case=case)


def _after(registration: Registration) -> str:
    """Return the verdict after an amendment: refusals of amendments and of other messages stay, all else is fine now."""
    verdict = verdicts.verdict(registration.verdict)
    stays = verdict.amendment or verdict.invalidation or verdict.arrival
    return verdict.name if stays else verdicts.DEFAULT
