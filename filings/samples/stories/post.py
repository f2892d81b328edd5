"""The mail of one post: five items in four receptacles, each receptacle by another mode of transport."""

from datetime import UTC, datetime
from typing import Final

from filings.messages import numbers
from filings.samples import identifiers
from filings.samples.stories.building import (
    Story,
    agent,
    box,
    consignment,
    document,
    euro,
    filing,
    goods,
    parties,
    party,
    to_office,
    to_state,
    towns,
    voyage,
)
from filings.samples.tables import Facts

# --- 7. Istanbul to the Netherlands ---

POSTED: Final = datetime(2026, 11, 8, tzinfo=UTC)
BY_PLANE, BY_LORRY, BY_TRAIN, BY_SHIP = (
    identifiers.receptacle("TRISTA", "NLAMSA", POSTED, despatch, 1) for despatch in (4107, 4108, 4109, 4110)
)
SCHIPHOL, KAPITAN_ANDREEVO, PIRAEUS = "NL000432", "BG003010", "GR000201"


def item_number(serial: str) -> str:
    """Return the number of a parcel post item from Türkiye (UPU S10)."""
    return f"CP{serial}{numbers.s10_check_digit(serial)}TR"


# Number, goods, sender, receptacle, why it is sent (CL749), value in euro.
MAIL: Final = (
    (item_number("40218837"), goods("novel", 1, ""), "halide", BY_PLANE, "31", "22.00"),
    (item_number("40218845"), goods("blouse", 1, ""), "bosphoria", BY_PLANE, "11", "38.00"),
    (item_number("40218854"), goods("copper", 1, ""), "halide", BY_LORRY, "31", "45.00"),
    (item_number("40218868"), goods("blouse", 3, ""), "bosphoria", BY_TRAIN, "11", "114.00"),
    (item_number("40218871"), goods("kilim", 1, ""), "halide", BY_SHIP, "31", "140.00"),
)


def declared(number: str, item: Facts, sender: str, reason: str, value: str) -> Facts:
    """Return the house consignment of one item, with the data of its CN23."""
    return consignment(
        [{**item, "typeOfGoods": reason, "postalValue": euro(value)}],
        transportDocumentHouseLevel=document(number, "C665"),
        postalCharges={"postalCharges": euro("18.40")},
        **parties(sender, "lotte"),
    )


def in_receptacle(number: str, receptacle: str) -> Facts:
    """Return the house consignment that says in which receptacle an item is."""
    return {
        "transportDocumentHouseLevel": document(number, "C665"),
        "receptacle": {"receptacleIdentificationNumber": receptacle},
    }


def mail(mover: str, receptacle: str, bill: Facts, loading: str, unloading: str, **more: object) -> Facts:
    """Return a master consignment of mail from one post to the other."""
    places = towns("TRIST", "NLAMS", loading, unloading)
    return {
        "receptacle": [{"receptacleIdentificationNumber": receptacle}],
        "carrier": party(mover),
        "transportDocumentMasterLevel": bill,
        "containerIndicator": "0",
        "placeOfLoading": places["placeOfLoading"],
        "placeOfUnloading": places["placeOfUnloading"],
        **parties("trpost", "nlpost"),
        **more,
    }


POSTAL: Final = Story(
    "07-postal-air",
    (
        filing(
            "F43",
            "five-items",
            lrn="PPI-26-TRIST-04107-A",
            at="2026-11-08T06:30:00Z",
            declarant="nlpost",
            addressedMemberState=to_state("NL"),
            consignmentMasterLevel={
                "consignmentHouseLevel": [
                    declared(number, item, sender, reason, value) for number, item, sender, _, reason, value in MAIL
                ]
            },
        ),
        filing(
            "F44",
            "four-receptacles",
            lrn="PPI-26-TRIST-04107-B",
            at="2026-11-08T15:10:00Z",
            declarant="nlpost",
            addressedMemberState=to_state("NL"),
            consignmentMasterLevel={
                "consignmentHouseLevel": [in_receptacle(number, receptacle) for number, _, _, receptacle, _, _ in MAIL]
            },
        ),
        filing(
            "F42",
            "by-air",
            lrn="AUR-7421-101126-0009",
            at="2026-11-10T02:30:00Z",
            declarant="aurelia",
            activeBorderTransportMeans=voyage(
                "4",
                "TR NL",
                leaves="2026-11-10T05:15:00Z",
                arrives="2026-11-10T08:55:00Z",
                conveyanceReferenceNumber="AR7421",
            ),
            customsOfficeOfFirstEntry=to_office(SCHIPHOL),
            consignmentMasterLevel=mail("aurelia", BY_PLANE, document("877-77311205", "N741"), "TRIST", "NLAMS"),
        ),
        filing(
            "F40",
            "by-road",
            lrn="AKT-26-NL-20871",
            at="2026-11-10T20:00:00Z",
            declarant="anadolu",
            representative=agent("trakia"),
            activeBorderTransportMeans=voyage(
                "3",
                "TR BG RO HU AT DE NL",
                leaves="2026-11-10T21:00:00Z",
                arrives="2026-11-11T01:30:00Z",
                identificationNumber="34 MZT 904",
                typeOfIdentification="30",
                typeOfMeansOfTransport="310",
                nationality="TR",
            ),
            customsOfficeOfFirstEntry=to_office(KAPITAN_ANDREEVO),
            consignmentMasterLevel=mail("anadolu", BY_LORRY, document("AKT-CMR-20871", "N730"), "TRIST", "NLAMS"),
        ),
        filing(
            "F41",
            "by-rail",
            lrn="DRC-41527-261111-02",
            at="2026-11-11T03:40:00Z",
            declarant="dunav",
            activeBorderTransportMeans=voyage(
                "2",
                "TR BG RO HU AT DE NL",
                leaves="2026-11-11T05:00:00Z",
                arrives="2026-11-11T12:20:00Z",
                typeOfMeansOfTransport="2302",
                conveyanceReferenceNumber="41527",
            ),
            customsOfficeOfFirstEntry=to_office(KAPITAN_ANDREEVO),
            consignmentMasterLevel=mail(
                "dunav",
                BY_TRAIN,
                document("75-0000-41527-2", "N720"),
                "TRHAL",
                "NLRTM",
                passiveBorderTransportMeans=[
                    {
                        "identificationNumber": "315527460184",
                        "typeOfIdentification": "20",
                        "typeOfMeansOfTransport": "2304",
                        "nationality": "HU",
                    }
                ],
            ),
        ),
        filing(
            "F45",
            "by-sea",
            lrn="NDM-26-0214N-00006",
            at="2026-11-12T10:15:00Z",
            declarant="nordmeer",
            activeBorderTransportMeans=voyage(
                "1",
                "TR GR NL",
                leaves="2026-11-14T17:00:00Z",
                arrives="2026-11-15T16:00:00Z",
                identificationNumber="IMO9741384",
                typeOfIdentification="10",
                typeOfMeansOfTransport="1511",
                nationality="MT",
            ),
            customsOfficeOfFirstEntry=to_office(PIRAEUS),
            consignmentMasterLevel=mail(
                "nordmeer",
                BY_SHIP,
                document("NDML214N000617", "N704"),
                "TRAMR",
                "NLRTM",
                containerIndicator="1",
                transportEquipment=[box("CAIU6621080", "44", "PTT0098114")],
            ),
        ),
    ),
)
