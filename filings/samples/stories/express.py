"""Express consignments by air and by road."""

from typing import Final

from filings.samples.stories.building import (
    Story,
    agent,
    carrier,
    consignment,
    document,
    filing,
    goods,
    paid,
    parties,
    party,
    passing,
    to_office,
    to_state,
    towns,
    ucr,
    voyage,
)
from filings.samples.tables import Facts

# --- 5. Hong Kong to Leipzig: parcels on the express operator's own aircraft, and parcels he gives to an airline ---

LEIPZIG: Final = "DE008555"
EARRINGS: Final = goods("earrings", 1, "FWX 5520881702")
SNEAKERS: Final = goods("sneakers", 1, "FWX 5520881713")
PHONE_CASE: Final = goods("phonecase", 1, "FWX 5520881746")
POLISH: Final = goods("polish", 1, "FWX 5520881750")
FW6204: Final = voyage(
    "4",
    "HK AE DE",
    leaves="2026-11-12T18:05:00Z",
    arrives="2026-11-13T06:50:00Z",
    left=True,
    conveyanceReferenceNumber="FW6204",
)
OTHER_AIRLINE: Final = document("877-66172046", "N741")


def parcel(number: str, item: Facts, buyer: str, town: str, passed: str, **more: object) -> Facts:
    """Return a house consignment of one parcel from Hong Kong."""
    return consignment(
        [item],
        transportDocumentHouseLevel=document(number, "N703"),
        referenceNumberUCR=ucr(f"6HK41820773-{number[-6:]}"),
        countriesOfRoutingOfConsignment=passing(passed),
        transportCharges=paid("B"),
        **towns("HKHKG", town),
        **parties("handcraft", buyer),
        **more,
    )


EXPRESS_FLIGHT: Final = Story(
    "05-express-flight",
    (
        filing(
            "F32",
            "two-parcels-before-loading",
            lrn="FWX-HKG-121126-0001",
            at="2026-11-12T11:00:00Z",
            declarant="falkenwind",
            addressedMemberState=to_state("DE"),
            consignmentMasterLevel={
                "consignmentHouseLevel": [
                    parcel("FWX5520881702", EARRINGS, "jonas", "DEJEN", "HK DE"),
                    parcel("FWX5520881713", SNEAKERS, "jonas", "DEJEN", "HK DE"),
                ]
            },
        ),
        filing(
            "F30",
            "two-parcels-before-arrival",
            lrn="FWX-HKG-121126-0002",
            at="2026-11-12T18:20:00Z",
            declarant="falkenwind",
            activeBorderTransportMeans=FW6204,
            customsOfficeOfFirstEntry=to_office(LEIPZIG),
            consignmentMasterLevel={
                "carrier": party("falkenair"),
                **{key: place for key, place in towns("HKHKG", "DELEJ", "HKHKG", "DELEJ").items() if key.endswith("ading")},
                "consignmentHouseLevel": [
                    parcel("FWX5520881702", EARRINGS, "jonas", "DEJEN", "HK AE DE"),
                    parcel("FWX5520881713", SNEAKERS, "jonas", "DEJEN", "HK AE DE"),
                ],
            },
        ),
        filing(
            "F31",
            "parcel-with-an-airline-all-at-once",
            lrn="FWX-HKG-121126-0003",
            at="2026-11-12T16:40:00Z",
            declarant="falkenwind",
            activeBorderTransportMeans=voyage(
                "4",
                "HK NL",
                leaves="2026-11-12T15:30:00Z",
                arrives="2026-11-13T04:10:00Z",
                left=True,
                conveyanceReferenceNumber="AR7318",
            ),
            customsOfficeOfFirstEntry=to_office("NL000432"),
            consignmentMasterLevel=consignment(
                [PHONE_CASE],
                carrier=party("aurelia"),
                transportDocumentMasterLevel=document("877-44200192", "N741"),
                transportCharges=paid("Y"),
                consignmentHouseLevel=[parcel("FWX5520881746", PHONE_CASE, "lotte", "NLUTC", "HK NL")],
                **towns("HKHKG", "NLAMS", "HKHKG", "NLAMS"),
                **parties("handcraft", "falkenwind"),
            ),
        ),
        filing(
            "F33",
            "parcel-with-an-airline-house-only",
            lrn="FWX-HKG-121126-0004",
            at="2026-11-12T16:55:00Z",
            declarant="falkenwind",
            addressedMemberState=to_state("NL"),
            activeBorderTransportMeans={"ModeOfTransport": "4"},
            consignmentMasterLevel={
                "consignmentHouseLevel": [
                    parcel(
                        "FWX5520881750",
                        POLISH,
                        "lotte",
                        "NLUTC",
                        "HK NL",
                        transportDocumentMasterLevel=OTHER_AIRLINE,
                        carrier=carrier("aurelia"),
                    )
                ]
            },
        ),
    ),
)

# --- 6. Istanbul to Parma: an express van ---

KAPITAN_ANDREEVO: Final = "BG003010"
BLOUSE: Final = goods("blouse", 2, "VELX 300417729 1-2")

EXPRESS_ROAD: Final = Story(
    "06-express-road",
    (
        filing(
            "F34",
            "blouses-to-parma",
            lrn="VLX-IST-261114-0412",
            at="2026-11-14T05:30:00Z",
            declarant="velox",
            representative=agent("trakia"),
            activeBorderTransportMeans=voyage(
                "3",
                "TR BG RS HR SI IT",
                leaves="2026-11-14T06:00:00Z",
                arrives="2026-11-14T10:30:00Z",
                identificationNumber="FK 318 VP",
                typeOfIdentification="30",
                typeOfMeansOfTransport="341",
                nationality="IT",
            ),
            customsOfficeOfFirstEntry=to_office(KAPITAN_ANDREEVO),
            consignmentMasterLevel={
                "carrier": party("velox"),
                **towns("TRIST", "ITMIL", "TRIST", "ITMIL"),
                "consignmentHouseLevel": [
                    consignment(
                        [BLOUSE],
                        transportDocumentHouseLevel=document("VELX300417729", "N730"),
                        referenceNumberUCR=ucr("6TR4410228835-417729"),
                        countriesOfRoutingOfConsignment=passing("TR BG RS HR SI IT"),
                        transportCharges=paid("B"),
                        **towns("TRIST", "ITPMF"),
                        **parties("bosphoria", "elena"),
                    )
                ],
            },
        ),
    ),
)
