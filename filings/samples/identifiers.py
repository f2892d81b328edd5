"""Make identifiers of trade from plain numbers, each with a true check digit, the same ones every time."""

from datetime import datetime
from hashlib import sha256
from string import ascii_uppercase
from typing import Final

from filings.messages import numbers

OWNERS: Final = ("NDMU", "SKGU", "BRBU", "TRHU", "CAIU")
AIRMAIL: Final = "A"


def draw(below: int, *key: object) -> int:
    """Return a number from 0 up to `below` that depends on the key alone: equal keys, equal samples."""
    digest = sha256("/".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def lrn(prefix: str, at: datetime, *key: object) -> str:
    """Return a local reference number of at most 22 characters: what, when and a number."""
    return f"{prefix}-{at:%y%m%d}-{draw(10**9, 'lrn', *key):09}"


def mrn(country: str, at: datetime, *key: object, procedure: str = "T") -> str:
    """Return a movement reference number as customs of a country would give it (rule R3004)."""
    signs = "0123456789" + ascii_uppercase
    serial = "".join(signs[draw(36, "mrn", place, *key)] for place in range(9))
    return numbers.mrn(year=at.year, country=country, serial="00" + serial, procedure=procedure)


def container(number: int) -> str:
    """Return a container number (ISO 6346), another one for each number below 5,000,000."""
    first10 = f"{OWNERS[number // 1_000_000]}{number % 1_000_000:06}"
    return first10 + numbers.container_check_digit(first10)


def air_waybill(prefix: str, number: int) -> str:
    """Return an air waybill number: airline prefix with its hyphen, seven digits, check digit."""
    return f"{prefix}{number:07}{numbers.awb_check_digit(f'{number:07}')}"


def postal_item(service: str, number: int, country: str) -> str:
    """Return a postal item number (UPU S10)."""
    return f"{service}{number:08}{numbers.s10_check_digit(f'{number:08}')}{country}"


def receptacle(origin: str, destination: str, at: datetime, despatch: int, number: int) -> str:
    """Return the identifier of a mail receptacle (UPU S9): 29 characters, the last four its weight."""
    kilos = 80 + number * 7 % 200
    return f"{origin}{destination}{AIRMAIL}UN{at.year % 10}{despatch:04}{number:03}00{kilos:04}"


def unit_load_device(number: int, airline: str) -> str:
    """Return the number of an aircraft container (IATA ULD): type, serial number, owner."""
    return f"AKE{10000 + number % 90000}{airline}"


def wagon(like: str, number: int) -> str:
    """Return the number of another wagon of the same kind and keeper (UIC)."""
    first11 = f"{like[:7]}{number % 10_000:04}"
    return first11 + numbers.wagon_check_digit(first11)


def seal(number: int) -> str:
    """Return a bolt seal number."""
    return f"EU{number % 10_000_000:07}"
