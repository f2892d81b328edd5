"""Every rule, wherever it stands: shown holding on samples and breaking on samples changed at one place."""

from pathlib import Path

import pytest

from filings.messages import catalogue, reading
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.rules import book, history, plan
from filings.rules.registry import RULES
from tests.filings.rules.breaks import WAYS
from tests.filings.rules.material import MESSAGES, copy, insert, occurrences, samples, specimen, stands
from tests.filings.rules.showing import rule_broken

STANDS = stands("rules")
TABLE = {row["id"]: row for row in catalogue.rows("rules")}
STORIES = sorted((Path(__file__).parents[3] / "samples").glob("*/*.json"))
# Rules about other messages, shown in test_history.
OF_HISTORY = {history.UNIQUE, history.FIXED}


@pytest.mark.parametrize("message_id", sorted({of for of, id_, _ in STANDS if id_ not in OF_HISTORY}))
def test_every_rule_is_seen_breaking_wherever_it_stands(message_id: str) -> None:
    missed = [
        (id_, path)
        for of, id_, path in STANDS
        if of == message_id and id_ not in OF_HISTORY and not rule_broken(message_id, id_, path)
    ]

    assert missed == []


@pytest.mark.parametrize("message_id", MESSAGES)
def test_every_rule_is_evaluated_on_every_message_it_stands_in(message_id: str) -> None:
    planned = {id_ for each in plan.plan(catalogue.message(message_id)).walk() for id_, _ in each.stands}

    assert {id_ for of, id_, _ in STANDS if of == message_id} - OF_HISTORY <= planned


def test_every_rule_in_use_is_written_and_no_other() -> None:
    used = {id_ for id_, row in TABLE.items() if int(row["used_messages"])}

    assert set(RULES) | OF_HISTORY == used
    assert {id_ for _, id_, _ in STANDS} == used
    assert set(WAYS) == set(RULES)


def test_every_rule_has_a_wording_that_names_it_and_a_code_of_the_list() -> None:
    codes = catalogue.code_list("CL723")

    for rule in RULES.values():
        assert rule.id in rule.wording
        assert rule.code in codes


@pytest.mark.parametrize("message_id", MESSAGES)
def test_nothing_is_wrong_with_a_sample(message_id: str) -> None:
    for document in samples(message_id):
        found = [finding for finding in book.findings(document) if not _told_twice_on_purpose(finding, document)]

        assert found == []


def _told_twice_on_purpose(finding: Finding, document: Document) -> bool:
    """A full sample tells everything everywhere, so also what R3031 wants told once."""
    return finding.rule == "R3031" and finding.severity == "warning" and len(document.root.children) > 3


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_a_story(path: Path) -> None:
    assert book.findings(reading.read(path.read_bytes())) == []


def first(message_id: str, id_: str) -> Finding:
    path = next(path for of, one, path in STANDS if (of, one) == (message_id, id_))
    found = rule_broken(message_id, id_, path)
    assert found
    return found


def test_severity_and_code_are_those_of_the_rule() -> None:
    shown = {id_: first(next(of for of, one, _ in STANDS if one == id_), id_) for id_ in RULES}

    assert {id_ for id_, finding in shown.items() if finding.severity == "warning"} == {"R3031"}
    assert {id_: shown[id_].code for id_ in ("R3004", "R3009", "R3053", "R3052", "R3051")} == {
        "R3004": "93", "R3009": "70", "R3053": "103", "R3052": "81", "R3051": "14",
    }  # fmt: skip


def with_value(message_id: str, path: str, given: str, **others: str) -> list[Finding]:
    document = copy(samples(message_id)[0])
    above = path.rpartition("/")[0]
    for name, text in others.items():
        document.set(f"{above}/{name}", text)
    document.set(path, given)
    return [finding for finding in book.findings(document) if finding.rule != "R3031"]


@pytest.mark.parametrize(
    ("given", "repair"),
    [
        ("+4940 123-456", "+4940 123 456"),
        ("0049 40 123456", "+49 40 123456"),
        ("+49 (0)40 / 123456", "+49 40 123456"),
        ("+49  40 123456", "+49 40 123456"),
        ("040 123456", ""),
        ("+1234", ""),
    ],
)
def test_a_telephone_number_is_repaired_when_its_country_is_known(given: str, repair: str) -> None:
    [finding] = with_value("IE3F26", "declarant/communication/identifier", given, type="TE")

    assert (finding.rule, finding.repair) == ("R3006", repair)


@pytest.mark.parametrize("given", ["+4940123456", "+49 40 123 456", "+1 5551234"])
def test_an_international_telephone_number_is_right(given: str) -> None:
    assert with_value("IE3F26", "declarant/communication/identifier", given, type="TE") == []


