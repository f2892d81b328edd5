"""A second, independent reading of conditions and rules, to hold samples to: plain sentences over JSON.

It shares no code with the rule book nor with the maker of samples. `faults(id, body)` says what is wrong.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filings.messages import catalogue
from filings.messages.catalogue import Element

Json = dict[str, Any]
LISTS = Path(catalogue.__file__).parent / "tables" / "codelists"
BULK = {"VQ", "VG", "VL", "VY", "VR", "VS", "VO", "NE", "NF", "NG"}


def names(code_list: str) -> dict[str, str]:
    with (LISTS / f"{code_list}.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


MEMBER_STATES, POSTCODES = names("CL717"), names("CL733")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def takes_many_houses(message_id: str) -> bool:
    house = catalogue.message(message_id).by_path.get("consignmentMasterLevel/consignmentHouseLevel")
    return house is not None and house.max >= 45


def groups(
    element: Element, node: Json, above: tuple[tuple[str, Json], ...] = ()
) -> Iterator[tuple[Element, Json, tuple[Any, ...]]]:
    """Yield each group of a document with those above it, itself last."""
    here = (*above, (element.name, node))
    yield element, node, here
    for child in element.children:
        if not child.format:
            for one in listed(node.get(child.name)):
                yield from groups(child, one, here)


def country(place: Json) -> str:
    return str(place.get("UNLOCODE") or place["address"]["country"])[:2]


def within(above: tuple[Any, ...], name: str) -> Json:
    return next((node for found, node in reversed(above) if found == name), {})


def must(wanted: str, given: bool) -> bool:
    return {"M": given, "X": not given, "O": True}[wanted]


def condition_holds(rule: str, child: str, node: Json, above: tuple[Any, ...]) -> bool:  # noqa: C901, PLR0911, PLR0912
    """Tell whether a condition is kept at a group for one child of it."""
    root, house, given = above[0][1], within(above, "consignmentHouseLevel"), child in node
    master = root.get("consignmentMasterLevel", {})
    codes = [row.get("code") for row in house.get("additionalInformation", [])]
    in_eu = house.get("placeOfDelivery") is not None and country(house["placeOfDelivery"]) in MEMBER_STATES
    people = [row.get(part, {}).get("typeOfPerson") for row in (house,) for part in ("consignor", "consignee")]
    master_people = [master.get(part, {}).get("typeOfPerson") for part in ("consignor", "consignee")]
    match rule:
        case "C3001":
            return must("M" if node["splitConsignmentIndicator"] == "1" else "X", given)
        case "C3003" | "C3004" | "C3005" | "C3006" | "C3007" | "C3008":
            return must("X" if "UNLOCODE" in node else "M", given)
        case "C3012":
            return must("M" if node["ModeOfTransport"] in {"1", "8"} else "X", given)
        case "C3019":
            return must("M" if node["ModeOfTransport"] == "4" else "X", given)
        case "C3013" | "C3014":
            level = master if rule == "C3013" else house
            if level["containerIndicator"] != "1":
                return not given
            return "transportEquipment" in level or any("transportEquipment" in item for item in level.get("goodsItem", []))
        case "C3050" | "C3051":
            level = master if rule == "C3050" else house
            return must("M" if level["containerIndicator"] == "1" else "X", given)
        case "C3015" | "C3016" | "C3017" | "C3018":
            return must("M" if "numberOfSeals" in node else "X", given)
        case "C3020":
            return must("M" if in_eu else "O", given)
        case "C3022":
            return must("O" if "10600" in codes else "M", given)
        case "C3024":
            return must("M" if "10600" in codes else "O", given)
        case "C3025":
            return must("O" if people == ["1", "1"] else "M", given)
        case "C3048":
            return must("O" if master_people == ["1", "1"] else "M", given)
        case "C3034":
            return must("O" if POSTCODES.get(node["country"]) == "C" else "M", given)
        case "C3035" | "C3036":
            return must("X" if node["typeOfPackages"] in BULK else "M", given)
        case "C3037":
            return must("M" if "10900" in codes and "additionalFiscalReferences" not in house else "O", given)
        case "C3038":
            return must("M" if "10900" in codes else "O", given)
        case "C3049":
            return given
    raise AssertionError(rule)


def imo(number: str) -> bool:
    digits = [int(sign) for sign in re.fullmatch(r"IMO(\d{7})", number)[1]]  # type: ignore[index]
    return sum(digit * (7 - place) for place, digit in enumerate(digits[:6])) % 10 == digits[6]


def rule_holds(rule: str, element: Element, value: Any, node: Json, above: tuple[Any, ...]) -> bool:  # noqa: C901, PLR0911, PLR0912
    """Tell whether a rule is kept: `value` stands at the element (None: absent) in the group `node`."""
    root, house = above[0][1], within(above, "consignmentHouseLevel")
    master = root.get("consignmentMasterLevel", {})
    means = root.get("activeBorderTransportMeans", {})
    every = listed(value)
    match rule:
        case "R3002":
            return all(({"street", "number"} <= set(one)) != ("poBox" in one) for one in every)
        case "R3004":
            return all(re.fullmatch(r"\d\d[A-Z]{2}[A-Z0-9]{11}[ABC]T\d", one) for one in every)
        case "R3005":
            return all(re.fullmatch(r"[A-Z]{2}[A-Z0-9]{1,15}", one) for one in every)
        case "R3006":
            return value is None or node["type"] != "TE" or bool(re.fullmatch(r"\+(?:[0-9] ?){6,14}[0-9]", value))
        case "R3007":
            identified = {"identificationNumber", "typeOfIdentification"} <= set(value)
            return ("conveyanceReferenceNumber" in value) != identified
        case "R3008":
            on_items = ["passiveBorderTransportMeans" in item for item in house["goodsItem"]]
            return ("passiveBorderTransportMeans" in house) != any(on_items)
        case "R3009":
            return value is None or node["typeOfIdentification"] != "10" or imo(value)
        case "R3010":
            return value is None or node["typeOfIdentification"] != "80" or bool(re.fullmatch(r"\d{8}", value))
        case "R3011":
            return value is None or node["ModeOfTransport"] != "1" or value == "10"
        case "R3012":
            return value is None or node["ModeOfTransport"] != "8" or value == "80"
        case "R3013" | "R3014" | "R3018":
            passed = [row["country"] for row in sorted(every, key=lambda row: int(row["sequenceNumber"]))]
            first_eu = next(one for one in passed if one in MEMBER_STATES)
            return {
                "R3013": bool(passed[0] == country(master["placeOfLoading"])),
                "R3014": bool(passed[-1] == country(master["placeOfUnloading"])),
                "R3018": bool(first_eu == root["customsOfficeOfFirstEntry"]["referenceNumber"][:2]),
            }[rule]
        case "R3016" | "R3017":
            items = (master if rule == "R3016" else house)["goodsItem"]
            return [item["goodsItemNumber"] for item in items] == [str(place + 1) for place in range(len(items))]
        case "R3020":
            return all(re.fullmatch(r"\d{7}-\d", one) for one in every)
        case "R3021":
            return all(re.fullmatch(r"[A-Z]{4}\d{7}", one) for one in every)
        case "R3022":
            return {country(house[place]) for place in ("placeOfAcceptance", "placeOfDelivery")} <= {
                row["country"] for row in every
            }
        case "R3025":
            return bool({"receptacle", "transportDocument", "transportEquipment"} & set(value))
        case "R3027":
            return "estimatedDateAndTimeOfArrival" in means or "relatedMRN" in root
        case "R3028":
            return sum(["MRN" in root, "transportDocument" in root, "transportDocumentHouse" in root]) == 1
        case "R3029":
            return len({"placeOfExamination", "referenceNumber"} & set(value)) == 1
        case "R3030":
            return bool(value)
        case "R3031":
            items = house["goodsItem"]
            return value is None or len(items) == 1 or any(item.get(element.name) != items[0].get(element.name) for item in items)
        case "R3033":
            return value is None or value != root["declarant"]["identificationNumber"]
        case "R3034":
            return ("customsOfficeOfFirstEntry" in root) != ("addressedMemberState" in root)
        case "R3035":
            return ("estimatedDateAndTimeOfDeparture" in value) != ("actualDateAndTimeOfDeparture" in value)
        case "R3048":
            return not {"relatedTransportDocument", "relatedMRN"} <= set(root)
        case "R3051":
            return value in {None, "2"}
        case "R3052":
            numbers = [one["transportDocumentHouseLevel"]["documentNumber"] for one in master["consignmentHouseLevel"]]
            return len(set(numbers)) == len(numbers)
        case "R3053":
            arrival = means.get("estimatedDateAndTimeOfArrival", "9")
            return all(means.get(f"{kind}DateAndTimeOfDeparture", "0") <= arrival for kind in ("actual", "estimated"))
        case "R3003" | "R3024":
            return True  # about other messages, not about this one
    raise AssertionError(rule)


def faults(message_id: str, body: Json) -> list[str]:
    """Return every condition and rule that a message breaks, with the place."""
    found = []
    for element, node, above in groups(catalogue.message(message_id).root, body):
        for child in element.children:
            value = node.get(child.name)
            found += [f"{rule} {child.path}" for rule in child.conditions if not condition_holds(rule, child.name, node, above)]
            found += [
                f"{rule} {child.path}"
                for rule in child.rules
                if (value is not None or rule in {"R3008", "R3027", "R3028", "R3034"})
                and not all(rule_holds(rule, child, one, node, above) for one in (listed(value) if not _whole(rule) else [value]))
            ]
    return found


def _whole(rule: str) -> bool:
    """Return whether a rule looks at all repetitions of its element at once."""
    return rule not in {"R3007", "R3025", "R3029", "R3030", "R3035", "R3051", "R3006"}
