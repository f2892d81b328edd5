"""Every kind of structural fault is found, in every filing, at the right place and with the right code."""

from functools import cache

import jsonschema  # type: ignore[import-untyped]
import pytest
from lxml import etree

from filings.messages import catalogue, json, xml
from filings.messages.catalogue import Message
from filings.messages.check import check
from filings.messages.jsonschema import json_schema
from filings.messages.xsd import xsd
from tests.filings.messages import building, faults

FILINGS = [message for message in catalogue.messages() if message.family == "F"]
EVERYWHERE = {"missing", "too_many", "too_long", "bad_format", "bad_code", "unknown_element", "wrong_order", "empty_value"}


@cache
def schema(message: Message) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(xsd(message)))


@cache
def validator(message: Message) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema(message))


# An amendment has the table of its filing; the others are short.
OTHERS = [message for message in catalogue.messages() if message.family not in "FA"]


def test_there_are_31_filings() -> None:
    assert len(FILINGS) == 31


@pytest.mark.parametrize("way", faults.WAYS)
@pytest.mark.parametrize("message", FILINGS, ids=lambda message: message.id)
def test_a_fault_is_found_where_it_is(message: Message, way: str) -> None:
    breaks = faults.breaks(message, way)

    assert breaks or way not in EVERYWHERE
    _all_are_found(message, breaks)


@pytest.mark.parametrize("message", OTHERS, ids=lambda message: message.id)
def test_faults_are_found_in_other_messages(message: Message) -> None:
    _all_are_found(message, [broken for way in faults.WAYS for broken in faults.breaks(message, way)])


def _all_are_found(message: Message, breaks: list[faults.Break]) -> None:
    for broken in breaks:
        document = building.full(message)
        broken.do(document)
        data = building.as_given(document)
        found = check(xml.read(data))

        assert [(finding.path, finding.code) for finding in found] == [(broken.at, code) for code in broken.codes]
        assert found[0].severity == "error"
        assert found[0].sentence.endswith(".")
        assert not schema(message).validate(etree.fromstring(data))


@pytest.mark.parametrize("way", [way for way in faults.WAYS if way != "wrong_order"])
@pytest.mark.parametrize("message", FILINGS, ids=lambda message: message.id)
def test_a_fault_is_found_in_json_as_well(message: Message, way: str) -> None:
    for broken in faults.breaks(message, way)[:2]:
        document = building.full(message)
        broken.do(document)
        obj = document.to_json()
        found = check(json.from_json(obj))

        assert [(finding.path, finding.code) for finding in found] == [(broken.at, code) for code in broken.codes]
        if way != "bad_date":
            assert not validator(message).is_valid(obj)


@pytest.mark.parametrize("message", FILINGS, ids=lambda message: message.id)
def test_the_pointer_of_a_finding_leads_to_its_element(message: Message) -> None:
    document = building.full(message)
    for broken in faults.breaks(message, "too_long"):
        broken.do(document)
    data = building.as_given(document)
    tree = etree.fromstring(data).getroottree()

    for finding in check(xml.read(data)):
        steps = finding.path.replace("/", "/m:")
        assert len(tree.xpath(steps, namespaces={"m": message.namespace})) == 1
