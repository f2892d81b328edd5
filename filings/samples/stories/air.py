"""General air cargo: master and house air waybills."""

from typing import Final

from filings.messages import numbers
from filings.samples.stories.building import (
    Pair,
    Story,
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
    supplement,
    to_office,
    to_state,
    towns,
    ucr,
    voyage,
)
from filings.samples.tables import Facts

# --- 3. Hong Kong to Luxembourg: two house air waybills of a forwarder below one master, and two that the airline files alone ---

MASTER_AWB: Final = document("877-44102870", "N741")
HEADPHONES_AWB: Final = document("BRBA26110731", "N703")
BOARDS_AWB: Final = document("BRBA26110732", "N703")
AIRLINE_MASTER: Final = document("877-44103124", "N741")
AIRLINE_HOUSE: Final = document("JOLHKG7740215", "N703")
HEADPHONES: Final = goods("headphones", 96, "VESTA EHV 1-96")
BOARDS: Final = goods("boards", 40, "CELTRONIC GNB 1-40")
CHIPS: Final = goods("chips", 22, "CELTRONIC GNB DRAM 1-22")
LUXEMBOURG: Final = "LU715000"
# What customs called the first set of data (IE3R01 to the forwarder); see samples/README.md on this exception.
FIRST_MRN: Final = numbers.mrn(year=2026, country="LU", serial="00BRBA26731")
BY_AIR: Final[Facts] = {"ModeOfTransport": "4"}
AR7302: Final = voyage(
    "4",
    "HK LU",
    leaves="2026-11-11T16:20:00Z",
    arrives="2026-11-12T05:10:00Z",
    left=True,
    conveyanceReferenceNumber="AR7302",
)


def minimum(awb: Facts, item: Facts, shipper: str, buyer: str, **more: object) -> Facts:
    """Return the master consignment of a pre-loading filing: the least that is said of one house."""
    house = consignment([item], transportDocumentHouseLevel=awb, **parties(shipper, buyer), **more)
    return {"consignmentHouseLevel": [house]}


def whole(awb: Facts, item: Facts, who: Pair, route: Pair, passed: str, **more: object) -> Facts:
    """Return a house consignment as told before arrival."""
    return consignment(
        [item],
        transportDocumentHouseLevel=awb,
        transportDocumentMasterLevel=MASTER_AWB,
        carrier=carrier("aurelia"),
        countriesOfRoutingOfConsignment=passing(passed),
        transportCharges=paid("Y"),
        **towns(*route),
        **parties(*who),
        **more,
    )


