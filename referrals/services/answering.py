"""Answers to requests for information and screening: drafted, kept, checked by the engine, sent as one message.

An answer is a filing row about the filing (docs/decisions/0022), so drafts, checks, queue, wire evidence and refusals are
those of everything else that leaves. One answer may be to several requests of one case.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from filings.messages import catalogue, json
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.models import Attachment, Filing
from filings.services import drafting, submission
from filings.services.editions import edition_for
from referrals import lifecycle, reference, selectors
from referrals.lifecycle import MAY_ANSWER, Event, State
from referrals.models import Case, Request
from referrals.services import approving, attaching, following
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError

TEXT: Final = 512  # signs of one text (an..512)
MOST_TEXTS: Final = 99
REFERENCE: Final = "referralRequestReference"
RESULTS: Final = "hrcmScreeningResults"  # beside an answer in words, or the answer itself


class Refused(DomainError):
    """The answer cannot be drafted like this."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class FiledElsewhere(DomainError):
    """The filing it is about was sent with another system; answer there."""


class NotWaiting(DomainError):
    """An answer to one of these requests is under way or was received; take the request up again to answer it once more."""


class NothingChosen(DomainError):
    """Choose at least one request to answer."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OtherAnswer(DomainError):
    """These requests are answered by different messages, or by an amendment; answer them one kind at a time."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NoAnswer(DomainError):
    """This is no answer that is being written."""


@dataclass(frozen=True)
class Screening:
    """How goods were screened: result (CL726), methods (CL724), who is authorised, and where."""

    result: str = ""
    methods: tuple[str, ...] = ()
    person: Mapping[str, str] = field(default_factory=dict)  # name, identificationNumber, typeOfPerson
    address: Mapping[str, str] = field(default_factory=dict)  # of the facility


@dataclass(frozen=True)
class Given:
    """The answer to one request."""

    text: str = ""
    screening: Screening = Screening()
    files: Sequence[attaching.File] = ()
    removed: frozenset[UUID] = frozenset()  # files kept before that do not go


@transaction.atomic
def keep(*, case: Case, given: Mapping[str, Given], by: Actor, at: datetime, source: str, answer: Filing | None = None) -> Filing:
    """Keep the answers to some requests of a case as one draft, and return it.

    :param given: by the reference of the request; requests that the draft answered before and that are not given are
        open again.
    :param answer: the draft to change; without it a new one is made.
    :raises NothingChosen, OtherAnswer, NotWaiting, FiledElsewhere, NoAnswer: if these cannot be answered, or not together.
    :raises attaching.NotTaken, attaching.TooMuch: for files customs does not take.
    """
    case.lock()
    requests = _chosen(case, given, answer)
    if answer is None:
        answer = _new(case, requests, given, by=by, at=at, source=source)
    else:
        _must_be_written(answer)
        answer.lock()
    for request in requests:
        one = given[request.reference]
        Attachment.objects.filter(filing=answer, belongs_to=request.reference, pk__in=one.removed).delete()
        attaching.add(answer=answer, belongs_to=request.reference, files=one.files, at=at)
    Attachment.objects.filter(filing=answer).exclude(belongs_to__in=[each.reference for each in requests]).delete()
    message = catalogue.message(answer.message_type, answer.message_set, answer.version)
    document = _document(case, requests, given, message, answer)
    drafting.change(filing=answer, document=document, revision=answer.revision, by=by, at=at)
    _bind(answer, requests, by=by, at=at)
    audit.record(
        "referral.answer_kept", target=case, by=by, at=at,
        detail={"answer": str(answer.pk), "requests": [each.reference for each in requests], "revision": answer.revision},
    )  # fmt: skip
    return answer


@transaction.atomic
def send(*, answer: Filing, by: Actor, at: datetime, despite_findings: bool = False) -> bool:
    """Submit an answer; where a second person must approve it first, ask for that. Say whether it left.

    :raises submission.HasFindings: if the checks find errors.
    """
    _must_be_written(answer)
    if selectors.rules().four_eyes and not _is_approved(answer):
        _must_be_fine(answer, despite_findings=despite_findings)
        approving.ask(answer=answer, by=by, at=at)
        return False
    submission.submit(filing=answer, by=by, at=at, despite_findings=despite_findings)
    return True


