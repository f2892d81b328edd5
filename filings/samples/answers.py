"""What customs and filers tell each other about a shipment that was filed: the facts of N, Q and R messages."""

from datetime import timedelta

from filings.messages.catalogue import Message
from filings.samples import consignments, identifiers, tables
from filings.samples.shipment import HOUSES_A_RECEPTACLE, Shipment
from filings.samples.tables import Facts

ERRORS = (
    ("81", "The transport document is in use by another live filing.", "consignmentMasterLevel/transportDocumentMasterLevel"),
    ("12", "The country is not in the code list.", "consignmentMasterLevel/consignmentHouseLevel[1]/consignee/address/country"),
)


def facts(message: Message, shipment: Shipment, mrn: str) -> Facts:
    """Return the facts that stand outside of filings, by their names at the top of a message."""
    lane, when = shipment.lane, f"{shipment.at + timedelta(minutes=12):%Y-%m-%dT%H:%M:%SZ}"
    control = shipment.arrival + timedelta(hours=6)
    # Who recommends methods of screening asks for screening (CL735).
    kind = "RFS" if "referralRequestDetails/recommendedHRCMScreeningMethod" in message.by_path else "RFI"
    mover = {**shipment.party(lane["carrier"]), "status": None}
    return {
        "registrationDate": when,
        "notificationDate": when,
        "completionDate": when,
        "scheduledControlDate": f"{control:%Y-%m-%dT%H:%M:%SZ}",
        "functionalReference": identifiers.lrn("CNS", shipment.at, lane["key"], shipment.seed),
        "dataRequest": "1",
        "requester": {"identificationNumber": tables.eori(lane["forwarder"])},
        "carrier": {"identificationNumber": tables.eori(lane["carrier"])},
        "notifyParty": [shipment.party(lane["forwarder"]), shipment.party("bogenschutz")][: shipment.copies],
        "personNotifyingTheArrival": mover,
        "supplementaryDeclarant": [{"identificationNumber": tables.eori(key)} for key in (lane["forwarder"], "velox")][
            : shipment.copies
        ],
        "actualCustomsOfficeOfFirstEntry": {"referenceNumber": lane["office"]},
        "customsOfficeOfControl": {"referenceNumber": lane["office"]},
        "transportDocument": consignments.master_document(shipment),
        "transportDocumentHouse": [consignments.house_document(shipment, number) for number in range(shipment.copies)],
        "relatedTransportDocument": [consignments.master_document(shipment), consignments.house_document(shipment, 0)][
            : shipment.copies
        ],
        "relatedMRN": [{"identification": mrn}, {"identification": another(shipment)}][: shipment.copies],
        "referralRequestReference": reference(shipment, 0),
        "error": [error(*row) for row in ERRORS[: shipment.copies]],
        "ENSEntity": [
            {"type": "ENF", "identification": mrn, "state": "03"},
            {"type": "CML", "identification": shipment.master_number(), "state": "10"},
        ][: shipment.copies],
        "referralRequestDetails": [request(shipment, number, kind) for number in range(shipment.copies)],
        "additionalInformationResponse": [response(shipment, number) for number in range(shipment.copies)],
        "hrcmScreeningResults": [screening(shipment, number) for number in range(shipment.copies)],
        "assessmentComplete": goods_of(shipment),
        "doNotLoadDetails": goods_of(shipment),
        "control": [control_of(shipment, number) for number in range(shipment.copies)],
    }


def error(code: str, sentence: str, path: str) -> Facts:
    """Return one reason for a refusal, with the pointer to the element."""
    return {
        "technicalErrorMessage": f"{code}: {sentence}",
        "description": sentence,
        "validationCode": code,
        "pointer": {"messageElementPath": f"/{path}"},
    }


def reference(shipment: Shipment, number: int) -> str:
    """Return the reference customs gives to a referral."""
    return f"RFR{shipment.at:%y%j}{shipment.base:07}{number + 1:02}"


def request(shipment: Shipment, number: int, kind: str) -> Facts:
    """Return one referral: what customs wants to know about a house consignment."""
    return {
        "referralRequestReference": reference(shipment, number),
        "requestType": kind,
        "recommendedHRCMScreeningMethod": [{"method": "XRY"}, {"method": "ETD"}][: shipment.copies],
        "transportDocumentHouse": consignments.house_document(shipment, number),
        "transportDocumentMaster": consignments.master_document(shipment),
        "supportingDocuments": consignments.documents(shipment, f"{number + 1}")[: shipment.copies],
        "additionalInformation": remarks("State what the goods are used for and who makes them", shipment.copies),
        "pointer": {"messageElementPath": f"/{ERRORS[1][2]}"},
    }


