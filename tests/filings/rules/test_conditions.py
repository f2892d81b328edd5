"""Every condition, wherever it stands: shown holding on samples and breaking on samples changed at one place."""

import pytest

from filings.messages import catalogue
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.rules import book, conditions, plan
from filings.rules.conditions import UnknownStatus
from filings.rules.hints import UnknownHint
from filings.rules.scope import Scope, Stand
from tests.filings.rules import material
from tests.filings.rules.material import MESSAGES, copy, occurrences, remove, samples, stands
from tests.filings.rules.showing import NEVER, condition_broken

STANDS = stands("conditions")


@pytest.mark.parametrize("message_id", sorted({message_id for message_id, _, _ in STANDS}))
def test_every_condition_is_seen_breaking_wherever_it_stands(message_id: str) -> None:
    for of, id_, path in STANDS:
        if of != message_id or (of, id_) in NEVER:
            continue
        statuses = material.statuses(id_)

        if "M" in statuses:
            assert condition_broken(message_id, id_, path, "13"), (id_, path)
        if "X" in statuses:
            assert condition_broken(message_id, id_, path, "15"), (id_, path)


@pytest.mark.parametrize("message_id", sorted({of for of, id_, _ in STANDS if "some" in material.statuses(id_)}))
def test_one_of_two_places_is_enough_and_none_is_told_once(message_id: str) -> None:
    levels = {"C3013": "consignmentMasterLevel", "C3014": "consignmentMasterLevel/consignmentHouseLevel"}
    for id_ in {id_ for of, id_, _ in STANDS if of == message_id and id_ in levels}:
        document = next(one for one in samples(message_id) if one.value(f"{levels[id_]}/containerIndicator") == "1")
        changed = copy(document)
        for place, group in occurrences(changed, levels[id_]):
            remove(group, "transportEquipment")
            for item in group.named("goodsItem"):
                remove(item, "transportEquipment")

            found = [one for one in book.findings(changed) if one.rule == id_ and one.path.startswith(place)]

            assert [(one.path, one.code) for one in found] == [(f"{place}/transportEquipment[1]", "13")]


@pytest.mark.parametrize("message_id", MESSAGES)
def test_every_condition_of_the_table_is_in_the_plan(message_id: str) -> None:
    planned = {stand for each in plan.plan(catalogue.message(message_id)).walk() for stand in each.stands}

    assert {(id_, path) for of, id_, path in STANDS if of == message_id} <= planned


@pytest.mark.parametrize("message_id", MESSAGES)
def test_a_sample_breaks_no_condition(message_id: str) -> None:
    for document in samples(message_id):
        assert [one for one in plan.run(document) if one.rule.startswith("C")] == []


def test_used_conditions_are_those_that_stand_somewhere() -> None:
    table = conditions.rows((catalogue.DEFAULT, catalogue.DEFAULT_VERSION))

    assert {id_ for id_, row in table.items() if int(row["used_messages"])} <= {id_ for _, id_, _ in STANDS}


def sentence(message_id: str, id_: str, path: str, code: str) -> str:
    finding = condition_broken(message_id, id_, path, code)
    assert finding
    return finding.sentence


def test_sentences_name_fields_and_values() -> None:
    house = "consignmentMasterLevel/consignmentHouseLevel"

    assert sentence("IE3F12", "C3007", "consignmentMasterLevel/placeOfLoading/location", "15") == (
        "“UNLOCODE” of “Place of loading” is given (CNSGH), so leave out “Location”."
    )
    assert sentence("IE3F26", "C3025", f"{house}/goodsItem/commodity/commodityCode", "13").endswith(
        "of “Consignor” is 2 and “Type of person” of “Consignee” is 2, so give “Commodity code”."
    )
    assert sentence("IE3F15", "C3020", f"{house}/goodsShipment", "13").startswith("“Place of delivery” is in ")
    assert sentence("IE3F15", "C3022", f"{house}/consignee", "13") == (
        "No “Additional information” has the code 10600, so give “Consignee”."
    )


def test_a_reading_of_ours_says_so() -> None:
    path = "consignmentMasterLevel/consignmentHouseLevel/transportEquipment"

    assert "(Our reading: source condition reads an element this message lacks.)" in sentence("IE3F10", "C3014", path, "15")


def compiled(hint: dict[str, object], document: Document) -> list[Finding]:
    root = document.message.root
    check = conditions.compiled("C1", hint, Stand(root.by_name["representative"], (root,), document.message))
    found: list[Finding] = []
    check.run(Scope(document.root, root), found)
    return found


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ({"eq": ["/LRN", "A1"]}, True),
        ({"ne": ["/LRN", "A1"]}, False),
        ({"regex": ["/LRN", "[A-Z][0-9]"]}, True),
        ({"or": [{"eq": ["/LRN", "B"]}, {"present": "./LRN"}]}, True),
        ({"or": [{"eq": ["/LRN", "B"]}, {"absent": "/LRN"}]}, False),
        ({"not": {"and": [{"present": "/LRN"}, {"present": "/declarant"}]}}, True),
        ({"in": ["/LRN", ["A1", "A2"]]}, True),
    ],
)
def test_the_hint_language(test: dict[str, object], holds: bool) -> None:
    document = Document(catalogue.message("IE3F26"), Node("IE3F26", children=[Node("LRN", "A1")]))

    assert bool(compiled({"if": test, "then": "M", "else": "O"}, document)) is holds


def test_a_word_that_does_not_exist_is_refused() -> None:
    document = Document(catalogue.message("IE3F26"), Node("IE3F26"))

    with pytest.raises(UnknownHint):
        compiled({"if": {"maybe": "/LRN"}, "then": "M", "else": "O"}, document)
    with pytest.raises(UnknownStatus):
        compiled({"if": {"present": "/LRN"}, "then": "Q", "else": "O"}, document)


@pytest.mark.parametrize("value", [None, "", "7"])
def test_what_cannot_be_judged_is_left_to_the_structural_check(value: str | None) -> None:
    """A container indicator that is missing or no code says nothing about containers."""
    document = copy(next(one for one in samples("IE3F12") if one.value("consignmentMasterLevel/containerIndicator") == "1"))
    [(_, master)] = occurrences(document, "consignmentMasterLevel")
    if value is None:
        remove(master, "containerIndicator")
    else:
        master.named("containerIndicator")[0].set_text(value)

    assert [one.path for one in book.findings(document)] == ["/IE3F12/consignmentMasterLevel/containerIndicator"]
