"""Direct air waybills: the airline carries for the shipper himself."""

from typing import Final

from filings.samples.stories.building import (
    Story,
    agent,
    consignment,
    document,
    filing,
    goods,
    paid,
    paper,
    parties,
    party,
    to_office,
    towns,
    voyage,
)
from filings.samples.tables import Facts

# --- 4. Cincinnati to Paris: the airline carries for the shipper himself, one air waybill at both levels ---

PARIS: Final = "FR000660"
BLADES_AWB: Final = document("459-55208716", "N740")
CATHETERS_AWB: Final = document("459-55209055", "N740")


def direct(awb: Facts, item: Facts, shipper: str, buyer: str, town: str, **more: object) -> Facts:
    """Return the master consignment of a direct air waybill."""
    return {
        "carrier": party("keltia"),
        "transportDocumentMasterLevel": awb,
        **{key: place for key, place in towns("USCVG", "FRCDG", "USCVG", "FRCDG").items() if key.endswith("ading")},
        "consignmentHouseLevel": [
            consignment(
                [item],
                transportDocumentHouseLevel=awb,
                transportCharges=paid("Y"),
                **towns("USCVG", town),
                **parties(shipper, buyer),
                **more,
            )
        ],
    }


DIRECT_AIR: Final = Story(
    "04-direct-air-waybill",
    (
        filing(
            "F28",
            "turbine-blades-before-loading",
            lrn="KEL-0915-141126-0003",
            at="2026-11-13T19:20:00Z",
            declarant="keltia",
            activeBorderTransportMeans=voyage(
                "4",
                "US FR",
                leaves="2026-11-14T23:30:00Z",
                arrives="2026-11-15T07:40:00Z",
                conveyanceReferenceNumber="KC0915",
            ),
            customsOfficeOfFirstEntry=to_office(PARIS),
            consignmentMasterLevel=direct(
                BLADES_AWB,
                goods("blades", 9, "MOTORAVIA MXP AOG 1-9"),
                "ashford",
                "motoravia",
                "ITMXP",
                supportingDocuments=[paper("N380", "ATC-90317"), paper("N271", "ATC-90317-PL")],
                additionalInformation=[{"text": "Aircraft on ground, release requested on arrival"}],
            ),
        ),
        filing(
            "F29",
            "catheters-before-arrival",
            lrn="KEL-0915-141126-0004",
            at="2026-11-14T23:50:00Z",
            declarant="keltia",
            representative=agent("roissy"),
            activeBorderTransportMeans=voyage(
                "4",
                "US FR",
                leaves="2026-11-14T23:38:00Z",
                arrives="2026-11-15T07:45:00Z",
                left=True,
                conveyanceReferenceNumber="KC0915",
            ),
            customsOfficeOfFirstEntry=to_office(PARIS),
            consignmentMasterLevel=direct(
                CATHETERS_AWB,
                goods("catheters", 64, "ARDENNE MEDICAL LGG 1-64"),
                "cardiway",
                "ardenne",
                "BELGG",
                notifyParty=party("ardenne"),
            ),
        ),
    ),
)
