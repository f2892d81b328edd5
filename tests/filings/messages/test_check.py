"""The structural check says each thing once, in order, in a sentence that helps."""

import pytest

from filings.messages import catalogue, json, xml
from filings.messages.check import check
from filings.messages.document import Document, Node
from tests.filings.messages import building

F13 = catalogue.message("IE3F13")
F25 = catalogue.message("IE3F25")
HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


def found(document: Document) -> list[tuple[str, str]]:
    return [(finding.path, finding.code) for finding in check(document)]


def test_all_faults_are_found_in_table_order() -> None:
    document = building.full(F25)
    document.set("declarant/name", "n" * 71)
    document.set("LRN", None)
    document.set("declarant/communication[2]/type", "EM")
    document.set(f"{HOUSE}/carrier/identificationNumber", "")

    assert found(document) == [
        ("/IE3F25/LRN", "13"),
        ("/IE3F25/consignmentMasterLevel/consignmentHouseLevel/carrier/identificationNumber", "13"),
        ("/IE3F25/declarant/name", "39"),
        ("/IE3F25/declarant/communication[2]/identifier", "13"),
    ]


def test_a_missing_group_does_not_report_its_elements() -> None:
    document = building.full(F25)
    document.root.children = [child for child in document.root.children if child.name != "declarant"]

    assert found(document) == [("/IE3F25/declarant", "13")]


def test_an_empty_group_is_one_finding() -> None:
    document = building.full(F25)
    document.nodes("declarant")[0].children = []

    assert found(document) == [("/IE3F25/declarant", "13")]


def test_a_group_of_only_optional_elements_may_not_be_empty() -> None:
    path = f"{HOUSE}/placeOfDelivery"
    document = building.full(F13)
    document.nodes(path)[0].children = []

    assert F13.element(path).all_optional
    assert found(document) == [(f"/IE3F13/{HOUSE}/placeOfDelivery", "13")]


def test_a_finding_names_the_field_and_says_what_to_do() -> None:
    document = building.full(F25)
    document.set("representative/status", "9")
    document.root.children.append(Node("lrn", "x"))
    unknown, status = check(document)

    assert status.sentence == "“Status”: “9” is no code of Representative Status (CL094); use 2, 3."
    assert unknown.sentence.endswith("remove it or write “LRN” if that is meant.")
    assert status.as_dict() == {
        "path": "/IE3F25/representative/status",
        "code": "12",
        "rule": "",
        "severity": "error",
        "sentence": status.sentence,
        "repair": "",
    }


def test_one_moved_element_is_one_finding_that_says_where_it_goes() -> None:
    document = building.full(F25)
    document.root.children.insert(0, document.root.children.pop(3))
    [finding] = check(xml.read(building.as_given(document)))

    assert (finding.path, finding.code) == ("/IE3F25/addressedMemberState", "15")
    assert finding.sentence.endswith("move it after “SpecificCircumstanceIndicator” and before “representative”.")


def test_repetitions_that_do_not_stand_together_are_out_of_order() -> None:
    document = building.full(F25)
    document.set("declarant/communication[2]/identifier", "a@example.com")
    document.set("declarant/communication[2]/type", "EM")
    declarant = document.nodes("declarant")[0]
    declarant.children.insert(0, declarant.children.pop())

    assert found(xml.read(building.as_given(document))) == [("/IE3F25/declarant/communication[1]", "15")]
    assert found(json.from_json(document.to_json())) == []


def test_too_few_occurrences_point_at_the_next_one() -> None:
    message = catalogue.message("IE3F26")
    path = next(path for path, element in message.by_path.items() if element.min > 1)
    document = building.full(message)
    nodes = document.nodes(path)
    parent = document.nodes(path.rpartition("/")[0])[0]
    parent.children.remove(nodes[-1])
    [finding] = check(document)

    assert finding.code == "13"
    assert finding.path.endswith(f"[{len(nodes)}]")
    assert "at least" in finding.sentence


def test_text_beside_elements_is_found() -> None:
    data = xml.write(building.full(F25)).replace(b"<declarant>", b"<declarant>hello")

    assert found(xml.read(data)) == [("/IE3F25/declarant", "15")]


@pytest.mark.parametrize("name", ["IE3F10", "IE3N06", "IE3R02"])
def test_nothing_at_all_is_found_to_be_empty(name: str) -> None:
    document = json.from_json({name: {}})

    assert found(document) == [(f"/{name}", "13")]


def test_a_foreign_document_costs_no_guessing_and_long_values_are_cut() -> None:
    document = building.full(F25)
    document.root.children += [Node(f"lrn{number}", "x") for number in range(5000)]
    document.root.children.append(Node("n" * 10_000, "x"))
    sentences = [finding.sentence for finding in check(document)]

    assert len(sentences) == 5001
    assert max(len(sentence) for sentence in sentences) < 200
    assert not any("if that is meant" in sentence for sentence in sentences)
