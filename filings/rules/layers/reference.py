"""Layers about codes that others publish: whether they exist, and whether a place serves the mode of transport.

A code is only told when the edition in force is complete; otherwise at most the country it begins with is judged.
"""

import re
from typing import Final

from filings import reference
from filings.reference import Edition, lookup
from filings.rules.layers.layer import Layers, layer
from filings.rules.registry import Breach
from filings.rules.scope import Scope

MODE: Final = "activeBorderTransportMeans/ModeOfTransport"
MODES: Final = {"1": "sea", "2": "rail", "3": "road", "4": "air", "8": "inland waterway"}
# ISO leaves these to whoever needs some; customs may have given one a meaning that no list tells.
PRIVATE: Final = re.compile(r"AA|Q[M-Z]|X[A-Z]|ZZ")
# Numbers given so far are below it; the air industry's 8000 and national numbers above 9000 are no UN numbers.
BEYOND_UN_NUMBERS: Final = 4000
FIRST_UN_NUMBER: Final = 4


def _edition(code_list: str, here: Scope) -> Edition | None:
    """Return the edition in force, the same one for a whole document."""
    known = here.groups.known
    if code_list not in known:
        known[code_list] = reference.edition(code_list)
    edition: Edition | None = known[code_list]
    return edition


def _listed(given: str, code_list: str, what: str, here: Scope) -> Breach | None:
    """Return the breach that a code is not in the edition in force, where that one is complete."""
    edition = _edition(code_list, here)
    if edition is None or not edition.complete or given in edition.packed:
        return None
    return Breach(f"“{given[:20]}” is no {what} in the list of {edition.published:%-d %B %Y}; choose one that is.")


@layer("country")
def country(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A country is one of ISO 3166-1 or one that ICS2 adds, such as XI for Northern Ireland."""
    breach = _listed(given, lookup.COUNTRIES, "country", here)
    return None if breach is None or PRIVATE.fullmatch(given) else breach


@layer("currency")
def currency(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A currency is one of ISO 4217."""
    return _listed(given, lookup.CURRENCIES, "currency", here)


@layer("package-type")
def package_type(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A type of packages is one of UN/ECE Recommendation 21."""
    return _listed(given, lookup.PACKAGES, "type of packages", here)


@layer("place")
def place(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A place is one of UN/LOCODE, or newer than our edition; where that is not complete, at least its country exists."""
    if breach := _of_country(given, "UN/LOCODE", here):
        return breach
    edition = _edition(lookup.PLACES, here)
    if edition is None or not edition.complete or given in edition.packed:
        return None
    return Breach(
        f"“{given[:20]}” is not in UN/LOCODE of {edition.published:%-d %B %Y}; check it. "
        "A place that was given its code later is right all the same."
    )


@layer("place-for-mode")
def place_for_mode(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """Where goods are loaded and unloaded there is a port, airport, railway or road terminal as the mode asks for."""
    mode = here.root.value(MODE)
    if reference.fits_mode(given, mode) is not False:
        return None
    found = reference.unlocode(given)
    name = f" ({found.name})" if found else ""
    return Breach(f"“{given}”{name} does not serve transport by {MODES[mode]}, says UN/LOCODE; check place and mode.")


@layer("goods-code")
def goods_code(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A goods code is a subheading of the edition of the Harmonized System in force."""
    return _listed(given, lookup.GOODS, "subheading of the Harmonized System", here)


@layer("un-number")
def un_number(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A UN number is one of the UN Model Regulations; where we have no list, at least one that may have been given."""
    if re.fullmatch(r"[0-9]{4}", given) and not FIRST_UN_NUMBER <= int(given) < BEYOND_UN_NUMBERS:
        return Breach(f"“{given}” is no UN number: they run from 0004 and stay below 4000 so far.")
    return _listed(given, lookup.DANGEROUS_GOODS, "UN number", here)


@layer("customs-office")
def customs_office(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A customs office is one of the Commission's list; where we have no list, at least its country exists."""
    return _of_country(given, "reference number of an office", here) or _listed(given, lookup.OFFICES, "customs office", here)


@layer("document-type")
def document_type(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A type of supporting document is one of the Commission's list, where that is loaded."""
    return _listed(given, "CL013", "type of supporting document", here)


@layer("cus-code")
def cus_code(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A CUS code is one of the chemical inventory, where that is loaded."""
    return _listed(given, "CL719", "CUS code", here)


@layer("information-code")
def information_code(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A code of additional information is one of the Commission's list, where that is loaded."""
    return _listed(given, "CL752", "code of additional information", here)


def _of_country(given: str, what: str, here: Scope) -> Breach | None:
    """Return the breach that the first two letters are no country."""
    letters = given[:2]
    countries = _edition(lookup.COUNTRIES, here)
    if countries is None or letters in countries.packed or PRIVATE.fullmatch(letters):
        return None
    return Breach(f"“{given[:20]}” begins with {letters}, which is no country; a {what} begins with its country.")
