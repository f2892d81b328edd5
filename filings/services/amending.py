"""Amend a filing: a draft of the whole message with what customs has, changed, sent, and in force once customs accepts it.

An amendment replaces the whole filing (lifecycle digest §10). Until IE3N10 comes, and for ever if it is refused, what customs
has is what was accepted last (`selectors.in_force`); nothing is ever overwritten.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.db import transaction

from filings import selectors
from filings.lifecycle import State
from filings.messages import catalogue, json
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.models import Filing
from filings.services import asking, comparing, drafting
from filings.services.editions import edition_for
from filings.services.large import amending as large_amending
from filings.services.large import editing, parts
from tenants.actors import Actor
from tenants.errors import DomainError

MRN: Final = "MRN"
REFERRAL: Final = comparing.REFERRAL
EARLY: Final = "Drafted with what was submitted; customs has not answered that yet."
MARKED: Final = "marked"  # kind of the event that keeps the places customs points at


class NoAmendment(DomainError):
    """Customs knows no amendment of this kind of filing; invalidate it and file anew."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnderControl(DomainError):
    """Customs notified a control of these goods, so the filing can no longer be amended."""


class OneUnderWay(DomainError):
    """An amendment is under way; wait for customs' answer, so that the next one starts from what customs then has."""


class NoReference(DomainError):
    """This amendment has no place for the reference of a request; amend without it and answer the request apart."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Mark:
    """A place that somebody asked to amend, an XPath in the filing or the amendment, and why."""

    path: str
    words: str


@transaction.atomic
def start(
    *, filing: Filing, by: Actor, at: datetime, source: str = "web", referral: str = "", marks: Sequence[Mark] = ()
) -> Filing:
    """Return the draft of an amendment with what customs has; the one that is there already, if it is not sent yet.

    Of a filing that waits for its registration, it is what customs will have; submitted before that, it leaves after it
    (filings.services.after_registration). The parts of one kept in parts are copied by the database.

    :param referral: reference of the request of customs that it answers.
    :param marks: places that customs points at; the form shows the words beside them.
    :raises asking.NotInForce: if customs has not registered the filing and it does not wait for that, or not any more.
    :raises NoAmendment: if there is none of this kind of filing.
    :raises UnderControl: if customs will control the goods.
    :raises OneUnderWay: if another amendment waits for customs' answer.
    """
    filing.lock()
    message = may_start(filing, at=at)
    draft = _open(filing, State.DRAFT)
    if draft is None:
        draft = _drafted(filing, message, referral, by=by, at=at)
        filing.happened("amending", "An amendment was drafted.", by=by, at=at, detail={"filing": str(draft.pk), "source": source})
    if referral:
        if REFERRAL not in selectors.message_of(draft).by_path:
            raise NoReference
        say(draft, REFERRAL, referral, by=by, at=at)
    _mark(draft, marks, by=by, at=at)
    return draft


def say(draft: Filing, path: str, value: str, *, by: Actor, at: datetime) -> None:
    """Let a draft say something else in one place, around its parts if it is kept in parts."""
    document = parts.frame_of(draft) if draft.in_parts else selectors.document_of(draft)
    document.set(path, value)
    if draft.in_parts:
        content = document.to_json()[draft.message_type]
        editing.change_frame(filing=draft, content=content, revision=draft.revision, by=by, at=at)
    else:
        drafting.change(filing=draft, document=document, revision=draft.revision, by=by, at=at)


def _drafted(filing: Filing, message: Message, referral: str, *, by: Actor, at: datetime) -> Filing:
    has = selectors.in_force(filing)
    kept = {
        "about": filing,
        "reason": f"Customs' request {referral}" if referral else "",
        "parts_path": has.parts_path,
        "parts_count": has.parts_count,
    }
    words = "" if filing.mrn else EARLY
    draft = drafting.create(document=from_force(filing, message), by=by, at=at, source="amendment", kept=kept, words=words)
    if has.in_parts:
        large_amending.take_over(amendment=draft, has=has)
    return draft


def marks_of(amendment: Filing) -> list[Mark]:
    """Return the places somebody asked to amend, as paths of the amendment."""
    return [Mark(**one) for event in amendment.events.filter(kind=MARKED) for one in event.detail["marks"]]


def _mark(draft: Filing, marks: Sequence[Mark], *, by: Actor, at: datetime) -> None:
    """Keep the places that are new with the draft; what stands in the filing stands at the same place in its amendment."""
    before, after = (f"/{selectors.message_of(each).root_name}/" for each in (draft.about or draft, draft))
    here = [replace(mark, path=after + mark.path.removeprefix(before).removeprefix(after)) for mark in marks]
    known = marks_of(draft)
    if new := [asdict(mark) for mark in here if mark not in known]:
        draft.happened(MARKED, "Customs points at places to amend.", by=by, at=at, detail={"marks": new})


def may_start(filing: Filing, *, at: datetime) -> Message:
    """Return the message that amends a filing, if it may be amended now; raise as `start` otherwise."""
    asking.must_be_in_force(filing, or_waiting=True)
    found = next((each for each in catalogue.messages() if each.amends == filing.message_type), None)
    if found is None:
        raise NoAmendment
    if filing.control == "ordered":
        raise UnderControl
    if any(_open(filing, state) for state in (State.QUEUED, State.SENT)):
        raise OneUnderWay
    return catalogue.message(found.id, *edition_for(found.id, at=at, operator_id=filing.operator_id))


def from_force(filing: Filing, message: Message) -> Document:
    """Return what customs has as a document of the amending message: all it has a place for, and the MRN."""
    content = json.known(selectors.in_force(filing).document, message.root)
    for name in (message.date, REFERRAL):
        content.pop(name, None)
    document = json.from_json({message.id: content}, message_set=message.message_set, version=message.version)
    if filing.mrn:
        document.set(MRN, filing.mrn)
    return document


def _open(filing: Filing, state: State) -> Filing | None:
    found = selectors.requests_of(filing).filter(state=state)
    return next((each for each in found if selectors.message_of(each).amends), None)
