"""What is said of two filings: whether they link, which part keeps them apart, and what differs besides."""

import pytest

from filings import linking, samples
from filings.linking import anchors
from filings.linking.keys import combinations
from filings.linking.measures import differences
from filings.messages import catalogue
from filings.messages.document import Document

MASTER = "consignmentMasterLevel"
HOUSE = f"{MASTER}/consignmentHouseLevel"
CARRIER = f"{HOUSE}/carrier/identificationNumber"
NUMBER = f"{HOUSE}/transportDocumentMasterLevel/documentNumber"


@pytest.fixture
def master() -> Document:
    return samples.sample("IE3F12", seed=1)


@pytest.fixture
def house() -> Document:
    return samples.sample("IE3F15", seed=1)


def test_two_that_link_are_told_so_in_either_order(master: Document, house: Document) -> None:
    first, second = linking.predict(master, house), linking.predict(house, master)

    assert first.links
    assert first.sentence == ("These two will link: master document number, supplementary declarant EORI and carrier EORI agree.")
    assert (first.first_is_upper, second.first_is_upper) == (True, False)
    assert first.apart == ()


@pytest.mark.parametrize(
    ("path", "value", "how", "part"),
    [
        (CARRIER, "NL999", "differs", "carrier"),
        (CARRIER, None, "missing", "carrier"),
        (NUMBER, "ndml 001-012359", "spelled", "master document"),
        ("declarant/identificationNumber", "FR123", "differs", "supplementary declarant"),
    ],
)
def test_the_part_that_keeps_them_apart_is_named(
    path: str, value: str | None, how: str, part: str, master: Document, house: Document
) -> None:
    house.set(path, value)

    said = linking.predict(master, house)

    [apart] = said.apart
    assert (apart.how, apart.name) == (how, part)
    assert apart.words in said.sentence
    assert apart.repair
    assert (house.value(apart.lower_path) or "") == (value or "")


def test_the_house_that_fits_best_is_compared(master: Document) -> None:
    house = samples.sample("IE3F14", seed=1, houses=3)
    for number in (1, 2, 3):
        house.set(f"{HOUSE}[{number}]/carrier/identificationNumber", f"NL{number}")
    house.set(f"{HOUSE}[1]/transportDocumentMasterLevel/documentNumber", "OTHER")

    [apart] = linking.predict(master, house).apart

    assert apart.lower_path == f"{HOUSE}[2]/carrier/identificationNumber"


def test_kinds_that_customs_never_links_are_told_apart(master: Document) -> None:
    said = linking.predict(master, samples.sample("IE3F22", seed=1))

    assert not said.links
    assert "never links these two kinds" in said.sentence


def test_all_ways_in_which_two_might_link_are_named() -> None:
    trigger, early = samples.sample("IE3F25", seed=1), samples.sample("IE3F23", seed=2)

    said = linking.predict(trigger, early, second_mrn="26DE000000000001T0")

    assert {each.name for each in said.apart} == {"MRN", "house document"}


def test_an_amendment_links_as_its_filing_does(master: Document) -> None:
    assert linking.predict(master, samples.sample("IE3A15", seed=1)).links


def test_more_weight_below_than_above_is_wrong(master: Document, house: Document) -> None:
    house.set(f"{HOUSE}/totalGrossMass", "999999.5")

    [weight] = [each for each in linking.predict(master, house).warnings if each.what == "weight"]

    assert weight.wrong
    assert "999999.5 kg below" in weight.sentence


def test_less_weight_below_is_what_others_bring(master: Document, house: Document) -> None:
    house.set(f"{HOUSE}/totalGrossMass", "0.5")

    [weight] = [each for each in linking.predict(master, house).warnings if each.what == "weight"]

    assert not weight.wrong
    assert "other filings must bring the rest" in weight.sentence


def test_a_container_the_master_does_not_have_is_named(master: Document, house: Document) -> None:
    house.set(f"{HOUSE}/transportEquipment/containerIdentificationNumber", "ABCU0000000")

    found = differences(master, house, ((), (1,)))

    assert "ABCU0000000" in next(each.sentence for each in found if each.what == "containers")


def test_figures_that_are_none_are_left_to_the_check(master: Document, house: Document) -> None:
    house.set(f"{HOUSE}/totalGrossMass", "heavy")

    assert not [each for each in linking.predict(master, house).warnings if each.what == "weight"]


def test_every_filing_has_a_number_by_which_it_belongs_to_a_shipment() -> None:
    for message in catalogue.messages():
        if message.family == "F":
            found = anchors.anchors(samples.sample(message.id, seed=1))
            assert found, message.id
            assert (found[0].kind == "master") == anchors.has_master(message)


def test_every_part_has_words_and_a_repair() -> None:
    assert all(part.words and part.repair for each in combinations() for part in each.parts)
