"""The goods of a shipment, with the names of the specification: house consignments and the master above them.

Every dictionary holds all that any message may ask for; `fill` takes what the table of one message has.
"""

from collections.abc import Iterator
from decimal import Decimal

from filings.samples import identifiers, tables
from filings.samples.shipment import HOUSES_A_CONTAINER, HOUSES_A_RECEPTACLE, Shipment
from filings.samples.tables import Facts, Row

UNKNOWN_CONSIGNEE, LOW_VALUE = "10600", "10900"
MASTER_DOCUMENTS = {"sea": "N704", "air": "N741", "road": "N730", "rail": "N720"}
STRAIGHT_DOCUMENTS = {"sea": "N705", "air": "N740", "road": "N730", "rail": "N720"}
HOUSE_DOCUMENTS = {"sea": "N714", "air": "N703", "road": "N730", "rail": "N720"}
# Bulk and unpacked goods have a kind of package but no number of packages (C3035, C3036).
# Substance hazardous to the environment, liquid: what dangerous goods are beside their own class.
POLLUTANT = "3082"
BULK = {"VQ", "VG", "VL", "VY", "VR", "VS", "VO", "NE", "NF", "NG"}


def houses(shipment: Shipment) -> Iterator[Facts]:
    """Yield the house consignments one by one, so that many of them need no room at once."""
    return (house(shipment, number) for number in range(shipment.houses))


def house(shipment: Shipment, number: int) -> Facts:
    """Return one house consignment; what few messages ask for is told when asked."""
    items = [goods_item(shipment, number, item) for item in range(shipment.copies)]
    goods = [shipment.goods(number, item) for item in range(shipment.copies)]

    def consignor() -> Facts:
        return shipment.party(shipment.shipper(number))

    def consignee() -> Facts:
        return shipment.party(shipment.buyer(number))

    destination = tables.home(shipment.buyer(number))
    return {
        **common(shipment, number),
        "placeOfDelivery": lambda: shipment.place(destination),
        "countriesOfRoutingOfConsignment": lambda: routing(countries_of_consignment(shipment.lane, destination)),
        "totalGrossMass": mass(sum(map(gross, goods), Decimal())),
        "consignor": consignor,
        "consignee": consignee,
        "notifyParty": lambda: shipment.party(shipment.lane["forwarder"]),
        "goodsShipment": {"buyer": consignee, "seller": consignor},
        "goodsItem": items,
        "transportEquipment": equipment(shipment, number)[: shipment.copies],
        "passiveBorderTransportMeans": lambda: passive(shipment),
        "transportDocumentHouseLevel": lambda: house_document(shipment, number),
        "transportDocumentMasterLevel": lambda: master_document(shipment),
        "referenceNumberUCR": {
            "referenceNumberUCR": f"{shipment.at:%y}{shipment.lane['loading'][:2]}{shipment.base}H{number + 1}"
        },
        "receptacle": lambda: [{"receptacleIdentificationNumber": shipment.receptacle(number)}],
        "totalAmountInvoiced": lambda: amount(sum((Decimal(row["eur"]) * int(row["packages"]) for row in goods), Decimal())),
        "additionsAndDeductions": [{"amount": amount(Decimal(12))}],
        "postalCharges": {"postalCharges": amount(Decimal("18.40"))},
        "additionalFiscalReferences": {"role": "FR5", "VATIdentificationNumber": "IM3720018246"},
    }


def common(shipment: Shipment, number: int) -> Facts:
    """Return what house and master consignments have alike."""
    lane = shipment.lane
    return {
        "containerIndicator": "1" if shipment.boxed else "0",
        "placeOfAcceptance": lambda: shipment.place(lane["acceptance"]),
        "placeOfDelivery": shipment.place(lane["delivery"]),
        "supportingDocuments": lambda: documents(shipment, f"{number + 1}")[: shipment.copies],
        "additionalInformation": lambda: information(shipment)[: shipment.copies],
        "additionalSupplyChainActor": lambda: actors(shipment)[: shipment.copies],
        "transportCharges": {"methodOfPayment": "ZHDYA"[number % 5]},
    }


