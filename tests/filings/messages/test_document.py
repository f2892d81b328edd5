"""Documents are read and changed by the paths of the table."""

import pytest

from filings.messages import catalogue, document, json, xml
from filings.messages.check import check
from tests.filings.messages import building

F25 = catalogue.message("IE3F25")


def test_values_are_found_by_path() -> None:
    filled = building.full(F25)
    filled.set("declarant/communication[2]/type", "TE")

    assert filled.value("declarant/communication/type") == "EM"
    assert filled.value("declarant/communication[2]/type") == "TE"
    assert filled.values("declarant/communication/type") == ["EM", "TE"]
    assert filled.value("declarant/nothing") is None


def test_set_makes_what_is_missing_in_table_order() -> None:
    made = document.empty(F25)
    paths = [element.path for element in F25.root.walk() if element.format]
    for path in reversed(paths):
        made.set(path, building.plain_value(F25.element(path)))

    assert check(xml.read(building.as_given(made))) == []


def test_set_replaces_and_none_removes() -> None:
    filled = building.full(F25)
    filled.set("LRN", "ACME-1")
    assert filled.values("LRN") == ["ACME-1"]

    filled.set("LRN", None)
    filled.set("LRN", None)
    assert filled.value("LRN") is None


@pytest.mark.parametrize("path", ["nothing", "declarant", "declarant/communication[3]/type"])
def test_set_refuses_what_the_table_does_not_have(path: str) -> None:
    with pytest.raises(KeyError):
        building.full(F25).set(path, "x")


def test_unknown_elements_are_kept_in_json() -> None:
    obj = {"IE3F25": {"LRN": "a", "odd": ["b", "c", "d"], "group": {"x": "y"}, "{urn:b}日本.1": "e"}}

    assert json.from_json(obj).to_json() == obj
