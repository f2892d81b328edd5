"""Deep-sea consolidation: bills of lading, master, house and straight."""

from typing import Final

from filings.samples.stories.building import (
    Pair,
    Story,
    agent,
    box,
    carrier,
    consignment,
    document,
    filing,
    goods,
    paid,
    paper,
    parties,
    party,
    passing,
    sale,
    supplement,
    to_office,
    to_state,
    towns,
    ucr,
    voyage,
)
from filings.samples.tables import Facts

# --- 1. Shanghai to Hamburg: one master bill with two house bills, and one straight bill, on the same ship ---

MASTER_BILL: Final = document("NDML482041107", "N704")
STRAIGHT_BILL: Final = document("NDML482041122", "N705")
CHAIRS_BILL: Final = document("BRBS26110418", "N714")
LAMPS_BILL: Final = document("BRBS26110419", "N714")
CHAIRS_BOX: Final = box("TRHU4288173", "45", "NL0482117")
LAMPS_BOX: Final = box("CAIU7310458", "44", "NL0482118")
TOOLS_BOX: Final = box("TRHU5192630", "44", "SZ7719024")
CHAIRS: Final = goods("chairs", 420, "HARTWIG BIELEFELD 1-420")
LAMPS: Final = goods("lamps", 650, "LICHTHAUS BREMEN 1-650")
# The ship calls at Le Havre before Hamburg, so the first office in the EU is French.
LE_HAVRE: Final = "FR002300"
NORDMEER_ALBATROS: Final = voyage(
    "1",
    "CN SG EG FR DE",
    leaves="2026-11-18T14:00:00Z",
    arrives="2026-12-21T05:00:00Z",
    identificationNumber="IMO9741372",
    typeOfIdentification="10",
    typeOfMeansOfTransport="1511",
    nationality="PT",
)
BY_SEA: Final[Facts] = {"ModeOfTransport": "1"}


def house_bill(bill: Facts, item: Facts, container: Facts, who: Pair, town: str, **more: object) -> Facts:
    """Return the master consignment of a house level filing with one house bill of this master bill."""
    house = consignment(
        [item],
        containerIndicator="1",
        transportEquipment=[container],
        transportDocumentHouseLevel=bill,
        transportDocumentMasterLevel=MASTER_BILL,
        carrier=carrier("nordmeer"),
        countriesOfRoutingOfConsignment=passing("CN SG EG FR DE"),
        transportCharges=paid("Y"),
        **towns("CNSGH", town),
        **parties(*who),
        **more,
    )
    return {"consignmentHouseLevel": [house]}


DEEP_SEA: Final = Story(
    "01-deep-sea-consolidation",
    (
        filing(
            "F12",
            "master-bill",
            lrn="NDM-26-0431W-00017",
            at="2026-11-16T07:40:00Z",
            declarant="nordmeer",
            activeBorderTransportMeans=NORDMEER_ALBATROS,
            customsOfficeOfFirstEntry=to_office(LE_HAVRE),
            consignmentMasterLevel=consignment(
                [CHAIRS, {**LAMPS, "goodsItemNumber": "2"}],
                containerIndicator="1",
                carrier=party("nordmeer"),
                transportDocumentMasterLevel=MASTER_BILL,
                transportEquipment=[CHAIRS_BOX, LAMPS_BOX],
                supplementaryDeclarant=supplement("brabant", "1"),
                transportCharges=paid("Y"),
                referenceNumberUCR=ucr("6NL851746302-SHA-1103"),
                **towns("CNSGH", "DEHAM", "CNSGH", "DEHAM"),
                **parties("jade", "brabant"),
            ),
        ),
        filing(
            "F15",
            "dining-chairs",
            lrn="BRB-26-SHA-04418",
            at="2026-11-15T10:05:00Z",
            declarant="brabant",
            addressedMemberState=to_state("FR"),
            activeBorderTransportMeans=BY_SEA,
            consignmentMasterLevel=house_bill(
                CHAIRS_BILL,
                CHAIRS,
                CHAIRS_BOX,
                ("haixin", "hartwig"),
                "DEBFE",
                goodsShipment=sale("haixin", "hartwig"),
                supportingDocuments=[paper("N380", "HX-INV-2611-077")],
                referenceNumberUCR=ucr("6DE310284759102846-5521"),
            ),
        ),
        filing(
            "F14",
            "led-lamps",
            lrn="BRB-26-SHA-04419",
            at="2026-11-15T10:20:00Z",
            declarant="brabant",
            addressedMemberState=to_state("FR"),
            activeBorderTransportMeans=BY_SEA,
            consignmentMasterLevel=house_bill(
                LAMPS_BILL,
                LAMPS,
                LAMPS_BOX,
                ("luminex", "lichthaus"),
                "DE:Bremen",
                notifyParty=party("lichthaus"),
                supplementaryDeclarant=supplement("lichthaus", "2"),
                supportingDocuments=[paper("N380", "LMX-2026-11830")],
            ),
        ),
        filing(
            "F16",
            "led-lamps-buyer",
            lrn="LHN-2026-ENS-0093",
            at="2026-11-15T13:30:00Z",
            declarant="lichthaus",
            representative=agent("bogenschutz"),
            addressedMemberState=to_state("FR"),
            consignmentMasterLevel={
                "consignmentHouseLevel": [
                    {
                        "transportDocumentHouseLevel": LAMPS_BILL,
                        "transportDocumentMasterLevel": MASTER_BILL,
                        "carrier": carrier("nordmeer"),
                        "goodsShipment": sale("luminex", "lichthaus"),
                    }
                ]
            },
        ),
        filing(
            "F13",
            "straight-bill-battery-packs",
            lrn="NDM-26-0431W-00018",
            at="2026-11-16T07:55:00Z",
            declarant="nordmeer",
            activeBorderTransportMeans=NORDMEER_ALBATROS,
            customsOfficeOfFirstEntry=to_office(LE_HAVRE),
            consignmentMasterLevel={
                "carrier": party("nordmeer"),
                "transportDocumentMasterLevel": STRAIGHT_BILL,
                **{key: place for key, place in towns("CNSGH", "DEHAM", "CNSGH", "DEHAM").items() if key.endswith("ading")},
                "consignmentHouseLevel": [
                    consignment(
                        [goods("packs", 380, "WERKHOF KASSEL 1-380")],
                        containerIndicator="1",
                        transportEquipment=[TOOLS_BOX],
                        supplementaryDeclarant=supplement("werkhof", "1"),
                        transportCharges=paid("H"),
                        additionalSupplyChainActor=[{"identificationNumber": "NL851746302", "role": "FW"}],
                        **towns("CNSGH", "DE:Kassel"),
                        **parties("baotian", "werkhof"),
                    )
                ],
            },
        ),
        filing(
            "F17",
            "straight-bill-buyer",
            lrn="WH-ENS-26-0411",
            at="2026-11-16T09:10:00Z",
            declarant="werkhof",
            addressedMemberState=to_state("FR"),
            consignmentMasterLevel={
                "consignmentHouseLevel": [
                    {
                        "transportDocumentMasterLevel": STRAIGHT_BILL,
                        "carrier": carrier("nordmeer"),
                        "goodsShipment": sale("baotian", "werkhof"),
                        "supportingDocuments": [paper("N380", "BT-20261118-04")],
                    }
                ]
            },
        ),
    ),
)
