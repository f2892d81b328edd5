"""Questions about single codes. Each takes the day on which the code is used; without one, today."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from filings.reference.entries import Edition, Entry
from filings.reference.shelf import loaded
from filings.reference.shipped import shipped

COUNTRIES: Final = "CL718"
CURRENCIES: Final = "CL352"
PACKAGES: Final = "CL017"
PLACES: Final = "CL244"
GOODS: Final = "CL706"
DANGEROUS_GOODS: Final = "CL101"
OFFICES: Final = "CL141"

# Signs of the functions (UN/LOCODE manual, 1.6) that a place must have one of, by mode of transport (CL018). Places of
# multimodal function (6) take any mode by land. Lorries go where people are, and many a town, port and
# border crossing does not have function 3; only fixed installations (7), such as platforms at sea, are out of reach.
FUNCTIONS: Final[Mapping[str, str]] = {"1": "1", "2": "26", "3": "1234568B", "4": "4", "8": "18"}


def edition(code_list: str, on: date | None = None) -> Edition | None:
    """Return the edition of a list in force on a day: the loaded one, else the shipped one; None if there is neither."""
    return loaded(code_list, on) or shipped(code_list)


def country(code: str, on: date | None = None) -> Entry | None:
    """Return a country by its two letters (ISO 3166-1 and what ICS2 adds)."""
    return _entry(COUNTRIES, code, on)


def currency(code: str, on: date | None = None) -> Entry | None:
    """Return a currency by its three letters (ISO 4217)."""
    return _entry(CURRENCIES, code, on)


def package_type(code: str, on: date | None = None) -> Entry | None:
    """Return a kind of package by its two signs (UN/ECE Recommendation 21)."""
    return _entry(PACKAGES, code, on)


def unlocode(code: str, on: date | None = None) -> Entry | None:
    """Return a place by its five signs (UN/LOCODE)."""
    return _entry(PLACES, code, on)


def hs6(code: str, on: date | None = None) -> Entry | None:
    """Return a kind of goods by its six digits (Harmonized System)."""
    return _entry(GOODS, code, on)


def un_number(code: str, on: date | None = None) -> Entry | None:
    """Return dangerous goods by their four digits (UN Model Regulations)."""
    return _entry(DANGEROUS_GOODS, code, on)


def customs_office(code: str, on: date | None = None) -> Entry | None:
    """Return a customs office by its eight signs (the Commission's list of customs offices)."""
    return _entry(OFFICES, code, on)


def fits_mode(code: str, mode: str, on: date | None = None) -> bool | None:
    """Say whether a place serves a mode of transport (CL018); None where that is not known.

    An incomplete list knows what a place is good for, never what it is not good for.
    """
    places = edition(PLACES, on)
    place = places.get(code) if places else None
    wanted = FUNCTIONS.get(mode)
    if places is None or place is None or wanted is None or not place.functions:
        return None
    if not set(wanted).isdisjoint(place.functions):
        return True
    return False if places.complete else None


def _entry(code_list: str, code: str, on: date | None) -> Entry | None:
    found = edition(code_list, on)
    return found.get(code) if found else None
