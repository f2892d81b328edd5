"""XML is read leniently, remembers how it was, and is written in one form."""

import pytest
from lxml import etree

from filings.messages import catalogue, xml
from filings.messages.check import check
from filings.messages.document import Node, Unreadable
from tests.filings.messages import building

F25 = catalogue.message("IE3F25")
VALID = xml.write(building.full(F25))


def test_every_message_is_written_and_read_back() -> None:
    for message in catalogue.messages():
        document = building.full(message)
        data = xml.write(document)

        assert xml.read(data).to_json() == document.to_json()
        assert xml.write(xml.read(data)) == data
        assert check(xml.read(data)) == []
        assert check(document) == []


def test_a_date_is_written_in_its_wrapper() -> None:
    assert b"<documentIssueDate>\n    <DateTime>2026-01-31T09:15:00Z</DateTime>\n  </documentIssueDate>" in VALID


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2026-01-31T10:15:00+01:00", "2026-01-31T09:15:00Z"),
        ("2026-01-31T09:15:00.123Z", "2026-01-31T09:15:00Z"),
        ("2026-01-31T09:15:00", "2026-01-31T09:15:00"),
        ("soon", "soon"),
    ],
)
def test_a_date_is_read_as_utc_but_checked_as_given(given: str, read: str) -> None:
    document = xml.read(VALID.replace(b"2026-01-31T09:15:00Z", given.encode()))

    assert document.value("documentIssueDate") == read
    assert [(finding.path, finding.code) for finding in check(document)] == [("/IE3F25/documentIssueDate", "37")]


def test_a_date_without_wrapper_is_read_and_reported() -> None:
    data = VALID.replace(b"\n    <DateTime>", b"").replace(b"</DateTime>\n  ", b"")
    document = xml.read(data)
    [finding] = check(document)

    assert document.value("documentIssueDate") == "2026-01-31T09:15:00Z"
    assert (finding.path, finding.code) == ("/IE3F25/documentIssueDate", "13")
    assert "DateTime" in finding.sentence
    assert xml.write(document) == VALID


def test_any_order_is_read_and_written_in_table_order() -> None:
    document = xml.read(VALID)
    document.root.children.reverse()

    assert xml.write(document) == VALID


def test_empty_elements_are_not_written() -> None:
    document = xml.read(VALID)
    document.root.children.append(Node("carrier", children=[Node("name", "")]))

    assert xml.write(document) == VALID


def test_text_survives() -> None:
    document = building.full(F25)
    document.set("declarant/name", "a < b & \"c\" 'd' > e  \u00e9")

    assert xml.read(xml.write(document)).value("declarant/name") == "a < b & \"c\" 'd' > e  \u00e9"


def test_what_xml_cannot_say_is_refused() -> None:
    document = building.full(F25)
    document.set("declarant/name", "a\x00")

    with pytest.raises(xml.Unwritable, match=r"U\+0000"):
        xml.write(document)


@pytest.mark.parametrize("root", [b"IE3F99", b"html"])
def test_an_unknown_root_is_unreadable(root: bytes) -> None:
    with pytest.raises(Unreadable, match=root.decode()):
        xml.read(b"<" + root + b"/>")


def test_endless_nesting_is_unreadable() -> None:
    deep = b"<a>" * 200 + b"</a>" * 200

    with pytest.raises(Unreadable, match="too deep"):
        xml.read(VALID.replace(b"</IE3F25>", deep + b"</IE3F25>"))


@pytest.mark.parametrize("namespace", ["", "urn:other"])
def test_another_namespace_is_one_finding(namespace: str) -> None:
    [finding] = check(xml.read(VALID.replace(F25.namespace.encode(), namespace.encode())))

    assert (finding.path, finding.code) == ("/IE3F25", "12")
    assert F25.namespace in finding.sentence


def test_a_child_in_another_namespace_and_attributes_are_reported() -> None:
    root = etree.fromstring(VALID)
    root.set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", "a b")
    root.set("kind", "x")
    root[0].set("lang", "en")
    etree.SubElement(root, "LRN").text = "x"
    document = xml.from_element(root)
    found = check(document)

    assert [(finding.path, finding.code) for finding in found] == [
        ("/IE3F25/@kind", "15"),
        ("/IE3F25/LRN", "15"),
        ("/IE3F25/LRN/@lang", "15"),
    ]
    assert "namespace" in found[1].sentence
    assert b'<LRN xmlns="">x</LRN>' in xml.write(document)