def master(shipment: Shipment) -> Facts:
    """Return the master consignment: the sum of its houses, from one consolidator to the other."""
    lane = shipment.lane
    totals = master_goods(shipment)
    boxes = {box: None for number in range(0, shipment.houses, HOUSES_A_CONTAINER) for box in boxes_of(shipment, number)}
    bags = {shipment.receptacle(number): None for number in range(0, shipment.houses, HOUSES_A_RECEPTACLE)}
    more = [shipment.receptacle(shipment.houses + HOUSES_A_RECEPTACLE)] if shipment.every else []
    consignor = "jade" if lane["loading"].startswith(("CN", "HK")) else shipment.shipper(0)
    return {
        **common(shipment, 0),
        "supportingDocuments": documents(shipment, "M")[: shipment.copies],
        "totalGrossMass": mass(sum((weight for weight, _ in totals.values()), Decimal())),
        "carrier": shipment.party(lane["carrier"]),
        "consignor": shipment.party(consignor),
        "consignee": shipment.party(lane["forwarder"]),
        "notifyParty": shipment.party(lane["forwarder"]),
        "goodsItem": [master_item(shipment, place, key, *totals[key]) for place, key in enumerate(totals)],
        "placeOfLoading": shipment.place(lane["loading"]),
        "placeOfUnloading": shipment.place(lane["unloading"]),
        "transportDocumentMasterLevel": master_document(shipment),
        "transportEquipment": [box_facts(shipment, box) for box in boxes],
        "passiveBorderTransportMeans": passive(shipment),
        "receptacle": [{"receptacleIdentificationNumber": bag} for bag in (*bags, *more)],
        "referenceNumberUCR": unique_reference(shipment, "M"),
    }


def master_goods(shipment: Shipment) -> dict[str, tuple[Decimal, int]]:
    """Return weight and packages of each kind of goods over all houses."""
    totals: dict[str, tuple[Decimal, int]] = {}
    for number in range(shipment.houses):
        for item in range(shipment.copies):
            row = shipment.goods(number, item)
            weight, packages = totals.get(row["key"], (Decimal(), 0))
            totals[row["key"]] = weight + gross(row), packages + int(row["packages"])
    return totals


def master_item(shipment: Shipment, place: int, key: str, weight: Decimal, packages: int) -> Facts:
    """Return the goods item of a master consignment for one kind of goods."""
    row = tables.rows("goods")[key]
    return {
        **item_facts(shipment, row, 0, place),
        "weight": {"grossMass": mass(weight), "netMass": mass(weight)},
        "packaging": [packaging(shipment, row, packages, 0), packaging(shipment, row, 1, 1)][: shipment.copies],
    }


def goods_item(shipment: Shipment, number: int, item: int) -> Facts:
    """Return one goods item of a house consignment."""
    row = shipment.goods(number, item)
    worth = Decimal(row["eur"]) * int(row["packages"])
    return {
        **item_facts(shipment, row, number, item),
        "weight": {"grossMass": mass(gross(row)), "netMass": mass(Decimal(row["net"]) * int(row["packages"]))},
        "packaging": packages_of(shipment, row, number),
        "itemAmountInvoiced": amount(worth),
        "postalValue": amount(worth),
    }


def item_facts(shipment: Shipment, row: Row, number: int, item: int) -> Facts:
    """Return what goods items of house and master consignments have alike."""
    commodity: Facts = {
        "descriptionOfGoods": row["description"],
        "commodityCode": {"harmonizedSystemSubHeadingCode": row["hs"], "combinedNomenclatureCode": row["cn"]},
        "cusCode": row["cus"] or None,
        "dangerousGoods": [{"UNNumber": row["un"]}, {"UNNumber": POLLUTANT}][: shipment.copies] if row["un"] else None,
    }
    return {
        "goodsItemNumber": str(item + 1),
        "supportingDocuments": lambda: documents(shipment, f"{number + 1}.{item + 1}")[: shipment.copies],
        "additionalInformation": lambda: information(shipment, f"{row['description']}, lot {number + 1}.{item + 1}")[
            : shipment.copies
        ],
        "additionalSupplyChainActor": lambda: actors(shipment, item)[: shipment.copies],
        "commodity": commodity,
        "transportEquipment": lambda: equipment(shipment, number)[2 * item : 2 * item + 2],
        "passiveBorderTransportMeans": lambda: passive(shipment)[item:],
        "countryOfOrigin": {"country": row["origin"]},
        "typeOfGoods": "31" if shipment.trade == "postal" else "11",
    }


def packages_of(shipment: Shipment, row: Row, number: int) -> list[Facts]:
    """Return the packages of an item: all of one kind, and where things repeat, the last one marked apart."""
    count = int(row["packages"])
    if not shipment.every:
        return [packaging(shipment, row, count, number)]
    return [packaging(shipment, row, max(count - 1, 1), number), packaging(shipment, row, 1, number + 1)]


def packaging(shipment: Shipment, row: Row, count: int, number: int) -> Facts:
    """Return packages of one kind."""
    marks = {"shippingMarks": f"{row['key'].upper()} {shipment.base}/{number + 1}", "numberOfPackages": str(count)}
    return {"typeOfPackages": row["package"], **({} if row["package"] in BULK else marks)}


def equipment(shipment: Shipment, number: int) -> list[Facts]:
    """Return the containers of a house consignment."""
    return [box_facts(shipment, box) for box in boxes_of(shipment, number)]


