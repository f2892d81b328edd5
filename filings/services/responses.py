"""What the gateway reports and customs answers. The same message again changes nothing; the order does not matter."""

from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from filings import selectors
from filings.lifecycle import Event
from filings.messages.document import Document, Node
from filings.models import Filing
from filings.services import after_registration, assessing, handing_over, learning, telling
from filings.services.alarms import said as alarm_said
from filings.services.shipments import keeping
from filings.services.shipments.told import told
from filings.services.words import sentence
from tenants import audit
from tenants.actors import CUSTOMS, SYSTEM
from tenants.errors import DomainError

MRN: Final = "MRN"
ERROR: Final = "error"
LISTED: Final = "listed"  # the row of words for an assessment that names parts


class NoMrn(DomainError):
    """The answer registers the filing but carries no MRN of at most 18 characters."""


def handed_over(*, filing: Filing, message_id: str, at: datetime) -> None:
    """Record that customs signed for our message; an answer may have come before. The caller holds the filing locked."""
    if handing_over.keep(filing, message_id=message_id, at=at):
        telling.moved(filing=filing, at=at)


@transaction.atomic
def attempt_failed(*, filing: Filing, reason: str, next_at: datetime, at: datetime) -> None:
    """Record that handing it over failed and will be tried again; the state stays."""
    detail = {"reason": reason, "next_at": _iso(next_at)}
    filing.happened(
        "attempt_failed", f"It could not be handed over and will be tried again. {reason}", by=SYSTEM, at=at, detail=detail
    )
    audit.record("filing.attempt_failed", target=filing, by=SYSTEM, at=at, detail=detail)


@transaction.atomic
def not_delivered(*, filing: Filing, reason: str, at: datetime) -> None:
    """Record that handing it over was given up: a person has to look at it."""
    filing.lock()
    if not filing.advance(Event.GIVE_UP, at=at):
        return
    filing.happened("not_delivered", f"It could not be handed over. {reason}", by=SYSTEM, at=at, detail={"reason": reason})
    audit.record("filing.not_delivered", target=filing, by=SYSTEM, at=at, detail={"reason": reason})
    telling.moved(filing=filing, at=at)


@transaction.atomic
def register(*, filing: Filing, document: Document, message_id: str, at: datetime) -> None:
    """Record that customs registered it. The first MRN stays; after a refusal it stays refused.

    :raises NoMrn: if the answer has none.
    """
    mrn = (document.value(MRN) or "").strip()
    if not mrn or len(mrn) > 18:
        raise NoMrn
    filing.lock()
    first, date = not filing.mrn, learning.moment(document)
    same = Q(message_id=message_id) | Q(detail__mrn=mrn, detail__registered_at=_iso(date))
    if filing.events.filter(same, kind="registered").exists():
        return
    filing.advance(
        Event.REGISTER,
        at=at,
        mrn=filing.mrn or mrn,
        registered_at=filing.registered_at or date,
        answered_at=filing.answered_at or at,
    )
    sentence = f"Customs registered it under MRN {mrn}."
    if not first and mrn != filing.mrn:
        sentence = f"Customs registered it once more, under MRN {mrn}; the first MRN, {filing.mrn}, stays."
    detail = {"mrn": mrn, "registered_at": _iso(date), "message": document.message.id, "answers": filing.message_type}
    filing.happened("registered", sentence, by=CUSTOMS, at=at, message_id=message_id, detail=detail)
    audit.record("filing.registered", target=filing, by=CUSTOMS, at=at, detail={**detail, "message_id": message_id})
    keeping.keep(filing=filing, at=at, content=not filing.in_parts)  # some keys are made of the MRN
    telling.moved(filing=filing, at=at)
    if first:
        after_registration.send(filing=filing, at=at)


@transaction.atomic
def reject(*, filing: Filing, document: Document, message_id: str, at: datetime) -> None:
    """Record that customs refused it, with all errors it names; several refusals add up."""
    filing.lock()
    if _told(filing, "rejected", message_id):
        return
    errors = errors_of(document)
    filing.advance(
        Event.REJECT,
        at=at,
        errors=[*filing.errors, *(error for error in errors if error not in filing.errors)],
        mrn=filing.mrn or (document.value(MRN) or "").strip()[:18],
        answered_at=filing.answered_at or at,
    )
    count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    detail = {
        "message": document.message.id,
        "answers": filing.message_type,
        "codes": sorted({error["code"] for error in errors}),
        "notified_at": _iso(learning.moment(document)),
    }
    filing.happened("rejected", f"Customs rejected it: {count}.", by=CUSTOMS, at=at, message_id=message_id, detail=detail)
    audit.record("filing.rejected", target=filing, by=CUSTOMS, at=at, detail={**detail, "message_id": message_id})
    keeping.keep(filing=filing, at=at, content=False)
    telling.moved(filing=filing, at=at)
    if filing.about is None:
        after_registration.stay(filing=filing, at=at)
        said = learning.content(document)
        alarm_said.say(document=document, content=said, filing=filing, answers=filing.message_type, at=at)
    else:
        note(filing=filing.about, document=document, message_id=message_id, at=at, answers=filing.message_type)


