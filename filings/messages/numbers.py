"""The numbers of trade that carry a check digit: how the digit is made and how a whole number is judged.

Every function is pure and takes text. The `*_check_digit` functions take the number without its last
digit and raise `ValueError` for text that is not such a number; the `is_*` functions take the whole number
and answer no instead.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import cycle
from operator import getitem, mul
from string import ascii_uppercase
from typing import Final

# ISO 6346 gives A the value 10 and goes on from there, leaving out the multiples of 11.
LETTER_VALUES = dict(zip(ascii_uppercase, (n for n in range(10, 39) if n % 11), strict=True))
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
IMO_WEIGHTS = (7, 6, 5, 4, 3, 2)


# By place and sign: the value of the sign times 2 to the power of its place.
_ISO_6346: Final = tuple(
    {sign: (LETTER_VALUES.get(sign) or int(sign)) * 2**place for sign in ascii_uppercase + "0123456789"} for place in range(17)
)
_CONTAINER: Final = re.compile(r"[A-Z]{4}[0-9]{7}")
_AWB: Final = re.compile(r"[0-9]{3}-?[0-9]{8}")
_S10: Final = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
_IMO: Final = re.compile(r"IMO[0-9]{7}")
_MRN: Final = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{11}[ABC][TZ][0-9]")


def imo_check_digit(first6: str) -> str:
    """Return the last digit of an IMO ship number: the sum of digit times 7, 6 … 2 (rule R3009)."""
    return str(_weighted(_only(r"[0-9]{6}", first6), IMO_WEIGHTS) % 10)


def is_imo(number: str) -> bool:
    """Tell whether the text is `IMO` and seven digits, the last one right (rule R3009)."""
    return bool(_IMO.fullmatch(number)) and str(_weighted(number[3:9], IMO_WEIGHTS) % 10) == number[9]


def container_check_digit(first10: str) -> str:
    """Return the check digit of a container: owner code and serial number (ISO 6346 annex A)."""
    return _iso_6346(_only(r"[A-Z]{4}[0-9]{6}", first10))


def is_container(number: str) -> bool:
    """Tell whether the text is four letters and seven digits, the last one right (ISO 6346, rule R3021)."""
    return bool(_CONTAINER.fullmatch(number)) and _iso_6346(number[:10]) == number[10]


def mrn_check_digit(first17: str) -> str:
    """Return the last character of an MRN, by the ISO 6346 scheme as everywhere else in EU customs.

    Rule R3004 gives the layout only, so a reader must not refuse a number for this digit alone.
    """
    return _iso_6346(_only(r"[A-Z0-9]{17}", first17))


def mrn(*, year: int, country: str, serial: str, interface: str = "A", procedure: str = "T") -> str:
    """Return an MRN of rule R3004: year, country, 11 characters, interface (CL748), procedure (CL734), digit."""
    first17 = _only(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{11}[ABC][TZ]", f"{year % 100:02}{country}{serial}{interface}{procedure}")
    return first17 + mrn_check_digit(first17)


def is_mrn(number: str) -> bool:
    """Tell whether the text has the layout of rule R3004 and the check digit of the ISO 6346 scheme."""
    return bool(_MRN.fullmatch(number)) and _iso_6346(number[:17]) == number[17]


def awb_check_digit(serial7: str) -> str:
    """Return the eighth digit of an air waybill: the seven before it modulo 7 (IATA Resolution 600a)."""
    return str(int(_only(r"[0-9]{7}", serial7)) % 7)


def is_awb(number: str) -> bool:
    """Tell whether the text is an airline prefix of three digits, a hyphen or none, and a right serial number."""
    return bool(_AWB.fullmatch(number)) and str(int(number[-8:-1]) % 7) == number[-1]


def s10_check_digit(serial8: str) -> str:
    """Return the check digit of a postal item: 11 less the weighted sum modulo 11 (UPU standard S10)."""
    return _s10(_only(r"[0-9]{8}", serial8))


def _s10(serial8: str) -> str:
    digit = 11 - _weighted(serial8, S10_WEIGHTS) % 11
    return str({10: 0, 11: 5}.get(digit, digit))


def is_s10(number: str) -> bool:
    """Tell whether the text is a postal item such as RA473124829NO with a right check digit (UPU S10)."""
    return bool(_S10.fullmatch(number)) and _s10(number[2:10]) == number[10]


def wagon_check_digit(first11: str) -> str:
    """Return the twelfth digit of a railway wagon: the Luhn scheme (UIC leaflet 438-2, annex P.6 of TSI OPE)."""
    digits = _only(r"[0-9]{11}", first11)
    products = (int(digit) * weight for digit, weight in zip(digits, cycle((2, 1)), strict=False))
    return str(-sum(product // 10 + product % 10 for product in products) % 10)


def is_wagon(number: str) -> bool:
    """Tell whether the text is a wagon number of twelve digits, the last one right (UIC)."""
    return bool(re.fullmatch(r"[0-9]{12}", number)) and wagon_check_digit(number[:11]) == number[11]


def is_receptacle(identifier: str) -> bool:
    """Tell whether the text has the 29 characters of a postal receptacle (UPU standard S9).

    Two offices of exchange (6 letters each), category, subclass, year, despatch, receptacle, highest
    flag, registered flag, weight in units of 100 g. There is no check digit.
    """
    return bool(re.fullmatch(r"[A-Z]{12}[A-D][A-Z]{2}[0-9][0-9]{4}[0-9]{3}[019][0-9][0-9]{4}", identifier))


def _iso_6346(text: str) -> str:
    """Return the sum of value times 2 to the power of the place, modulo 11 and then 10."""
    return str(sum(map(getitem, _ISO_6346, text)) % 11 % 10)


def _weighted(digits: Iterable[str], weights: Sequence[int]) -> int:
    return sum(map(mul, map(int, digits), weights))


def _only(pattern: str, text: str) -> str:
    """Return the text when it is of the pattern.

    :raises ValueError: otherwise
    """
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{text!r} is not of the form {pattern}")
    return text
