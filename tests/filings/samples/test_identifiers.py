"""Identifiers made for samples: true check digits, right shapes, the same for the same number."""

import re
from datetime import UTC, datetime

from filings.samples import identifiers
from tests.filings.samples import digits

DAY = datetime(2026, 11, 23, tzinfo=UTC)


def test_numbers_have_true_check_digits() -> None:
    for number in range(0, 100_000, 997):
        assert digits.container(identifiers.container(number))
        assert digits.waybill(identifiers.air_waybill("020-", number))
        assert digits.postal(identifiers.postal_item("RR", number, "NL"))
        assert digits.wagon(identifiers.wagon("315527460184", number))
        assert digits.movement(identifiers.mrn("DE", DAY, number))


def test_containers_differ_as_their_numbers_do() -> None:
    made = {identifiers.container(number) for number in range(0, 5_000_000, 1013)}

    assert len(made) == len(range(0, 5_000_000, 1013))


def test_a_receptacle_has_29_characters() -> None:
    made = identifiers.receptacle("TRISTA", "NLAMSA", DAY, 4107, 1)

    assert re.fullmatch(r"TRISTANLAMSAAUN64107001\d{6}", made)
    assert len(made) == 29


def test_a_local_reference_number_fits_and_depends_on_its_key() -> None:
    made = identifiers.lrn("F26", DAY, "one")

    assert len(made) <= 22
    assert made == identifiers.lrn("F26", DAY, "one") != identifiers.lrn("F26", DAY, "other")


def test_an_arrival_has_its_own_kind_of_mrn() -> None:
    assert re.fullmatch(r"26GR[0-9A-Z]{11}AZ\d", identifiers.mrn("GR", DAY, 1, procedure="Z"))


def test_a_draw_is_below_its_bound_and_repeats() -> None:
    drawn = [identifiers.draw(10, "key", number) for number in range(200)]

    assert set(drawn) == set(range(10))
    assert drawn == [identifiers.draw(10, "key", number) for number in range(200)]
