"""Layers beyond the specification: what each finds, where, and that it can be switched off."""

from collections.abc import Iterator
from datetime import date

import pytest

from filings.messages import catalogue
from filings.messages.finding import Finding
from filings.rules import book, plan
from filings.rules.layers import ALL, Layers, layers
from filings.rules.layers.words import WordList, normal, singular, stop_words, word_list
from tests.filings.rules.material import MESSAGES, copy, samples

GOODS = "consignmentMasterLevel/consignmentHouseLevel/goodsItem"
DESCRIPTION = f"{GOODS}/commodity/descriptionOfGoods"
CONTAINER = "consignmentMasterLevel/transportEquipment/containerIdentificationNumber"
DOCUMENT = "consignmentMasterLevel/transportDocumentMasterLevel/documentNumber"
HOUSE_DOCUMENT = "consignmentMasterLevel/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber"
RECEPTACLE = "consignmentMasterLevel/consignmentHouseLevel/receptacle/receptacleIdentificationNumber"
WAGON = "consignmentMasterLevel/consignmentHouseLevel/passiveBorderTransportMeans/identificationNumber"

# Layer, message, path, wrong value, repair.
WRONG = [
    ("container-check-digit", "IE3F12", CONTAINER, "CSQU3054380", ""),
    ("container-check-digit", "IE3F40", CONTAINER, "CSQU305438", "CSQU3054383"),
    ("air-waybill", "IE3F21", DOCUMENT, "020-12345670", ""),
    ("air-waybill", "IE3F21", DOCUMENT, "020 12345675", "020-12345675"),
    ("air-waybill", "IE3F21", DOCUMENT, "020-1234567", "020-12345675"),
    ("air-waybill", "IE3F21", DOCUMENT, "HAWB-1", ""),
    ("postal-item", "IE3F43", HOUSE_DOCUMENT, "RA473124820NO", ""),
    ("postal-item", "IE3F43", HOUSE_DOCUMENT, "ra 473 124 829 no", "RA473124829NO"),
    ("receptacle", "IE3F44", RECEPTACLE, "HKHKGANLAMSAAUN6808500100008", ""),
    ("receptacle", "IE3F44", RECEPTACLE, "1KHKGANLAMSAAUN68085001000087", ""),
    ("wagon", "IE3F51", WAGON, "335149500180", ""),
    ("wagon", "IE3F51", WAGON, "33 51 4950 018-3", "335149500183"),
    ("wagon", "IE3F51", WAGON, "33514950018", "335149500183"),
    ("mrn-check-digit", "IE3A12", "MRN", "26NL0000000000AATX", None),
    ("eori-of-country", "IE3F12", "declarant/identificationNumber", "BE1", ""),
    ("eori-of-country", "IE3F12", "declarant/identificationNumber", "EL123456789", "GR123456789"),
    ("eori-of-country", "IE3F12", "declarant/identificationNumber", "GB123456789012", ""),
    ("weight", "IE3F22", f"{GOODS}/weight/grossMass", "0.000", ""),
    ("weight", "IE3F22", f"{GOODS}/weight/grossMass", "9999999", ""),
    ("weight", "IE3F22", "consignmentMasterLevel/consignmentHouseLevel/totalGrossMass", "0.1", ""),
    ("stop-word", "IE3F22", DESCRIPTION, "Goods", ""),
    ("stop-word", "IE3F22", "declarant/name", "N/A", ""),
    ("vague-text", "IE3F22", DESCRIPTION, "Shoes and general cargo", ""),
    ("vague-text", "IE3F22", DESCRIPTION, "123-456", ""),
    ("vague-text", "IE3F22", DESCRIPTION, "xxxx", ""),
    ("vague-text", "IE3F22", DESCRIPTION, "see list.pdf", ""),
    ("vague-text", "IE3F22", DESCRIPTION, "running shoes, mail shop@example.org", ""),
    ("blanks", "IE3F22", DESCRIPTION, " Running shoes", "Running shoes"),
]


def found_for(message_id: str, path: str, given: str, on: Layers = ALL) -> list[Finding]:
    """Return the findings of a sample, which has none, with one value changed."""
    document = copy(samples(message_id)[0])
    document.nodes(path)[0].set_text(given)
    return [one for one in book.findings(document, layers=on) if one.rule in layers()]


@pytest.mark.parametrize(("layer", "message_id", "path", "given", "repair"), WRONG)
def test_a_layer_finds_what_it_is_for(layer: str, message_id: str, path: str, given: str, repair: str | None) -> None:
    if repair is None:
        right = samples(message_id)[0].value(path) or ""
        given, repair = right[:17] + str((int(right[17]) + 1) % 10), ""

    name = path.rpartition("/")[2]
    [finding] = [one for one in found_for(message_id, path, given) if one.path.rpartition("/")[2].partition("[")[0] == name]

    row = layers()[layer]
    assert (finding.rule, finding.code, finding.severity, finding.repair) == (layer, row.code, row.severity, repair)


@pytest.mark.parametrize(("layer", "message_id", "path", "given", "repair"), WRONG)
def test_a_layer_can_be_switched_off(layer: str, message_id: str, path: str, given: str, repair: str | None) -> None:
    assert found_for(message_id, path, given, Layers(ALL.on - {layer})) == []
    assert found_for(message_id, path, given, book.NONE) == []


