"""What follows a registration, step by step as its verdict says; each step is a timer, so a stop in between loses nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from filings.messages.document import Document
from integrations.sandbox import answers, assessing, clock, facts, letters, reading, relating, verdicts
from integrations.sandbox.case import Case
from integrations.sandbox.models import Referral, Registration, Timer
from integrations.sandbox.registry import BEFORE_ARRIVAL, GONE, INVALIDATED, PRESENTED, REJECTED
from integrations.sandbox.verdicts import Step

STEP: Final = "step"
AWAIT: Final = "await"
UNUSED: Final = "unused"
RISK: Final = (STEP, AWAIT, assessing.HOUSES, assessing.NOW)  # what an amendment stops


class NotPossible(Exception):
    """The process of this filing has no such thing; the text says why."""


def start(registration: Registration, *, verdict: str, case: Case) -> None:
    """Begin with the first step of a verdict."""
    registration.verdict = verdict
    registration.save(update_fields=["verdict"])
    _plan(registration, verdict, 0, case=case)


def take(registration: Registration, detail: Mapping[str, Any], *, case: Case) -> str:
    """Take a step, and plan the next one."""
    verdict, number = detail["verdict"], detail["step"]
    step = verdicts.verdict(verdict).steps[number]
    try:
        outcome = do(registration, step, case=case)
    except NotPossible as error:
        outcome = f"left out: {error}"
    if step.do == AWAIT and open_referrals(registration):
        limit = case.at + clock.minutes(step.options["limit"], speed=case.here.speed)
        clock.schedule(registration, AWAIT, due_at=limit, detail={**detail, "unanswered": step.options.get("unanswered", "")})
        return "waits for answers"
    _plan(registration, verdict, number + 1, case=case)
    return f"{step.do}: {outcome}"


def go_on(registration: Registration, detail: Mapping[str, Any], *, case: Case) -> str:
    """Go on after waiting for answers: they came, or the time was over."""
    if open_referrals(registration) and detail["unanswered"]:
        start(registration, verdict=detail["unanswered"], case=case)
        return f"not answered: {detail['unanswered']}"
    _plan(registration, detail["verdict"], detail["step"] + 1, case=case)
    return "answered"


def answered(registration: Registration, *, at: datetime) -> None:
    """Go on at once where answers were waited for and none is missing any more."""
    if not open_referrals(registration):
        Timer.objects.filter(registration=registration, deed=AWAIT, state=Timer.State.WAITING).update(due_at=at)


def open_referrals(registration: Registration) -> int:
    """Return how many requests about a filing are not answered yet."""
    return Referral.objects.filter(registration=registration, answered_at=None).count()


def do(registration: Registration, step: Step, *, case: Case) -> str:
    """Do what a step says to a registration, now.

    :raises NotPossible: if the process of this filing does not have it
    """
    if registration.state in GONE:
        raise NotPossible("the filing is not in force any more")
    about = case.about(registration)
    if step.do in DEEDS:
        return DEEDS[step.do](registration, step, about)
    document = about.document
    if document is None or not letters.may_follow(step.do, document):
        raise NotPossible(f"{registration.message_type} has no {step.do.replace('_', ' ')}")
    return LETTERS[step.do](step.do, registration, document, about)


def _plan(registration: Registration, verdict: str, number: int, *, case: Case) -> None:
    steps = verdicts.verdict(verdict).steps
    if number < len(steps):
        due_at = case.at + clock.minutes(steps[number].after, speed=case.here.speed)
        clock.schedule(registration, STEP, due_at=due_at, detail={"verdict": verdict, "step": number})


# --- Letters ---------------------------------------------------------------------------------------------------------------


def _refer(name: str, registration: Registration, document: Document, case: Case) -> str:
    """Ask something; what is asked per house consignment is asked about the first."""
    each = dict(letters.letter(name).each or {})
    houses, masters = facts.house_documents(document)[:1], facts.master_documents(document)[:1]
    referral = Referral.objects.create(
        registration=registration,
        reference=_reference(case.at),
        kind=each["requestType"],
        house=houses[0]["documentNumber"] if houses else "",
        asked_at=case.at,
    )
    paths = [path for path in each.pop("pointer", []) if path in document.message.by_path and document.value(path) is not None]
    if paths:
        each["pointer"] = {"messageElementPath": reading.place(document, paths[0])}
    request = {
        **each,
        "referralRequestReference": referral.reference,
        "transportDocumentHouse": houses,
        "transportDocumentMaster": masters,
    }
    letters.send(name, case, said={"referralRequestDetails": [request]})
    return str(referral.reference)


def _forbid(name: str, registration: Registration, document: Document, case: Case) -> str:
    goods = {key: value for key, value in facts.goods(document).items() if value}
    if not goods:
        raise NotPossible("the filing names no house document, container or receptacle that could stay behind")
    letters.send(name, case, said={"doNotLoadDetails": goods})
    # Never an assessment after this (L4-ICS2-03).
    clock.cancel(registration, STEP, AWAIT, assessing.HOUSES, assessing.NOW)
    registration.assessment = Registration.Assessment.NONE
    registration.save(update_fields=["assessment"])
    return "forbidden"


def _announce(name: str, _registration: Registration, document: Document, case: Case) -> str:
    letters.send(name, case, said=control_of(document, case))
    return "announced"


def control_of(document: Document, case: Case) -> facts.Facts:
    """Return a control of the goods of a filing, at the office it arrives at."""
    registration = case.registration
    at_office = facts.office_of(document) or (relating.office(registration, case=case) if registration else "")
    at_office = at_office or f"{facts.country_of(document)}000100"
    return {"customsOfficeOfControl": {"referenceNumber": at_office}, "control": facts.control(document, at_office=at_office)}


def _reference(at: datetime) -> str:
    """Return the next reference of a referral (an..17)."""
    return f"RFR{at:%y%j}{Referral.objects.count() + 1:09d}"


LETTERS: Final[Mapping[str, Callable[[str, Registration, Document, Case], str]]] = {
    "request_information": _refer,
    "request_amendment": _refer,
    "request_screening": _refer,
    "do_not_load": _forbid,
    "announce_control": _announce,
}


# --- Other steps -----------------------------------------------------------------------------------------------------------


def _assess(registration: Registration, step: Step, case: Case) -> str:
    return assessing.begin(registration, case=case, partly=bool(step.options.get("partly")))


def _refuse(registration: Registration, _step: Step, case: Case) -> str:
    """Refuse by the life cycle what was registered before."""
    document = case.document
    if document is None:
        return "no document"
    fault = verdicts.verdict(registration.verdict).fault(document)
    whole = Case(case.here, case.at, registration.received, document, registration)
    message = letters.letter("refused").message_for(letters.letter("refused").to[0], whole)
    letters.send("refused", whole, said={"error": answers.errors([fault], message)})
    end(registration, REJECTED, case=case)
    return "refused"


def _expire(registration: Registration, _step: Step, case: Case) -> str:
    return unused(registration, {}, case=case)


def _present(registration: Registration, _step: Step, _case: Case) -> str:
    registration.state = PRESENTED
    registration.save(update_fields=["state"])
    return "presented"


def _miss(registration: Registration, _step: Step, case: Case) -> str:
    return relating.expire(registration, {}, case=case)


def _await(_registration: Registration, _step: Step, _case: Case) -> str:
    return "nothing is open"


DEEDS: Final[Mapping[str, Callable[[Registration, Step, Case], str]]] = {
    "assess": _assess,
    "refuse": _refuse,
    "expire": _expire,
    "present": _present,
    "miss": _miss,
    AWAIT: _await,
}


def unused(registration: Registration, _detail: Mapping[str, Any], *, case: Case) -> str:
    """Invalidate what did not arrive in time; nobody is told (L4-ICS2-01)."""
    if registration.state not in BEFORE_ARRIVAL:
        return "arrived meanwhile"
    end(registration, INVALIDATED, case=case)
    return "invalidated"


def end(registration: Registration, state: str, *, case: Case) -> None:
    """Take a filing out of the process: refused or invalidated."""
    clock.cancel(registration)
    registration.state = state
    registration.save(update_fields=["state"])
    relating.forget(registration, case=case)
