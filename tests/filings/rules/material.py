"""Documents to break, and ways to break them at one place."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from filings.messages import catalogue
from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node
from filings.rules import conditions
from filings.samples import sample

MESSAGES = [message.id for message in catalogue.messages()]
SEEDS = range(12)

Deed = Callable[[Document], None]


@cache
def samples(message_id: str) -> tuple[Document, ...]:
    """Return samples of a message: both sizes, several seeds. Copy before changing."""
    sizes: Any = ("full", "minimal")
    return tuple(sample(message_id, size=size, seed=seed, houses=2) for seed in SEEDS for size in sizes)


def copy(document: Document) -> Document:
    return Document(document.message, twin(document.root), document.source, document.namespace)


def twin(node: Node) -> Node:
    """Return a copy of a node and what is below it."""
    made = Node(node.name, node.text, [twin(child) for child in node.children])
    made.given, made.wrapped, made.attributes = node.given, node.wrapped, node.attributes
    return made


def occurrences(document: Document, path: str) -> Iterator[tuple[str, Node]]:
    """Yield every occurrence of a group with its XPath."""
    found = [(f"/{document.message.root_name}", document.root)]
    spec: Element = document.message.root
    for name in path.split("/") if path else []:
        spec = spec.by_name[name]
        found = [(step(above, spec, index), node) for above, group in found for index, node in enumerate(group.named(name), 1)]
    yield from found


def step(above: str, spec: Element, index: int = 1) -> str:
    return f"{above}/{spec.name}" + (f"[{index}]" if spec.repeats else "")


def insert(group: Node, spec: Element, nodes: list[Node]) -> None:
    """Put nodes below a group where the table has them."""
    order = spec.order
    place = order[nodes[0].name]
    at = next((at for at, child in enumerate(group.children) if order.get(child.name, 0) > place), len(group.children))
    group.children[at:at] = map(twin, nodes)


def remove(group: Node, name: str) -> None:
    group.children = [child for child in group.children if child.name != name]


@cache
def specimen(message_id: str, path: str) -> tuple[Node, ...]:
    """Return how an element looks where a sample has it."""
    above, _, name = path.rpartition("/")
    for document in samples(message_id):
        for _, group in occurrences(document, above):
            if nodes := group.named(name):
                return tuple(nodes[:1])
    raise LookupError(f"no sample of {message_id} has {path}")


def spec_of(message: Message, path: str) -> Element:
    return message.by_path[path] if path else message.root


def stands(kind: str) -> list[tuple[str, str, str]]:
    """Return message, id and path of every condition ("conditions") or rule ("rules") of the catalogue."""
    return [
        (message.id, id_, element.path)
        for message in catalogue.messages()
        for element in message.root.walk()
        for id_ in getattr(element, kind)
    ]


def statuses(id_: str) -> set[str]:
    """Return what a condition may say: M, X, O, or "some" for at least one."""
    hint = json.loads(conditions.rows((catalogue.DEFAULT, catalogue.DEFAULT_VERSION))[id_]["machine_hint"])
    return {status if isinstance(status, str) else "some" for status in (hint["then"], hint["else"])}
