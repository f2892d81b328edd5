"""Amend a filing: a draft of the whole message with what customs has, changed, sent, and in force once customs accepts it.

An amendment replaces the whole filing (lifecycle digest §10). Until IE3N10 comes, and for ever if it is refused, what customs
has is what was accepted last (`selectors.in_force`); nothing is ever overwritten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.db import transaction

from filings import selectors
from filings.lifecycle import State
from filings.messages import catalogue, json
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document
from filings.models import Filing
from filings.services import asking, drafting
from filings.services.editions import edition_for
from tenants.actors import Actor
from tenants.errors import DomainError

MRN: Final = "MRN"
REFERRAL: Final = "referralRequestReference"
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
class Change:
    """One place in which two versions differ: its path with positions, and what stands there before and after."""

    path: str
    title: str
    before: str
    after: str


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
    (filings.services.after_registration).

    :param referral: reference of the request of customs that it answers.
    :param marks: places that customs points at; the form shows the words beside them.
    :raises asking.NotInForce: if customs has not registered the filing and it does not wait for that, or not any more.
    :raises NoAmendment: if there is none of this kind of filing.
    :raises UnderControl: if customs will control the goods.
    :raises OneUnderWay: if another amendment waits for customs' answer.
    :raises selectors.KeptInParts: if the filing is too large to be amended here.
    """
    filing.lock()
    message = may_start(filing, at=at)
    draft = _open(filing, State.DRAFT)
    if draft is None:
        kept = {"about": filing, "reason": f"Customs' request {referral}" if referral else ""}
        draft = drafting.create(document=from_force(filing, message), by=by, at=at, source="amendment", kept=kept)
        filing.happened("amending", "An amendment was drafted.", by=by, at=at, detail={"filing": str(draft.pk), "source": source})
    if referral:
        document = selectors.document_of(draft)
        if REFERRAL not in document.message.by_path:
            raise NoReference
        document.set(REFERRAL, referral)
        drafting.change(filing=draft, document=document, revision=draft.revision, by=by, at=at)
    _mark(draft, marks, by=by, at=at)
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
    if filing.in_parts:
        raise selectors.KeptInParts("This filing is too large to be amended here; send its amendment as a file.")
    if any(_open(filing, state) for state in (State.QUEUED, State.SENT)):
        raise OneUnderWay
    return catalogue.message(found.id, *edition_for(found.id, at=at, operator_id=filing.operator_id))


def from_force(filing: Filing, message: Message) -> Document:
    """Return what customs has as a document of the amending message: all it has a place for, and the MRN."""
    content = _kept(selectors.in_force(filing).document, message.root)
    for name in (message.date, REFERRAL):
        content.pop(name, None)
    document = json.from_json({message.id: content}, message_set=message.message_set, version=message.version)
    if filing.mrn:
        document.set(MRN, filing.mrn)
    return document


def changes(amendment: Filing) -> list[Change]:
    """Return what an amendment changes against what customs has, in the order of the message."""
    about = amendment.about
    if about is None or not selectors.message_of(amendment).amends:
        raise asking.AboutARequest("Only an amendment has changes against what customs has.")
    message = selectors.message_of(amendment)
    before = dict(_texts(_kept(_before(amendment, about).document, message.root), message.root, ""))
    after = dict(_texts(_kept(amendment.document, message.root), message.root, ""))
    apart = {message.date, REFERRAL, MRN, "LRN"}
    places = [path for path in dict.fromkeys([*after, *before]) if path not in apart and before.get(path) != after.get(path)]
    return [Change(path, _title(message, path), before.get(path, ""), after.get(path, "")) for path in places]


def _before(amendment: Filing, about: Filing) -> Filing:
    """Return the version an amendment was made against: the last one accepted among those sent before it."""
    if amendment.submitted_at is None:
        return selectors.in_force(about)
    earlier = selectors.requests_of(about).filter(state=State.DONE, submitted_at__lt=amendment.submitted_at)
    return next((each for each in earlier.order_by("-submitted_at") if selectors.message_of(each).amends), about)


def _open(filing: Filing, state: State) -> Filing | None:
    found = selectors.requests_of(filing).filter(state=state)
    return next((each for each in found if selectors.message_of(each).amends), None)


def _kept(content: Any, element: Element) -> dict[str, Any]:
    """Return the part of a content that a group has a place for."""
    found: dict[str, Any] = {}
    for child in element.children:
        value = content.get(child.name) if isinstance(content, Mapping) else None
        if value is None:
            continue
        found[child.name] = _one(value, child)
    return found


def _one(value: Any, element: Element) -> Any:
    if isinstance(value, list):
        return [_one(each, element) for each in value]
    return _kept(value, element) if element.children else value


def _texts(content: Any, element: Element, path: str) -> "list[tuple[str, str]]":
    """Return every value with its path; groups and values that repeat are counted from 1."""
    found: list[tuple[str, str]] = []
    for child in element.children:
        value = content.get(child.name)
        for number, each in enumerate(value if isinstance(value, list) else [] if value is None else [value], 1):
            place = f"{path}/{child.name}".strip("/") + (f"[{number}]" if child.max > 1 else "")
            found += _texts(each, child, place) if child.children else [(place, str(each))]
    return found


def _title(message: Message, path: str) -> str:
    """Return a path in words: titles and positions from the top."""
    words, names = [], []
    for step in path.split("/"):
        name, _, number = step.partition("[")
        names.append(name)
        title = message.element("/".join(names)).title
        words.append(f"{title} {number.rstrip(']')}" if number else title)
    return ", ".join(words)