def response(shipment: Shipment, number: int) -> Facts:
    """Return the answer to one referral."""
    return {
        "referralRequestReference": reference(shipment, number),
        "additionalInformation": remarks("Spare parts for household use, maker named in the invoice", shipment.copies),
        "binaryAttachment": files("invoice", shipment.copies),
        "transportDocumentHouseLevel": consignments.house_document(shipment, number),
    }


def screening(shipment: Shipment, number: int) -> Facts:
    """Return the screening result of a house consignment."""
    screener = shipment.party("securair")
    return {
        "referralRequestReference": reference(shipment, number),
        "result": "1",
        "screeningMethod": [{"method": "XRY"}, {"method": "ETD"}],
        "additionalInformation": remarks("Screened piece by piece before build-up", shipment.copies),
        "authorizedPerson": screener,
        "binaryFile": files("screening", shipment.copies),
        "facilityPlace": {"address": screener["address"]},
        "transportDocumentHouseLevel": consignments.house_document(shipment, number),
    }


def goods_of(shipment: Shipment) -> Facts:
    """Return the goods a decision is about: receptacles, house document or containers."""
    houses = range(shipment.copies)
    return {
        "receptacle": bags(shipment),
        "transportDocument": [consignments.house_document(shipment, number) for number in houses],
        "transportEquipment": consignments.equipment(shipment, 0) or None,
    }


def control_of(shipment: Shipment, number: int) -> Facts:
    """Return one control: where, and on which goods."""
    houses = [consignments.house(shipment, number + copy) for copy in range(shipment.copies)]
    marked = {
        "shippingMarks": f"{shipment.lane['document']} {shipment.base}/{number + 1}",
        "typeOfPackages": shipment.goods(number, 0)["package"],
    }
    marks = [marked, {**marked, "shippingMarks": f"{marked['shippingMarks']}/B"}][: shipment.copies]
    items = [item for house in houses for item in items_of(house)]
    for item in items:
        item["packaging"] = marks
    subject: Facts = {
        "receptacle": bags(shipment),
        "goodsItem": items_of(houses[0]),
        "consignmentHouseLevel": houses,
        "packaging": marks,
        "transportEquipment": houses[0]["transportEquipment"],
    }
    place = f"{shipment.lane['unloading'][2:]} customs shed {number + 1}"
    return {
        "examinationPlace": {"placeOfExamination": place, "referenceNumber": f"{shipment.lane['office']}EX{number + 1}"},
        "controlSubject": {"consignmentMasterLevel": subject},
    }


def items_of(house: Facts) -> list[Facts]:
    """Return the goods items of a house consignment."""
    items = house["goodsItem"]
    return items if isinstance(items, list) else []


def bags(shipment: Shipment) -> list[Facts] | None:
    """Return the mail receptacles concerned; where everything is told, goods that are no mail have some as well."""
    if shipment.trade != "postal" and not shipment.every:
        return None
    numbers = range(0, shipment.copies * HOUSES_A_RECEPTACLE, HOUSES_A_RECEPTACLE)
    return [{"receptacleIdentificationNumber": shipment.receptacle(number)} for number in numbers]


def another(shipment: Shipment) -> str:
    """Return the MRN of another filing for the same voyage."""
    return identifiers.mrn(shipment.lane["office"][:2], shipment.at, "another", shipment.lane["key"], shipment.seed)


def remarks(text: str, count: int) -> list[Facts]:
    """Return additional information in words."""
    texts = (text, f"{text} (second note)")
    return [{"code": "10100", "text": one, "type": "ACB"} for one in texts[:count]]


def files(name: str, count: int) -> list[Facts]:
    """Return attachments; their bytes travel beside the message and are named by `cid:`."""
    return [
        {
            "identification": f"cid:{name}-{number + 1}@landfall.example",
            "filename": f"{name}-{number + 1}.pdf",
            "MIME": "application/pdf",
            "description": f"{name.capitalize()} as a scan, page {number + 1}",
        }
        for number in range(count)
    ]
