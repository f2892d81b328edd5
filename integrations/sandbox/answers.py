"""Customs' answers: made from the tables, checked by the tables, sealed once.

Which message says yes or no stands in the columns of the message answered (accepted_by, rejected_by). Groups that
question and answer have in common are carried over.
"""

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from filings.messages import catalogue, document, xml
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.rules import book
from integrations import as4
from integrations.sandbox import profile
from integrations.sandbox.models import Answer, Received
from integrations.sandbox.office import Office

# Elements of an answer that the question spells in another way.
ALSO: Final = {
    "transportDocument": ("transportDocumentMasterLevel", "transportDocumentHouseLevel"),
    "customsOfficeOfFirstEntry": ("actualCustomsOfficeOfFirstEntry",),
}


class BadAnswer(Exception):
    """The answer breaks the tables it was made from; the program has to be corrected."""

    def __init__(self, message: Message, found: Sequence[Finding]) -> None:
        super().__init__(f"{message.id}: " + "; ".join(f"{item.path} {item.code}" for item in found[:5]))


def acceptance(question: Document, *, mrn: str, at: datetime) -> Document:
    """Return the message that says yes, with the MRN.

    :raises BadAnswer: if it does not pass the check
    """
    answer = document.empty(catalogue.message(question.message.accepted_by, *question.message.edition))
    answer.set("MRN", mrn)
    answer.set(answer.message.date, _spelled(at))
    _carry_over(question, answer)
    return _checked(answer)


def rejection(faults: Sequence[Finding], *, to: Message, question: Document | None, at: datetime) -> Document:
    """Return the message that says no, with every fault and where it is.

    :param to: the message the sender said it was
    :param question: what could be read of it; nothing if the bytes were no message
    :raises BadAnswer: if it does not pass the check
    """
    answer = document.empty(catalogue.message(to.rejected_by, *to.edition))
    answer.set(answer.message.date, _spelled(at))
    if question is not None:
        answer.set(answer.message.reference, question.value(question.message.reference))
        _carry_over(question, answer)
    error = answer.message.element("error")
    for number, fault in enumerate(faults[: error.max], 1):
        _add_error(answer, number, fault)
    return _checked(answer, droppable=True)


def seal(answer: Document, *, to: Received, here: Office, at: datetime) -> Answer:
    """Return the row of an answer with its wire bytes; it refers to the AS4 id of the message answered (ICD 4.2.1)."""
    payload = xml.write(answer)
    party = to.party
    message_id = as4.new_message_id(profile.HOST)
    wire = as4.build_user_message(
        message=as4.UserMessage(
            message_id=message_id,
            at=at,
            sender=as4.Party(profile.PARTY, profile.CUSTOMS_TYPE, profile.CUSTOMS_ROLE),
            receiver=as4.Party(party.party_id, profile.TRADER_TYPE, profile.TRADER_ROLE),
            agreement=as4.Agreement(to.agreement, profile.AGREEMENT_TYPE),
            service=as4.Service(profile.SERVICE_OUT, profile.SERVICE_TYPE),
            action=answer.message.id,
            ref_to=to.message_id,
            mpc=party.mpc,
            parts=(as4.Part(f"{uuid.uuid4()}@{profile.HOST}", payload, charset="utf-8"),),
        ),
        seal=here.seal,
    )
    return Answer(
        party=party,
        mpc=party.mpc or "",
        message_id=message_id,
        ref_to=to.message_id,
        action=answer.message.id,
        payload=payload,
        content_type=wire.content_type,
        body=wire.body,
        references=[[item.uri, item.digest] for item in wire.references],
        created_at=at,
        due_at=at,
    )


def _spelled(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _add_error(answer: Document, number: int, fault: Finding) -> None:
    """Add one error; texts that quote what may not be written give way to the name of the code."""
    group = f"error[{number}]"
    spec = answer.message.element("error").by_name
    description = spec["description"].format
    code = spec["validationCode"]
    words = fault.sentence[: description.max_length] if description else ""
    if description and not description.accepts(words):
        words = code.codes.names.get(fault.code, "") if code.codes else ""
    if fault.rule:
        answer.set(f"{group}/technicalErrorMessage", fault.rule)
    answer.set(f"{group}/description", words or None)
    answer.set(f"{group}/validationCode", fault.code)
    if pointer := _writable(fault.path, spec["pointer"].by_name["messageElementPath"]):
        answer.set(f"{group}/pointer/messageElementPath", pointer)


def _writable(path: str, element: Element) -> str:
    """Return the path, or as much of it from the root as the element can hold."""
    while path and element.format and not element.format.accepts(path):
        path = path.rpartition("/")[0]
    return path


def _carry_over(question: Document, answer: Document) -> None:
    """Copy every element of the answer's first level that the question has too."""
    for spec in answer.message.root.children:
        source = _source(question.root, spec.name)
        if source is None or answer.nodes(spec.name):
            continue
        if not spec.children:
            answer.set(spec.name, source.text)
            continue
        for leaf in spec.children:
            value = source.first(leaf.name)
            if value is not None and not leaf.children and value.text:
                answer.set(f"{spec.name}/{leaf.name}", value.text)


def _source(root: Node, name: str) -> Node | None:
    """Return the first node of a name or of another spelling of it, the nearest to the root."""
    for spelling in (name, *ALSO.get(name, ())):
        found = next((node for node in _nearest_first(root) if node.name == spelling), None)
        if found is not None:
            return found
    return None


def _nearest_first(root: Node) -> Iterator[Node]:
    level = [root]
    while level:
        level = [child for node in level for child in node.children]
        yield from level


def _checked(answer: Document, *, droppable: bool = False) -> Document:
    """Return the answer once it passes the check.

    A refusal carries over what a broken question said: optional elements that do not pass are left out.
    """
    found = book.errors(book.findings(answer))
    if found and droppable:
        wrong = {item.path.split("/")[2].partition("[")[0] for item in found if item.path.count("/") > 1}
        optional = {child.name for child in answer.message.root.children if not child.min}
        answer.root.children = [node for node in answer.root.children if node.name not in wrong & optional]
        found = book.errors(book.findings(answer))
    if found:
        raise BadAnswer(answer.message, found)
    return answer
