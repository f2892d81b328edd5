"""What a notification of arrival proposes: every filing that comes with the voyage, and what to know before it is listed."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from filings import selectors
from filings.deadlines.crossing import MODES, crossing
from filings.messages.catalogue import Message
from filings.models import Call, Filing
from filings.services import drafting
from filings.services.voyages import found as voyages_found

TABLE: Final = Path(__file__).parent / "tables" / "arrival_warnings.csv"
STOP: Final = "stop"
WARN: Final = "warn"


@dataclass(frozen=True)
class Caution:
    """What to know of a filing before its arrival is notified. weight: stop (it is not proposed) or warn."""

    weight: str
    sentence: str


@dataclass(frozen=True)
class Line:
    """One filing that comes with a voyage, with what it can be listed by. number, kind: of its transport document."""

    filing: Filing
    mrn: str
    number: str
    kind: str
    warnings: tuple[Caution, ...]
    names_it: bool = False  # the filing itself says that it comes with this voyage

    @property
    def is_proposed(self) -> bool:
        """Say whether nothing speaks against listing it."""
        return all(each.weight == WARN for each in self.warnings) and not self.was_told

    @property
    def was_told(self) -> bool:
        """Say whether customs was told before that it arrived."""
        return self.filing.arrival == "announced" or self.filing.state == "arrived"

    @property
    def words(self) -> str:
        """Return what to call it."""
        return self.filing.lrn or self.number or "A draft without LRN"


@dataclass(frozen=True)
class Proposal:
    """What came with a voyage, and what to know of the whole."""

    lines: tuple[Line, ...]
    warnings: tuple[str, ...]

    @property
    def chosen(self) -> tuple[Line, ...]:
        """Return the lines that are proposed."""
        return tuple(line for line in self.lines if line.is_proposed)


def propose(call: Call, *, at: datetime) -> Proposal:
    """Return what a notification of the arrival at a call would list."""
    found = lines(call)
    warnings = []
    if others := voyages_found.near(call.voyage).count():
        count = f"{others} filing names" if others == 1 else f"{others} filings name"
        means = MODES[call.voyage.mode].means
        warnings.append(f"{count} the same {means} with another arrival, and is left out here. Take in what belongs here.")
    if not found:
        warnings.append(f"No filing comes with this {call.voyage.thing}. List the MRNs of others, if there are any.")
    elif not any(line.is_proposed for line in found):
        warnings.append("None of the filings is ready to be listed.")
    if abs(at - call.eta) > voyages_found.NEAR:
        warnings.append("The estimated arrival is more than a week from now. Is this the right one?")
    return Proposal(tuple(found), tuple(warnings))


def lines(call: Call, *, most: int | None = None) -> list[Line]:
    """Return the filings that come with the voyage of a call, or the first of them."""
    return [_line(filing, call) for filing in voyages_found.filings_of(call.voyage)[:most]]


def _line(filing: Filing, call: Call) -> Line:
    number, kind = transport_document(filing)
    names_it = filing.journey_key == call.journey_key and filing.arrives_at == call.eta
    return Line(filing, filing.mrn, number, kind, (*_by_table(filing), *_by_comparing(filing, call)), names_it)


def _by_table(filing: Filing) -> list[Caution]:
    return [row for (name, value), row in warnings_by_fact().items() if str(getattr(filing, name)) == value]


def _by_comparing(filing: Filing, call: Call) -> list[Caution]:
    """Return in what the filing differs from the voyage; what it does not say cannot differ."""
    found, said = [], crossing(filing.document)
    if filing.journey_key and filing.journey_key != call.journey_key:
        sentence = f"It names another means of transport ({filing.journey_key[2:]}); customs would not expect it here."
        found.append(Caution(WARN, sentence))
    if filing.arrives_at and filing.arrives_at != call.eta:
        sentence = f"It names another arrival ({filing.arrives_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC): found by its MRN only."
        found.append(Caution(WARN, sentence))
    if said.office and call.office and said.office != call.office:
        found.append(Caution(WARN, f"It names another office of first entry ({said.office})."))
    return found


def transport_document(filing: Filing) -> tuple[str, str]:
    """Return number and type of the transport document a filing is about, or nothing."""
    number = filing.transport_document
    message = selectors.message_of(filing)
    for path in drafting.transport_documents(message):
        kind = _value(filing, message, f"{path.rpartition('/')[0]}/type")
        if kind and _value(filing, message, path).strip() == number:
            return number, kind
    return ("", "")


def _value(filing: Filing, message: Message, path: str) -> str:
    """Return the first value at a path of what is kept of a filing, without reading the whole of it."""
    here: object = filing.document
    for name in path.split("/"):
        if path not in message.by_path:
            return ""
        here = here[0] if isinstance(here, list) and here else here
        here = here.get(name) if isinstance(here, dict) else None
    return here if isinstance(here, str) else ""


@cache
def warnings_by_fact() -> Mapping[tuple[str, str], Caution]:
    """Return the warnings of the table, by column of a filing and its value."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["column"], row["value"]): Caution(row["weight"], row["words"]) for row in csv.DictReader(file)}
