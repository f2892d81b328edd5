"""A part of a message by itself: a document that holds it and the groups it is in, and nothing else."""

from dataclasses import replace

from filings.messages.catalogue import Element, Message
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.rules.repairs import mended
from filings.rules.scope import step


class Alone:
    """A document that holds one part and the groups it is in, and nothing else."""

    def __init__(self, message: Message, spec: Element) -> None:
        names = spec.path.split("/")
        chain = [message.root, *(message.by_path["/".join(names[: depth + 1])] for depth in range(len(names)))]
        self._here = f"/{message.root_name}"
        for one in chain[1:]:
            self._here = step(self._here, one, 1)
        self._there = ""
        self._holder = node = Node(chain[-2].name)
        for one in reversed(chain[:-2]):
            node = Node(one.name, children=[node])
        self.document = Document(message, node)

    def holding(self, node: Node, path: str) -> "Alone":
        """Return this document with a part in it that is at another path in its own."""
        self._holder.children = [node]
        self._there = path
        return self

    def away(self, path: str) -> str:
        """Return a path of this document as it is in the part's own."""
        return self._there + path.removeprefix(self._here)

    def mended(self, found: list[Finding]) -> list[Finding]:
        """Return structural findings of the part with repairs."""
        here = [replace(one, path=self._here + one.path.removeprefix(self._there)) for one in found]
        return [replace(one, path=self.away(one.path)) for one in mended(here, self.document)]