def test_every_layer_is_shown() -> None:
    """Those that ask code lists of others are shown beside the lists."""
    asking = {id_ for id_, layer in layers().items() if not layer.reader and layer.judge.__module__.endswith(".reference")}

    assert {layer for layer, *_ in WRONG} == set(layers()) - asking
    assert set(layers()) == ALL.on


def test_every_layer_has_a_code_of_the_list_a_source_and_a_wording() -> None:
    codes = catalogue.code_list("CL723")

    for layer in layers().values():
        assert layer.code in codes
        assert layer.severity in {"error", "warning"}
        assert layer.source
        assert layer.wording
        assert bool(layer.looks) is (layer.reader is None)


def looked_at() -> Iterator[tuple[str, str]]:
    for message_id in MESSAGES:
        for each in plan.plan(catalogue.message(message_id)).walk():
            for id_, path in each.stands:
                if id_ in layers():
                    yield id_, path


def test_every_row_of_layer_elements_looks_at_something() -> None:
    specs = [element for message in catalogue.messages() for element in message.root.walk() if element.format]

    for layer in layers().values():
        for look in layer.looks:
            assert any(look.at(spec) for spec in specs), (layer.id, look)


def test_goods_descriptions_are_looked_at_in_every_message_that_has_them() -> None:
    expected = {
        (message.id, element.path)
        for message in catalogue.messages()
        for element in message.root.walk()
        if element.name == "descriptionOfGoods"
    }
    looked = {
        (message_id, path)
        for message_id in MESSAGES
        for each in plan.plan(catalogue.message(message_id)).walk()
        for id_, path in each.stands
        if id_ == "stop-word" and path.endswith("descriptionOfGoods")
    }

    assert expected == looked


def test_net_masses_above_the_total_gross_mass_are_found() -> None:
    document = copy(samples("IE3F43")[0])
    document.set(f"{GOODS}/weight/netMass", "9000")

    assert [(one.rule, one.path.rpartition("/")[2]) for one in book.findings(document)] == [("weight", "totalGrossMass")]


def test_a_layer_adds_nothing_where_a_rule_is_broken() -> None:
    document = copy(samples("IE3F12")[0])
    document.set(CONTAINER, "CSQU305438")

    assert [one.rule for one in book.findings(document)] == ["R3021"]


@pytest.mark.parametrize(
    ("word", "base"),
    [("accessories", "accessory"), ("boxes", "box"), ("parts", "part"), ("glass", "glass"), ("gas", "gas"), ("brushes", "brush")],
)
def test_words_are_compared_in_the_singular(word: str, base: str) -> None:
    assert singular(word) == base


def test_case_signs_and_letters_of_other_width_do_not_matter() -> None:
    assert normal("  Spare-PARTS, n/a (\uff26\uff21\uff2b)") == ("spare", "part", "n", "a", "fak")


@pytest.mark.parametrize(
    "text", ["GOODS", "spare part", "Spare parts and accessories", "12 boxes", "n/a", "N.A.", "Consol. cargo", "F.A.K.: FAK"]
)
def test_a_text_of_stop_words_only_is_empty(text: str) -> None:
    only = stop_words().only(text)

    assert bool(only) is (text != "F.A.K.: FAK")


@pytest.mark.parametrize("text", ["Spare parts for Volvo lorries", "Paper cups", "Steel drums with acetone", "", "42", "of the"])
def test_a_text_that_says_something_is_not(text: str) -> None:
    assert stop_words().only(text) == []


def test_only_words_that_say_nothing_anywhere_are_told_inside_a_text() -> None:
    words = stop_words()

    assert [each.term for each in words.within("Acetone in steel drums, said to contain")] == ["said to contain"]
    assert words.within("general cargo") == []


def words_of(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    columns = ("term", "valid_from", "valid_to")
    return [{**dict(zip(columns, row, strict=True)), "confirmed": "yes", "embedded": "no", "source": "a test"} for row in rows]


def test_a_word_counts_from_its_day_to_its_last() -> None:
    rows = words_of(("loading", "2026-05-04", ""), ("goods", "", ""), ("cargo", "", "2026-01-31"))

    def terms(on: date | None) -> set[str]:
        return {entry.term for entry in word_list(rows, on).entries.values()}

    assert terms(date(2026, 1, 31)) == {"goods", "cargo"}
    assert terms(date(2026, 5, 3)) == {"goods"}
    assert terms(date(2026, 5, 4)) == terms(None) == {"goods", "loading"}


def test_another_list_can_be_used() -> None:
    words: WordList = word_list(words_of(("widgets", "", "")))

    assert [one.rule for one in found_for("IE3F22", DESCRIPTION, "Widget", Layers(ALL.on, words))] == ["stop-word"]
    assert found_for("IE3F22", DESCRIPTION, "Widget") == []


def test_the_list_marks_which_words_are_confirmed() -> None:
    entries = stop_words().entries

    assert entries[normal("consolidated")].confirmed
    assert not entries[normal("toys")].confirmed
    assert "as far as the list is known" in found_for("IE3F22", DESCRIPTION, "Toys")[0].sentence
    assert "as far as" not in found_for("IE3F22", DESCRIPTION, "Electronics")[0].sentence
