"""The nine stories in samples/: complete, right, and so told that filings find each other (lifecycle of ICS2, linking)."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from filings.messages import catalogue
from filings.messages.reading import read
from filings.rules import book
from filings.samples.stories import STORIES
from filings.samples.stories.writing import write
from tests.filings.samples import digits, rulebook
from tests.filings.samples.walking import facts, values

SAMPLES = Path(__file__).parents[3] / "samples"
FILES = sorted(SAMPLES.glob("*/*.json"))
BODIES: dict[str, Any] = {name[3:]: body for path in FILES for name, body in json.loads(path.read_text("utf-8")).items()}

# Words of the stop word list that make a description worthless when nothing else stands there.
STOP_WORDS = {
    "parts",
    "goods",
    "consolidated",
    "general cargo",
    "clothes",
    "garments",
    "electronics",
    "chemicals",
    "toys",
    "gift",
    "tools",
}


def master(indicator: str) -> dict[str, Any]:
    return dict(BODIES[indicator]["consignmentMasterLevel"])


def houses(indicator: str) -> list[dict[str, Any]]:
    return rulebook.listed(master(indicator).get("consignmentHouseLevel"))


def declarant(indicator: str) -> str:
    return str(BODIES[indicator]["declarant"]["identificationNumber"])


def number(consignment: dict[str, Any], level: str) -> str:
    return str(consignment[f"transportDocument{level}Level"]["documentNumber"])


def grams(kilos: str) -> int:
    return round(float(kilos) * 1000)


def contents(items: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Return what master and house must say alike about goods."""
    return sorted(
        (
            item["commodity"]["descriptionOfGoods"],
            item["commodity"]["commodityCode"]["harmonizedSystemSubHeadingCode"],
            item["weight"]["grossMass"],
            item["packaging"][0]["numberOfPackages"],
        )
        for item in items
    )


def test_every_filing_type_is_told_once() -> None:
    told = sorted(path.name.split("-")[0] for path in FILES)

    assert told == sorted(message.id for message in catalogue.messages() if message.family == "F")
    assert len({path.parent for path in FILES}) == len(STORIES) == 9


