"""Make the XML Schema of a message from its table.

One schema a message: simple types are named after the format ("an..35") or the code list ("CL754"),
types of groups after their path ("declarant.address"), titles stand as documentation. It accepts what the structural check
accepts, order and empty groups included.
"""

from functools import cache
from typing import Final

from lxml import etree

from filings.messages.catalogue import Element, Message
from filings.messages.formats import Format

XS: Final = "http://www.w3.org/2001/XMLSchema"


@cache
def xsd(message: Message) -> bytes:
    """Return the schema of a message as UTF-8 bytes."""
    schema = etree.Element(
        _xs("schema"),
        {"targetNamespace": message.namespace, "elementFormDefault": "qualified", "version": message.version},
        nsmap={"xs": XS, None: message.namespace},
    )
    _document(schema, f"{message.id}: {message.title}")
    etree.SubElement(schema, _xs("element"), {"name": message.root_name, "type": _type_name(message.root)})
    for element in _first_of_each_type(message):
        if element.wrapper:
            _wrapping_type(schema, element)
        if element.format:
            _simple_type(schema, element)
        else:
            declared = etree.SubElement(schema, _xs("complexType"), {"name": _type_name(element)})
            _content(declared, element)
    etree.indent(schema)
    return etree.tostring(schema, xml_declaration=True, encoding="UTF-8")


def _xs(name: str) -> str:
    return f"{{{XS}}}{name}"


def _document(parent: etree._Element, text: str) -> None:
    annotation = etree.SubElement(parent, _xs("annotation"))
    etree.SubElement(annotation, _xs("documentation")).text = text


def _first_of_each_type(message: Message) -> list[Element]:
    """Return one element for each type of the message, groups in table order and then values by name."""
    elements = list(message.root.walk())
    values = {_type_name(element): element for element in elements if element.format}
    return [element for element in elements if not element.format] + [values[name] for name in sorted(values)]


def _type_name(element: Element) -> str:
    """Return the name of the type of an element: its path, its format or its code list."""
    if element.children:
        return element.path.replace("/", ".") or element.name
    return element.code_list if element.codes else _format_name(element)


def _format_name(element: Element) -> str:
    return str(element.format).partition(" ")[0].replace(",", "-")


def _element(parent: etree._Element, spec: Element, occurs: dict[str, str]) -> None:
    """Add the declaration of an element; its type stands on its own, as the same name may come twice."""
    type_name = _type_name(spec) + (f".{spec.wrapper}" if spec.wrapper else "")
    declared = etree.SubElement(parent, _xs("element"), {"name": spec.name, "type": type_name})
    for name, count in occurs.items():
        declared.set(name, count)
    _document(declared, spec.title)


def _wrapping_type(schema: etree._Element, spec: Element) -> None:
    """Add the type of an element that holds its value in a wrapper."""
    name = f"{_type_name(spec)}.{spec.wrapper}"
    declared = etree.SubElement(schema, _xs("complexType"), {"name": name})
    sequence = etree.SubElement(declared, _xs("sequence"))
    etree.SubElement(sequence, _xs("element"), {"name": spec.wrapper, "type": _type_name(spec)})


def _content(parent: etree._Element, spec: Element) -> None:
    """Add the content of a group; one of only optional elements must still have one of them."""
    if not spec.all_optional:
        _sequence(parent, spec.children)
        return
    choice = etree.SubElement(parent, _xs("choice"))
    for place in range(len(spec.children)):
        _sequence(choice, spec.children[place:], with_first=True)


def _sequence(parent: etree._Element, children: tuple[Element, ...], *, with_first: bool = False) -> None:
    sequence = etree.SubElement(parent, _xs("sequence"))
    for place, child in enumerate(children):
        least = 1 if with_first and place == 0 else child.min
        occurs = {"minOccurs": str(least), "maxOccurs": str(child.max)}
        _element(sequence, child, {name: count for name, count in occurs.items() if count != "1"})


def _simple_type(schema: etree._Element, element: Element) -> None:
    declared = etree.SubElement(schema, _xs("simpleType"), {"name": _type_name(element)})
    if not element.format:
        return
    if codes := element.codes:
        _document(declared, codes.name)
        restriction = etree.SubElement(declared, _xs("restriction"), {"base": "xs:string"})
        for code in codes.codes:
            value = etree.SubElement(restriction, _xs("enumeration"), {"value": code.code})
            if code.name:
                _document(value, code.name)
        return
    base, facets = _facets(element.format)
    restriction = etree.SubElement(declared, _xs("restriction"), {"base": base})
    for facet, number in facets:
        etree.SubElement(restriction, _xs(facet), {"value": number})


def _facets(format_: Format) -> tuple[str, list[tuple[str, str]]]:
    """Return the built-in type and the facets that say the same as a format."""
    pattern = ("pattern", format_.pattern)
    size = str(format_.max_length)
    if format_.kind == "date":
        return "xs:dateTime", [pattern]
    if format_.kind == "decimal":
        return "xs:decimal", [("totalDigits", size), ("fractionDigits", str(format_.decimals)), pattern]
    if format_.collapses:
        return "xs:nonNegativeInteger", [("totalDigits", size), pattern]
    if format_.min_length == format_.max_length:
        return "xs:string", [("length", size), pattern]
    return "xs:string", [("minLength", str(format_.min_length)), ("maxLength", size), pattern]