@transaction.atomic
def fulfil(*, filing: Filing, document: Document, message_id: str, at: datetime) -> None:
    """Record that customs did what a request asks: amended, invalidated, told what it knows."""
    about = filing.about
    if about is None:  # customs did it unasked, or asked by somebody else
        note(filing=filing, document=document, message_id=message_id, at=at)
        return
    filing.lock()
    if _told(filing, "done", message_id):
        return
    found = learning.results(document)
    filing.advance(Event.FULFIL, at=at, answered_at=filing.answered_at or at, result=found or filing.result)
    if selectors.message_of(filing).amends:
        about.follow(filing.document)
    words = sentence(document, answers=filing.message_type)
    detail = {
        "message": document.message.id,
        "answers": filing.message_type,
        "dated": _iso(learning.moment(document)),
    }
    filing.happened("done", words, by=CUSTOMS, at=at, message_id=message_id, detail=detail)
    audit.record("filing.request_done", target=filing, by=CUSTOMS, at=at, detail={**detail, "message_id": message_id})
    keeping.keep(filing=filing, at=at)
    telling.moved(filing=filing, at=at)
    note(filing=about, document=document, message_id=message_id, at=at, answers=filing.message_type)


@transaction.atomic
def note(*, filing: Filing, document: Document, message_id: str, at: datetime, answers: str = "") -> None:
    """Record another message of customs about it, and what it teaches; one that says the same again leaves no second line.

    :param answers: the type of our message that it answers, if it is not the filing and is known
    """
    filing.lock()
    content = learning.content(document)
    if _adds_parts(filing, document):
        _add_parts(filing, document, message_id=message_id, at=at)
        return
    if filing.events.filter(Q(message_id=message_id) | Q(detail__content=content), kind="noted").exists():
        return
    detail: dict[str, Any] = {"message": document.message.id, "dated": _iso(learning.moment(document)), "content": content}
    said = LISTED if learning.lists_assessed(filing, document) else answers
    detail |= {"answers": said} if said else {}
    if ERROR in document.message.by_path:
        detail["errors"] = errors_of(document)
    words = sentence(document, answers=answers)
    filing.happened("noted", words, by=CUSTOMS, at=at, message_id=message_id, detail=detail)
    codes = {name: value for name, value in detail.items() if name not in {"errors", "content"}}
    audit.record("filing.noted", target=filing, by=CUSTOMS, at=at, detail={**codes, "message_id": message_id})
    learning.learn(filing=filing, document=document, at=at)
    keeping.keep(filing=filing, at=at, content=False)
    told(document=document, filing=filing, message_id=message_id, at=at)
    alarm_said.say(document=document, content=content, filing=filing, answers=answers, at=at)
    telling.moved(filing=filing, at=at)


def _adds_parts(filing: Filing, document: Document) -> bool:
    """Say whether a message goes on with an assessment part by part, of which there may be one message for each house."""
    return learning.lists_assessed(filing, document) and assessing.has_begun(filing)


def _add_parts(filing: Filing, document: Document, *, message_id: str, at: datetime) -> None:
    """Let further parts be assessed; one line of the timeline, which counts, stands for all these messages."""
    before, said = assessing.counts(filing), filing.assessment
    learning.learn(filing=filing, document=document, at=at)
    if filing.assessment != said:
        telling.moved(filing=filing, at=at)
    if (counts := assessing.counts(filing)) == before:
        return
    words = f"Customs assessed {assessing.in_words(counts)} so far, in several messages."
    line = filing.events.filter(kind="assessed").first()
    if line is None:
        filing.happened("assessed", words, by=CUSTOMS, at=at, detail={"message": document.message.id, "answers": LISTED})
    else:
        line.sentence, line.at = words, max(line.at, at)
        line.save(update_fields=["sentence", "at"])
    detail = {"message": document.message.id, "message_id": message_id}
    audit.record("filing.noted", target=filing, by=CUSTOMS, at=at, detail=detail)


def _told(filing: Filing, kind: str, message_id: str) -> bool:
    """Say whether this message was recorded before; the filing is locked, so nobody records it meanwhile."""
    return filing.events.filter(kind=kind, message_id=message_id).exists()


def errors_of(document: Document) -> list[dict[str, str]]:
    """Return customs' errors: where, the code, a sentence (its own, or the name of the code), and the technical text."""
    return [_error(document, node) for node in document.nodes(ERROR)]


def _error(document: Document, node: Node) -> dict[str, str]:
    one = Document(document.message, node)
    code = one.value("validationCode") or ""
    codes = document.message.element(f"{ERROR}/validationCode").codes
    name = codes.names.get(code, "") if codes else ""
    return {
        "path": one.value("pointer/messageElementPath") or "",
        "code": code,
        "sentence": one.value("description") or name or "Customs gave no reason.",
        "technical": one.value("technicalErrorMessage") or "",
    }


def _iso(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""
