"""For each rule a way to break it where it stands: a change of the document, and where it must be told.

A way gets the site: the document, the group the element is in with its XPath, and the line of the element.
It returns the XPath the finding must have, or None if it cannot be done there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from filings.messages.catalogue import Element
from filings.messages.document import Document, Node
from tests.filings.rules.material import insert, occurrences, remove, specimen, step

HOUSE = "consignmentMasterLevel/consignmentHouseLevel"
ABROAD = "US"


@dataclass(frozen=True)
class Site:
    document: Document
    group: Node
    place: str
    spec: Element

    @property
    def root(self) -> Node:
        return self.document.root

    @property
    def here(self) -> str:
        return step(self.place, self.spec)

    def give(self) -> Node:
        """Return the first occurrence of the element, put in if it is not there."""
        if not self.group.named(self.spec.name):
            above = self.spec.path.rpartition("/")[0]
            message = self.document.message
            insert(self.group, message.by_path[above], list(specimen(message.id, self.spec.path)))
        return self.group.named(self.spec.name)[0]


Way = Callable[[Site], str | None]


def value(wrong: str, **others: str) -> Way:
    """Return the way that gives the element a wrong value, and siblings the values under which it is wrong."""

    def way(site: Site) -> str | None:
        site.give().set_text(wrong)
        for name, text in others.items():
            sibling = site.group.first(name)
            if sibling is None:
                sibling = Node(name)
                above = site.spec.path.rpartition("/")[0]
                insert(site.group, site.document.message.by_path[above], [sibling])
                sibling = site.group.named(name)[0]
            sibling.set_text(text)
        return site.here

    return way


def under_mode(wrong: str, mode: str) -> Way:
    def way(site: Site) -> str | None:
        site.give().set_text(wrong)
        site.document.set("activeBorderTransportMeans/ModeOfTransport", mode)
        return site.here

    return way


def without(*names: str) -> Way:
    """Return the way that takes things out of the group the rule stands on."""

    def way(site: Site) -> str | None:
        node = site.give()
        for name in names:
            remove(node, name)
        return site.here

    return way


def neither(at: str, *paths: str) -> Way:
    """Return the way that takes out all alternatives, wherever in the message they stand."""

    def way(site: Site) -> str | None:
        for path in paths:
            above, _, name = path.rpartition("/")
            for _, group in list(occurrences(site.document, above)):
                remove(group, name)
        spec = site.document.message.by_path[at]
        return step(f"/{site.document.message.id}" + (f"/{at.rpartition('/')[0]}" if "/" in at else ""), spec)

    return way


def representative_is_declarant(site: Site) -> str | None:
    site.give().set_text(site.document.value("declarant/identificationNumber") or "")
    return site.here


def first_stop_abroad(site: Site) -> str | None:
    stops = site.group.named(site.spec.name)
    at = min(range(len(stops)), key=lambda place: int(stops[place].first("sequenceNumber").text))  # type: ignore[union-attr,arg-type]
    stops[at].first("country").set_text(ABROAD)  # type: ignore[union-attr]
    return f"{step(site.place, site.spec, at + 1)}/country"


def last_stop_abroad(site: Site) -> str | None:
    stops = site.group.named(site.spec.name)
    at = max(range(len(stops)), key=lambda place: int(stops[place].first("sequenceNumber").text))  # type: ignore[union-attr,arg-type]
    stops[at].first("country").set_text(ABROAD)  # type: ignore[union-attr]
    return f"{step(site.place, site.spec, at + 1)}/country"


def all_stops_abroad(site: Site) -> str | None:
    site.give()
    for stop in site.group.named(site.spec.name):
        stop.first("country").set_text(ABROAD)  # type: ignore[union-attr]
    return site.here


def passive_nowhere(site: Site) -> str | None:
    house = next(node for _, node in occurrences(site.document, HOUSE))
    remove(house, site.spec.name)
    for item in house.named("goodsItem"):
        remove(item, site.spec.name)
    return f"/{site.document.message.id}/consignmentMasterLevel/consignmentHouseLevel[1]/{site.spec.name}[1]".replace(
        "consignmentHouseLevel[1]", _house_step(site)
    )


def _house_step(site: Site) -> str:
    return "consignmentHouseLevel" + ("[1]" if site.document.message.by_path[HOUSE].repeats else "")


def number_with_a_gap(site: Site) -> str | None:
    site.give().set_text("77777")
    return site.here


def the_same_on_every_item(site: Site) -> str | None:
    """Say on each of several goods items what the house could say, or says."""
    house = next(node for _, node in occurrences(site.document, HOUSE))
    items = house.named("goodsItem")
    if len(items) < 2:
        return None
    name = site.spec.name
    message = site.document.message
    source = list(specimen(message.id, site.spec.path))
    for item in items:
        remove(item, name)
        insert(item, message.by_path[f"{HOUSE}/goodsItem"], source)
    if site.spec.path == f"{HOUSE}/{name}":
        remove(house, name)
        insert(house, message.by_path[HOUSE], source)
    return site.here


def related_both(site: Site) -> str | None:
    for name in ("relatedMRN", "relatedTransportDocument"):
        remove(site.root, name)
        insert(site.root, site.document.message.root, list(specimen(site.document.message.id, name)))
    return f"/{site.document.message.id}/relatedMRN[1]"


def two_houses_with_one_document(site: Site) -> str | None:
    houses = list(occurrences(site.document, HOUSE))
    if len(houses) < 2:
        return None
    numbers = [house.named(site.spec.name)[0].first("documentNumber") for _, house in houses]
    numbers[1].set_text(numbers[0].text or "")  # type: ignore[union-attr]
    return f"{houses[1][0]}/{site.spec.name}/documentNumber"


def arrival_before_departure(site: Site) -> str | None:
    site.give().set_text("2001-01-01T00:00:00Z" if site.spec.name.endswith("Arrival") else "2099-01-01T00:00:00Z")
    at = f"{site.place}/estimatedDateAndTimeOfArrival"
    if not site.group.named("estimatedDateAndTimeOfArrival"):
        return None
    if not [name for name in ("actual", "estimated") if site.group.named(f"{name}DateAndTimeOfDeparture")]:
        return None
    return at


WAYS: dict[str, Way] = {
    "R3002": without("number", "poBox"),
    "R3004": value("26BE00000000000A"),
    "R3005": value("?1"),
    "R3006": value("040 123456", type="TE"),
    "R3007": without("conveyanceReferenceNumber", "identificationNumber"),
    "R3008": passive_nowhere,
    "R3009": value("IMO9741371", typeOfIdentification="10"),
    "R3010": value("1234567", typeOfIdentification="80"),
    "R3011": under_mode("80", "1"),
    "R3012": under_mode("10", "8"),
    "R3013": first_stop_abroad,
    "R3014": last_stop_abroad,
    "R3016": number_with_a_gap,
    "R3017": number_with_a_gap,
    "R3018": all_stops_abroad,
    "R3020": value("123"),
    "R3021": value("MSCU 1"),
    "R3022": all_stops_abroad,
    "R3025": without("receptacle", "transportDocument", "transportEquipment"),
    "R3027": neither(
        "activeBorderTransportMeans/estimatedDateAndTimeOfArrival",
        "activeBorderTransportMeans/estimatedDateAndTimeOfArrival",
        "relatedMRN",
    ),
    "R3028": neither("MRN", "MRN", "transportDocument", "transportDocumentHouse"),
    "R3029": without("placeOfExamination", "referenceNumber"),
    "R3030": without(
        "receptacle", "goodsItem", "consignmentHouseLevel", "packaging", "transportEquipment", "transportDocumentHouseLevel"
    ),
    "R3031": the_same_on_every_item,
    "R3033": representative_is_declarant,
    "R3034": neither("customsOfficeOfFirstEntry", "customsOfficeOfFirstEntry", "addressedMemberState"),
    "R3035": without("estimatedDateAndTimeOfDeparture", "actualDateAndTimeOfDeparture"),
    "R3048": related_both,
    "R3051": value("1"),
    "R3052": two_houses_with_one_document,
    "R3053": arrival_before_departure,
}
