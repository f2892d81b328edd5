"""What every process says yes and no with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.messages.finding import Finding
from integrations.sandbox import answers, letters, reading
from integrations.sandbox.case import Case
from integrations.sandbox.models import Consultation, Registration
from integrations.sandbox.registry import ARRIVED, BEFORE_ARRIVAL
from integrations.sandbox.verdicts import Verdict

# Functional error codes (CL723).
INCORRECT: Final = "12"
WRONG_STATE: Final = "72"
UNKNOWN_DOCUMENT: Final = "80"
DUPLICATE_DOCUMENT: Final = "81"
UNKNOWN_MRN: Final = "90"
DUPLICATE_LRN: Final = "94"
INCORRECT_REFERENCE: Final = "96"
NOT_FOUND: Final = "97"
UNKNOWN_REFERENCE: Final = "98"

MRN: Final = "MRN"
REPRESENTATIVE: Final = "representative/identificationNumber"


@dataclass(frozen=True)
class Judgement:
    """What became of a message, in a word for the log."""

    outcome: str


class TooEarly(Exception):
    """What the message refers to may still be on its way."""


def rejected(faults: Sequence[Finding], case: Case, *, claimed: Message | None = None) -> Judgement:
    """Refuse the message at hand with every fault (IE3N99).

    :param claimed: what a message that cannot be read was said to be
    """
    return _no("rejected", faults, case, claimed)


def refused(faults: Sequence[Finding], case: Case) -> Judgement:
    """Refuse the message at hand by the life cycle (IE3N01); what has no such refusal is refused like a fault of its own."""
    question = case.question
    has_one = question is not None and question.message.refused_by
    return _no("refused" if has_one else "rejected", faults, case, None)


def fault(question: Document, path: str, code: str, sentence: str, rule: str = "") -> Finding:
    """Return a fault at the first element of a path."""
    return Finding(reading.place(question, path), code, rule, "error", sentence)


def registers(message: Message) -> bool:
    """Say whether the yes to a message is a registration."""
    return bool(message.accepted_by) and catalogue.message(message.accepted_by, *message.edition).event == "register"


def used_before(question: Document) -> Iterator[Finding]:
    """Yield the fault of a reference that the same party used up before (rule R3003)."""
    message = question.message
    reference, party = question.value(message.reference), question.value(message.party) if message.party else ""
    if not reference or not party:
        return
    if (registers(message) and Registration.objects.filter(lrn=reference, declarant=party).exists()) or (
        message.event == "ask" and Consultation.objects.filter(reference=reference, requester=party).exists()
    ):
        yield duplicate(question)


def duplicate(question: Document) -> Finding:
    """Return the fault of a reference that was used before."""
    name = question.message.element(question.message.reference).title
    sentence = f"The {name} was used before by the same party; give the message another one."
    return fault(question, question.message.reference, DUPLICATE_LRN, sentence, "R3003")


def about(question: Document, registration: Registration | None, case: Case) -> Iterator[Finding]:
    """Yield why a message about a filing cannot be followed: no such filing, not its declarant, not its state."""
    party = case.received.party_id if case.received else None
    if (
        registration is None
        or registration.party_id != party
        or registration.message_type not in _filings(question, registration)
    ):
        yield fault(question, MRN, UNKNOWN_MRN, "You have no such filing under this MRN.")
        return
    actors = {registration.declarant, registration.representative} - {""}
    named = {question.value(question.message.party), question.value(REPRESENTATIVE)} - {None, ""}
    if not actors & named:
        sentence = "Only the declarant or the representative of the filing may ask this."
        yield fault(question, question.message.party, INCORRECT_REFERENCE, sentence)
    if registration.state not in BEFORE_ARRIVAL and not _may_still(registration):
        yield fault(question, MRN, WRONG_STATE, f"The filing is in a state ({registration.state}) that does not allow this.")
    elif registration.controlled:
        yield fault(question, MRN, WRONG_STATE, "A control of the goods was notified.")


def said_no(verdict: Verdict, answer: str, question: Document, case: Case) -> Judgement | None:
    """Return the refusal a verdict has for a message, if it has one."""
    no = {"refused": refused, "rejected": rejected}.get(answer)
    return no([verdict.fault(question)], case) if no else None


def _may_still(registration: Registration) -> bool:
    """Say whether a filing that is past its arrival may still be changed: until presentation it may."""
    return registration.state == ARRIVED


def _filings(question: Document, registration: Registration) -> set[str]:
    """Return the filings a message may be about: the one it amends, or any."""
    return {question.message.amends or registration.message_type}


def _no(name: str, faults: Sequence[Finding], case: Case, claimed: Message | None) -> Judgement:
    asked = claimed or (case.question.message if case.question else None)
    if asked is None:
        raise ValueError("a refusal is about a message")
    message = catalogue.message(getattr(asked, letters.letter(name).column), *asked.edition)
    said: dict[str, object] = {"error": answers.errors(faults, message)}
    if case.question is not None:
        reference = case.question.value(case.question.message.reference)
        said[message.reference] = reference
    letters.send(name, case, said=said, droppable=True, to=asked)
    count = "1 error" if len(faults) == 1 else f"{len(faults)} errors"
    return Judgement(f"{name}, {count}")