@transaction.atomic
def answer(*, case: Case, given: Mapping[str, Given], by: Actor, at: datetime, source: str, send_it: bool) -> Filing:
    """Keep the answers to some requests and, if asked, send them at once: both or neither; return the filing row.

    :raises submission.HasFindings: if the checks find errors; likewise what keep() raises.
    """
    row = keep(case=case, given=given, by=by, at=at, source=source)
    if send_it:
        send(answer=row, by=by, at=at)
    return row


@transaction.atomic
def approve(*, answer: Filing, by: Actor, at: datetime) -> None:
    """Let an answer leave that another person asked to look at.

    :raises approving.SamePerson, approving.NotAPerson, approving.NothingToApprove: if this one may not, or there is nothing to.
    """
    approving.approve(answer=answer, by=by, at=at)
    submission.submit(filing=answer, by=by, at=at)


@transaction.atomic
def send_back(*, answer: Filing, why: str, by: Actor, at: datetime) -> None:
    """Give an answer that waits for approval back to whoever writes it.

    :raises NoAnswer: if it waits for none.
    """
    requests = [each for each in selectors.requests_answered_by(answer) if each.state == State.APPROVAL]
    if not requests:
        raise NoAnswer("Nobody asked to approve this answer.")
    for request in requests:
        following.set_state(request, lifecycle.step(State.APPROVAL, Event.CHANGE), by=by, at=at, why=why.strip()[:200])


def given_by(answer: Filing) -> dict[str, Given]:
    """Return what a draft says, by the reference of the request, without its files."""
    found: dict[str, Given] = {}
    for request in selectors.requests_answered_by(answer):
        groups = answer.document.get(reference.kinds()[request.kind].group) or []
        mine: dict[str, Any] = next((one for one in groups if one.get(REFERENCE) == request.reference), {})
        results = mine if "result" in mine else _beside(answer.document, request)
        texts = [one.get("text", "") for one in mine.get("additionalInformation") or []]
        found[request.reference] = Given(text="\n\n".join(texts), screening=_screening_in(results))
    return found


def paragraphs(text: str) -> list[str]:
    """Return a text as pieces that fit into one element each, cut between words."""
    found: list[str] = []
    for part in (" ".join(each.split()) for each in text.replace("\r\n", "\n").split("\n\n")):
        found += textwrap.wrap(part, TEXT, break_on_hyphens=False)
    return found


def answering_message(case: Case, kind: str, *, at: datetime) -> Message:
    """Return the message that answers requests of a kind, in the edition now in force.

    :raises OtherAnswer: if none does.
    """
    asked = selectors.message_of(case)
    if not reference.answered_by_message(kind) or not asked.answered_by:
        raise OtherAnswer
    found = asked.answered_by[0]
    return catalogue.message(found, *edition_for(found, at=at, operator_id=case.operator_id))


# --- What is checked before ------------------------------------------------------------------------------------------------


def _chosen(case: Case, given: Mapping[str, Given], answer: Filing | None) -> list[Request]:
    requests = list(case.requests.filter(reference__in=list(given)).select_for_update(no_key=True).order_by("position"))
    if not requests or len(requests) != len(given):
        raise NothingChosen
    if case.filing is None:
        raise FiledElsewhere
    deeds = {reference.kinds()[each.kind].deed for each in requests}
    if len(deeds) > 1 or not deeds <= {reference.INFORM, reference.SCREEN}:
        raise OtherAnswer
    mine = answer.pk if answer else None
    if any(each.state not in MAY_ANSWER and each.answer_id != mine for each in requests):
        raise NotWaiting
    for each in requests:
        if len(paragraphs(given[each.reference].text)) > MOST_TEXTS:
            raise Refused(f"The text of {each.reference} is too long: {MOST_TEXTS} pieces of {TEXT} signs go with one answer.")
    return requests


def _must_be_written(answer: Filing) -> None:
    if not answer.is_draft or not Request.objects.filter(answer=answer).exists():
        raise NoAnswer


def _must_be_fine(answer: Filing, *, despite_findings: bool) -> None:
    """Refuse what the checks would refuse, before a second person is troubled."""
    from filings import selectors as filing_selectors
    from filings.rules import book

    findings = filing_selectors.findings_before_submit(filing_selectors.document_of(answer), answer)
    if book.errors(findings) and not despite_findings:
        raise submission.HasFindings(findings)


