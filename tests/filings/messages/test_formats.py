"""Formats judge values as the notation says."""

import pytest

from filings.messages import formats


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("an..5", ["a", "12345", "Ωж é", " a"]),
        ("an4", ["N740"]),
        ("a2", ["DE"]),
        ("n2", ["01"]),
        ("n..5", ["0", "99999", "00001"]),
        ("n..16,6", ["0", "1.5", "0.000001", "1234567890.123456"]),
        ("n..16,2", ["12345678901234.12"]),
        ("an20 (YYYY-MM-DDThh:mm:ssZ)", ["2024-02-29T23:59:59Z"]),
    ],
)
def test_good_values_have_no_fault(code: str, values: list[str]) -> None:
    for value in values:
        assert list(formats.parse(code).faults(value)) == []


@pytest.mark.parametrize(
    ("code", "value", "codes"),
    [
        ("an..5", "123456", ["39"]),
        ("an4", "N74", ["40"]),
        ("an..5", "a\nb", ["102"]),
        ("an..5", "日本語日本語", ["102", "39"]),
        ("an..5", "e\u0301", ["102"]),
        ("a2", "de", ["37"]),
        ("a2", "D1", ["37"]),
        ("a2", "D", ["40"]),
        ("a2", "d", ["40", "37"]),
        ("a2", "日本", ["102"]),
        ("n2", "1", ["40"]),
        ("n..5", "-1", ["37"]),
        ("n..5", "1 ", ["37"]),
        ("n..5", "٣", ["102"]),
        ("n..16,6", "1.", ["19"]),
        ("n..16,6", "1,5", ["19"]),
        ("n..16,6", "-1", ["19"]),
        ("n..16,6", "1e3", ["19"]),
        ("n..16,6", ".5", ["38"]),
        ("n..16,6", "kg", ["37"]),
        ("n..16,6", "1.1234567", ["39"]),
        ("n..16,6", "1" * 13, ["39"]),
        ("n..16,6", "1" * 12 + ".12345", ["39"]),
        ("an20 (YYYY-MM-DDThh:mm:ssZ)", "2023-02-29T00:00:00Z", ["12"]),
        ("an20 (YYYY-MM-DDThh:mm:ssZ)", "2023-02-28T24:00:00Z", ["12"]),
        ("an20 (YYYY-MM-DDThh:mm:ssZ)", "2023-02-28T10:00:00+01:00", ["37"]),
        ("an20 (YYYY-MM-DDThh:mm:ssZ)", "2023-02-28T10:00:00.5Z", ["37"]),
    ],
)
def test_bad_values_have_the_code_of_the_fault(code: str, value: str, codes: list[str]) -> None:
    found = list(formats.parse(code).faults(value))

    assert [fault.code for fault in found] == codes
    assert not formats.parse(code).accepts(value)


def test_an_eleventh_digit_before_the_point_is_only_doubtful() -> None:
    known = formats.parse("n..16,6")

    assert [fault.severity for fault in known.faults("12345678901")] == ["warning"]
    assert known.accepts("123456789012.1234")


def test_forbidden_characters_are_named() -> None:
    [fault] = formats.parse("an..5").faults("日a日")

    assert "U+65E5" in fault.sentence
    assert fault.sentence.count("日") == 1


def test_an_unknown_notation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"x\.\.3"):
        formats.parse("x..3")
