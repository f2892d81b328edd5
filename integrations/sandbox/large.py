"""Very large messages: kept as the gzip they came in, judged as a stream, so that memory stays bounded.

A payload that begins as gzip does is one of these; XML cannot begin so.
"""

from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final, cast

from filings.messages import catalogue, safexml, streaming
from filings.messages.document import Document, Node
from filings.messages.elements import Edition
from filings.messages.finding import Finding
from filings.messages.streaming import Here, Stream
from filings.rules import book, streamed
from filings.services.editions import Choices
from filings.services.large import parts

HOLD: Final = 2 * 1024 * 1024  # bytes of XML that are read at once
_GZIP: Final = b"\x1f\x8b"


def is_packed(payload: bytes) -> bool:
    """Say whether a payload is kept as gzip."""
    return payload.startswith(_GZIP)


def read(payload: bytes, calendar: Choices) -> tuple[Document, list[Finding]]:
    """Return what is around the parts of a packed message, with the transport documents of the parts, and its errors.

    Of the errors there are as many as a check tells; no answer has room for more.

    :raises Unreadable: if it is no message to its last byte
    """
    with parts.unzipped(payload) as file:
        stream = Stream(cast(BinaryIO, file), limit=safexml.LIMIT, choose=calendar.edition)
        edition = _edition(stream, calendar.edition(stream.message.root_name))
        reduced = Reduced()
        checked = streamed.check(cast(BinaryIO, file), limit=safexml.LIMIT, choose=lambda _: edition, taker=reduced)
    return reduced.document(), book.errors(checked.findings)


def _edition(stream: Stream, chosen: Edition) -> Edition:
    """Return the message set the namespace names, else the one customs uses that day."""
    named = catalogue.named(stream.message.root_name)
    of_namespace = [message.edition for message in named if message.namespace == stream.namespace]
    return of_namespace[-1] if of_namespace and chosen not in of_namespace else chosen


class Reduced:
    """Keeps of each part the groups that tell which transport document it is."""

    def begin(self, frame: Document, _counts: Mapping[str, Sequence[int]]) -> None:
        """Begin with what is around the parts."""
        self._frame = frame
        self._kept: list[tuple[str, int, Node]] = []

    def take(self, here: Here, _found: Sequence[Finding]) -> None:
        """Keep what names the part."""
        known = [child for child in here.node.children if child.name.startswith("transportDocument")]
        if known:
            self._kept.append((here.spec.path, here.parent, Node(here.node.name, children=known)))

    def document(self) -> Document:
        """Return the frame with what was kept of the parts."""
        holders = {path: self._frame.nodes(path.rpartition("/")[0]) for path in streaming.parts_of(self._frame.message)}
        for path, parent, node in self._kept:
            # Of several groups that hold parts the count leaves out those without; the last then takes what is left.
            holder = holders[path][min(parent, len(holders[path]) - 1)]
            holder.children.append(node)
        return self._frame
