"""Requests about a filing: messages of their own that amend, invalidate or ask, each a row that is about the filing.

What they share: which filing they are about, that it stands in a state that allows them, and the way into the queue.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.db import transaction

from filings import selectors
from filings.lifecycle import IN_FORCE, WAITING, WORDS, State
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.document import Document, empty
from filings.models import Filing
from filings.services import drafting, submission
from filings.services.editions import edition_for
from filings.services.large import parts
from tenants.actors import Actor
from tenants.errors import DomainError

MRN: Final = "MRN"
_IN_PARTS: Final = (
    "The filing it amends is kept in parts, and so must its amendment be: start it with “Amend” on the page of the filing, or "
    "send the XML to /api/v1/uploads/."
)
ASKS: Final = "consultation"  # consumer of the message that only asks


class AboutARequest(DomainError):
    """This is no filing but a message about filings; do it to the filing."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotInForce(DomainError):
    """The filing is not registered at customs."""

    def __init__(self, filing: Filing) -> None:
        words = WORDS[State(filing.state)][0].lower()
        super().__init__(f"Customs does this only to a filing that is registered and not invalidated; this one is: {words}.")


class UnknownMrn(DomainError):
    """You have no filing of the MRN that this message names."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


def must_be_in_force(filing: Filing, *, or_waiting: bool = False) -> None:
    """Refuse what customs would refuse.

    :param or_waiting: let a filing pass that is on its way to its registration.
    :raises AboutARequest: if it is no filing of its own.
    :raises NotInForce: if customs has not registered it, or not any more.
    """
    if filing.about_id or filing.notifies_id:
        raise AboutARequest
    if State(filing.state) not in IN_FORCE and not (or_waiting and State(filing.state) in WAITING):
        raise NotInForce(filing)


def message_for(event: str, *, filing: Filing, at: datetime) -> Message:
    """Return the message that means an event, in the edition now in force for the operator."""
    found = next(message for message in catalogue.messages() if message.is_sent and message.event == event)
    return catalogue.message(found.id, *edition_for(found.id, at=at, operator_id=filing.operator_id))


def filled(message: Message, filing: Filing) -> Document:
    """Return a request with what the filing says under the same names: parties, documents, office or Member State."""
    document, said = empty(message), parts.frame_of(filing) if filing.in_parts else selectors.document_of(filing)
    for element in message.root.walk():
        if element.children or not element.path or element.path == message.date:
            continue
        value = said.value(element.path) if element.path in said.message.by_path else None
        if value:
            document.set(element.path, value)
    document.set(MRN, filing.mrn)
    return document


@transaction.atomic
def send(*, filing: Filing, document: Document, by: Actor, at: datetime, source: str, **kept: Any) -> Filing:
    """Draft a request about a filing and submit it at once; return it."""
    request = drafting.create(document=document, by=by, at=at, source=source, kept={"about": filing, **kept})
    submission.submit(filing=request, by=by, at=at)
    return request


def draft(*, document: Document, by: Actor, at: datetime, source: str) -> Filing:
    """Keep a document as a draft: of a filing, or of a request about the filing whose MRN it names.

    :raises drafting.NotAFiling: if it is neither.
    :raises UnknownMrn: if the operator has no such filing.
    :raises selectors.KeptInParts: if it amends a filing that is kept in parts.
    """
    about = named(document)
    if about is not None and about.in_parts and document.message.amends:
        raise selectors.KeptInParts(_IN_PARTS)
    return drafting.create(document=document, by=by, at=at, source=source, kept={"about": about})


def named(document: Document) -> Filing | None:
    """Return the filing whose MRN a request names; nothing for what is no request.

    :raises UnknownMrn: if the operator has no such filing.
    """
    if not is_request(document.message):
        return None
    mrn = (document.value(MRN) or "").strip()
    found = selectors.filings().filter(mrn=mrn).exclude(state=State.REJECTED).order_by("submitted_at").first() if mrn else None
    if found is None:
        raise UnknownMrn(f"You have no filing with MRN {mrn}." if mrn else "Name the MRN of the filing it is about.")
    return found


def is_request(message: Message) -> bool:
    """Say whether a message amends, invalidates or asks about a filing."""
    return message.is_sent and message.consumer in {"filing", ASKS} and not selectors.can_be_filed(message)
