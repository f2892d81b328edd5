"""Read XML messages in parts, so that one of 100 MB needs no more room than one of 1 MB.

A part is a group that may occur very often, such as a house consignment; the table says which. What is around
the parts is the frame, a document like any other in which each part is a stand-in that remembers only what it was
asked to. A message is read twice: once for its frame, once for its parts, which come one at a time.

    stream = Stream(file)
    apart = parts_of(stream.message)
    frame = stream.frame({}, apart)
    for part in stream.parts(apart): …

Nothing that comes out of `parts` is true before its end: an error in the last byte makes the whole unreadable.
Whoever acts on a message checks it first (filings.rules.streamed), which answers at the end and only then.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, Final

from lxml import etree

from filings.messages import safexml, xml
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION, Element, Message
from filings.messages.document import Document, Node, Unreadable
from filings.messages.parts import Part, Store
from filings.messages.reading import Choose

# A group that may occur so often is read in parts.
OFTEN: Final = 9_000
PIECE: Final = 256 * 1024
# Bounds of what is held at once: bytes between two parts, and parts.
BETWEEN: Final = 16 * 1024 * 1024
MOST_PARTS: Final = 500_000

# What stand-ins have to remember: names of children by path of the part.
Wanted = Mapping[str, Collection[str]]


@dataclass(slots=True)
class Here:
    """One part. parent: which one it is in, counted from 0 in the order of the document; index: which of its name, from 1."""

    spec: Element
    parent: int
    index: int
    node: Node


@cache
def parts_of(message: Message) -> Mapping[str, Element]:
    """Return the outermost groups of a message that may occur very often, by path."""
    return {element.path: element for element in _often(message.root)}


def _often(element: Element) -> Iterator[Element]:
    for child in element.children:
        if child.children and child.max >= OFTEN:
            yield child
        else:
            yield from _often(child)


class Stream:
    """An XML message in a file that can be read more than once.

    :raises Unreadable: if it is too large, no safe XML, or no message; later as well, when its end is not well-formed
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        limit: int = safexml.LIMIT,
        choose: Choose = lambda _: (DEFAULT, DEFAULT_VERSION),
    ) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        if self.size > limit:
            raise Unreadable(f"The XML has {self.size} bytes; at most {limit} are allowed.")
        try:
            safexml.inspect(self._pieces())
            root = self._first_element()
        except safexml.UnsafeXml as error:
            raise Unreadable(str(error)) from error
        name = etree.QName(root)
        self.namespace = name.namespace or ""
        self.message = xml.message_of_root(name.localname, *choose(name.localname))
        self._prefix = f"{{{self.namespace}}}" if self.namespace else ""

    def frame(self, wanted: Wanted, apart: Mapping[str, Element]) -> Document:
        """Return the document with stand-ins for parts.

        apart: which of `parts_of` the message to read in parts, by path. wanted: the children stand-ins remember.
        """
        places = _Places(self._prefix, apart)
        stores = {path: Store(spec, wanted.get(path, ())) for path, spec in apart.items()}
        known = {path: self._tags(spec, wanted.get(path, ())) for path, spec in apart.items()}
        standing: dict[str, list[Part]] = {path: [] for path in apart}
        parser = safexml.stream(event="end", tag=places.tags)
        for count, (found, spec) in enumerate(self._ended(parser, places)):
            if count >= MOST_PARTS:
                raise Unreadable(f"The XML repeats its parts more than {MOST_PARTS} times.")
            path, tags = spec.path, known[spec.path]
            kept = [xml.group(child, tags[child.tag], self._prefix) for child in found if child.tag in tags]
            standing[path].append(stores[path].part(kept))
            found.clear(keep_tail=True)
        document = xml.from_element(self._close(parser), message_set=self.message.message_set, version=self.message.version)
        for path in apart:
            _stand_in(document, path, iter(standing[path]))
        return document

    def parts(self, apart: Mapping[str, Element]) -> Iterator[Here]:
        """Yield the parts one by one, in the order of the document."""
        places = _Places(self._prefix, apart)
        at: dict[str, tuple[etree._Element | None, int, int]] = dict.fromkeys(apart, (None, -1, 0))
        parser = safexml.stream(event="end", tag=places.tags)
        for found, spec in self._ended(parser, places):
            holder = found.getparent()
            last, number, index = at[spec.path]
            number, index = (number, index + 1) if holder is last else (number + 1, 1)
            at[spec.path] = holder, number, index
            yield Here(spec, number, index, xml.group(found, spec, self._prefix))
            found.clear(keep_tail=True)
            # What came before is read, or stands in the frame.
            while found.getprevious() is not None and holder is not None:
                del holder[0]
        self._close(parser)

    def _tags(self, spec: Element, names: Collection[str]) -> dict[object, Element]:
        return {self._prefix + name: spec.by_name[name] for name in names if name in spec.by_name}

    def _pieces(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def _first_element(self) -> etree._Element:
        parser = safexml.stream(event="start")
        for _ in self._fed(parser):
            for _event, found in parser.read_events():
                return found
        return self._close(parser)

    def _ended(self, parser: etree.XMLPullParser, places: "_Places") -> Iterator[tuple[etree._Element, Element]]:
        """Yield the parts as they end, read from the file."""
        since = 0
        for size in self._fed(parser):
            since += size
            for _event, found in parser.read_events():
                spec = places.part(found)
                if spec is not None:
                    since = 0
                    yield found, spec
            if since > BETWEEN:
                raise Unreadable(f"The XML has more than {BETWEEN} bytes in or between what may be repeated; split it.")

    def _fed(self, parser: etree.XMLPullParser) -> Iterator[int]:
        """Feed the file to a parser; yield the size of each piece."""
        for piece in self._pieces():
            try:
                parser.feed(piece)
            except etree.XMLSyntaxError as error:
                raise _malformed(error) from error
            yield len(piece)

    def _close(self, parser: etree.XMLPullParser) -> etree._Element:
        try:
            return parser.close()
        except etree.XMLSyntaxError as error:
            raise _malformed(error) from error


def _malformed(error: etree.XMLSyntaxError) -> Unreadable:
    return Unreadable(safexml.malformed(error))


class _Places:
    """Tells which elements are parts: those of the right name in groups of the right names, up to the root."""

    def __init__(self, prefix: str, apart: Mapping[str, Element]) -> None:
        self._ways = [(spec, tuple(prefix + name for name in reversed(path.split("/")))) for path, spec in apart.items()]
        # A name that no element has, as no names would mean all.
        self.tags = frozenset(way[0] for _, way in self._ways) or frozenset({"-"})

    def part(self, found: etree._Element) -> Element | None:
        """Return the line of an element in the table if it is a part."""
        return next((spec for spec, way in self._ways if _leads(way, found)), None)


def _leads(way: tuple[str, ...], found: etree._Element) -> bool:
    """Return whether the names of an element and of those it is in are those of a way, below the root."""
    above: etree._Element | None = found
    for tag in way:
        if above is None or above.tag != tag:
            return False
        above = above.getparent()
    return above is not None and above.getparent() is None


def _stand_in(document: Document, path: str, standing: Iterator[Part]) -> None:
    """Put stand-ins where the emptied parts are."""
    for holder in holders(document, path):
        name = path.rpartition("/")[2]
        holder.children = [next(standing) if child.name == name else child for child in holder.children]


def holders(document: Document, path: str) -> list[Node]:
    """Return the groups that hold parts of a path, in the order of the document."""
    parent, _, name = path.rpartition("/")
    return [node for node in document.nodes(parent) if any(child.name == name for child in node.children)]
