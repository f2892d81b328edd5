"""What customs makes of a message it has receipted: registered, refused, or stored without an answer.

Decisions (docs/sandbox.md):
- An LRN is used up by a registration, not by a refusal: who corrects a refused filing may send it again as it was.
- A filing that gets no MRN of its own (column new_mrn) is answered with the MRN of the filing it refers to, which is
  found by the MRN in its previous document or else by its house document. It may have overtaken that filing on the
  way, so it is looked for a moment longer before it is refused.
- Of the messages that are no filings, those whose yes is a registration are answered; the others are checked and,
  when nothing is wrong with them, stored and answered by nothing.
"""

import logging
import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from filings.messages import catalogue, numbers, safexml, xml
from filings.messages.catalogue import Message
from filings.messages.document import Document, Unreadable
from filings.messages.finding import Finding
from filings.rules import book
from filings.services.editions import Choices
from integrations.sandbox import answers, large
from integrations.sandbox.models import Answer, Received, Registration
from integrations.sandbox.office import Office

logger = logging.getLogger(__name__)

INCORRECT: Final = "12"
UNKNOWN_DOCUMENT: Final = "80"
DUPLICATE_LRN: Final = "94"
INCORRECT_REFERENCE: Final = "96"
# Procedure identifier of an MRN (CL734) by the part of the process that asked for it.
PROCEDURE: Final = {"filing": "T", "arrival": "Z"}
PREVIOUS: Final = "previousDocument/identification"
HOUSE: Final = "transportDocumentHouseLevel"
MASTER: Final = "transportDocumentMasterLevel"
NUMBER: Final = "documentNumber"
LOOK_AGAIN: Final = timedelta(milliseconds=250)


@dataclass(frozen=True)
class Judgement:
    """What became of a message: the answer, if there is one, and a word for the log."""

    answer: Document | None
    outcome: str


def process(received: Received, *, here: Office, at: datetime) -> None:
    """Judge a stored message, keep the answer for its sender, and mark it done or put it off; call it in a transaction."""
    judgement = judge(received, here=here, at=at)
    if judgement is None:
        received.due_at = at + LOOK_AGAIN
        received.save(update_fields=["due_at"])
        return
    if judgement.answer is not None:
        answer = answers.seal(judgement.answer, to=received, here=here, at=at)
        Answer.objects.bulk_create([answer])
    received.state = Received.State.PROCESSED
    received.outcome = judgement.outcome
    received.processed_at = at
    received.save(update_fields=["state", "outcome", "processed_at"])


def judge(received: Received, *, here: Office, at: datetime) -> Judgement | None:
    """Return the judgement on a message, nothing while it is too early; a registration is written on the way."""
    calendar = Choices(at=at)
    claimed = calendar.message(received.action)
    try:
        question, found = _read_and_checked(bytes(received.payload), calendar)
    except Unreadable as error:
        return _refused([Finding("", INCORRECT, "", "error", str(error))], to=claimed, question=None, at=at)
    if question.message.id != claimed.id:
        sentence = f"The message was sent as {claimed.id}, but its root element is {question.message.root_name}."
        found = Finding(f"/{question.message.root_name}", INCORRECT, "", "error", sentence)
        return _refused([found], to=claimed, question=question, at=at)
    faults = [*found, *_used_before(question)]
    if _registers(claimed) and not claimed.new_mrn:
        if not faults and referred(question) is None and at < received.received_at + here.wait_for_reference:
            return None
        faults += _reference_faults(question)
    if faults:
        return _refused(faults, to=claimed, question=question, at=at)
    return _accepted(received, question, at=at)


def _read_and_checked(payload: bytes, calendar: Choices) -> tuple[Document, list[Finding]]:
    """Return a message and its errors.

    :raises Unreadable: if it is no message of its set
    """
    if large.is_packed(payload):
        return large.read(payload, calendar)
    question = read(payload, calendar)
    return question, book.errors(book.findings(question))


def read(payload: bytes, calendar: Choices) -> Document:
    """Return a message in the message set its namespace names, else in the one customs uses that day.

    :raises Unreadable: if it is no message of that set
    """
    root = xml.parse(payload, limit=safexml.LIMIT)
    name = etree.QName(root)
    edition = calendar.edition(name.localname)
    of_namespace = [message.edition for message in catalogue.named(name.localname) if message.namespace == name.namespace]
    if of_namespace and edition not in of_namespace:
        edition = of_namespace[-1]
    return xml.from_element(root, message_set=edition[0], version=edition[1])


