"""Read from the content of a kept filing no more than its deadlines need: thousands of houses are not looked into."""

from typing import Any, Final

from filings.messages import json
from filings.messages.document import Document, Unreadable

ROOT: Final = ("activeBorderTransportMeans", "customsOfficeOfFirstEntry", "addressedMemberState")
MASTER: Final = ("containerIndicator", "placeOfLoading", "placeOfUnloading")
HOUSE: Final = "consignmentHouseLevel"


def journey(message: str, content: dict[str, Any], *, message_set: str, version: str) -> Document | None:
    """Return a document with what a filing says about its journey; None if that cannot be read."""
    masters = [_master(each) for each in _list(content.get("consignmentMasterLevel")) if isinstance(each, dict)]
    part: dict[str, Any] = {name: content[name] for name in ROOT if name in content}
    try:
        return json.from_json({message: {**part, "consignmentMasterLevel": masters}}, message_set=message_set, version=version)
    except Unreadable:
        return None


def _master(master: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: master[name] for name in MASTER if name in master}
    given = {house.get("containerIndicator") for house in _list(master.get(HOUSE)) if isinstance(house, dict)}
    indicators = sorted(each for each in given if isinstance(each, str))
    return {**found, HOUSE: [{"containerIndicator": each} for each in indicators]}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