def test_the_files_are_what_the_stories_say(tmp_path: Path) -> None:
    written = {path.relative_to(tmp_path): path.read_bytes() for path in write(tmp_path)}

    assert written == {path.relative_to(SAMPLES): path.read_bytes() for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_story_has_nothing_wrong(path: Path) -> None:
    [(name, body)] = json.loads(path.read_text("utf-8")).items()

    assert book.findings(read(path.read_bytes())) == []
    assert rulebook.faults(name, body) == []


def test_local_reference_numbers_are_used_once() -> None:
    references = [body["LRN"] for body in BODIES.values()]

    assert len(set(references)) == 31


def test_the_operators_of_the_demo_take_part() -> None:
    parties = {indicator: declarant(indicator) for indicator in BODIES}

    assert {one for one in parties if parties[one] == "DE482910573620148"} == {"F12", "F13", "F45"}
    assert {one for one in parties if parties[one] == "NL851746302"} == {"F14", "F15", "F22", "F23", "F24", "F25", "F26"}


# --- Filings find each other ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("above", "below"), [("F12", "F14"), ("F12", "F15"), ("F21", "F22"), ("F21", "F26")])
def test_a_master_filing_and_its_house_filings_have_one_linking_key(above: str, below: str) -> None:
    [house] = houses(below)

    assert number(master(above), "Master") == number(house, "Master")
    assert declarant(above) == house["carrier"]["identificationNumber"] == master(above)["carrier"]["identificationNumber"]
    assert master(above)["supplementaryDeclarant"] == {"identificationNumber": declarant(below), "supplementaryFilingType": "1"}


@pytest.mark.parametrize(("above", "below"), [("F12", ["F14", "F15"]), ("F21", ["F22", "F26"])])
def test_a_master_filing_says_of_the_goods_what_its_house_filings_say(above: str, below: list[str]) -> None:
    of_houses = [house for indicator in below for house in houses(indicator)]

    assert contents(master(above)["goodsItem"]) == contents([item for house in of_houses for item in house["goodsItem"]])
    assert grams(master(above)["totalGrossMass"]) == sum(grams(house["totalGrossMass"]) for house in of_houses)


def test_the_buyer_of_a_house_bill_files_below_the_forwarder() -> None:
    [house], [lowest] = houses("F14"), houses("F16")

    assert [one["identificationNumber"] for one in house["supplementaryDeclarant"]] == [declarant("F16")]
    for name in ("transportDocumentMasterLevel", "transportDocumentHouseLevel", "carrier"):
        assert house[name] == lowest[name]


def test_the_buyer_of_a_straight_bill_files_below_the_carrier() -> None:
    [above], [lowest] = houses("F13"), houses("F17")

    assert number(master("F13"), "Master") == number(lowest, "Master")
    assert above["supplementaryDeclarant"]["identificationNumber"] == declarant("F17")
    assert lowest["carrier"]["identificationNumber"] == declarant("F13")


def test_the_master_reference_names_the_house_filed_before_loading() -> None:
    [reference], [before_loading], [before_arrival] = houses("F25"), houses("F23"), houses("F22")

    assert number(reference, "House") == number(before_loading, "House") == number(before_arrival, "House")
    assert number(reference, "Master") == number(master("F21"), "Master")
    assert declarant("F25") == declarant("F23")
    assert BODIES["F23"]["addressedMemberState"]["country"] == BODIES["F25"]["previousDocument"]["identification"][2:4]
    assert digits.movement(BODIES["F25"]["previousDocument"]["identification"])


@pytest.mark.parametrize(("before_loading", "before_arrival"), [("F23", "F22"), ("F24", "F27"), ("F32", "F30")])
def test_what_is_told_before_loading_is_told_again_before_arrival(before_loading: str, before_arrival: str) -> None:
    early, late = houses(before_loading), houses(before_arrival)

    assert [number(house, "House") for house in early] == [number(house, "House") for house in late]
    assert [house["totalGrossMass"] for house in early] == [house["totalGrossMass"] for house in late]
    assert [house["consignee"]["name"] for house in early] == [house["consignee"]["name"] for house in late]


def test_a_pre_loading_filing_with_master_names_the_master_of_the_airline() -> None:
    [early] = houses("F24")

    assert number(early, "Master") == number(master("F27"), "Master")
    assert early["carrier"]["identificationNumber"] == declarant("F27")


def test_every_item_of_mail_is_in_a_receptacle() -> None:
    assert [number(house, "House") for house in houses("F43")] == [number(house, "House") for house in houses("F44")]


def test_every_receptacle_travels_once_and_every_master_has_its_items() -> None:
    placed = set(values(BODIES["F44"], "receptacle", "receptacleIdentificationNumber"))
    moved = [
        one for sci in ("F40", "F41", "F42", "F45") for one in values(BODIES[sci], "receptacle", "receptacleIdentificationNumber")
    ]

    assert sorted(moved) == sorted(placed)
    assert all(re.fullmatch(r"TRISTANLAMSAAUN6\d{13}", one) for one in moved)


@pytest.mark.parametrize("indicator", ["F28", "F29"])
def test_a_direct_air_waybill_is_the_same_at_both_levels(indicator: str) -> None:
    [house] = houses(indicator)

    assert house["transportDocumentHouseLevel"] == master(indicator)["transportDocumentMasterLevel"]
    assert house["transportDocumentHouseLevel"]["type"] == "N740"


def test_master_documents_are_not_used_by_two_master_filings() -> None:
    used = [number(master(one), "Master") for one in BODIES if "transportDocumentMasterLevel" in master(one)]

    assert len(set(used)) == len(used)


# --- Facts are believable ---------------------------------------------------------------------------------------------


def test_check_digits_are_true() -> None:
    containers = list(values(BODIES, "containerIdentificationNumber"))
    ships = [one for one in values(BODIES, "identificationNumber") if one.startswith("IMO")]
    waybills = [one for one in values(BODIES, "documentNumber") if re.match(r"\d{3}-", one)]
    wagons = [row["identificationNumber"] for _, row in facts(BODIES) if row.get("typeOfIdentification") == "20"]
    items = list(values(BODIES["F43"], "documentNumber"))

    assert containers
    assert all(map(digits.container, containers))
    assert ships
    assert all(map(digits.ship, ships))
    assert waybills
    assert all(map(digits.waybill, waybills))
    assert wagons
    assert all(map(digits.wagon, wagons))
    assert items
    assert all(map(digits.postal, items))


@pytest.mark.parametrize("indicator", sorted(BODIES))
def test_masses_add_up(indicator: str) -> None:
    weighed = [
        group for _, group in facts(BODIES[indicator]) if "totalGrossMass" in group and "weight" in str(group["goodsItem"])
    ]
    by_items = {"F30", "F32", "F43"}

    for group in weighed:
        masses = [item["weight"].get("grossMass") for item in group["goodsItem"] if "weight" in item]
        if None not in masses:
            assert sum(map(grams, masses)) == grams(group["totalGrossMass"])
    assert weighed or indicator in {"F16", "F17", "F25", "F40", "F41", "F42", "F44", "F45"} | by_items


def test_no_description_is_a_stop_word() -> None:
    descriptions = set(values(BODIES, "descriptionOfGoods"))

    assert all(len(text.split()) >= 2 and text.lower() not in STOP_WORDS for text in descriptions)


def test_goods_always_have_the_same_code() -> None:
    pairs = {
        (row["descriptionOfGoods"], row["commodityCode"]["harmonizedSystemSubHeadingCode"])
        for _, row in facts(BODIES)
        if "commodityCode" in row
    }

    assert len({description for description, _ in pairs}) == len(pairs)


def test_nobody_can_be_mailed_or_has_an_eori_of_two_shapes() -> None:
    mails = [row["identifier"] for _, row in facts(BODIES) if row.get("type") == "EM"]
    named = {
        (row["name"], row["identificationNumber"]) for _, row in facts(BODIES) if "name" in row and "identificationNumber" in row
    }

    assert all(mail.endswith(".example") for mail in mails)
    assert len({name for name, _ in named}) == len({eori for _, eori in named}) == len(named)


@pytest.mark.parametrize("indicator", sorted(BODIES))
def test_a_filing_is_written_before_the_goods_arrive(indicator: str) -> None:
    body = BODIES[indicator]
    arrival = body.get("activeBorderTransportMeans", {}).get("estimatedDateAndTimeOfArrival", "9999-12-31T00:00:00Z")

    assert datetime.fromisoformat(body["documentIssueDate"]) < datetime.fromisoformat(arrival)


def test_goods_for_ships_are_filed_a_day_before_they_are_loaded() -> None:
    for indicator in ("F12", "F13", "F14", "F15"):
        departure = datetime.fromisoformat(BODIES["F12"]["activeBorderTransportMeans"]["estimatedDateAndTimeOfDeparture"])

        assert (departure - datetime.fromisoformat(BODIES[indicator]["documentIssueDate"])).days >= 1


def test_the_readme_names_every_file() -> None:
    text = (SAMPLES / "README.md").read_text("utf-8")

    assert [path.name for path in FILES if path.name not in text] == []
