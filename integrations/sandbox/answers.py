"""Customs' messages: made from the tables, checked by the tables, sealed once.

One mechanism writes them all. What is known (facts, by element name) is put where the message has it; every element of
its first level that is still missing is carried over from the messages it is about, which name the same things.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from filings.messages import document, xml
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.models import ordered_id
from filings.rules import book
from integrations import as4
from integrations.sandbox import faults, profile
from integrations.sandbox.models import Answer, Party
from integrations.sandbox.office import Office

# Elements of an answer that the message it is about spells in another way.
ALSO: Final = {
    "transportDocument": ("transportDocumentMasterLevel", "transportDocumentHouseLevel"),
    "transportDocumentMaster": ("transportDocumentMasterLevel",),
    "customsOfficeOfFirstEntry": ("actualCustomsOfficeOfFirstEntry",),
}


class BadAnswer(Exception):
    """The answer breaks the tables it was made from; the program has to be corrected."""

    def __init__(self, message: Message, found: Sequence[Finding]) -> None:
        super().__init__(f"{message.id}: " + "; ".join(f"{item.path} {item.code}" for item in found[:5]))


def compose(
    message: Message,
    *,
    facts: Mapping[str, Any],
    sources: Iterable[Document | None],
    at: datetime,
    only: frozenset[str] | None = None,
    droppable: bool = False,
) -> Document:
    """Return a message of customs that passes the check.

    :param facts: values, groups and lists by element name; a None keeps an element out
    :param sources: the messages it is about, the nearest first
    :param only: the elements that may be carried over; all, unless given
    :param droppable: leave out what a broken message said, where it is optional
    :raises BadAnswer: if it does not pass
    """
    answer = document.empty(message)
    known = {message.date: spelled(at), **facts} if message.date else dict(facts)
    for spec in message.root.children:
        if known.get(spec.name) is not None:
            answer.root.children += nodes(spec, known[spec.name])
        elif spec.name not in known and (only is None or spec.name in only):
            answer.root.children += _carried(spec, sources)
    return checked(answer, droppable=droppable)


def nodes(spec: Element, value: Any) -> list[Node]:
    """Return the nodes of an element for a value: a text, a group by element name, or a list of either."""
    if isinstance(value, list):
        return [node for one in value[: spec.max] for node in nodes(spec, one)]
    if not spec.children:
        return [] if value in {None, ""} else [Node(spec.name, str(value))]
    below = [node for child in spec.children if child.name in value for node in nodes(child, value[child.name])]
    return [Node(spec.name, children=below)] if below else []


def errors(found: Sequence[Finding], message: Message) -> list[dict[str, Any]]:
    """Return every fault as the message tells it; texts that quote what may not be written give way to the code's name."""
    spec = message.element("error").by_name
    return [_error(fault, spec) for fault in found[: message.element("error").max]]


def seal(
    answer: Document, *, to: Party, eori: str, agreement: str, ref_to: str, letter: str, here: Office, at: datetime
) -> Answer:
    """Return the row of an answer with its wire bytes.

    Where a fault wants it, the same content is offered first under a seal that has expired, and this row later.

    :param ref_to: the AS4 id of the message answered (ICD 4.2.1); empty for what nobody asked for
    """
    content = _Content(to, answer.message.id, xml.write(answer), agreement, ref_to, eori)
    row = content.sealed(here.seal, at=at)
    row.letter = letter
    if stale := faults.stale_seal(faults.Sender(to, answer.message.id, lambda: eori), here=here, at=at):
        content.sealed(stale.seal, at=at).save(force_insert=True)
        row.due_at = at + stale.until_sealed_anew
    return row


@dataclass(frozen=True, slots=True)
class _Content:
    """What an answer says on the wire, whoever seals it."""

    to: Party
    action: str
    payload: bytes
    agreement: str
    ref_to: str
    eori: str

    def sealed(self, seal: as4.Seal, *, at: datetime) -> Answer:
        """Return it as a row, under an id of its own."""
        message_id = as4.new_message_id(profile.HOST)
        wire = as4.build_user_message(
            message=as4.UserMessage(
                message_id=message_id,
                at=at,
                sender=as4.Party(profile.PARTY, profile.CUSTOMS_TYPE, profile.CUSTOMS_ROLE),
                receiver=as4.Party(self.to.party_id, profile.TRADER_TYPE, profile.TRADER_ROLE),
                agreement=as4.Agreement(self.agreement, profile.AGREEMENT_TYPE),
                service=as4.Service(profile.SERVICE_OUT, profile.SERVICE_TYPE),
                action=self.action,
                ref_to=self.ref_to or None,
                mpc=self.to.mpc,
                parts=(as4.Part(f"{uuid.uuid4()}@{profile.HOST}", self.payload, charset="utf-8"),),
            ),
            seal=seal,
        )
        return Answer(
            id=ordered_id(),  # several may be written in one moment, and are offered in this order
            party=self.to,
            mpc=self.to.mpc or "",
            message_id=message_id,
            ref_to=self.ref_to,
            eori=self.eori,
            action=self.action,
            payload=self.payload,
            content_type=wire.content_type,
            body=wire.body,
            references=[[item.uri, item.digest] for item in wire.references],
            created_at=at,
            due_at=at,
        )


def spelled(at: datetime) -> str:
    """Return a time as the messages write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def checked(answer: Document, *, droppable: bool = False) -> Document:
    """Return the answer once it passes the check.

    A refusal carries over what a broken message said: optional elements that do not pass are left out.
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


def _error(fault: Finding, spec: Mapping[str, Element]) -> dict[str, Any]:
    description, code = spec["description"].format, spec["validationCode"]
    words = fault.sentence[: description.max_length] if description else ""
    if description and not description.accepts(words):
        words = code.codes.names.get(fault.code, "") if code.codes else ""
    pointer = spec["pointer"].by_name["messageElementPath"]
    return {
        "technicalErrorMessage": fault.rule or None,
        "description": words,
        "validationCode": fault.code,
        "pointer": {"messageElementPath": _writable(fault.path, pointer)},
    }


def _writable(path: str, element: Element) -> str:
    """Return the path, or as much of it from the root as the element can hold."""
    while path and element.format and not element.format.accepts(path):
        path = path.rpartition("/")[0]
    return path


def _carried(spec: Element, sources: Iterable[Document | None]) -> list[Node]:
    """Return an element of the answer's first level as one of the sources has it."""
    for source in sources:
        found = _source(source.root, spec.name) if source is not None else None
        if found is None:
            continue
        if not spec.children:
            return [Node(spec.name, found.text)] if found.text else []
        said = {child.name: child.text for child in found.children if child.text}
        if made := nodes(spec, {leaf.name: said[leaf.name] for leaf in spec.children if not leaf.children and leaf.name in said}):
            return made
    return []


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
