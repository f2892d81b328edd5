"""A lorry and a freight train: one filing tells everything."""

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

# --- 8. Ordu to Plovdiv: a lorry with its trailer, two consignees ---

TRAILER: Final[list[Facts]] = [
    {"identificationNumber": "34 DRS 77", "typeOfIdentification": "31", "typeOfMeansOfTransport": "3110", "nationality": "TR"}
]


def aboard(number: str, item: Facts, who: Pair, route: Pair) -> Facts:
    """Return a house consignment on the trailer."""
    return consignment(
        [{**item, "passiveBorderTransportMeans": TRAILER}],
        transportDocumentHouseLevel=document(number, "N730"),
        countriesOfRoutingOfConsignment=passing("TR BG"),
        transportCharges=paid("H"),
        goodsShipment=sale(*who),
        **towns(*route),
    )


LORRY: Final = Story(
    "08-lorry",
    (
        filing(
            "F50",
            "hazelnuts-and-washing-machines",
            lrn="AKT-26-BG-31150",
            at="2026-11-13T04:45:00Z",
            declarant="anadolu",
            representative=agent("trakia"),
            activeBorderTransportMeans=voyage(
                "3",
                "TR BG",
                leaves="2026-11-13T05:00:00Z",
                arrives="2026-11-13T09:00:00Z",
                identificationNumber="34 KLM 482",
                typeOfIdentification="30",
                typeOfMeansOfTransport="3110",
                nationality="TR",
            ),
            customsOfficeOfFirstEntry=to_office("BG003010"),
            consignmentMasterLevel={
                "containerIndicator": "0",
                "carrier": party("anadolu"),
                "transportDocumentMasterLevel": document("AKT-CMR-31150", "N730"),
                "transportCharges": paid("H"),
                "supportingDocuments": [paper("N271", "AKT-31150-PL")],
                "consignmentHouseLevel": [
                    aboard(
                        "AKT-CMR-31150/1",
                        goods("hazelnuts", 480, "BALKAN FOOD 1-480"),
                        ("karadeniz", "balkanfood"),
                        ("TRORD", "BGPDV"),
                    ),
                    aboard(
                        "AKT-CMR-31150/2",
                        goods("washers", 72, "BALKAN FOOD / MARMARA 1-72"),
                        ("marmara", "balkanfood"),
                        ("TR:Manisa", "BGPDV"),
                    ),
                ],
                **towns("TRIST", "BGPDV", "TRIST", "BGPDV"),
                **parties("halicnak", "balkanfood"),
            },
        ),
    ),
)

# --- 9. Chongqing to Duisburg: a block train, two containers on two wagons ---


def on_wagon(item: Facts, load: tuple[Facts, str], who: Pair, route: Pair, passed: str) -> Facts:
    """Return a house consignment; load: the container and the wagon below it."""
    return consignment(
        [item],
        containerIndicator="1",
        transportEquipment=[load[0]],
        countriesOfRoutingOfConsignment=passing(passed),
        transportCharges=paid("Y"),
        goodsShipment=sale(*who),
        passiveBorderTransportMeans=[
            {"identificationNumber": load[1], "typeOfIdentification": "20", "typeOfMeansOfTransport": "2302", "nationality": "PL"}
        ],
        **towns(*route),
    )


FREIGHT_TRAIN: Final = Story(
    "09-freight-train",
    (
        filing(
            "F51",
            "laptops-and-solar-modules",
            lrn="EBT-80021-26-0118",
            at="2026-11-22T12:00:00Z",
            declarant="eurasia",
            activeBorderTransportMeans=voyage(
                "2",
                "CN KZ RU BY PL DE",
                leaves="2026-11-09T11:00:00Z",
                arrives="2026-11-23T22:30:00Z",
                left=True,
                typeOfMeansOfTransport="2302",
                conveyanceReferenceNumber="80021",
            ),
            customsOfficeOfFirstEntry=to_office("PL301040"),
            consignmentMasterLevel={
                "containerIndicator": "1",
                "carrier": party("eurasia"),
                "transportDocumentMasterLevel": document("33-5200-80021-6", "N720"),
                "transportCharges": paid("Y"),
                "consignmentHouseLevel": [
                    on_wagon(
                        goods("laptops", 620, "KOMPUTER HURT LODZ 1-620"),
                        (box("TRHU9053314", "45", "CN8841207"), "335149500217"),
                        ("chongqing", "komputer"),
                        ("CNCQI", "PL:Łódź"),
                        "CN KZ RU BY PL",
                    ),
                    on_wagon(
                        goods("panels", 26, "SOLARWERK DUISBURG 1-26"),
                        (box("TRHU9053470", "45", "CN8841208"), "335149500225"),
                        ("qinling", "solarwerk"),
                        ("CN:Xi'an", "DEDUI"),
                        "CN KZ RU BY PL DE",
                    ),
                ],
                **towns("CNCQI", "DEDUI", "CNCQI", "DEDUI"),
                **parties("jade", "brabant"),
            },
        ),
    ),
)
