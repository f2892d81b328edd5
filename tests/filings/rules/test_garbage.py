"""Rules never fail on documents that are no messages: whatever stands where, there is a list of findings."""

import random

import pytest

from filings.messages.document import Document, Node
from filings.rules import book
from tests.filings.rules.material import MESSAGES, copy, samples

VALUES = [
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "99999999999999999999",
    "IMO",
    "²",
    "x" * 600,
    "\u4e2d",
    "NaN",
    "2026-13-45T99:99:99Z",
    "+",
    "¹²³",
]


def spoil(document: Document, dice: random.Random) -> Document:
    """Return a document with things in places where they do not belong."""
    spoilt = copy(document)
    nodes = list(spoilt.root.walk())
    for _ in range(12):
        node, other = dice.choice(nodes), dice.choice(nodes)
        match dice.randrange(6):
            case 0:
                node.set_text(dice.choice(VALUES))
            case 1:
                node.children = []
            case 2:
                node.text = node.given = None
            case 3:
                node.children = [*node.children, Node(other.name, dice.choice(VALUES))]
            case 4:
                node.name = other.name
            case 5:
                dice.shuffle(node.children)
    return spoilt


@pytest.mark.parametrize("message_id", MESSAGES)
def test_garbage_is_judged_and_the_same_way_twice(message_id: str) -> None:
    for seed in range(25):
        document = samples(message_id)[seed % 4]
        spoilt = spoil(document, random.Random(seed))

        found = book.findings(spoilt, previous=document, used=lambda _reference, _party: True)

        assert found == book.findings(spoilt, previous=document, used=lambda _reference, _party: True)
        assert all(finding.sentence and finding.code and finding.path.startswith(f"/{message_id}") for finding in found)