def boxes_of(shipment: Shipment, number: int) -> list[str]:
    """Return the container numbers of a house consignment: one, or two for its first item and one for its second."""
    count = 3 if shipment.every else 1
    return [shipment.container(number, copy) for copy in range(count)] if shipment.boxed else []


def box_facts(shipment: Shipment, box: str) -> Facts:
    """Return a container with its seals."""
    seals = [{"identifier": identifiers.seal(identifiers.draw(10**7, box, place))} for place in range(shipment.copies)]
    return {
        "containerSizeAndType": "45" if shipment.mode == "sea" else "21",
        "containerPackedStatus": "B",
        "containerSupplierType": "2",
        "containerIdentificationNumber": box,
        "numberOfSeals": str(len(seals)),
        "seal": seals,
    }


def passive(shipment: Shipment) -> list[Facts]:
    """Return what stands on the active means of transport: trailer or wagons."""
    lane = shipment.lane
    if not lane["passive"]:
        return []
    first, more = lane["passive"], identifiers.draw(9000, lane["key"], "second")
    second = identifiers.wagon(first, more) if lane["passive_type"] == "20" else f"{first.rsplit(' ', 1)[0]} {more + 1000}"
    return [
        {
            "identificationNumber": number,
            "typeOfIdentification": lane["passive_type"],
            "typeOfMeansOfTransport": lane["passive_means"],
            "nationality": lane["flag"] if shipment.mode == "rail" else lane["routing"][:2],
        }
        for number in (first, second)[: shipment.copies]
    ]


def master_document(shipment: Shipment) -> Facts:
    """Return the master transport document."""
    kinds = STRAIGHT_DOCUMENTS if shipment.straight else MASTER_DOCUMENTS
    return {"documentNumber": shipment.master_number(), "type": kinds[shipment.mode]}


def house_document(shipment: Shipment, number: int) -> Facts:
    """Return a house transport document; for post it is the declaration on the item."""
    kinds = STRAIGHT_DOCUMENTS if shipment.straight else HOUSE_DOCUMENTS
    kind = "C665" if shipment.trade == "postal" else kinds[shipment.mode]
    return {"documentNumber": shipment.house_number(number), "type": kind}


def unique_reference(shipment: Shipment, mark: str) -> Facts:
    """Return a unique consignment reference: year, country, number of the trader."""
    return {"referenceNumberUCR": f"{shipment.at.year % 10}{shipment.lane['loading'][:2]}{shipment.base}{mark}"}


def documents(shipment: Shipment, mark: str) -> list[Facts]:
    """Return supporting documents: commercial invoice and packing list."""
    return [
        {"referenceNumber": f"INV-{shipment.base}-{mark}", "type": "N380"},
        {"referenceNumber": f"PL-{shipment.base}-{mark}", "type": "N271"},
    ]


def information(shipment: Shipment, text: str = "Bill to order, notify party takes delivery") -> list[Facts]:
    """Return additional information: what it says of consignee or customs declaration, and a remark."""
    parcel = shipment.trade in {"express", "postal"}
    remark = "Low value consignment, customs declaration lodged together" if parcel else text
    return [
        {"code": LOW_VALUE if parcel else UNKNOWN_CONSIGNEE, "text": remark},
        {"code": LOW_VALUE if parcel else UNKNOWN_CONSIGNEE, "text": f"Shipment {shipment.base}"},
    ]


def actors(shipment: Shipment, item: int = 0) -> list[Facts]:
    """Return further parties of the supply chain: who made the goods, and who forwards or stores them."""
    return [
        {"identificationNumber": tables.eori(shipment.shipper(item)), "role": "MF"},
        {"identificationNumber": tables.eori(shipment.lane["forwarder"]), "role": "WH" if item else "FW"},
    ]


def routing(countries: list[str]) -> list[Facts]:
    """Return countries in the order they are passed."""
    return [{"sequenceNumber": str(place), "country": country} for place, country in enumerate(countries, 1)]


def countries_of_consignment(lane: Row, destination: str) -> list[str]:
    """Return the countries the goods pass, from acceptance to delivery (R3022)."""
    passed = [lane["acceptance"][:2], *lane["routing"].split(), destination[:2]]
    return [country for place, country in enumerate(passed) if place == 0 or country != passed[place - 1]]


def gross(row: Row) -> Decimal:
    """Return the gross mass of an item in kilograms."""
    return Decimal(row["kg"]) * int(row["packages"])


def mass(kilos: Decimal) -> str:
    """Return a mass without needless zeros."""
    return f"{kilos.normalize():f}"


def amount(value: Decimal) -> Facts:
    """Return an amount of money in euro."""
    return {"value": f"{value:.2f}", "currency": "EUR"}
