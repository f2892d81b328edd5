"""By which vessel or aircraft, and when, a filing says that its goods come in: what the filings of one journey share.

    crossing({"activeBorderTransportMeans": {...}})  ->  Crossing(mode="1", number="IMO9819038", eta=...)

Which element names the journey is a row of tables/journeys.csv; a mode without a row has no arrival notification.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from filings.deadlines.tables import rows
from filings.deadlines.voyage import ON_BOARD, VESSELS, read_moment

MEANS: Final = "activeBorderTransportMeans"
OFFICE: Final = "customsOfficeOfFirstEntry"


@dataclass(frozen=True)
class Mode:
    """A mode of transport whose arrival is notified: how its journeys are called, and which element names them."""

    mode: str  # CL018
    thing: str
    means: str
    element: str
    identification: str  # CL750
    number_words: str


@dataclass(frozen=True)
class Crossing:
    """What a filing says of its journey; "" and None for what it does not say."""

    mode: str = ""
    number: str = ""
    eta: datetime | None = None
    office: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        """Return mode and number as one, "" if it names no journey that could be notified."""
        return key_of(self.mode, self.number) if self.mode and self.number else ""


MODES: Final[Mapping[str, Mode]] = {
    row["mode"]: Mode(row["mode"], row["thing"], row["means"], row["element"], row["identification"], row["number_words"])
    for row in rows("journeys")
}


def key_of(mode: str, number: str) -> str:
    """Return what the filings of a journey have in common; spelling does not matter."""
    return f"{mode} {''.join(number.split()).upper()}"[:40]


def crossing(content: Mapping[str, Any]) -> Crossing:
    """Return what the content of a filing says of its journey; what cannot be read is taken as not said."""
    means = content.get(MEANS)
    if not isinstance(means, dict):
        return Crossing()
    said, named_by = _text(means, "ModeOfTransport"), _text(means, "typeOfIdentification")[:1]
    mode = MODES.get(named_by if said in ON_BOARD and named_by in VESSELS else said)
    return Crossing(
        mode=mode.mode if mode else "",
        number=_text(means, mode.element) if mode else "",
        eta=read_moment(_text(means, "estimatedDateAndTimeOfArrival")),
        office=_text(content.get(OFFICE), "referenceNumber"),
        place=_text(_inside(content, "consignmentMasterLevel", "placeOfUnloading"), "UNLOCODE"),
    )


def _inside(content: Any, *names: str) -> Any:
    for name in names:
        content = content.get(name) if isinstance(content, Mapping) else None
        content = content[0] if isinstance(content, list) and content else content
    return content


def _text(group: Any, name: str) -> str:
    value = group.get(name) if isinstance(group, Mapping) else None
    return value.strip() if isinstance(value, str) else ""
