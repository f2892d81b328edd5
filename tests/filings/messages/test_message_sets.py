"""From schemas to tables and back: nothing is lost that a schema can say."""

import pytest

from filings.messages import carrying, catalogue, comparing, holdings, package, schemata
from filings.messages.carrying import Carried
from filings.messages.comparing import Change
from filings.messages.elements import Edition
from filings.messages.holdings import Tables
from filings.messages.package import BadPackage
from tests.filings.messages.packages import NEW_ELEMENT, as_they_are, made_up, zipped

BASE = (catalogue.DEFAULT, catalogue.DEFAULT_VERSION)
XSD = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:a" targetNamespace="urn:a" elementFormDefault="qualified"'


def loaded(files: dict[str, bytes], edition: Edition, *, partial: bool = True) -> tuple[Tables, Carried]:
    """Return the tables of a package, which are on the shelf afterwards."""
    schemas = schemata.read(package.schemas(zipped(files)))
    tables, carried = carrying.tables(schemas, edition=edition, base=BASE, partial=partial)
    holdings.stand(holdings.Sets({edition: tables}))
    return tables, carried


@pytest.mark.timeout(900)
def test_the_schemas_of_all_messages_loaded_back_are_the_same_set() -> None:
    edition = ("HTI", "2.02-again")
    tables, carried = loaded(as_they_are(catalogue.messages()), edition, partial=False)

    assert comparing.of_sets(BASE, edition) == []
    assert carried.open == []
    assert len(catalogue.messages(*edition)) == 84
    for table in ("messages", "elements", "overrides", "rules", "conditions", "code_lists", "rules_usage", "n03_content"):
        mine = [{**row, "message_set": "HTI", "version": "2.02"} for row in tables[table]]
        own = catalogue.own_rows(table)
        assert sorted(mine, key=str) == sorted(own, key=str), table


def test_what_differs_in_one_message_is_found_and_nothing_else() -> None:
    edition = ("HTI", "3-one")
    _, carried = loaded(made_up(), edition)

    changes = {(change.message, change.path, change.kind): change for change in comparing.of_sets(BASE, edition)}

    gone = {path for path in catalogue.message("IE3F26").by_path if path.startswith("hrcmScreeningResults")}
    assert {key for key in changes if key[2] == "element gone"} == {("IE3F26", path, "element gone") for path in gone}
    assert {key for key in changes if key[2] != "element gone"} == {
        ("IE3F26", NEW_ELEMENT, "element new"),
        ("IE3F26", "representative", "cardinality"),
        ("IE3F26", "consignmentMasterLevel/consignmentHouseLevel", "cardinality"),
        ("", "CL754 N999", "code new"),
    }
    assert changes["IE3F26", "representative", "cardinality"] == Change("IE3F26", "representative", "cardinality", "0..1", "0..2")
    assert ("IE3F26", NEW_ELEMENT, "new: say which rules and conditions stand on it") in carried.open
    assert carried.counts["messages"] == 83


def test_without_partial_what_the_package_lacks_is_gone() -> None:
    edition = ("HTI", "3-alone")
    loaded(made_up(), edition, partial=False)

    gone = [change.message for change in comparing.of_sets(BASE, edition) if change.kind == "message gone"]

    assert [message.id for message in catalogue.messages(*edition)] == ["IE3F26"]
    assert len(gone) == 83


def test_a_new_message_starts_from_the_one_most_like_it_and_says_so() -> None:
    [content] = as_they_are([catalogue.message("IE3F50")]).values()
    edition = ("HTI", "3-new")
    _, carried = loaded({"IE3F52.xsd": content.replace(b"IE3F50", b"IE3F52")}, edition)

    message = catalogue.message("IE3F52", *edition)

    assert (message.direction, message.event, message.accepted_by) == ("to_customs", "submit", "IE3R01")
    assert any(what.endswith("taken from IE3F50: check it") for id_, _, what in carried.open if id_ == "IE3F52")


def test_a_new_amendment_replaces_the_new_filing_of_its_indicator() -> None:
    files = {}
    for old, new in (("IE3F50", "IE3F52"), ("IE3A50", "IE3A52")):
        [content] = as_they_are([catalogue.message(old)]).values()
        with_code = content.replace(b'<xs:enumeration value="F50">', b'<xs:enumeration value="F52"/><xs:enumeration value="F50">')
        files[f"{new}.xsd"] = with_code.replace(old.encode(), new.encode())
    edition = ("HTI", "3-pair")
    loaded(files, edition)

    filing, amendment = (catalogue.message(id_, *edition) for id_ in ("IE3F52", "IE3A52"))

    assert (filing.sci, amendment.sci) == ("F52", "F52")
    assert (filing.amends, amendment.amends) == ("", "IE3F52")
    assert catalogue.message("IE3A50", *edition).amends == "IE3F50"


def shared(types: str, body: str) -> dict[str, bytes]:
    """Return a package of two files as others write them: shared types in a folder beside, one message."""
    return {
        "common/types.xsd": f"<xs:schema {XSD}>{types}</xs:schema>".encode(),
        "messages/IE3N11.xsd": (
            f'<xs:schema {XSD}><xs:include schemaLocation="../common/types.xsd"/>'
            f'<xs:element name="IE3N11"><xs:complexType><xs:sequence>{body}</xs:sequence></xs:complexType></xs:element>'
            "</xs:schema>"
        ).encode(),
    }


