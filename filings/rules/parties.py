"""Rules about who: identification numbers, addresses and ways to reach somebody."""

import re
from collections.abc import Iterator
from typing import Final

from filings.rules.registry import At, Breach, group, value
from filings.rules.scope import Scope

# The prefix is fixed by law, what follows is national: letters, digits and, in Finland, a hyphen.
EORI: Final = re.compile(r"[A-Z]{2}[A-Za-z0-9-]{1,15}")
PHONE: Final = re.compile(r"\+(?:[0-9] ?){6,14}[0-9]")


@group("R3002", code="13")
def address_is_complete(at: At) -> Iterator[Breach]:
    """An address has a street and a number, or a P.O. box (R3002)."""
    for index, address in enumerate(at.nodes, 1):
        given = at.parent.kids_of(address)
        if given and not (("street" in given and "number" in given) or "poBox" in given):
            lacks = [word for word, name in (("“Street”", "street"), ("“Number”", "number")) if name not in given]
            yield Breach(f"“{at.spec.title}”: Give {' and '.join(lacks)}, or “P.O. Box”.", at=index)


@value("R3005", code="12")
def eori(given: str, _here: Scope) -> Breach | None:
    """The number is an EORI number: the two letters of a country and up to 15 letters and digits (R3005)."""
    if EORI.fullmatch(given):
        return None
    tidy = re.sub(r"[\s./]", "", given).upper()
    sentence = f"“{given}” is no EORI number; write the two letters of its country and up to 15 letters and digits."
    return Breach(sentence, repair=tidy if EORI.fullmatch(tidy) else "")


@value("R3006", code="12")
def phone(given: str, here: Scope) -> Breach | None:
    """A telephone number is international, as +49 40 12345678: a plus sign, then 7 to 15 digits (R3006, ITU-T E.123)."""
    if here.value("type") != "TE" or PHONE.fullmatch(given):
        return None
    sentence = "Write the telephone number with a plus sign, the country and 7 to 15 digits, single spaces at most between them."
    return Breach(sentence, repair=international(given))


def international(given: str) -> str:
    """Return a telephone number as ITU-T E.123 has it; "" when its country is not known."""
    number = re.sub(r"\(0\)", "", given.strip())
    number = re.sub(r"^00", "+", number)
    number = re.sub(r"[^+0-9]+", " ", number).strip()
    number = re.sub(r"^\+ ", "+", number)
    return number if PHONE.fullmatch(number) else ""


@value("R3033", code="12")
def representative_is_somebody_else(given: str, here: Scope) -> Breach | None:
    """The representative has another identification number than the declarant (R3033)."""
    if given != here.root.value("declarant/identificationNumber"):
        return None
    return Breach(f"“{given}” is the declarant as well; leave out “{here.spec.title}” or name somebody else.")


@value("R3051", code="14")
def only_below_the_house(given: str, _here: Scope) -> Breach | None:
    """A supplementary declarant of a house consignment files for the level below it, which is 2 (R3051)."""
    return None if given == "2" else Breach(f"Use 2, a filing below the house level; it is {given}.", repair="2")
