"""What a filing says about its journey, and what a person added to it; every reading remembers where it is from.

A moment that is not in the filing may follow from another one. Then it comes with a reason that says what was assumed,
so that nobody takes a guess for a fact.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

from filings.deadlines.tables import modes
from filings.messages.document import Document

MEANS: Final = "activeBorderTransportMeans"
MASTER: Final = "consignmentMasterLevel"
HOUSE: Final = f"{MASTER}/consignmentHouseLevel"
MODE: Final = f"{MEANS}/ModeOfTransport"
ARRIVAL: Final = f"{MEANS}/estimatedDateAndTimeOfArrival"
ACTUAL: Final = f"{MEANS}/actualDateAndTimeOfDeparture"
ESTIMATED: Final = f"{MEANS}/estimatedDateAndTimeOfDeparture"
IDENTIFICATION: Final = f"{MEANS}/typeOfIdentification"
LOADING_PLACE: Final = f"{MASTER}/placeOfLoading"
UNLOADING_PLACE: Final = f"{MASTER}/placeOfUnloading"
CONTAINERS: Final = (f"{MASTER}/containerIndicator", f"{HOUSE}/containerIndicator")
VESSELS: Final = frozenset("18")
ON_BOARD: Final = frozenset("23")  # what a vessel may carry as a whole: wagons, lorries
MODE_WORDS: Final = {"1": "sea", "2": "rail", "3": "road", "4": "air", "8": "inland waterway"}  # CL018
# Names of facts, as `missing` gives them where no element of the filing would help.
LOADING_FACT: Final = "fact:loading_at"
ARRIVAL_FACT: Final = "fact:arrival_at"
DEPARTURE_FACT: Final = "fact:departure_at"


@dataclass(frozen=True)
class Facts:
    """What a person knows and the filing does not say; a fact goes before the filing's own datum.

    duration: of the flight, of the voyage, or of the train from the last formation station outside.
    active_mode: CL018, of the means of transport that moves by itself, such as the ferry under the lorry.
    """

    loading_at: datetime | None = None
    departure_at: datetime | None = None
    arrival_at: datetime | None = None
    registered_at: datetime | None = None
    carrier_cut_off: datetime | None = None
    duration: timedelta | None = None
    active_mode: str = ""
    containers: bool | None = None
    short_sea: bool | None = None
    force_majeure: bool = False


@dataclass(frozen=True)
class Reason:
    """Why a case was chosen or a moment taken. assumed: nobody said so."""

    sentence: str
    assumed: bool = False


@dataclass(frozen=True)
class Moment:
    """A moment (UTC) with the element path or fact it is from; without one, the paths that would tell."""

    at: datetime | None
    source: str = ""
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Voyage:
    """A filing and the facts beside it, read for deadlines."""

    document: Document
    facts: Facts

    @cached_property
    def _mode(self) -> tuple[str, tuple[Reason, ...]]:
        if self.facts.active_mode:
            words = MODE_WORDS.get(self.facts.active_mode, self.facts.active_mode)
            return self.facts.active_mode, (
                Reason(f"The active means of transport goes by {words}, as was entered (UCC-DA 110)."),
            )
        said = (self.document.value(MODE) or "").strip()
        named_by = (self.document.value(IDENTIFICATION) or "").strip()[:1]
        if said in ON_BOARD and named_by in VESSELS:
            words = f"{MODE_WORDS.get(said, said)}, but it is identified as one of {MODE_WORDS[named_by]}"
            sentence = f"The mode at the border says {words}: taken as carried on that means of transport (UCC-DA 110)."
            return named_by, (Reason(sentence, assumed=True),)
        if said:
            return said, ()
        code, sure = modes().get(self.document.message.mode, ("", True))
        sentence = f"The filing does not name the mode of transport; taken as {MODE_WORDS.get(code, code)}."
        return code, () if sure else (Reason(sentence, assumed=True),)

    @property
    def mode(self) -> str:
        """Return the mode (CL018) of the active means of transport, "" if nothing tells."""
        return self._mode[0]

    @property
    def mode_reasons(self) -> tuple[Reason, ...]:
        """Return why it is that mode, where the filing does not say so plainly."""
        return self._mode[1]

    @cached_property
    def arrival(self) -> Moment:
        """Return when it arrives at the first place in the customs territory."""
        return self._moment(self.facts.arrival_at, ARRIVAL_FACT, (ARRIVAL,))

    @cached_property
    def departure(self) -> Moment:
        """Return when it departs: the actual time before the estimated one."""
        found = self._moment(self.facts.departure_at, DEPARTURE_FACT, (ACTUAL, ESTIMATED))
        if found.source != ESTIMATED:
            return found
        reason = Reason("Counted from the estimated departure, as the actual one is not known yet.", assumed=True)
        return Moment(found.at, found.source, reasons=(reason,))

    @cached_property
    def loading(self) -> Moment:
        """Return when loading begins; no element says so, so that it may have to be taken from the departure."""
        if self.facts.loading_at:
            return Moment(utc(self.facts.loading_at), LOADING_FACT)
        departure = self.departure
        if departure.at is None:
            return Moment(None, missing=(LOADING_FACT, *(path for path in departure.missing if path != DEPARTURE_FACT)))
        sentence = "No element says when loading begins; counted from the departure, which is later. Enter the time of loading."
        return Moment(departure.at, departure.source, reasons=(Reason(sentence, assumed=True),))

    @cached_property
    def registration(self) -> Moment:
        """Return when customs registered the filing."""
        return Moment(utc(self.facts.registered_at) if self.facts.registered_at else None, "fact:registered_at")

    @cached_property
    def duration(self) -> timedelta | None:
        """Return how long the journey takes, if both ends are known and in order."""
        if self.facts.duration is not None:
            return self.facts.duration
        departs, arrives = self.departure.at, self.arrival.at
        return arrives - departs if departs and arrives and arrives >= departs else None

    @property
    def loading_place(self) -> tuple[str, str]:
        """Return country and port (last three signs of UN/LOCODE) of loading, "" for what is not known."""
        return self._place(LOADING_PLACE)

    @property
    def unloading_place(self) -> tuple[str, str]:
        """Return country and port of unloading."""
        return self._place(UNLOADING_PLACE)

    @cached_property
    def container_indicators(self) -> frozenset[str]:
        """Return the container indicators given, of the master or of its houses."""
        return frozenset(value.strip() for path in CONTAINERS for value in self.document.values(path) if value.strip())

    def _place(self, path: str) -> tuple[str, str]:
        code = (self.document.value(f"{path}/UNLOCODE") or "").strip().upper()
        country = (self.document.value(f"{path}/address/country") or "").strip().upper()
        return (code[:2], code[2:5]) if len(code) >= 5 else (country, "")

    def _moment(self, fact: datetime | None, name: str, paths: Iterable[str]) -> Moment:
        if fact:
            return Moment(utc(fact), name)
        known = [path for path in paths if path in self.document.message.by_path]
        for path in known:
            if at := read_moment(self.document.value(path)):
                return Moment(at, path)
        return Moment(None, missing=tuple(known) or (name,))


def utc(at: datetime) -> datetime:
    """Return a moment in UTC.

    :raises ValueError: if it does not say its zone: no clock time is a moment without one.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone is no moment")
    return at.astimezone(UTC)


def read_moment(text: str | None) -> datetime | None:
    """Return what a date and time of the interface says, in UTC; None for what is none or names no zone."""
    try:
        at = datetime.fromisoformat((text or "").strip())
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