def _registers(message: Message) -> bool:
    """Say whether the yes to a message is a registration."""
    return bool(message.accepted_by) and catalogue.message(message.accepted_by, *message.edition).event == "register"


def _refused(faults: list[Finding], *, to: Message, question: Document | None, at: datetime) -> Judgement:
    return Judgement(answers.rejection(faults, to=to, question=question, at=at), f"refused, {len(faults)} errors")


def _accepted(received: Received, question: Document, *, at: datetime) -> Judgement:
    if not _registers(question.message):
        return Judgement(None, "stored, not answered")
    known = None if question.message.new_mrn else referred(question)
    mrn = known.mrn if known and known.mrn else new_mrn(question, at=at)
    registration = Registration(
        party=received.party,
        received=received,
        message_type=question.message.id,
        lrn=question.value(question.message.reference) or "",
        declarant=question.value(question.message.party) or "",
        mrn=None if known else mrn,
        refers_to=known,
        documents={"house": _numbers(question, HOUSE), "master": _numbers(question, MASTER)},
        registered_at=at,
    )
    # Two filings with one LRN may be judged at once: the unique key decides, the loser is refused.
    Registration.objects.bulk_create([registration], ignore_conflicts=True)
    if not Registration.objects.filter(pk=registration.pk).exists():
        return _refused([_duplicate(question)], to=question.message, question=question, at=at)
    return Judgement(answers.acceptance(question, mrn=mrn, at=at), f"registered {mrn}")


def new_mrn(question: Document, *, at: datetime) -> str:
    """Return a fresh MRN: country of the office of first entry or of the Member State addressed (rule R3004)."""
    office = question.value("customsOfficeOfFirstEntry/referenceNumber") or question.value(
        "actualCustomsOfficeOfFirstEntry/referenceNumber"
    )
    country = (office or question.value("addressedMemberState/country") or "")[:2]
    serial = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(11))
    return numbers.mrn(year=at.year, country=country, serial=serial, procedure=PROCEDURE[question.message.consumer])


def referred(question: Document) -> Registration | None:
    """Return the registration a filing without MRN of its own refers to, by MRN or else by house document."""
    registered = Registration.objects.filter(mrn__isnull=False)
    by_mrn: Registration | None = registered.filter(mrn=question.value(PREVIOUS) or "").first()
    if by_mrn is not None:
        return by_mrn
    house = next(iter(_numbers(question, HOUSE)), None)
    by_house: Registration | None = registered.filter(documents__contains={"house": [house]}).first() if house else None
    return by_house


def _used_before(question: Document) -> Iterator[Finding]:
    """Yield the fault of an LRN that the same declarant registered under before (rule R3003)."""
    lrn, declarant = question.value(question.message.reference), question.value(question.message.party)
    if not _registers(question.message) or not lrn or not declarant:
        return
    if Registration.objects.filter(lrn=lrn, declarant=declarant).exists():
        yield _duplicate(question)


def _duplicate(question: Document) -> Finding:
    message = question.message
    sentence = "The declarant has used this LRN before; give the filing another one."
    return Finding(f"/{message.root_name}/{message.reference}", DUPLICATE_LRN, "R3003", "error", sentence)


def _reference_faults(question: Document) -> Iterator[Finding]:
    """Yield what is wrong with the filing a message without MRN of its own refers to."""
    root = f"/{question.message.root_name}"
    house = next((path for path in question.message.by_path if path.endswith(f"{HOUSE}/{NUMBER}")), "")
    known = referred(question)
    if known is None:
        sentence = "No filing is registered under this MRN or for the house document; send that filing first."
        yield Finding(f"{root}/{PREVIOUS}", INCORRECT_REFERENCE, "", "error", sentence)
        yield Finding(f"{root}/{house}", UNKNOWN_DOCUMENT, "", "error", sentence)
    elif question.value(house) not in known.documents["house"]:
        sentence = "The filing with this MRN has no such house document."
        yield Finding(f"{root}/{house}", UNKNOWN_DOCUMENT, "", "error", sentence)


def _numbers(question: Document, name: str) -> list[str]:
    """Return the numbers of the transport documents of one level, each once."""
    nodes = (node.first(NUMBER) for node in question.root.walk() if node.name == name)
    return list(dict.fromkeys(node.text for node in nodes if node is not None and node.text))
