"""The schemas accept what the check accepts: on any valid document, and on any value."""

from functools import cache

import jsonschema  # type: ignore[import-untyped]
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from filings.messages import catalogue, json, xml
from filings.messages.catalogue import Element, Message
from filings.messages.check import check
from filings.messages.document import Document
from filings.messages.jsonschema import json_schema
from filings.messages.xsd import xsd
from tests.filings.messages import building

MESSAGES = catalogue.messages()
# One element of each format and code list in use.
PLACES: list[tuple[Message, Element]] = list(
    {
        (str(element.format), element.code_list): (message, element)
        for message in MESSAGES
        for element in message.root.walk()
        if element.format
    }.values()
)
# What XML can carry: a carriage return too, as it is written as a reference.
XML_SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
XML_TEXT = st.text(XML_SIGNS.filter(lambda sign: sign >= " " or sign in "\t\n\r"))
LIKELY = st.text(st.sampled_from("0123456789.,-+eEAZaz Ωж日\n\t\u00a0\u0301T:Z"), max_size=24)


@cache
def schema(message: Message) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(xsd(message)))


@cache
def validator(message: Message) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema(message))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.id)
def test_the_schemas_accept_minimal_and_full_documents(message: Message) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema(message))
    for document in (building.minimal(message), building.full(message)):
        schema(message).assertValid(etree.fromstring(xml.write(document)))
        validator(message).validate(document.to_json())
        assert check(document) == []


@pytest.mark.parametrize("name", ["IE3F13", "IE3F25", "IE3F43", "IE3N06", "IE3N99", "IE3R03"])
def test_another_schema_processor_agrees(name: str) -> None:
    message = catalogue.message(name)
    processor = xmlschema.XMLSchema(xsd(message).decode())

    assert processor.is_valid(xml.write(building.full(message)).decode())
    assert processor.is_valid(xml.write(building.minimal(message)).decode())
    assert not processor.is_valid(f'<{name} xmlns="{message.namespace}"/>')


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MESSAGES), st.integers(0, 2**32))
def test_a_random_valid_document_passes_everything(message: Message, seed: int) -> None:
    document = building.at_random(message, seed)
    data = xml.write(document)
    again = json.from_json(xml.read(data).to_json())

    assert check(document) == []
    assert check(xml.read(data)) == []
    assert xml.write(again) == data
    assert schema(message).validate(etree.fromstring(data)), schema(message).error_log
    assert validator(message).is_valid(document.to_json())


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(PLACES), st.one_of(LIKELY, XML_TEXT))
def test_check_and_schemas_agree_on_any_value(place: tuple[Message, Element], value: str) -> None:
    message, element = place
    document = building.minimal(message)
    _make(document, element)
    document.set(element.path, value)
    data = building.as_given(document)
    accepted = not [finding for finding in check(xml.read(data)) if finding.severity == "error"]

    assert schema(message).validate(etree.fromstring(data)) is accepted
    if element.format and element.format.kind != "date":
        accepted = not [finding for finding in check(document) if finding.severity == "error"]
        assert validator(message).is_valid(document.to_json()) is accepted


def _make(document: Document, element: Element) -> None:
    """Make the groups around an element whole, so that only its value is in question."""
    message = document.message
    steps = element.path.split("/")
    for depth in range(1, len(steps)):
        group = message.element("/".join(steps[:depth]))
        if not document.nodes(group.path):
            parent = document.nodes(group.path.rpartition("/")[0])[0]
            made = building.minimal_group(group)
            parent.children.append(made)
            order = message.element(group.path.rpartition("/")[0]).order
            parent.children.sort(key=lambda node: order[node.name])
