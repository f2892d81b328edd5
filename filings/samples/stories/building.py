"""The words stories are told with. Each returns facts with the names of the specification.

Unlike the seeds of `sample`, a story says every number itself; only sums and check digits are worked out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from filings.messages import catalogue
from filings.samples import tables
from filings.samples.consignments import mass, routing
from filings.samples.tables import Facts

BULK_SOLID = "VR"
# Two words that belong together: shipper and buyer, or from where to where.
Pair = tuple[str, str]


@dataclass(frozen=True)
class Filing:
    """One filing of a story: the message, the word that ends the name of its file, and its facts."""

    message: str
    about: str
    facts: Facts = field(repr=False)


@dataclass(frozen=True)
class Story:
    """One story: the name of its folder and its filings in the order they are sent."""

    slug: str
    filings: tuple[Filing, ...]


def filing(indicator: str, about: str, *, lrn: str, at: str, declarant: str, **more: object) -> Filing:
    """Return a filing with the heading that all have alike."""
    heading: Facts = {
        "LRN": lrn,
        "documentIssueDate": at,
        "SpecificCircumstanceIndicator": indicator,
        "reEntryIndicator": "0",
        "splitConsignment": {"splitConsignmentIndicator": "0"},
        "declarant": party(declarant),
    }
    return Filing(f"IE3{indicator}", about, {**heading, **more})


def to_state(country: str) -> Facts:
    """Return the Member State a house level filing is addressed to."""
    return {"country": country}


def to_office(reference: str) -> Facts:
    """Return the customs office of first entry."""
    return {"referenceNumber": reference}


def agent(key: str) -> Facts:
    """Return a direct representative."""
    return {**party(key), "status": "2"}


def party(key: str) -> Facts:
    """Return a party with its main contact; identification numbers of third countries are left out."""
    facts = tables.party(key, contacts=1)
    facts.pop("status")
    if tables.rows("parties")[key]["id"][:2] not in EU_PREFIXES:
        facts.pop("identificationNumber")
    return facts


EU_PREFIXES = frozenset(catalogue.code_list("CL717").names)


def carrier(key: str) -> Facts:
    """Return the carrier of a house level filing: it is known by its EORI alone."""
    return {"identificationNumber": tables.eori(key)}


def supplement(key: str, kind: str) -> list[Facts]:
    """Return who files the level below (CL745: 1 house, 2 sub-house)."""
    return [{"identificationNumber": tables.eori(key), "supplementaryFilingType": kind}]


def voyage(mode: str, countries: str, *, leaves: str, arrives: str, left: bool = False, **means: str) -> Facts:
    """Return the active means of transport; `left` when the departure is a fact and no estimate."""
    departure = "actualDateAndTimeOfDeparture" if left else "estimatedDateAndTimeOfDeparture"
    return {
        **means,
        "ModeOfTransport": mode,
        departure: leaves,
        "estimatedDateAndTimeOfArrival": arrives,
        "countriesOfRoutingOfMeansOfTransport": routing(countries.split()),
    }


def document(number: str, kind: str) -> Facts:
    """Return a transport document."""
    return {"documentNumber": number, "type": kind}


def paper(kind: str, number: str) -> Facts:
    """Return a supporting document: N380 commercial invoice, N271 packing list, N325 proforma invoice …"""
    return {"referenceNumber": number, "type": kind}


def passing(countries: str) -> list[Facts]:
    """Return the countries a consignment passes, in order."""
    return routing(countries.split())


def goods(key: str, packages: int, marks: str, *, number: int = 1, kg: str = "", **more: object) -> Facts:
    """Return a goods item: so many packages of goods of the table, `kg` gross if not what the table says."""
    row = tables.rows("goods")[key]
    commodity: Facts = {
        "descriptionOfGoods": row["description"],
        "commodityCode": {"harmonizedSystemSubHeadingCode": row["hs"], "combinedNomenclatureCode": row["cn"]},
        "dangerousGoods": [{"UNNumber": row["un"]}] if row["un"] else None,
    }
    counted = {"shippingMarks": marks, "numberOfPackages": str(packages)}
    gross = Decimal(kg) if kg else Decimal(row["kg"]) * packages
    return {
        "goodsItemNumber": str(number),
        "commodity": commodity,
        "weight": {"grossMass": mass(gross), "netMass": mass(Decimal(row["net"]) * packages)},
        "packaging": [{"typeOfPackages": row["package"], **({} if row["package"] == BULK_SOLID else counted)}],
        **more,
    }


def consignment(items: Sequence[Facts], **more: object) -> Facts:
    """Return a consignment with the sum of the masses of its items."""
    return {"goodsItem": list(items), "totalGrossMass": total(items), "containerIndicator": "0", **more}


def total(items: Sequence[Facts]) -> str:
    """Return the gross mass of some goods items."""
    weights = [item["weight"] for item in items]
    return mass(sum((Decimal(weight["grossMass"]) for weight in weights if isinstance(weight, dict)), Decimal()))


def box(number: str, size: str, *seals: str) -> Facts:
    """Return a container under its seals."""
    return {
        "containerIdentificationNumber": number,
        "containerSizeAndType": size,
        "containerPackedStatus": "B",
        "containerSupplierType": "2",
        "numberOfSeals": str(len(seals)) if seals else None,
        "seal": [{"identifier": seal} for seal in seals] or None,
    }


def parties(shipper: str, buyer: str) -> Facts:
    """Return consignor and consignee."""
    return {"consignor": party(shipper), "consignee": party(buyer)}


def sale(seller: str, buyer: str) -> Facts:
    """Return seller and buyer of the goods."""
    return {"seller": party(seller), "buyer": party(buyer)}


def towns(acceptance: str, delivery: str, loading: str = "", unloading: str = "") -> Facts:
    """Return the places of a consignment: UN/LOCODE, or `country:name`."""
    places = {
        "placeOfAcceptance": acceptance,
        "placeOfDelivery": delivery,
        "placeOfLoading": loading,
        "placeOfUnloading": unloading,
    }
    return {name: tables.place(code) for name, code in places.items() if code}


def paid(method: str) -> Facts:
    """Return who pays the carriage (CL116)."""
    return {"methodOfPayment": method}


def ucr(number: str) -> Facts:
    """Return a unique consignment reference."""
    return {"referenceNumberUCR": number}


def euro(value: str) -> Facts:
    """Return an amount of money."""
    return {"value": value, "currency": "EUR"}
