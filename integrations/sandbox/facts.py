"""What customs knows of a registered filing when it writes about it, by the names elements have in its messages.

The writer of letters takes from these what the message has; nothing here knows a message.
"""

from collections.abc import Mapping
from typing import Any, Final

from filings.messages.document import Document, Node
from integrations.sandbox.reading import numbers_of

Facts = dict[str, Any]

MASTER: Final = "transportDocumentMasterLevel"
HOUSE: Final = "transportDocumentHouseLevel"
HOUSES: Final = "consignmentMasterLevel/consignmentHouseLevel"
OFFICES: Final = ("customsOfficeOfFirstEntry/referenceNumber", "actualCustomsOfficeOfFirstEntry/referenceNumber")
SHED: Final = "Customs shed 1"


def of_filing(document: Document, number: str) -> Facts:
    """Return what every message about a filing may say: MRN, Member State, offices, documents."""
    houses = house_documents(document)
    office = office_of(document)
    facts: Facts = {
        "MRN": number or None,
        "responsibleMemberState": {"country": country_of(document)},
        "customsOfficeOfControl": {"referenceNumber": office or f"{country_of(document)}000100"},
        "transportDocumentHouse": houses[:1],
    }
    return {name: value for name, value in facts.items() if value}


def country_of(document: Document) -> str:
    """Return the Member State that is responsible: of the office of first entry, or the one addressed."""
    return (office_of(document) or document.value("addressedMemberState/country") or "")[:2]


def office_of(document: Document) -> str:
    """Return the office of first entry a message names, or nothing."""
    return next((value for path in OFFICES if (value := document.value(path))), "")


def house_documents(document: Document) -> list[Facts]:
    """Return number and type of each house document."""
    return _documents(document, HOUSE)


def master_documents(document: Document) -> list[Facts]:
    """Return number and type of each master document."""
    return _documents(document, MASTER)


def containers(document: Document) -> list[Facts]:
    """Return each container, once."""
    name = "containerIdentificationNumber"
    return [{name: number} for number in numbers_of(document, "transportEquipment", name)]


def receptacles(document: Document) -> list[Facts]:
    """Return each receptacle, once."""
    name = "receptacleIdentificationNumber"
    return [{name: number} for number in numbers_of(document, "receptacle", name)]


def goods(document: Document) -> Facts:
    """Return the goods a ban to load is about (R3025): mail by item, air by house document, else by container."""
    first_house = house_documents(document)[:1]
    return (
        {"transportDocument": first_house}
        if first_house and flies(document)
        else {
            "transportEquipment": containers(document),
            "receptacle": receptacles(document),
        }
    )


def flies(document: Document) -> bool:
    """Say whether the goods of a filing are analysed before they are loaded on an aircraft."""
    return document.message.air_preloading_analysis


def control(document: Document, *, at_office: str) -> list[Facts]:
    """Return one control of the goods of a filing (R3029, R3030): by what it names of them, the first that there is."""
    houses = [{HOUSE: one} for one in house_documents(document)[:1]]
    master: Facts = {
        "receptacle": receptacles(document)[:1],
        "transportEquipment": containers(document)[:1],
        "consignmentHouseLevel": houses or _items(document) or [{HOUSE: one} for one in master_documents(document)[:1]],
    }
    return [
        {
            "examinationPlace": {"placeOfExamination": f"{SHED}, {at_office}"},
            "controlSubject": {"consignmentMasterLevel": {name: value for name, value in master.items() if value}},
        }
    ]


def error(code: str, sentence: str, pointer: str) -> Facts:
    """Return one error as messages tell it."""
    return {"description": sentence, "validationCode": code, "pointer": {"messageElementPath": pointer}}


def _items(document: Document) -> list[Facts]:
    numbers = document.values(f"{HOUSES}/goodsItem/goodsItemNumber") if HOUSES in document.message.by_path else []
    return [{"goodsItem": [{"goodsItemNumber": number}]} for number in numbers[:1]]


def _documents(document: Document, name: str) -> list[Facts]:
    found: dict[str, Mapping[str, str]] = {}
    for node in document.root.walk():
        if node.name == name and (said := _leaves(node)).get("documentNumber"):
            found.setdefault(said["documentNumber"], said)
    return [dict(each) for each in found.values()]


def _leaves(node: Node) -> dict[str, str]:
    return {child.name: child.text for child in node.children if child.text}
