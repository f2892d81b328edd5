"""Everything a filing may say about one shipment, with the names of the specification."""

from datetime import datetime

from filings.messages.catalogue import Message
from filings.samples import answers, consignments, identifiers, tables
from filings.samples.shipment import Shipment
from filings.samples.tables import Facts

MODES = {"sea": "1", "rail": "2", "road": "3", "air": "4"}


def scene(message: Message, shipment: Shipment) -> Facts:
    """Return the facts one message can choose from."""
    lane = shipment.lane
    consignee = shipment.buyer(0)
    master = consignments.master(shipment)
    master["supplementaryDeclarant"] = supplement(lane["forwarder"], "1")
    master["consignmentHouseLevel"] = (
        {
            **house,
            "carrier": {"identificationNumber": tables.eori(lane["carrier"])},
            "supplementaryDeclarant": supplements(message, shipment, consignee),
        }
        for house in consignments.houses(shipment)
    )
    country, (declarant, agent) = lane["office"][:2], parties(message, shipment)
    split = shipment.copies > 1
    return {
        "LRN": reference(message, shipment),
        "MRN": movement(message, shipment),
        "documentIssueDate": moment(shipment.at),
        "SpecificCircumstanceIndicator": message.sci or lane["filing"],
        "reEntryIndicator": "0",
        "splitConsignment": {
            "splitConsignmentIndicator": "1" if split else "0",
            "previousMRN": identifiers.mrn(country, shipment.at, "previous", lane["key"], shipment.seed),
        },
        "previousDocument": {"identification": identifiers.mrn(country, shipment.at, "F23", lane["key"], shipment.seed)},
        "addressedMemberState": {"country": country},
        "responsibleMemberState": {"country": country},
        "representative": agent,
        "declarant": shipment.party(declarant),
        "activeBorderTransportMeans": means(shipment),
        "consignmentMasterLevel": master,
        "customsOfficeOfFirstEntry": {"referenceNumber": lane["office"]},
        **answers.facts(message, shipment, movement(message, shipment)),
    }


def parties(message: Message, shipment: Shipment) -> tuple[str, Facts]:
    """Return the key of the declarant and the representative: who files depends on the level."""
    lane = shipment.lane
    files_below = message.addressed_by == "addressed Member State"
    lowest = message.level.startswith("goods-shipment")
    declarant = shipment.buyer(0) if lowest else lane["forwarder"] if files_below else lane["carrier"]
    return declarant, {**shipment.party("bogenschutz"), "status": "2"}


def means(shipment: Shipment) -> Facts:
    """Return the active means of transport and its voyage."""
    lane = shipment.lane
    return {
        "identificationNumber": lane["means"],
        "typeOfIdentification": lane["id_type"],
        "typeOfMeansOfTransport": lane["means_type"],
        "nationality": lane["flag"],
        "ModeOfTransport": MODES[shipment.mode],
        "actualDateAndTimeOfDeparture": moment(shipment.departure),
        "estimatedDateAndTimeOfDeparture": moment(shipment.departure),
        "actualDateAndTimeOfArrival": moment(shipment.arrival),
        "estimatedDateAndTimeOfArrival": moment(shipment.arrival),
        "conveyanceReferenceNumber": lane["conveyance"] or lane["means"],
        "countriesOfRoutingOfMeansOfTransport": consignments.routing(lane["routing"].split()),
    }


def reference(message: Message, shipment: Shipment) -> str:
    """Return the LRN: of the arrival notification where it is about one, else of the filing."""
    about = "ARN" if "personNotifyingTheArrival" in message.root.by_name else message.sci or shipment.lane["filing"]
    return identifiers.lrn(about, shipment.at, about, shipment.lane["key"], shipment.seed)


def movement(message: Message, shipment: Shipment) -> str:
    """Return the MRN: of the arrival where its registration is reported, else of the filing."""
    country, registers = shipment.lane["office"][:2], "registrationDate" in message.root.by_name
    arrival = registers and "SpecificCircumstanceIndicator" not in message.root.by_name
    key = message.sci or shipment.lane["filing"], shipment.lane["key"], shipment.seed
    return identifiers.mrn(country, shipment.at, *key, procedure="Z" if arrival else "T")


def supplement(key: str, kind: str) -> list[Facts]:
    """Return the party that files the level below (CL745: 1 house, 2 sub-house)."""
    return [{"identificationNumber": tables.eori(key), "supplementaryFilingType": kind}]


def supplements(message: Message, shipment: Shipment, consignee: str) -> list[Facts]:
    """Return who files below a house consignment: its consignee, and where things repeat another one."""
    kind = "1" if message.level == "master" else "2"
    return [*supplement(consignee, kind), *supplement("druckfarben", kind)][: shipment.copies]


def moment(at: datetime) -> str:
    """Return a time as the messages write it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
