"""Short sea: the carrier files everything at once."""

from typing import Final

from filings.samples.stories.building import (
    Pair,
    Story,
    agent,
    box,
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
    to_office,
    towns,
    voyage,
)
from filings.samples.tables import Facts

# --- 2. Ambarli to Antwerp by way of Piraeus: the carrier knows everything and files it at once ---

PIRAEUS: Final = "GR000201"
SKAGERRAK_TERN: Final = voyage(
    "1",
    "TR GR BE",
    leaves="2026-11-19T18:00:00Z",
    arrives="2026-11-21T04:30:00Z",
    identificationNumber="IMO9358656",
    typeOfIdentification="10",
    typeOfMeansOfTransport="1505",
    nationality="DK",
)
WASHERS_BOX: Final = box("SKGU2044179", "45", "TR551020", "TR551021")
HAZELNUT_BOX: Final = box("SKGU3105828", "44", "TR551034")
CURTAIN_BOX: Final = box("CAIU8402271", "45", "TR551047")
HAZELNUTS: Final = goods("hazelnuts", 760, "NOISETTES LILLE 1-760")
CURTAINS: Final = goods("curtains", 540, "TWINSPOOL TILBURG 1-540")


def on_board(bill: Facts, item: Facts, container: Facts, who: Pair, route: Pair) -> Facts:
    """Return a house consignment of the consolidated bill; route: town of delivery and countries passed."""
    return consignment(
        [item],
        containerIndicator="1",
        transportEquipment=[container],
        transportDocumentHouseLevel=bill,
        countriesOfRoutingOfConsignment=passing(route[1]),
        transportCharges=paid("Z"),
        goodsShipment=sale(*who),
        **towns("TRIST", route[0]),
        **parties(*who),
    )


SHORT_SEA: Final = Story(
    "02-short-sea",
    (
        filing(
            "F10",
            "straight-bill-washing-machines",
            lrn="SKF-207N-0005",
            at="2026-11-20T09:00:00Z",
            declarant="skagerrak",
            activeBorderTransportMeans=SKAGERRAK_TERN,
            customsOfficeOfFirstEntry=to_office(PIRAEUS),
            consignmentMasterLevel={
                "carrier": party("skagerrak"),
                "transportDocumentMasterLevel": document("SKGF207N00512", "N705"),
                **{key: place for key, place in towns("TRIST", "BEANR", "TRAMR", "BEANR").items() if key.endswith("ading")},
                "consignmentHouseLevel": [
                    consignment(
                        [goods("washers", 174, "MARMARA / VLAMO GENT 1-174")],
                        containerIndicator="1",
                        transportEquipment=[WASHERS_BOX],
                        transportCharges=paid("H"),
                        goodsShipment=sale("marmara", "vlamo"),
                        supportingDocuments=[paper("N380", "MBE2026000004417")],
                        notifyParty=party("vlamo"),
                        **towns("TR:Manisa", "BEGNE"),
                        **parties("marmara", "vlamo"),
                    )
                ],
            },
        ),
        filing(
            "F11",
            "master-with-two-house-bills",
            lrn="SKF-207N-0006",
            at="2026-11-20T09:25:00Z",
            declarant="skagerrak",
            representative=agent("bogenschutz"),
            activeBorderTransportMeans=SKAGERRAK_TERN,
            customsOfficeOfFirstEntry=to_office(PIRAEUS),
            consignmentMasterLevel=consignment(
                [HAZELNUTS, {**CURTAINS, "goodsItemNumber": "2"}],
                containerIndicator="1",
                carrier=party("skagerrak"),
                transportDocumentMasterLevel=document("SKGF207N00530", "N704"),
                transportEquipment=[HAZELNUT_BOX, CURTAIN_BOX],
                transportCharges=paid("Z"),
                consignmentHouseLevel=[
                    on_board(
                        document("BRBS26120077", "N714"),
                        HAZELNUTS,
                        HAZELNUT_BOX,
                        ("karadeniz", "noisettes"),
                        ("FR:Lille", "TR GR BE FR"),
                    ),
                    on_board(
                        document("BRBS26120078", "N714"),
                        CURTAINS,
                        CURTAIN_BOX,
                        ("bosphoria", "twinspool"),
                        ("NLTLB", "TR GR BE NL"),
                    ),
                ],
                **towns("TRIST", "BEANR", "TRAMR", "BEANR"),
                **parties("halicnak", "brabant"),
            ),
        ),
    ),
)