GENERAL_AIR: Final = Story(
    "03-general-air-cargo",
    (
        filing(
            "F23",
            "headphones-before-loading",
            lrn="BRB-26-HKG-07731",
            at="2026-11-09T09:15:00Z",
            declarant="brabant",
            addressedMemberState=to_state("LU"),
            consignmentMasterLevel=minimum(HEADPHONES_AWB, HEADPHONES, "kowloon", "vesta"),
        ),
        filing(
            "F25",
            "headphones-master-reference",
            lrn="BRB-26-HKG-07733",
            at="2026-11-10T03:40:00Z",
            declarant="brabant",
            addressedMemberState=to_state("LU"),
            previousDocument={"identification": FIRST_MRN},
            consignmentMasterLevel={
                "consignmentHouseLevel": [
                    {
                        "transportDocumentHouseLevel": HEADPHONES_AWB,
                        "transportDocumentMasterLevel": MASTER_AWB,
                        "carrier": carrier("aurelia"),
                    }
                ]
            },
        ),
        filing(
            "F26",
            "circuit-boards",
            lrn="BRB-26-HKG-07732",
            at="2026-11-10T04:05:00Z",
            declarant="brabant",
            addressedMemberState=to_state("LU"),
            activeBorderTransportMeans=BY_AIR,
            consignmentMasterLevel={
                "consignmentHouseLevel": [
                    whole(
                        BOARDS_AWB,
                        BOARDS,
                        ("kowloon", "celtronic"),
                        ("HKHKG", "FRGNB"),
                        "HK LU FR",
                        supportingDocuments=[paper("N380", "KMD-26-55108")],
                        referenceNumberUCR=ucr("6FR52837164900024-PCB-88"),
                    )
                ]
            },
        ),
        filing(
            "F22",
            "headphones-before-arrival",
            lrn="BRB-26-HKG-07734",
            at="2026-11-11T10:30:00Z",
            declarant="brabant",
            addressedMemberState=to_state("LU"),
            activeBorderTransportMeans=BY_AIR,
            consignmentMasterLevel={
                "consignmentHouseLevel": [
                    whole(
                        HEADPHONES_AWB,
                        HEADPHONES,
                        ("kowloon", "vesta"),
                        ("HKHKG", "NL:Eindhoven"),
                        "HK LU NL",
                        supportingDocuments=[paper("N380", "KMD-26-55097")],
                    )
                ]
            },
        ),
        filing(
            "F21",
            "master-air-waybill",
            lrn="AUR-7302-111126-0041",
            at="2026-11-11T16:45:00Z",
            declarant="aurelia",
            activeBorderTransportMeans=AR7302,
            customsOfficeOfFirstEntry=to_office(LUXEMBOURG),
            consignmentMasterLevel=consignment(
                [HEADPHONES, {**BOARDS, "goodsItemNumber": "2"}],
                carrier=party("aurelia"),
                transportDocumentMasterLevel=MASTER_AWB,
                supplementaryDeclarant=supplement("brabant", "1"),
                transportCharges=paid("Y"),
                **towns("HKHKG", "LULUX", "HKHKG", "LULUX"),
                **parties("harbourline", "brabant"),
            ),
        ),
        filing(
            "F24",
            "memory-chips-before-loading",
            lrn="BRB-26-HKG-07740",
            at="2026-11-10T06:50:00Z",
            declarant="brabant",
            addressedMemberState=to_state("LU"),
            consignmentMasterLevel=minimum(
                AIRLINE_HOUSE,
                CHIPS,
                "hanbit",
                "celtronic",
                transportDocumentMasterLevel=AIRLINE_MASTER,
                carrier=carrier("aurelia"),
            ),
        ),
        filing(
            "F27",
            "memory-chips-before-arrival",
            lrn="AUR-7302-111126-0042",
            at="2026-11-11T16:50:00Z",
            declarant="aurelia",
            activeBorderTransportMeans=AR7302,
            customsOfficeOfFirstEntry=to_office(LUXEMBOURG),
            consignmentMasterLevel=consignment(
                [CHIPS],
                carrier=party("aurelia"),
                transportDocumentMasterLevel=AIRLINE_MASTER,
                transportCharges=paid("Y"),
                consignmentHouseLevel=[whole(AIRLINE_HOUSE, CHIPS, ("hanbit", "celtronic"), ("KRICN", "FRGNB"), "KR HK LU FR")],
                **towns("HKHKG", "LULUX", "HKHKG", "LULUX"),
                **parties("harbourline", "brabant"),
            ),
        ),
        filing(
            "F20",
            "lab-solvent-all-at-once",
            lrn="AUR-7306-131126-0007",
            at="2026-11-12T08:10:00Z",
            declarant="aurelia",
            activeBorderTransportMeans=voyage(
                "4",
                "HK LU",
                leaves="2026-11-13T15:55:00Z",
                arrives="2026-11-14T04:45:00Z",
                conveyanceReferenceNumber="AR7306",
            ),
            customsOfficeOfFirstEntry=to_office(LUXEMBOURG),
            hrcmScreeningResults=[
                {
                    "result": "1",
                    "screeningMethod": [{"method": "XRY"}, {"method": "ZZZ"}],
                    "transportDocumentHouseLevel": document("JOLHKG7740262", "N703"),
                }
            ],
            consignmentMasterLevel=consignment(
                [goods("propanol", 30, "CELTRONIC GNB IPA 1-30")],
                carrier=party("aurelia"),
                transportDocumentMasterLevel=document("877-44103452", "N741"),
                transportCharges=paid("H"),
                consignmentHouseLevel=[
                    whole(
                        document("JOLHKG7740262", "N703"),
                        goods("propanol", 30, "CELTRONIC GNB IPA 1-30"),
                        ("kowloon", "celtronic"),
                        ("HKHKG", "FRGNB"),
                        "HK LU FR",
                    )
                ],
                **towns("HKHKG", "LULUX", "HKHKG", "LULUX"),
                **parties("harbourline", "celtronic"),
            ),
        ),
    ),
)
