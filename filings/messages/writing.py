"""Write XML messages part by part, so that the whole need not be there at once."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from filings.messages import xml
from filings.messages.document import Document, Node

# Characters given on at once.
PIECE: Final = 256 * 1024
_HERE: Final = "parts stand here"


def write(document: Document, path: str, parts: Iterable[Node]) -> Iterator[bytes]:
    """Yield the XML of a document with these parts in place of the ones it has at a path; the bytes `xml.write` makes.

    The document has at least one part there, which says where they go.
    :raises Unwritable: if a name or a character cannot stand in XML
    """
    spec, waiting = document.message.element(path), iter(parts)
    # As `xml.write` does: very many stand in one line each.
    first = list(islice(waiting, xml.MANY + 1))
    flat = len(first) > xml.MANY
    return splice(document, path, (xml.write_group(part, spec, flat=flat) for part in chain(first, waiting)))


def splice(document: Document, path: str, texts: Iterable[str]) -> Iterator[bytes]:
    """Yield the XML of a document with these texts in place of the parts it has at a path."""
    spec = document.message.element(path)
    [holder] = document.nodes(path.rpartition("/")[0])
    mark = Node(spec.name, children=[Node(spec.children[0].name, _HERE)])
    own = [child for child in holder.children if child.name == spec.name]
    holder.children = [mark if child is own[0] else child for child in holder.children if child not in own[1:]]
    try:
        start, end = xml.write(document).decode("utf-8").split(xml.write_group(mark, spec))
    finally:
        at = holder.children.index(mark)
        holder.children[at : at + 1] = own
    yield start.encode("utf-8")
    yield from _pieces(texts)
    yield end.encode("utf-8")


def _pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield short texts put together."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(waiting).encode("utf-8")
            waiting, size = [], 0
    yield "".join(waiting).encode("utf-8")
