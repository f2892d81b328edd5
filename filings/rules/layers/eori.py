"""The layer about EORI numbers: as the country that gave them writes them."""

import re
from functools import cache
from typing import Final

from filings.rules.layers.layer import Layers, layer, rows
from filings.rules.registry import Breach
from filings.rules.scope import Scope

GREECE: Final = ("EL", "GR")


@cache
def _countries() -> dict[str, tuple[re.Pattern[str], str]]:
    """Return pattern and words for what follows the letters of each country."""
    return {row["country"]: (re.compile(row["pattern"]), row["hint"]) for row in rows("eori")}


@layer("eori-of-country")
def eori(given: str, _here: Scope, _settings: Layers) -> Breach | None:
    """An EORI number begins with a Member State or XI and goes on as that country writes it."""
    country, number = given[:2], given[2:]
    if country == GREECE[0]:
        return Breach(f"Greek EORI numbers begin with {GREECE[1]}, not {country}.", repair=GREECE[1] + number)
    known = _countries().get(country)
    if known is None:
        return Breach(f"EORI numbers for the EU begin with a Member State or XI, not with {country}; check “{given}”.")
    pattern, hint = known
    return (
        None if pattern.fullmatch(number) else Breach(f"EORI numbers of {country} mostly have {hint} after it; check “{given}”.")
    )