def lines(files: dict[str, bytes]) -> dict[str, schemata.Line]:
    [schema] = schemata.read(files)
    return {path: line for path, _, line in schema.root.walk()}


@pytest.mark.parametrize(
    ("restriction", "format_"),
    [
        ('<xs:restriction base="xs:string"><xs:maxLength value="35"/></xs:restriction>', "an..35"),
        ('<xs:restriction base="xs:token"><xs:length value="4"/></xs:restriction>', "an4"),
        ('<xs:restriction base="xs:string"><xs:pattern value="[A-Z]{2}"/></xs:restriction>', "a2"),
        (r'<xs:restriction base="xs:string"><xs:pattern value="\d{1,5}"/></xs:restriction>', "n..5"),
        ('<xs:restriction base="xs:integer"><xs:totalDigits value="8"/></xs:restriction>', "n..8"),
        ('<xs:restriction base="xs:positiveInteger"><xs:maxInclusive value="99999"/></xs:restriction>', "n..5"),
        (
            '<xs:restriction base="xs:decimal"><xs:totalDigits value="16"/><xs:fractionDigits value="6"/></xs:restriction>',
            "n..16,6",
        ),
        ('<xs:restriction base="xs:string"/>', "an..99999"),
        ('<xs:restriction base="xs:string"><xs:enumeration value="AIR"/><xs:enumeration value="SEA"/></xs:restriction>', "a3"),
        ('<xs:restriction base="xs:string"><xs:enumeration value="1"/><xs:enumeration value="10"/></xs:restriction>', "n..2"),
    ],
)
def test_simple_types_become_formats(restriction: str, format_: str) -> None:
    found = lines(shared(f'<xs:simpleType name="T">{restriction}</xs:simpleType>', '<xs:element name="x" type="T"/>'))

    assert found["x"].format == format_


def test_types_are_followed_through_includes_and_extensions() -> None:
    types = (
        '<xs:complexType name="Base"><xs:sequence><xs:element name="a" type="xs:string"/></xs:sequence></xs:complexType>'
        '<xs:complexType name="More"><xs:complexContent><xs:extension base="Base"><xs:sequence>'
        '<xs:element name="b" minOccurs="0" maxOccurs="unbounded"><xs:annotation><xs:documentation>The b</xs:documentation>'
        '</xs:annotation><xs:complexType><xs:sequence><xs:element name="DateTime" type="xs:dateTime"/></xs:sequence>'
        "</xs:complexType></xs:element></xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
    )
    found = lines(shared(types, '<xs:element name="group" type="More"/>'))

    assert list(found) == ["", "group", "group/a", "group/b"]
    assert (found["group/b"].title, found["group/b"].min, found["group/b"].max) == ("The b", 0, schemata.UNBOUNDED)
    assert (found["group/b"].wrapper, found["group/b"].format) == ("DateTime", "an20 (YYYY-MM-DDThh:mm:ssZ)")


def test_what_the_tables_cannot_say_is_named() -> None:
    types = (
        '<xs:simpleType name="P"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{2}[0-9]{3}"/></xs:restriction>'
        "</xs:simpleType>"
    )
    body = (
        '<xs:element name="x" type="P"/><xs:choice><xs:element name="y" type="xs:string"/><xs:element name="z" type="xs:string"/>'
        '</xs:choice><xs:element name="g"><xs:complexType><xs:sequence><xs:element name="h" type="xs:string"/></xs:sequence>'
        '<xs:attribute name="lang"/></xs:complexType></xs:element><xs:any processContents="lax" minOccurs="0"/>'
    )
    [schema] = schemata.read(shared(types, body))

    assert schema.lost == (
        ("x", "pattern [A-Z]{2}[0-9]{3}"),
        ("", "alternatives y | z"),
        ("g", "attribute lang"),
        ("", "any element"),
    )
    assert [(line.name, line.min) for line in schema.root.children] == [("x", 1), ("y", 0), ("z", 0), ("g", 1)]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.xsd": f'<xs:schema {XSD}><xs:include schemaLocation="gone.xsd"/></xs:schema>'.encode()}, "refers to 'gone.xsd'"),
        (
            {
                "a.xsd": f'<xs:schema {XSD}><xs:include schemaLocation="../../../../../../etc/hostname"/>'
                '<xs:element name="A"><xs:complexType><xs:sequence><xs:element name="x" type="T"/></xs:sequence>'
                "</xs:complexType></xs:element></xs:schema>".encode()
            },
            "hostname.*not in the package",
        ),
        ({"a.xsd": f'<xs:schema {XSD}><xs:element name="A" type="Nowhere"/></xs:schema>'.encode()}, "Nowhere"),
        ({"a.xsd": b"<notASchema/>"}, "No schema"),
        (
            {
                "a.xsd": f'<xs:schema {XSD}><xs:element name="A" type="T"/><xs:complexType name="T"><xs:sequence>'
                '<xs:element name="again" type="T" minOccurs="0"/></xs:sequence></xs:complexType></xs:schema>'.encode()
            },
            "nests deeper",
        ),
    ],
)
def test_faulty_schemas_are_refused(files: dict[str, bytes], words: str) -> None:
    with pytest.raises(BadPackage, match=words):
        schemata.read(files)


def test_two_messages_can_be_compared() -> None:
    changes = comparing.of_messages(catalogue.message("IE3F20"), catalogue.message("IE3A20"))

    assert ("MRN", "element new") in {(change.path, change.kind) for change in changes}
    assert comparing.of_messages(catalogue.message("IE3F20"), catalogue.message("IE3F20")) == []
