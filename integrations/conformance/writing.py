"""The messages of a step: made from samples, with the operator's EORI, and with what earlier steps brought."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from filings import samples
from filings.messages.catalogue import Element
from filings.messages.document import Document, Node
from filings.samples.stories import anew
from filings.services import editions, submission
from integrations.conformance.scripts import EORI_OF, PLACE
from integrations.conformance.shapes import Step

ROOM: Final = 22  # characters of an LRN
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Reads a value of an earlier step: its name, the message of customs or none, the path.
Reader = Callable[[str, str, str], str]


class Missing(LookupError):
    """An earlier step did not bring what this one needs; the text says what."""


def write(
    step: Step,
    *,
    eori: str,
    operator_id: UUID,
    before: Document | None,
    read: Reader,
    salt: str,
    recast: Callable[[Document], None],
    at: datetime,
) -> Document:
    """Return the message of a step.

    :param recast: puts those who play in place of the companies of a sample
    :param salt: of the run; what is told anew with the same salt belongs together
    :param before: the message of the step it is about; what it says under the same names is taken over
    :raises Missing: if a value of an earlier step is not there
    """
    edition = editions.edition_for(step.send, at=at, operator_id=operator_id)
    if step.sample:
        document = anew.told_anew(step.sample, salt=salt, at=at)
        recast(document)
    else:
        document = samples.sample(step.send, seed=step.seed, at=at, edition=edition)
    if before is not None:
        _take_over(document, before)
    elif document.message.party and not step.sample:
        _speak_as(document, eori)
    message = document.message
    for path, at_now in ((message.reference, reference(step.word, at)), (message.date, f"{at:%Y-%m-%dT%H:%M:%SZ}")):
        if path and path not in step.values and path != "MRN":
            document.set(path, at_now)
    for path, text in step.values.items():
        document.set(path, filled(text, eori=eori, read=read) or None)
    return document


def reference(word: str, at: datetime) -> str:
    """Return an LRN nobody used, with a word of the sandbox before it."""
    if not word:
        return submission.new_lrn(at)
    return f"{word}-" + "".join(secrets.choice(ALPHABET) for _ in range(ROOM - len(word) - 1))


def filled(text: str, *, eori: str, read: Reader) -> str:
    """Return a text with its places filled in.

    :raises Missing: if there is nothing for one of them
    """
    return PLACE.sub(lambda match: eori if match[0] == f"{{{EORI_OF}}}" else read(match[1], match[2] or "", match[3] or ""), text)


def _take_over(document: Document, before: Document) -> None:
    """Put into a message what the one it is about says: whole groups of the same name, and texts."""
    said = {node.name: [each for each in before.root.children if each.name == node.name] for node in before.root.children}
    keep = {document.message.date}
    children = []
    for spec in document.message.root.children:
        own = [node for node in document.root.children if node.name == spec.name]
        taken = [] if spec.name in keep else [_fitting(node, spec) for node in said.get(spec.name, [])[: spec.max]]
        children += taken or own
    document.root.children = children


def _fitting(node: Node, spec: Element) -> Node:
    """Return of a group what another message has under the same names."""
    if not spec.children:
        return Node(node.name, node.text)
    kept = [_fitting(child, spec.by_name[child.name]) for child in node.children if child.name in spec.by_name]
    return Node(node.name, children=kept)


def _speak_as(document: Document, eori: str) -> None:
    """Let the operator declare: its EORI in place of the sample's declarant wherever that stands."""
    declared = document.value(document.message.party)
    for node in document.root.walk():
        if declared and node.text == declared:
            node.text = eori
    document.set(document.message.party, eori)
