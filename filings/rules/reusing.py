"""References that may not come back, in messages that are read in parts (see uniqueness.py)."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from filings.messages.catalogue import Element
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.rules import uniqueness
from filings.rules.alone import Alone
from filings.rules.uniqueness import Placed, Reference, Uses

Key = TypeVar("Key", bound=Hashable)


class InParts:
    """Reads the references in parts of one kind. windows: those of the message that look into such parts."""

    def __init__(self, frame: Document, spec: Element) -> None:
        message = frame.message
        inside = f"{spec.path}/"
        self.windows = [window for window in uniqueness.windows(message) if window.path.startswith(inside)]
        self._open = [window for window in self.windows if not window.excepts(frame)]
        self._party = (frame.value(message.party) or "").strip()
        self._alone = Alone(message, spec)

    def references(self, node: Node) -> list[Reference]:
        """Return the references in one part, each once."""
        alone = self._alone.holding(node, "")
        placed = (one for window in self.windows for one in uniqueness.placed(alone.document, window, self._party))
        return list(dict.fromkeys(reference for *_, reference in placed))

    def reused(self, parts: Iterable[tuple[Node, str, Key]], uses: Uses) -> Mapping[Key, Sequence[Finding]]:
        """Return what was used within its time, by key of the part; parts: each with its path and a key."""
        parts, told = list(parts), dict[Key, list[Finding]]()
        for window in self._open:
            placed = [(key, *one) for node, path, key in parts for one in self._placed(node, path, window)]
            found = uses(list(dict.fromkeys(reference for *_, reference in placed)), window.days) if placed else {}
            for key, path, spec, reference in placed:
                if use := found.get(reference):
                    told.setdefault(key, []).append(uniqueness.finding(path, spec, reference, use, window))
        return told

    def _placed(self, node: Node, path: str, window: uniqueness.Window) -> Iterator[Placed]:
        alone = self._alone.holding(node, path)
        for place, spec, reference in uniqueness.placed(alone.document, window, self._party):
            yield alone.away(place), spec, reference
