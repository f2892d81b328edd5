"""Rules about how a number is written."""

import re
from typing import Final

from filings.messages.numbers import imo_check_digit, is_imo
from filings.rules.registry import Breach, value
from filings.rules.scope import Scope

MRN: Final = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{11}[ABC]T[A-Z0-9]")
CUS: Final = re.compile(r"[0-9]{7}-[0-9]")
CONTAINER: Final = re.compile(r"[A-Z]{4}[0-9]{7}")
ENI: Final = re.compile(r"[0-9]{8}")
# What people put between the parts of a number.
_BETWEEN: Final = re.compile(r"[\s./-]")


@value("R3004", code="93")
def mrn(given: str, _here: Scope) -> Breach | None:
    """An MRN has 18 characters: year, country, 11 of the office, A, B or C, T for an ENS, check digit (R3004)."""
    if MRN.fullmatch(given):
        return None
    sentence = (
        f"“{given}” is no MRN of an ENS; write its 18 characters: two digits of the year, two letters of the country, "
        "11 letters and digits, A, B or C, the letter T, and the check digit."
    )
    tidy = _BETWEEN.sub("", given).upper()
    return Breach(sentence, repair=tidy if MRN.fullmatch(tidy) else "")


@value("R3009", code="70")
def imo_number(given: str, here: Scope) -> Breach | None:
    """A ship is identified by IMO and seven digits, the last one the check digit (R3009)."""
    if here.value("typeOfIdentification") != "10" or is_imo(given):
        return None
    digits = re.sub(r"^IMO", "", _BETWEEN.sub("", given).upper())
    if re.fullmatch(r"[0-9]{6}", digits):
        digits += imo_check_digit(digits)
    tidy = f"IMO{digits}"
    if re.fullmatch(r"IMO[0-9]{7}", given):
        sentence = f"The check digit of “{given}” is wrong; look the IMO number up again."
    else:
        sentence = f"“{given}” is no IMO number; write IMO and seven digits, the last one the check digit."
    return Breach(sentence, repair=tidy if is_imo(tidy) else "")


@value("R3010", code="70")
def eni_number(given: str, here: Scope) -> Breach | None:
    """An inland vessel is identified by its European number of eight digits (R3010)."""
    if here.value("typeOfIdentification") != "80" or ENI.fullmatch(given):
        return None
    tidy = re.sub(r"^ENI", "", _BETWEEN.sub("", given).upper())
    sentence = f"“{given}” is no European vessel number (ENI); write its eight digits."
    return Breach(sentence, repair=tidy if ENI.fullmatch(tidy) else "")


@value("R3020", code="12")
def cus_code(given: str, _here: Scope) -> Breach | None:
    """A CUS code is seven digits, a hyphen and one digit, as 0012345-6 (R3020)."""
    if CUS.fullmatch(given):
        return None
    digits = re.sub(r"[\s./-]", "", given)
    tidy = f"{digits[:-1]}-{digits[-1:]}"
    sentence = f"“{given}” is no CUS code; write seven digits, a hyphen and one digit."
    return Breach(sentence, repair=tidy if CUS.fullmatch(tidy) else "")


@value("R3021", code="12")
def container_number(given: str, _here: Scope) -> Breach | None:
    """A container number is four letters and seven digits (R3021, ISO 6346)."""
    if CONTAINER.fullmatch(given):
        return None
    tidy = _BETWEEN.sub("", given).upper()
    sentence = f"“{given}” is no container number; write four letters and seven digits without anything between."
    return Breach(sentence, repair=tidy if CONTAINER.fullmatch(tidy) else "")