def _is_approved(answer: Filing) -> bool:
    try:
        approving.must_be_approved(answer)
    except approving.NeedsApproval:
        return False
    return True


def _bind(answer: Filing, requests: Iterable[Request], *, by: Actor, at: datetime) -> None:
    """Tie requests to the draft that answers them; the ones it answered before and does not any more are open again."""
    kept = {each.pk for each in requests}
    for request in selectors.requests_answered_by(answer):
        if request.pk not in kept:
            following.set_state(request, lifecycle.step(State(request.state), Event.DISCARD), by=by, at=at, answer=None)
    for request in requests:
        following.set_state(request, State.DRAFTED, by=by, at=at, answer=answer)


# --- The message -----------------------------------------------------------------------------------------------------------


def _new(case: Case, requests: list[Request], given: Mapping[str, Given], *, by: Actor, at: datetime, source: str) -> Filing:
    message = answering_message(case, requests[0].kind, at=at)
    words = f"Answer to customs' request {', '.join(each.reference for each in requests)}"
    kept = {"about": case.filing, "reason": words[:400]}
    return drafting.create(document=_document(case, requests, given, message, None), by=by, at=at, source=source, kept=kept)


def _document(
    case: Case, requests: list[Request], given: Mapping[str, Given], message: Message, answer: Filing | None
) -> Document:
    """Return the answering message: the frame copied from the request, and one group for each answer."""
    first = requests[0]
    content: dict[str, Any] = {
        "MRN": case.mrn,
        "responsibleMemberState": {"country": case.member_state},
        "declarant": {"identificationNumber": case.declarant or (case.filing.declarant if case.filing else "")},
    }
    if case.representative:
        content["representative"] = {"identificationNumber": case.representative}
    if first.master:
        content["transportDocument"] = _number(first.master, first.master_type)
    for request in requests:
        kind, one = reference.kinds()[request.kind], given[request.reference]
        group: dict[str, Any] = {REFERENCE: request.reference, **_said(one), kind.files: _files(answer, request)}
        if request.house:
            group["transportDocumentHouseLevel"] = _number(request.house, request.house_type)
        if kind.group == RESULTS:
            group |= _screened(one.screening)
        elif one.screening.result:
            content.setdefault(RESULTS, []).append(
                {**_screened(one.screening), **{name: group[name] for name in ("transportDocumentHouseLevel",) if name in group}}
            )
        content.setdefault(kind.group, []).append({name: value for name, value in group.items() if value})
    return json.from_json({message.id: content}, message_set=message.message_set, version=message.version)


def _said(one: Given) -> dict[str, Any]:
    return {"additionalInformation": [{"text": text} for text in paragraphs(one.text)]}


def _files(answer: Filing | None, request: Request) -> list[dict[str, str]]:
    rows = selectors.files_of(answer).filter(belongs_to=request.reference) if answer else []
    return [
        {
            "identification": row.identification,
            "filename": row.filename,
            "MIME": row.mime,
            **({"description": row.description} if row.description else {}),
        }
        for row in rows
    ]


def _screened(screening: Screening) -> dict[str, Any]:
    person = {name: value for name, value in screening.person.items() if value}
    address = {name: value for name, value in screening.address.items() if value}
    return {
        "result": screening.result,
        "screeningMethod": [{"method": code} for code in screening.methods],
        **({"authorizedPerson": person} if person else {}),
        **({"facilityPlace": {"address": address}} if address else {}),
    }


def _number(number: str, kind: str) -> dict[str, str]:
    return {"documentNumber": number, "type": kind}


def _beside(document: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """Return the screening results that go beside an answer in words: those of its house document."""
    for one in document.get(RESULTS) or []:
        if (one.get("transportDocumentHouseLevel") or {}).get("documentNumber", "") == request.house:
            return dict(one)
    return {}


def _screening_in(results: Mapping[str, Any]) -> Screening:
    return Screening(
        result=results.get("result", ""),
        methods=tuple(one.get("method", "") for one in results.get("screeningMethod") or []),
        person=results.get("authorizedPerson") or {},
        address=(results.get("facilityPlace") or {}).get("address") or {},
    )
