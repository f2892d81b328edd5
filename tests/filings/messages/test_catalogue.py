"""The tables are whole, and the catalogue reads them as they are."""

import csv
import dataclasses

import pytest

from filings.messages import catalogue
from filings.messages.catalogue import Message

MESSAGES = catalogue.messages()


def test_there_are_84_messages_and_11545_rows() -> None:
    assert len(MESSAGES) == 84
    assert sum(message.rows for message in MESSAGES) == 11545
    assert len(catalogue.rows("elements")) == 11545


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.id)
def test_the_tree_has_every_row_in_order(message: Message) -> None:
    elements = list(message.root.walk())

    assert [element.seq for element in elements] == list(range(message.rows))
    assert message.root.name == message.root_name == message.id
    assert len(message.by_path) == message.rows


def test_there_are_30_lists_with_693_codes_and_11_without() -> None:
    lists = catalogue.code_lists()

    assert sum(len(listed.codes) for listed in lists) == 693
    assert sum(listed.values for listed in lists) == 30
    assert [listed.id for listed in lists if not listed.values and listed.codes] == []
    assert len(lists) == 41


@pytest.mark.parametrize(("table", "count"), [("rules", 37), ("conditions", 32), ("rules_usage", 153), ("n03_content", 218)])
def test_other_tables_are_whole(table: str, count: int) -> None:
    assert len(catalogue.rows(table)) == count


def test_every_table_names_its_message_set_and_version() -> None:
    for path in catalogue.TABLES.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file))[:2] == ["message_set", "version"]


def test_every_code_fits_the_format_of_its_elements() -> None:
    elements = [element for message in MESSAGES for element in message.root.walk() if element.codes]

    for listed, known in {(element.codes, element.format) for element in elements}:
        assert listed is not None
        assert known is not None
        assert [code for code in listed.names if not known.accepts(code)] == []


def test_code_lists_and_rules_named_by_elements_exist() -> None:
    rules = {row["id"] for row in catalogue.rows("rules")}
    conditions = {row["id"] for row in catalogue.rows("conditions")}

    for message in MESSAGES:
        for element in message.root.walk():
            assert set(element.rules) <= rules
            assert set(element.conditions) <= conditions
            assert not element.code_list or catalogue.code_list(element.code_list)


def test_overrides_point_at_elements_and_take_effect() -> None:
    for row in catalogue.rows("overrides"):
        element = catalogue.message(row["message"]).element(row["path"])

        assert set(row["rules"].split()) <= set(element.rules)
        assert set(row["conditions"].split()) <= set(element.conditions)
        assert row["replaces"] not in element.rules + element.conditions
        assert row["status"] in {"", element.status}
        assert row["reason"]


def test_groups_have_children_and_values_have_a_format() -> None:
    for message in MESSAGES:
        for element in message.root.walk():
            assert bool(element.children) != bool(element.format)
            assert bool(element.wrapper) == bool(element.format and element.format.kind == "date")
            assert element.min <= element.max


def test_paths_and_messages_in_the_columns_exist() -> None:
    ids = {message.id for message in MESSAGES} | {""}

    for message in MESSAGES:
        named = {message.accepted_by, message.rejected_by, message.refused_by, message.amends, *message.answered_by}
        assert named <= ids
        assert message.is_sent or not message.rejected_by
        for path in (message.reference, message.party, message.date, *message.references):
            assert path in message.by_path
        assert message.priority in {"A", "B", "C"}
        assert message.consumer in {"filing", "referral", "arrival", "consultation", "notice"}
        assert message.event


def test_an_amendment_has_the_table_of_its_filing_but_for_the_reference() -> None:
    for message in MESSAGES:
        if not message.amends:
            continue
        filing = catalogue.message(message.amends)
        own = {"LRN", "MRN", "referralRequestReference"}
        paths = {path for path in message.by_path if not path.endswith(tuple(own)) and "/carrier/comm" not in path}
        assert paths <= set(filing.by_path)
        assert message.sci == filing.sci


def test_only_messages_with_binary_elements_allow_attachments() -> None:
    names = {message.id[3:] for message in MESSAGES if message.attachments}

    assert names == {"R02", "R03"} | {family + number for family in "FA" for number in ["20", "23", "24", "26", "28", "32"]}


def test_an_unknown_message_is_refused_by_name() -> None:
    with pytest.raises(catalogue.UnknownMessage, match=r"IE3F99 in HTI 2\.02"):
        catalogue.message("IE3F99")
    with pytest.raises(catalogue.UnknownMessage, match="HTI 9"):
        catalogue.message("IE3F26", version="9")
    assert catalogue.messages(version="9") == ()


def test_what_the_catalogue_gives_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        MESSAGES[0].title = "other"  # type: ignore[misc]
