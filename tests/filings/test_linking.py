"""Which filings belong together, by the keys of the table."""

import pytest

from filings import linking, samples
from filings.linking.keys import combinations
from filings.messages import catalogue

# Upper and lower filings of the samples tell one shipment when their lanes are the same.
PAIRS = [
    ("IE3F12", "IE3F14"), ("IE3F12", "IE3F15"), ("IE3F14", "IE3F16"), ("IE3F13", "IE3F17"),
    ("IE3F21", "IE3F22"), ("IE3F21", "IE3F26"), ("IE3F21", "IE3F24"), ("IE3F25", "IE3F23"),
    ("IE3F30", "IE3F32"), ("IE3F44", "IE3F43"), ("IE3F40", "IE3F44"),
]  # fmt: skip
MASTER = "consignmentMasterLevel/transportDocumentMasterLevel/documentNumber"
SUPPLEMENT = "consignmentMasterLevel/supplementaryDeclarant/identificationNumber"
HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


@pytest.mark.parametrize(("upper", "lower"), PAIRS)
def test_filings_of_one_shipment_belong_together(upper: str, lower: str) -> None:
    offered = linking.offers(samples.sample(lower, seed=1))

    assert any(each.keys & offered for each in linking.expectations(samples.sample(upper, seed=1)))


@pytest.mark.parametrize(("upper", "lower"), PAIRS)
def test_filings_of_two_shipments_do_not(upper: str, lower: str) -> None:
    offered = linking.offers(samples.sample(lower, seed=2))

    assert not any(each.keys & offered for each in linking.expectations(samples.sample(upper, seed=1)))


@pytest.mark.parametrize(
    "path", [MASTER, SUPPLEMENT, "declarant/identificationNumber consignmentMasterLevel/carrier/identificationNumber"]
)
def test_every_datum_of_the_key_must_agree(path: str) -> None:
    master = samples.sample("IE3F12", seed=1)
    for each in path.split():
        master.set(each, "ANOTHER")

    assert not linking.expectations(master)[0].keys & linking.offers(samples.sample("IE3F15", seed=1))


def test_the_house_filing_may_name_the_declarant_or_the_carrier_of_the_master() -> None:
    master = samples.sample("IE3F12", seed=1)
    master.set("declarant/identificationNumber", "ANOTHER")

    assert linking.expectations(master)[0].keys & linking.offers(samples.sample("IE3F15", seed=1))


def test_a_person_named_twice_is_expected_once() -> None:
    house = samples.sample("IE3F14", seed=1, houses=2)
    house.set(
        f"{HOUSE}[2]/supplementaryDeclarant/identificationNumber",
        house.value(f"{HOUSE}/supplementaryDeclarant/identificationNumber"),
    )

    assert [each.party for each in linking.expectations(house)] == [
        house.value(f"{HOUSE}/supplementaryDeclarant/identificationNumber")
    ]


def test_values_of_one_house_do_not_mix_with_those_of_another() -> None:
    house = samples.sample("IE3F14", seed=1, houses=2)
    house.set(f"{HOUSE}[2]/transportDocumentMasterLevel/documentNumber", "OTHER")
    house.set(f"{HOUSE}[2]/carrier/identificationNumber", "NL999")

    keys = [key for key in linking.offers(house) if key.startswith("sea-house|")]

    assert len(keys) == 2
    assert not any("OTHER" in key and "NL999" not in key for key in keys)


def test_a_filing_is_found_by_the_mrn_it_was_given() -> None:
    trigger, filing = samples.sample("IE3F25", seed=1), samples.sample("IE3F23", seed=2)
    given = trigger.value("previousDocument/identification") or ""

    found = {each.combination for each in linking.expectations(trigger) if each.keys & linking.offers(filing, mrn=given)}

    assert found == {"air-preloading-mrn"}


def test_an_amended_filing_has_the_keys_of_the_filing() -> None:
    assert linking.offers(samples.sample("IE3A15", seed=1)) == linking.offers(samples.sample("IE3F15", seed=1))


def test_every_filing_has_the_states_the_specification_gives() -> None:
    ours = {message.sci: linking.effect(message) for message in catalogue.messages() if message.family == "F"}
    stated = {message.sci: message.ens_effect for message in catalogue.messages() if message.family == "F"}

    assert all(ours.values())
    assert {sci for sci, each in ours.items() if each and each.alone == "11"} == {
        sci for sci, words in stated.items() if words == "complete on its own"
    }
    assert {sci for sci, each in ours.items() if each and each.alone == "10"} == {
        sci for sci, words in stated.items() if words.startswith("complete when")
    }


def test_every_element_of_the_table_exists_where_it_is_read() -> None:
    by_sci = {message.sci: message for message in catalogue.messages() if message.family == "F"}
    for each in combinations():
        for side in ("upper", "lower"):
            for sci in getattr(each, side):
                for part in each.parts:
                    paths = getattr(part, side)
                    own = [path for path in paths if path == "MRN" or path in by_sci[sci].by_path]
                    assert own, (each.id, sci, part.name)
