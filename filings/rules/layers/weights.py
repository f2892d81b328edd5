"""The layer about weights that are unlikely."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Final

from filings.rules.layers.layer import Layers, layer, rows
from filings.rules.registry import Breach
from filings.rules.scope import Scope

# Parts may exceed their total by this much before it is more than rounding.
ROUNDING: Final = Decimal("0.001")
MODE: Final = "activeBorderTransportMeans/ModeOfTransport"
TOTAL: Final = "totalGrossMass"
# Where the parts of a total gross mass stand.
PARTS: Final = ("goodsItem/weight/grossMass", "goodsItem/weight/netMass", "consignmentHouseLevel/totalGrossMass")


@cache
def _limits() -> dict[str, Decimal]:
    return {row["mode"]: Decimal(row["most_kg"]) for row in rows("weights")}


@cache
def _least_limit() -> Decimal:
    """Return a weight that is likely for every mode of transport."""
    return min(_limits().values())


@layer("weight")
def weight(given: str, here: Scope, _settings: Layers) -> Breach | None:
    """A weight is more than nothing, no more than the means of transport can lift, and no less than its parts."""
    mass = _mass(given)
    if mass is None:
        return None
    if mass == 0:
        return Breach("Nothing weighs 0 kg; give the weight.")
    if mass > _least_limit():
        mode = here.root.value(MODE)
        most = _limits().get(mode, _limits()[""])
        if mass > most:
            return Breach(f"{given} kg is more than {most:,} kg, the most to be expected for this mode of transport; check it.")
    return _less_than_parts(mass, given, here) if TOTAL in here.kids else None


def _less_than_parts(mass: Decimal, given: str, here: Scope) -> Breach | None:
    """Return the breach of a total; the parts of the first kind that is there are those it is the sum of."""
    if given != here.value(TOTAL):
        return None
    parts = next((found for path in PARTS if (found := here.nodes(path))), [])
    total = _sum(_mass(node.text or "") for node in parts)
    if total is None or total <= mass + ROUNDING:
        return None
    return Breach(f"The total of {given} kg is less than its parts, which weigh {total} kg; check both.")


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum, None if a part cannot be read."""
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def _mass(text: str) -> Decimal | None:
    return Decimal(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else None
