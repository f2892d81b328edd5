"""Check digits, held to numbers that exist or that the standards print as examples."""

from collections.abc import Callable

import pytest

from filings.messages import numbers

RIGHT = [
    (numbers.is_imo, "IMO9074729"),
    (numbers.is_imo, "IMO9811000"),
    (numbers.is_container, "CSQU3054383"),
    (numbers.is_container, "MSKU6011672"),
    (numbers.is_awb, "020-12345675"),
    (numbers.is_awb, "02012345675"),
    (numbers.is_s10, "RA473124829NO"),
    (numbers.is_s10, "EE876543216NL"),
    (numbers.is_wagon, "218124712173"),
    (numbers.is_receptacle, "NOOSLABEANRAAUN60024001100123"),
]


@pytest.mark.parametrize(("judge", "number"), RIGHT)
def test_a_right_number_is_known(judge: Callable[[str], bool], number: str) -> None:
    assert judge(number)


@pytest.mark.parametrize(("judge", "number"), [pair for pair in RIGHT if pair[0] is not numbers.is_receptacle])
def test_one_wrong_digit_is_noticed(judge: Callable[[str], bool], number: str) -> None:
    place = max(index for index, sign in enumerate(number) if sign.isdigit())
    others = {number[:place] + digit + number[place + 1 :] for digit in "0123456789"} - {number}

    assert not any(judge(other) for other in others)


@pytest.mark.parametrize("number", ["", "IMO907472", "imo9074729", "IMO9074729 ", "9074729", "IMO٩074729"])
def test_text_of_another_form_is_no_imo_number(number: str) -> None:
    assert not numbers.is_imo(number)


@pytest.mark.parametrize(
    ("digit", "text"),
    [
        (numbers.imo_check_digit, "12345"),
        (numbers.container_check_digit, "CSQ1305438"),
        (numbers.awb_check_digit, "12-4567"),
        (numbers.s10_check_digit, "4731248A"),
        (numbers.wagon_check_digit, "1"),
        (numbers.mrn_check_digit, "26DE"),
    ],
)
def test_a_digit_is_refused_for_text_that_is_no_such_number(digit: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        digit(text)


def test_mrn_has_the_layout_of_the_rule_and_the_digit_of_iso_6346() -> None:
    number = numbers.mrn(year=2026, country="DE", serial="00A7K3M9QX1")

    assert number[:17] == "26DE00A7K3M9QX1AT"
    assert numbers.is_mrn(number)
    assert not numbers.is_mrn(number[:17] + str((int(number[17]) + 1) % 10))


def test_mrn_check_digit_is_the_one_of_a_container_when_zeros_follow() -> None:
    assert numbers.mrn_check_digit("CSQU305438" + "0" * 7) == "3"


def test_mrn_refuses_an_unknown_interface() -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        numbers.mrn(year=2026, country="DE", serial="00A7K3M9QX1", interface="D")
