"""An example of each message, the same every time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from filings import samples
from filings.messages import catalogue, json, xml
from filings.messages.catalogue import Message
from filings.rules import book
from filings.samples.fill import MissingFact

TOLD = 3  # places that a note names


@dataclass(frozen=True)
class Example:
    """An example as XML and as JSON, or why there is none and which message is the nearest that has one."""

    texts: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    nearest: Message | None = None


@lru_cache(maxsize=32)
def of(message: Message) -> Example:
    """Return the smallest document that passes every check.

    What a loaded set demands anew is in no table of made-up facts; then a note says which elements these are.
    """
    try:
        document = samples.sample(message.id, seed=1, edition=message.edition)
        gaps = [finding.path for finding in book.errors(book.findings(document))]
    except MissingFact as gap:
        gaps = [f"/{message.root_name}/{gap.args[0]}"]
    if not gaps:
        return Example({"XML": xml.write(document).decode(), "JSON": json.write(document).decode()})
    release = (catalogue.DEFAULT, catalogue.DEFAULT_VERSION)
    nearest = next((each for each in catalogue.messages(*release) if each.id == message.id), None)
    places = ", ".join(gaps[:TOLD]) + (" and more" if len(gaps) > TOLD else "")
    note = f"There is none: this message set demands what nobody has made up a value for yet ({places})."
    return Example(note=note, nearest=nearest)
