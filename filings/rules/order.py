"""Put findings into the order of the document they are about."""

from filings.messages.catalogue import Element, Message
from filings.messages.document import steps
from filings.messages.finding import Finding

# The place of one step: its line in the table and its index.
Key = tuple[tuple[int, int], ...]


def in_document_order(message: Message, found: list[Finding]) -> list[Finding]:
    """Return findings by place, each once; at one place they keep the order they came in."""
    if not found:
        return found
    return sorted(dict.fromkeys(found), key=lambda finding: key(message.root, finding.path))


def key(root: Element, path: str) -> Key:
    places = []
    spec: Element | None = root
    for name, index in steps(path.lstrip("/"))[1:]:
        order = spec.order if spec else {}
        places.append((order.get(name, len(order)), index))
        spec = spec.by_name.get(name) if spec else None
    return tuple(places)
