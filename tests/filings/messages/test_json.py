"""The JSON form is the XML with the same names, and refuses what is not of its shape."""

import pytest

from filings.messages import catalogue, json
from filings.messages.check import check
from filings.messages.document import Unreadable
from filings.messages.reading import read
from tests.filings.messages import building

F25 = catalogue.message("IE3F25")


def test_what_may_repeat_is_a_list_and_dates_have_no_wrapper() -> None:
    content = building.minimal(F25).to_json()["IE3F25"]

    assert content["documentIssueDate"] == "2026-01-31T09:15:00Z"
    assert content["declarant"]["communication"] == [{"identifier": "x", "type": "EM"}]
    assert list(content)[:3] == ["LRN", "documentIssueDate", "SpecificCircumstanceIndicator"]


def test_json_is_written_and_read_back() -> None:
    document = building.full(F25)

    assert json.read(json.write(document)).to_json() == document.to_json()


def test_keys_may_come_in_any_order_and_null_is_nothing() -> None:
    content = building.full(F25).to_json()["IE3F25"]
    turned = {**dict(reversed(content.items())), "representative": None}
    document = json.from_json({"IE3F25": turned})

    assert check(document) == []
    assert document.value("representative/name") is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[]", "one key"),
        (b"{}", "one key"),
        (b'{"IE3F25": {}, "IE3F26": {}}', "one key"),
        (b'{"IE3F99": {}}', "IE3F99"),
        (b'{"IE3F25": []}', "object"),
        (b'{"IE3F25": {"LRN": 5}}', r"/IE3F25/LRN: write the value as text"),
        (b'{"IE3F25": {"LRN": true}}', "quotes"),
        (b'{"IE3F25": {"a": [["b"]]}}', "quotes"),
        (b'{"IE3F25": {"LRN": "a", "LRN": "b"}}', "'LRN' twice"),
        (b'{"IE3F25": ', "not JSON"),
        (b'{"IE3F25": "\xff"}', "UTF-8"),
        (b'{"IE3F25":' + b'{"a":' * 100 + b'"x"' + b"}" * 101, "too deep"),
        (b'{"IE3F25":' + b'{"a":' * 100_000, "too deep"),
        (b'{"IE3F25": {"LRN": "\\u0000"}}', r"U\+0000"),
        (b'{"IE3F25": {"LRN": "\\ud800"}}', r"U\+D800"),
        (b'{"IE3F25": {"no name": "x"}}', "name of an element"),
        (b'{"IE3F25": {"\\ud800": "x"}}', "name of an element"),
        (b"", "nothing"),
        (b"hello", "well-formed"),
    ],
)
def test_the_wrong_shape_is_unreadable(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(data)


def test_size_is_bounded() -> None:
    with pytest.raises(Unreadable, match="at most 5"):
        read(b'{"IE3F25": {}}', limit=5)


def test_a_group_given_as_text_and_a_value_given_as_a_group_are_found() -> None:
    content = building.full(F25).to_json()["IE3F25"]
    content["declarant"], content["LRN"] = "me", {"value": "x"}
    found = check(json.from_json({"IE3F25": content}))

    assert [(finding.path, finding.code) for finding in found] == [("/IE3F25/LRN/value", "15"), ("/IE3F25/declarant", "15")]
