"""Layers about numbers that carry a check digit or have a layout of their own."""

import re
from collections.abc import Callable

from filings.messages import numbers
from filings.rules.layers.layer import Layers, layer
from filings.rules.registry import Breach
from filings.rules.scope import Scope


def _judged(given: str, pattern: str, is_right: Callable[[str], bool], what: str) -> Breach | None:
    """Return the breach that a number of the right layout has a wrong check digit."""
    if not re.fullmatch(pattern, given) or is_right(given):
        return None
    return Breach(f"The check digit of “{given}” is wrong for {what}; look the number up again.")


def _completed(given: str, pattern: str, digit: Callable[[str], str], what: str) -> Breach | None:
    """Return the breach that a number lacks its check digit, which is mended by adding it."""
    tidy = re.sub(r"[\s./]", "", given).upper()
    if not re.fullmatch(pattern, tidy):
        return None
    return Breach(f"“{given}” lacks the check digit of {what}; add it.", repair=tidy + digit(tidy))


@layer("container-check-digit")
def container(given: str, _here: Scope, _settings: Layers) -> Breach | None:
    """The last digit of a container number follows from the others (ISO 6346)."""
    if numbers.is_container(given):
        return None
    return _judged(given, r"[A-Z]{4}[0-9]{7}", numbers.is_container, "a container") or _completed(
        given, r"[A-Z]{3}[UJZ][0-9]{6}", numbers.container_check_digit, "a container"
    )


@layer("air-waybill")
def air_waybill(given: str, _here: Scope, _settings: Layers) -> Breach | None:
    """An air waybill is the airline's three digits and eight digits, of which the last is a check digit (IATA 600a)."""
    if numbers.is_awb(given):
        return None
    wrong = _judged(given, r"[0-9]{3}-?[0-9]{8}", numbers.is_awb, "an air waybill")
    missing = _completed(given, r"[0-9]{3}-?[0-9]{7}", lambda number: numbers.awb_check_digit(number[-7:]), "an air waybill")
    if wrong or missing:
        return wrong or missing
    tidy = re.sub(r"[^0-9]", "", given)
    repair = f"{tidy[:3]}-{tidy[3:]}" if re.fullmatch(r"[0-9 /.-]+", given) and numbers.is_awb(tidy) else ""
    return Breach(f"“{given}” is no air waybill; write the airline's three digits, a hyphen and eight digits.", repair=repair)


@layer("postal-item")
def postal_item(given: str, _here: Scope, _settings: Layers) -> Breach | None:
    """A postal item is two letters, nine digits with a check digit, and two letters of the country (UPU S10)."""
    if numbers.is_s10(given):
        return None
    wrong = _judged(given, r"[A-Z]{2}[0-9]{9}[A-Z]{2}", numbers.is_s10, "a postal item")
    tidy = re.sub(r"\s", "", given).upper()
    repair = tidy if numbers.is_s10(tidy) else ""
    return wrong or Breach(f"“{given}” is no postal item; write two letters, nine digits and two letters.", repair=repair)


@layer("receptacle")
def receptacle(given: str, _here: Scope, _settings: Layers) -> Breach | None:
    """A postal receptacle has 29 characters: offices, category, year, despatch, number, flags and weight (UPU S9)."""
    if numbers.is_receptacle(given):
        return None
    if len(given) != 29:
        return Breach(f"A receptacle has 29 characters; this has {len(given)}.")
    return Breach("It has not the parts of a receptacle: two offices, category, year, despatch, number, flags and weight.")


@layer("wagon")
def wagon(given: str, _here: Scope, _settings: Layers) -> Breach | None:
    """A railway wagon has twelve digits, of which the last is a check digit (UIC)."""
    tidy = re.sub(r"[\s-]", "", given)
    if numbers.is_wagon(given):
        return None
    if numbers.is_wagon(tidy):
        return Breach(f"Write the wagon as twelve digits without anything between; it is “{given}”.", repair=tidy)
    wrong = _judged(given, r"[0-9]{12}", numbers.is_wagon, "a wagon")
    missing = _completed(given, r"[0-9]{11}", numbers.wagon_check_digit, "a wagon")
    return wrong or missing or Breach(f"“{given}” is no wagon; write its twelve digits.")


@layer("mrn-check-digit")
def mrn(given: str, _here: Scope, _settings: Layers) -> Breach | None:
    """The last character of an MRN follows from the others by the scheme of ISO 6346."""
    if numbers.is_mrn(given):
        return None
    return _judged(given, r"[0-9]{2}[A-Z]{2}[A-Z0-9]{11}[ABC][TZ][0-9]", numbers.is_mrn, "an MRN")
