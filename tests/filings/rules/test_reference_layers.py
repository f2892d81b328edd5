"""Layers about codes that others publish: by what the release ships, and by lists loaded since."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import pytest

from filings.messages.finding import Finding
from filings.reference import shelf
from filings.reference.entries import ALWAYS, Packed
from filings.reference.shelf import Label
from filings.rules import book
from filings.rules.layers import ALL, Layers, layers
from tests.filings.rules.material import MESSAGES, copy, samples

MASTER = "consignmentMasterLevel"
HOUSE = f"{MASTER}/consignmentHouseLevel"
GOODS = f"{HOUSE}/goodsItem"
PLACE = f"{MASTER}/placeOfLoading/UNLOCODE"
UN = f"{GOODS}/commodity/dangerousGoods/UNNumber"
CUS = f"{GOODS}/commodity/cusCode"
OFFICE = "customsOfficeOfFirstEntry/referenceNumber"
DOCUMENT = f"{HOUSE}/supportingDocuments/type"
INFORMATION = "hrcmScreeningResults/additionalInformation/code"

# Layer, message, path, value that is wrong by what the release ships.
SHIPPED = [
    ("country", "IE3F12", "declarant/address/country", "YY"),
    ("currency", "IE3F32", f"{HOUSE}/totalAmountInvoiced/currency", "EUX"),
    ("package-type", "IE3F22", f"{GOODS}/packaging/typeOfPackages", "99"),
    ("place", "IE3F12", PLACE, "YYABC"),
    ("place", "IE3F12", PLACE, "NLXYZ"),
    ("place-for-mode", "IE3F12", PLACE, "CNSHA"),
    ("goods-code", "IE3F22", f"{GOODS}/commodity/commodityCode/harmonizedSystemSubHeadingCode", "854140"),
    ("un-number", "IE3F22", UN, "8000"),
    ("un-number", "IE3F22", UN, "0003"),
    ("customs-office", "IE3F12", OFFICE, "YY000001"),
]
# Layer, message, path, list with one code, value that is wrong by it.
LOADED: list[tuple[str, str, str, str, dict[str, Packed], str]] = [
    ("un-number", "IE3F22", UN, "CL101", {"3480": ("Lithium ion batteries", "")}, "3999"),
    ("customs-office", "IE3F12", OFFICE, "CL141", {"NL000432": ("Rotterdam", "")}, "NL999999"),
    ("document-type", "IE3F10", DOCUMENT, "CL013", {"N380": ("Commercial invoice", "")}, "N999"),
    ("cus-code", "IE3F10", CUS, "CL719", {"0010001-6": ("Ethanol", "")}, "0010002-1"),
    ("information-code", "IE3F23", INFORMATION, "CL752", {"10600": ("To order", "")}, "99999"),
]


class Shelf:
    """One edition of one list."""

    def __init__(self, code_list: str, entries: Mapping[str, Packed], *, complete: bool = True) -> None:
        self.label = Label(1, code_list, date(2026, 7, 1), ALWAYS, complete, "test", "")
        self.content = entries

    def labels(self) -> Sequence[Label]:
        return [self.label]

    def entries(self, label: Label) -> Mapping[str, Packed]:
        return self.content


@pytest.fixture(autouse=True)
def empty_shelf() -> Iterator[None]:
    from filings.services.code_lists import DatabaseShelf

    shelf.stand(shelf.Nothing())
    yield
    shelf.stand(DatabaseShelf())


def found(message_id: str, path: str, given: str, layer: str, on: Layers = ALL) -> list[Finding]:
    """Return what a layer finds at a path of a sample in which that has one value, put there if need be."""
    document = copy(next((one for one in samples(message_id) if one.nodes(path)), samples(message_id)[0]))
    document.set(path, given)
    name = path.rpartition("/")[2]
    told = [one for one in book.findings(document, layers=on) if one.rule == layer and one.path.endswith(name)]
    return [one for one in told if f"“{given}”" in one.sentence]


@pytest.mark.parametrize(("layer", "message_id", "path", "given"), SHIPPED)
def test_codes_that_do_not_exist_are_found_by_what_the_release_ships(layer: str, message_id: str, path: str, given: str) -> None:
    [finding] = found(message_id, path, given, layer)

    row = layers()[layer]
    assert (finding.code, finding.severity) == (row.code, row.severity)
    assert found(message_id, path, given, layer, Layers(ALL.on - {layer})) == []


@pytest.mark.parametrize(("layer", "message_id", "path", "code_list", "entries", "given"), LOADED)
def test_codes_that_do_not_exist_are_found_by_lists_loaded_since(
    layer: str, message_id: str, path: str, code_list: str, entries: dict[str, Packed], given: str
) -> None:
    assert found(message_id, path, given, layer) == []

    shelf.stand(Shelf(code_list, entries))

    [finding] = found(message_id, path, given, layer)
    assert finding.severity == "warning"
    right = next(iter(entries))
    if right != given:
        assert found(message_id, path, right, layer) == []


def test_every_layer_about_published_codes_is_shown() -> None:
    of_lists = {layer.id for layer in layers().values() if any(look.code_list for look in layer.looks)}

    shown = {layer for layer, *_ in SHIPPED} | {layer for layer, *_ in LOADED}
    assert of_lists <= shown
    assert shown - of_lists == {"goods-code", "place-for-mode"}


def test_codes_of_a_partial_list_are_not_told() -> None:
    shelf.stand(Shelf("CL244", {"NLRTM": ("Rotterdam", "1")}, complete=False))

    assert found("IE3F12", PLACE, "NLXYZ", "place") == []
    assert found("IE3F21", PLACE, "NLRTM", "place-for-mode") == []


@pytest.mark.parametrize("given", ["XI", "XK", "XS", "XL", "QQ", "ZZ"])
def test_codes_of_ics2_and_for_private_use_are_no_fault(given: str) -> None:
    assert found("IE3F12", "declarant/address/country", given, "country") == []


@pytest.mark.parametrize("message_id", MESSAGES)
def test_samples_hold_only_codes_that_exist(message_id: str) -> None:
    mine = {layer for layer, *_ in SHIPPED} | {layer for layer, *_ in LOADED}

    assert [one for document in samples(message_id) for one in book.findings(document) if one.rule in mine] == []


def test_a_place_of_the_wrong_kind_is_named_with_its_mode() -> None:
    shelf.stand(Shelf("CL244", {"LULUX": ("Luxembourg", "234")}))

    [finding] = found("IE3F12", PLACE, "LULUX", "place-for-mode")

    assert "(Luxembourg) does not serve transport by sea" in finding.sentence
