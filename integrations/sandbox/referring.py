"""Answers to referrals (L4-ICS2-03-01): each must name a request that was made about the filing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from filings.messages.document import Document
from filings.messages.finding import Finding
from integrations.sandbox import registry, steps, verdicts
from integrations.sandbox.case import Case
from integrations.sandbox.judging import MRN, UNKNOWN_MRN, UNKNOWN_REFERENCE, Judgement, fault, rejected, said_no
from integrations.sandbox.models import Received, Referral, Registration
from integrations.sandbox.registry import GONE

REFERENCE: Final = "referralRequestReference"
AMENDMENT: Final = "AMD"


def answer(question: Document, case: Case) -> Judgement:
    """Take the answers, and go on with the analysis when none is missing."""
    registration = registry.by_mrn(question.value(MRN))
    if registration is None or registration.state in GONE or registration.party_id != (case.received and case.received.party_id):
        return rejected([fault(question, MRN, UNKNOWN_MRN, "You have no such filing under this MRN.")], case)
    case.registration = registration
    verdict = verdicts.verdict(registration.verdict)
    if no := said_no(verdict, verdict.referral_answer, question, case):
        return no
    if faults := list(_unknown(question, registration)):
        return rejected(faults, case)
    for reference in set(_references(question).values()):
        close(registration, reference, by=case.received, at=case.at)
    alarm = verdicts.alarm()
    if alarm.path in question.message.by_path and alarm.value in question.values(alarm.path):
        steps.start(registration, verdict=alarm.verdict, case=case)
        return Judgement(f"answered {registration.number}: alarm")
    steps.answered(registration, at=case.at)
    return Judgement(f"answered {registration.number}")


def is_open(registration: Registration, reference: str) -> bool:
    """Say whether a request was made about a filing under this reference; one that was answered may be answered again."""
    return Referral.objects.filter(registration=registration, reference=reference).exists()


def close(registration: Registration, reference: str, *, by: Received | None, at: datetime) -> None:
    """Note that a request was answered; the first answer stays."""
    Referral.objects.filter(registration=registration, reference=reference, answered_at=None).update(
        answered_at=at, answered_by=by
    )


def close_amendments(registration: Registration, reference: str | None, *, by: Received | None, at: datetime) -> None:
    """Note that requests to amend were answered by an amendment: the one it names, or all where it can name none."""
    if reference:
        close(registration, reference, by=by, at=at)
    elif by is not None:
        mine = Referral.objects.filter(registration=registration, kind=AMENDMENT, answered_at=None)
        mine.update(answered_at=at, answered_by=by)


def _references(question: Document) -> dict[str, str]:
    """Return the references a message answers, by place."""
    paths = [path for path in question.message.by_path if path.rpartition("/")[2] == REFERENCE]
    found: dict[str, str] = {}
    for path in paths:
        group, _, leaf = path.rpartition("/")
        for number, node in enumerate(question.nodes(group), 1):
            if (said := node.first(leaf)) is not None and said.text:
                found[f"/{question.message.root_name}/{group}[{number}]/{leaf}"] = said.text
    return found


def _unknown(question: Document, registration: Registration) -> Iterator[Finding]:
    for place, reference in _references(question).items():
        if not is_open(registration, reference):
            yield Finding(place, UNKNOWN_REFERENCE, "", "error", "There is no request with this reference about the filing.")
