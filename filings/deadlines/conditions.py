"""The conditions that a row of cases.csv names: each looks at a voyage and says whether it holds, and why.

Where the filing does not tell, the answer is the one that leads to the earlier deadline.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from filings.deadlines.tables import regions
from filings.deadlines.voyage import Reason, Voyage

SHORT_FLIGHT: Final = timedelta(hours=4)  # UCC-DA 106(2)(a)
SHORT_RAIL: Final = timedelta(hours=2)  # UCC-DA 107(a)
SHORT_VOYAGE: Final = timedelta(hours=24)  # UCC-DA 105(d)


@dataclass(frozen=True)
class Answer:
    """Whether a condition holds, and what that rests on."""

    holds: bool
    reasons: tuple[Reason, ...] = ()


def _said(holds: bool, sentence: str) -> Answer:
    return Answer(holds, (Reason(sentence),))


def _assumed(holds: bool, sentence: str) -> Answer:
    return Answer(holds, (Reason(sentence, assumed=True),))


def short_sea(voyage: Voyage) -> Answer:
    """UCC-DA 105(c): the goods come from one of the ports for which the limit is 2 hours before arrival."""
    if voyage.facts.short_sea is not None:
        return _said(voyage.facts.short_sea, "Whether the port of loading is one of short sea was entered.")
    country, port = voyage.loading_place
    if not country:
        return _assumed(False, "The filing names no place of loading; taken as none of the short sea ports.")
    stretches = regions("short_sea").get(country, ())
    if stretches and not port and any(each.ports or each.excepted for each in stretches):
        return _assumed(False, f"Only some ports of {country} are short sea and the filing names no port; taken as another one.")
    found = next((each for each in stretches if each.holds(port)), None)
    if found is None:
        return _said(False, f"Loaded in {country}{port}, which is no short sea port.")
    return _said(True, f"Loaded in {country}{port}: {found.words}.")


def outermost(voyage: Voyage) -> Answer:
    """UCC-DA 105(d): the goods go to a French overseas department, the Azores, Madeira or the Canary Islands."""
    country, port = voyage.unloading_place
    found = next((each for each in regions("outermost").get(country, ()) if each.holds(port)), None)
    return _said(True, f"Unloaded in {country}{port}: {found.words}.") if found else Answer(False)


def short_voyage(voyage: Voyage) -> Answer:
    """UCC-DA 105(d): the voyage takes less than 24 hours."""
    return _shorter(voyage, SHORT_VOYAGE, "voyage")


def containers(voyage: Voyage) -> Answer:
    """UCC-DA 105(a): the cargo is in containers; if any of it is, the earlier limit counts for the filing."""
    if voyage.facts.containers is not None:
        return _said(voyage.facts.containers, "Whether the goods are in containers was entered.")
    given = voyage.container_indicators
    if not given:
        return _assumed(True, "The filing has no container indicator; taken as containers.")
    if len(given) > 1:
        return _said(True, "Some of the goods are in containers (container indicator).")
    return _said("1" in given, f"The goods are {'' if '1' in given else 'not '}in containers (container indicator).")


def short_flight(voyage: Voyage) -> Answer:
    """UCC-DA 106(2)(a): the flight takes less than 4 hours."""
    return _shorter(voyage, SHORT_FLIGHT, "flight")


def short_rail(voyage: Voyage) -> Answer:
    """UCC-DA 107(a): less than 2 hours from the last train formation station outside the customs territory.

    That station is not in a filing. A whole journey of less than 2 hours leaves no room for more from there.
    """
    if voyage.facts.duration is not None or (voyage.duration is not None and voyage.duration < SHORT_RAIL):
        return _shorter(voyage, SHORT_RAIL, "train")
    return _assumed(
        False, "How long the train takes from its last formation station outside is not known; taken as 2 hours or more."
    )


def registered(voyage: Voyage) -> Answer:
    """Customs registered the filing."""
    return Answer(voyage.registration.at is not None)


def _shorter(voyage: Voyage, limit: timedelta, words: str) -> Answer:
    hours = int(limit.total_seconds() // 3600)
    if voyage.duration is None:
        return _assumed(False, f"How long the {words} takes is not known; taken as {hours} hours or more.")
    minutes = int(voyage.duration.total_seconds() // 60)
    source = "was entered" if voyage.facts.duration is not None else "from departure to arrival"
    return _said(voyage.duration < limit, f"The {words} takes {minutes // 60} h {minutes % 60:02} min ({source}).")


CONDITIONS: Final[Mapping[str, Callable[[Voyage], Answer]]] = {
    each.__name__: each for each in (short_sea, outermost, short_voyage, containers, short_flight, short_rail, registered)
}
