"""What is in the messages customs received: read in the message set they were written in."""

from datetime import datetime
from typing import Final

from lxml import etree

from filings.messages import catalogue, safexml, xml
from filings.messages.catalogue import Message
from filings.messages.document import Document, Node
from filings.messages.elements import Edition
from filings.messages.finding import Finding
from filings.rules import book
from filings.services.editions import Choices
from integrations.sandbox import large
from integrations.sandbox.models import Party, Registration

HOUSES: Final = "consignmentMasterLevel/consignmentHouseLevel"


def read(payload: bytes, calendar: Choices) -> Document:
    """Return a message in the message set its namespace names, else in the one customs uses that day.

    :raises Unreadable: if it is no message of that set
    """
    if large.is_packed(payload):
        return large.read(payload, calendar)[0]
    root = xml.parse(payload, limit=safexml.LIMIT)
    name = etree.QName(root)
    edition = calendar.edition(name.localname)
    of_namespace = [message.edition for message in catalogue.named(name.localname) if message.namespace == name.namespace]
    if of_namespace and edition not in of_namespace:
        edition = of_namespace[-1]
    return xml.from_element(root, message_set=edition[0], version=edition[1])


class Agreed(Choices):
    """The message sets agreed with a party; where nothing was agreed, those in use that day."""

    def __init__(self, *, at: datetime, party: Party) -> None:
        super().__init__(at=at)
        self._agreed: dict[str, list[str]] = party.editions

    def edition(self, message_type: str) -> Edition:
        """Return the message set for a message: agreed for its type, or for all; one that lacks the message is passed over."""
        for name in (message_type, ""):
            agreed = self._agreed.get(name)
            if agreed and any(message.id == message_type for message in catalogue.messages(*agreed)):
                return agreed[0], agreed[1]
        return super().edition(message_type)


def calendar(at: datetime, party: Party | None) -> Choices:
    """Return the message sets in use on a day by a party."""
    return Agreed(at=at, party=party) if party is not None and party.editions else Choices(at=at)


def read_and_checked(payload: bytes, calendar: Choices) -> tuple[Document, list[Finding]]:
    """Return a message and its errors; a very large one as `large.read` does.

    :raises Unreadable: if it is no message of that set
    """
    if large.is_packed(payload):
        return large.read(payload, calendar)
    document = read(payload, calendar)
    return document, book.errors(book.findings(document))


def in_force(registration: Registration, *, at: datetime) -> Document:
    """Return what a registered filing or arrival says now: the last amendment that was accepted, else the filing."""
    return read(bytes((registration.current or registration.received).payload), calendar(at, registration.party))


def message_of(registration: Registration) -> Message:
    """Return the message a registration is of, in the newest set that has it."""
    return catalogue.named(registration.message_type)[-1]


def numbers_of(document: Document, name: str, leaf: str = "documentNumber") -> list[str]:
    """Return the values of a leaf in every group of a name, each once."""
    nodes = (node.first(leaf) for node in document.root.walk() if node.name == name)
    return list(dict.fromkeys(node.text for node in nodes if node is not None and node.text))


def head(document: Document) -> Document:
    """Return a filing without its house consignments but the first; the groups that stay are shared."""
    group, _, name = HOUSES.rpartition("/")
    found = document.root.first(group)
    if found is None or len(found.named(name)) < 2:
        return document
    first = found.first(name)
    short = Node(group, children=[child for child in found.children if child.name != name or child is first])
    root = Node(document.root.name, children=[short if child is found else child for child in document.root.children])
    return Document(document.message, root, document.source, document.namespace)


def place(document: Document, path: str) -> str:
    """Return the XPath of the first element at a path, with an index where it may repeat."""
    spec, found = document.message.root, f"/{document.message.root_name}"
    for name in path.split("/"):
        spec = spec.by_name[name]
        found += f"/{name}[1]" if spec.repeats else f"/{name}"
    return found
