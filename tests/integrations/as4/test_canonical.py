"""Canonical form written directly equals the one lxml computes (case 62)."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from lxml import etree

from integrations.as4.canonical import Tag, canonical, tag
from integrations.as4.exclusive import exclusive
from integrations.as4.verify import canonical_octets

NAMESPACES = {
    "a": "urn:z",
    "b": "urn:a",
    "c": "http://example.test/m",
    "d": "urn:a:longer",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), include_characters="\t\n\r<>&\"'\U0001f6a2\U00010000"),
    max_size=12,
).filter(lambda text: "\ufffe" not in text and "\uffff" not in text)
LOCAL = st.sampled_from(["x", "y", "Zed", "x-1"])
NAME = st.builds(lambda prefix, local: f"{prefix}:{local}", st.sampled_from("abcd"), LOCAL)
ATTRIBUTES = st.dictionaries(st.one_of(NAME, LOCAL, st.just("xml:lang")), TEXT, max_size=5)


TREE = st.recursive(
    st.builds(Tag, NAME, ATTRIBUTES, st.lists(TEXT, max_size=2)),
    lambda inner: st.builds(Tag, NAME, ATTRIBUTES, st.lists(st.one_of(inner, TEXT), max_size=4)),
    max_leaves=12,
)


def built(element: Tag) -> etree._Element:
    """The same tree in lxml, every prefix declared at the top, as a parser leaves it."""
    declared = {prefix: uri for prefix, uri in NAMESPACES.items() if prefix != "xml"}
    root = etree.Element("outside", nsmap=declared)
    _append(root, element)
    return etree.fromstring(etree.tostring(root))[0]


def _clark(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def _append(parent: etree._Element, element: Tag) -> None:
    node = etree.SubElement(parent, _clark(element.name))
    for name, value in element.attributes.items():
        node.set(_clark(name), value)
    for child in element.children:
        if isinstance(child, Tag):
            _append(node, child)
        elif len(node):
            node[-1].tail = (node[-1].tail or "") + str(child)
        else:
            node.text = (node.text or "") + str(child)


@settings(max_examples=200, deadline=None)
@given(TREE, st.sets(st.sampled_from("abcd")))
def test_canonical_form_equals_that_of_lxml(element: Tag, inclusive: set[str]) -> None:
    expected = etree.tostring(
        built(element), method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=sorted(inclusive)
    )

    assert canonical(element, inclusive=sorted(inclusive), namespaces=NAMESPACES) == expected


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\ud800", "\uffff"])
def test_what_xml_cannot_hold_is_not_written(text: str) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        canonical(tag("eb:Action", text))


def _plain(element: Tag, declared: dict[str, str]) -> str:
    """XML text of a tree whose prefix "d" is the default namespace, redeclared on every second level."""
    again = {"": NAMESPACES["d"]} if "" not in declared else {}
    names = {prefix: uri for prefix, uri in NAMESPACES.items() if prefix not in {"xml", "d"} and prefix not in declared}
    new = again | names
    spelled = "".join(f' xmlns{":" if prefix else ""}{prefix}="{uri}"' for prefix, uri in new.items())
    attributes = {name: value for name, value in element.attributes.items() if not name.startswith("d:")}
    name = element.name.removeprefix("d:")
    inner = "".join(
        _plain(child, declared | new) if isinstance(child, Tag) else _escaped(str(child)) for child in element.children
    )
    listed = "".join(f' {key}="{_escaped(value)}"' for key, value in attributes.items())
    return f"<{name}{spelled}{listed}>{inner}</{name}>"


def _escaped(text: str) -> str:
    return "".join(f"&#{ord(sign)};" if sign in '<>&"\t\n\r' else sign for sign in text)


@settings(max_examples=200, deadline=None)
@given(TREE, st.sets(st.sampled_from("abc")))
def test_exclusive_from_inclusive_equals_that_of_lxml(element: Tag, prefixes: set[str]) -> None:
    root = etree.fromstring(f'<o xmlns="urn:outer" xmlns:a="urn:z">{_plain(element, {"a": "urn:z"})}</o>'.encode())[0]
    expected = etree.tostring(root, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=sorted(prefixes))

    alone = etree.fromstring(etree.tostring(root, encoding="utf-8"))
    inclusive = etree.tostring(alone, method="c14n", with_comments=False)

    assert exclusive(inclusive, sorted(prefixes)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<o xmlns="urn:d"><p:a xmlns:p="urn:p"><b/></p:a></o>', '<p:a xmlns="urn:d" xmlns:p="urn:p"><b></b></p:a>'),
        ('<o><p:a xmlns:p="urn:p"><b/></p:a></o>', '<p:a xmlns:p="urn:p"><b></b></p:a>'),
        (
            '<o xmlns="urn:d"><p:a xmlns:p="urn:p"><p:b xmlns=""><c/></p:b></p:a></o>',
            '<p:a xmlns="urn:d" xmlns:p="urn:p"><p:b xmlns=""><c></c></p:b></p:a>',
        ),
        (
            '<o xmlns="urn:d"><p:a xmlns:p="urn:p" k="&gt; xmlns"><p:b xmlns="urn:e">&gt;</p:b></p:a></o>',
            '<p:a xmlns="urn:d" xmlns:p="urn:p" k="> xmlns"><p:b xmlns="urn:e">&gt;</p:b></p:a>',
        ),
    ],
)
def test_default_namespace_on_a_prefix_list(text: str, expected: str) -> None:
    assert canonical_octets(etree.fromstring(text)[0], ["#default"]) == expected.encode()
