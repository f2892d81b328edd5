"""Rules about means of transport: how they are identified, when they leave and arrive, which countries they pass."""

from collections.abc import Iterator

from filings.messages import catalogue
from filings.rules.hints import country_of
from filings.rules.registry import At, Breach, group, parent, value
from filings.rules.scope import MASTER, Scope

ROUTE_CODE = "12"
# A place in the list of countries passed: number of the occurrence, country.
Stop = tuple[int, str]


@group("R3007", code="13")
def border_transport_is_identified(at: At) -> Iterator[Breach]:
    """Give the conveyance reference number, or the identification number together with its type (R3007)."""
    for index, means in enumerate(at.nodes, 1):
        given = {child.name for child in means.children}
        identified = {"identificationNumber", "typeOfIdentification"} <= given
        if not identified and "conveyanceReferenceNumber" not in given:
            sentence = "Give “Conveyance reference number”, or “Identification number” together with “Type of identification”."
            yield Breach(sentence, at=index)
        elif identified and "conveyanceReferenceNumber" in given:
            sentence = (
                "“Conveyance reference number” and “Identification number” are alternatives; "
                "customs may refuse both, so leave one out if you can."
            )
            yield Breach(sentence, "warning", at=index)


@parent("R3008", code="13", on=("passiveBorderTransportMeans",))
def passive_transport_stands_somewhere(at: At) -> Iterator[Breach]:
    """Give the passive border transport means on the house consignment or on its goods items (R3008)."""
    items = at.parent.kids.get("goodsItem")
    if items is None:
        # Said once, on the house consignment, and not again on each of its goods items.
        return
    on_items = any(item.first(at.spec.name) for item in items)
    if not at.nodes and not on_items:
        yield Breach(f"Give “{at.spec.title}” here or on the goods items.")
    elif at.nodes and on_items:
        sentence = (
            f"“{at.spec.title}” stands on the house consignment and on goods items; one of the two is meant, so leave one out."
        )
        yield Breach(sentence, "warning")


@value("R3011", code="12")
def sea_ships_have_an_imo_number(given: str, here: Scope) -> Breach | None:
    """At sea (mode 1) the means of transport is identified by its IMO number, type 10 (R3011)."""
    if here.root.value("activeBorderTransportMeans/ModeOfTransport") != "1" or given == "10":
        return None
    return Breach(f"The mode of transport is 1 (sea), so use 10, an IMO number; it is {given}.", repair="10")


@value("R3012", code="12")
def inland_vessels_have_an_eni_number(given: str, here: Scope) -> Breach | None:
    """On inland waterways (mode 8) the means of transport is identified by its ENI number, type 80 (R3012)."""
    if here.root.value("activeBorderTransportMeans/ModeOfTransport") != "8" or given == "80":
        return None
    return Breach(f"The mode of transport is 8 (inland waterway), so use 80, an ENI number; it is {given}.", repair="80")


def route(at: At) -> list[Stop]:
    """Return the countries passed, in the order of their sequence numbers; none if one cannot be read."""
    stops = []
    for index, node in enumerate(at.nodes, 1):
        number, country = node.first("sequenceNumber"), node.first("country")
        if number is None or country is None or not country.text or not (number.text or "").isdecimal():
            return []
        stops.append((int(number.text or 0), index, country.text))
    return [(index, country) for _, index, country in sorted(stops)]


def _meets(at: At, place: str, stop: Stop, which: str) -> Iterator[Breach]:
    """Yield the breach that one end of the route is not in the country of a place of the master consignment."""
    found = at.parent.root.nodes(f"{MASTER}/{place}")
    country = country_of(found[0]) if found else ""
    index, passed = stop
    if country and passed != country:
        title = at.message.element(f"{MASTER}/{place}").title
        sentence = f"“{title}” is in {country}, so the {which} country of the route must be {country}; it is {passed}."
        yield Breach(sentence, at=index, below="country")


@group("R3013", code=ROUTE_CODE)
def route_starts_where_goods_are_loaded(at: At) -> Iterator[Breach]:
    """The route of the means of transport begins in the country of the place of loading (R3013)."""
    if stops := route(at):
        yield from _meets(at, "placeOfLoading", stops[0], "first")


@group("R3014", code=ROUTE_CODE)
def route_ends_where_goods_are_unloaded(at: At) -> Iterator[Breach]:
    """The route of the means of transport ends in the country of the place of unloading (R3014)."""
    if stops := route(at):
        yield from _meets(at, "placeOfUnloading", stops[-1], "last")


@group("R3018", code=ROUTE_CODE)
def route_enters_where_the_office_is(at: At) -> Iterator[Breach]:
    """The first Member State (CL717) on the route is the country of the customs office of first entry (R3018)."""
    members = catalogue.code_list("CL717", *at.message.edition).names
    office = at.parent.root.value("customsOfficeOfFirstEntry/referenceNumber")[:2]
    stops = route(at)
    if not stops or not office:
        return
    entry = next((stop for stop in stops if stop[1] in members), None)
    if entry is None:
        yield Breach(
            f"No country of the route is a Member State; “Customs office of first entry” is in {office}, so give {office}."
        )
    elif entry[1] != office:
        first = f"the first Member State of the route is {entry[1]}"
        sentence = f"“Customs office of first entry” is in {office}, but {first}; correct one of the two."
        yield Breach(sentence, at=entry[0], below="country")


@group("R3035", code="13")
def departure_is_estimated_or_actual(at: At) -> Iterator[Breach]:
    """Give the estimated or the actual date and time of departure (R3035)."""
    for index, means in enumerate(at.nodes, 1):
        given = {child.name for child in means.children} & {"estimatedDateAndTimeOfDeparture", "actualDateAndTimeOfDeparture"}
        if not given:
            sentence = "Give “Estimated date and time of departure” or “Actual date and time of departure”."
            yield Breach(sentence, at=index)
        elif len(given) > 1:
            sentence = (
                "The estimated and the actual departure are alternatives; customs may refuse both, so leave one out if you can."
            )
            yield Breach(sentence, "warning", at=index)


@group("R3053", code="103")
def arrival_follows_departure(at: At) -> Iterator[Breach]:
    """The estimated arrival is not earlier than the actual or the estimated departure (R3053)."""
    # It stands on all three dates; it is said at the arrival, which customs' code 103 is about.
    if at.spec.name != "estimatedDateAndTimeOfArrival":
        return
    arrival = _moment(at.parent, at.spec.name)
    for kind in ("actual", "estimated"):
        departure = _moment(at.parent, f"{kind}DateAndTimeOfDeparture")
        if arrival and departure and arrival < departure:
            sentence = f"The arrival ({arrival}) is before the {kind} departure ({departure}); correct one of the two."
            yield Breach(sentence)


def _moment(here: Scope, name: str) -> str:
    """Return a date and time that is written as it should be; as text such moments compare as in time."""
    spec = here.spec.by_name.get(name)
    text = here.value(name)
    return text if spec and spec.quick(text) else ""
