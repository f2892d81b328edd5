"""Check digits once more, written differently from the product, to hold samples to."""

import re

# A is 10; 11, 22 and 33 are left out, because the remainder is of a division by 11.
LETTERS = {chr(65 + place): 10 + place + (place > 0) + (place > 10) + (place > 20) for place in range(26)}


def doubling(text: str) -> int:
    """Return the remainder of ISO 6346: each place counts twice the one before."""
    total, weight = 0, 1
    for sign in text:
        total += weight * (LETTERS[sign] if sign.isalpha() else ord(sign) - ord("0"))
        weight += weight
    return total % 11 % 10


def container(number: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{3}U\d{7}", number)) and str(doubling(number[:-1])) == number[-1]


def movement(number: str) -> bool:
    return len(number) == 18 and str(doubling(number[:-1])) == number[-1]


def ship(number: str) -> bool:
    a, b, c, d, e, f, check = (int(sign) for sign in number.removeprefix("IMO"))
    return (7 * a + 6 * b + 5 * c + 4 * d + 3 * e + 2 * f) % 10 == check


def waybill(number: str) -> bool:
    prefix, serial = number.split("-")
    return len(prefix) == 3 and len(serial) == 8 and int(serial[:7]) - 7 * (int(serial[:7]) // 7) == int(serial[7])


def postal(number: str) -> bool:
    digits = [int(sign) for sign in number[2:11]]
    rest = 11 - sum(a * b for a, b in zip(digits, [8, 6, 4, 2, 3, 5, 9, 7], strict=False)) % 11
    return (0 if rest == 10 else 5 if rest == 11 else rest) == digits[8]


def wagon(number: str) -> bool:
    doubled = [int(sign) * (2 if place % 2 == 0 else 1) for place, sign in enumerate(number)]
    return len(number) == 12 and sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