def test_mail_is_no_telephone_number() -> None:
    assert with_value("IE3F26", "declarant/communication/identifier", "a@example.org", type="EM") == []


@pytest.mark.parametrize(
    ("given", "repair"),
    [("IMO 9074729", "IMO9074729"), ("9074729", "IMO9074729"), ("imo907472", "IMO9074729"), ("IMO9074720", ""), ("OSLO", "")],
)
def test_an_imo_number_is_repaired_when_all_but_its_look_is_there(given: str, repair: str) -> None:
    [finding] = with_value("IE3F12", "activeBorderTransportMeans/identificationNumber", given)

    assert (finding.rule, finding.repair) == ("R3009", repair)


@pytest.mark.parametrize(
    ("path", "given", "repair"),
    [
        ("declarant/identificationNumber", "de 123 456", "DE123456"),
        ("declarant/identificationNumber", "DE", ""),
        ("consignmentMasterLevel/transportEquipment/containerIdentificationNumber", "csqu 305438-3", "CSQU3054383"),
    ],
)
def test_a_number_is_repaired_by_upper_case_and_no_blanks(path: str, given: str, repair: str) -> None:
    found = [one for one in with_value("IE3F12", path, given) if one.severity == "error"]

    assert [one.repair for one in found] == [repair]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (["1", "1"], [("[2]", "26", "error", "2")]),
        (["1", "3"], [("[2]", "12", "error", "2")]),
        (["2", "1"], [("[1]", "12", "warning", "")]),
        (["0", "1"], [("[1]", "12", "error", "2")]),
        (["01", "02"], []),
    ],
)
def test_goods_items_run_from_one(numbers: list[str], expected: list[tuple[str, str, str, str]]) -> None:
    document = copy(samples("IE3F12")[0])
    [(_, master)] = occurrences(document, "consignmentMasterLevel")
    for surplus in master.named("goodsItem")[2:]:
        master.children.remove(surplus)
    for item, number in zip(master.named("goodsItem"), numbers, strict=True):
        item.first("goodsItemNumber").set_text(number)  # type: ignore[union-attr]

    found = [one for one in book.findings(document) if one.rule == "R3016"]

    assert [(one.path.split("goodsItem")[1].rstrip("/"), one.code, one.severity, one.repair) for one in found] == expected


@pytest.mark.parametrize(
    ("message_id", "id_", "given"),
    [
        ("IE3Q05", "R3028", ["MRN", "transportDocument"]),
        ("IE3Q04", "R3034", ["customsOfficeOfFirstEntry", "addressedMemberState"]),
    ],
)
def test_both_of_either_or_is_only_doubtful(message_id: str, id_: str, given: list[str]) -> None:
    document = copy(samples(message_id)[0])
    for name in given:
        if not document.root.named(name):
            insert(document.root, document.message.root, list(specimen(message_id, name)))

    found = [one for one in book.findings(document) if one.rule == id_]

    assert [(one.severity, one.path) for one in found] == [("warning", f"/{message_id}/{given[0]}")]


def test_both_departures_and_both_ways_to_identify_are_only_doubtful() -> None:
    for id_, given in {
        "R3035": {
            "actualDateAndTimeOfDeparture": "2026-11-01T00:00:00Z",
            "estimatedDateAndTimeOfDeparture": "2026-11-01T00:00:00Z",
        },
        "R3007": {"conveyanceReferenceNumber": "LH400", "identificationNumber": "DABYT", "typeOfIdentification": "41"},
    }.items():
        message_id = next(of for of, one, _ in STANDS if one == id_)
        document = copy(samples(message_id)[0])
        for name, value in given.items():
            document.set(f"activeBorderTransportMeans/{name}", value)

        found = [(one.severity, one.code) for one in plan.run(document) if one.rule == id_]

        assert found == [("warning", "13")]


def test_sequence_numbers_compare_as_numbers() -> None:
    document = copy(samples("IE3F12")[0])
    stops = document.nodes("activeBorderTransportMeans/countriesOfRoutingOfMeansOfTransport")
    for stop in stops:
        number = stop.first("sequenceNumber")
        number.set_text(str(int(number.text or 0) + 8))  # type: ignore[union-attr]

    assert len(stops) > 1
    assert not [one for one in book.findings(document) if one.rule in {"R3013", "R3014", "R3018"}]


def test_a_place_without_a_country_says_nothing_about_the_route() -> None:
    document = copy(samples("IE3F12")[0])
    document.set("consignmentMasterLevel/placeOfLoading/UNLOCODE", "")

    assert [one.path.rpartition("/")[2] for one in book.errors(book.findings(document))] == ["UNLOCODE"]
