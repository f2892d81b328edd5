"""Make one message of any type that passes every check, the same one for the same seed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, cast

from filings.messages import catalogue, writing, xml
from filings.messages.catalogue import DEFAULT, DEFAULT_VERSION, Message
from filings.messages.document import Document
from filings.messages.elements import Edition
from filings.messages.json import from_json
from filings.samples import tables
from filings.samples.conditions import HOUSE, MASTER
from filings.samples.fill import fill, fill_part
from filings.samples.forms import Forms
from filings.samples.scene import scene
from filings.samples.shipment import Shipment
from filings.samples.tables import Facts, Row

Size = Literal["minimal", "full"]
# The day samples are told on when nobody gives one; fixed, so that a seed means one document for ever.
STORY_DAY: Final = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MOST_HOUSES: Final = 99_999
HOUSES: Final = f"{MASTER}/{HOUSE}"
MEANS: Final = "activeBorderTransportMeans"


def sample(
    message_id: str,
    *,
    size: Size = "minimal",
    houses: int = 1,
    seed: int = 0,
    at: datetime = STORY_DAY,
    edition: Edition = (DEFAULT, DEFAULT_VERSION),
) -> Document:
    """Return a message; `to_json()` of it is the JSON form.

    size: "minimal" has what is mandatory or demanded by a condition, "full" everything that may stand, twice
    where it may repeat. houses: house consignments, as many as the message takes. at: the day it is written.
    edition: the message set it is of; what a set has anew, nobody tells of, so it may lack what that set demands.
    :raises catalogue.UnknownMessage: if there is no such message
    :raises MissingFact: if a set demands what is not known
    :raises ValueError: if `houses` is not from 1 to 99,999
    """
    message = catalogue.message(message_id, *edition)
    shipment = _told(message, size, houses, seed, at)
    content = fill(message, scene(message, shipment), optional=shipment.every, turn=seed)
    return from_json({message.root_name: content}, message_set=message.message_set, version=message.version)


def stream(
    message_id: str,
    *,
    size: Size = "minimal",
    houses: int = 1,
    seed: int = 0,
    at: datetime = STORY_DAY,
) -> Iterator[bytes]:
    """Yield the XML of the message `sample` returns, with one house consignment in memory at a time.

    :raises catalogue.UnknownMessage, ValueError: as `sample` does
    """
    message = catalogue.message(message_id)
    shipment = _told(message, size, houses, seed, at)
    if shipment.houses == 1 or HOUSES not in message.by_path:
        return iter([xml.write(sample(message_id, size=size, houses=houses, seed=seed, at=at))])
    facts = scene(message, shipment)
    master = cast("Facts", facts[MASTER])
    others = iter(cast("Iterable[Facts]", master[HOUSE]))
    master[HOUSE] = [next(others)]
    optional = shipment.every
    content = fill(message, facts, optional=optional, turn=seed)
    edition = {"message_set": message.message_set, "version": message.version}
    document = from_json({message.root_name: content}, **edition)

    flat = shipment.houses > xml.MANY
    house = message.element(HOUSES)
    forms = Forms(house, lambda one: fill_part(message, content, HOUSES, one, optional=optional, turn=seed), flat=flat)

    def texts() -> Iterator[str]:
        yield from (xml.write_group(node, house, flat=flat) for node in document.nodes(HOUSES))
        for number, one in enumerate(others, 1):
            yield forms.text(one, shipment.kind(number))

    return writing.splice(document, HOUSES, texts())


def _told(message: Message, size: Size, houses: int, seed: int, at: datetime) -> Shipment:
    """Return the shipment a message tells of."""
    if not 1 <= houses <= MOST_HOUSES:
        raise ValueError(f"houses must be from 1 to {MOST_HOUSES}, not {houses}")
    lane = choose_lane(message, seed)
    return Shipment(
        lane=lane,
        seed=seed,
        houses=min(houses, most_houses(message)),
        copies=2 if size == "full" else 1,
        at=at.astimezone(UTC),
        straight=is_straight(message),
        departure=departure(message, int(lane["hours"]), at.astimezone(UTC), past=seed % 2 == 1),
    )


def choose_lane(message: Message, seed: int) -> Row:
    """Return the trade lane for a seed among those of the modes of transport of a message."""
    modes = message.mode.replace(";", ",").split(",")
    lanes = [lane for lane in tables.lanes() if any(_fits(mode.strip(), lane["mode"]) for mode in modes)]
    choice = lanes or tables.lanes()
    return choice[seed % len(choice)]


def _fits(said: str, mode: str) -> bool:
    """Return whether a lane's mode is what the message table says: "air", "air pre-loading", "postal"."""
    return said == mode or said.startswith(f"{mode} ") or mode.startswith(f"{said} ")


def most_houses(message: Message) -> int:
    """Return how many house consignments a message takes; a message without them may still sum them up."""
    house = message.by_path.get(HOUSES)
    return house.max if house else MOST_HOUSES


def departure(message: Message, hours: int, at: datetime, *, past: bool) -> datetime:
    """Return when the means of transport leaves, so that what a message tells as a fact has happened.

    past: whether it has left where a message may tell either the estimated or the actual departure.
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    left = message.by_path.get(f"{MEANS}/actualDateAndTimeOfDeparture")
    if f"{MEANS}/actualDateAndTimeOfArrival" in message.by_path:
        return hour - timedelta(hours=hours + 1)
    if left and (past or left.status == "M"):
        return hour - timedelta(hours=1)
    return hour + timedelta(days=2)


def is_straight(message: Message) -> bool:
    """Return whether master and house are one transport document: a straight bill or a direct air waybill."""
    paths = message.by_path
    if HOUSES not in paths:
        return False
    numbered = f"{MASTER}/{HOUSE}/transportDocumentHouseLevel" in paths
    mastered = f"{MASTER}/transportDocumentMasterLevel" in paths
    return not numbered or (mastered and most_houses(message) == 1)
