"""Small drawings made on the server: no script, no style, only numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 600
HEIGHT: Final = 72
_GAP: Final = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a drawing: where it stands and how high it is."""

    x: float
    y: float
    width: float
    height: float
    value: int
    ago: int  # minutes


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A row of bars with its highest value and its sum, for the words beside it."""

    bars: list[Bar]
    most: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(values: Sequence[int]) -> Sparkline:
    """Return the drawing of a row of numbers, the oldest first."""
    most, step = max(values, default=0), WIDTH / max(1, len(values))
    bars = []
    for number, value in enumerate(values):
        height = round((HEIGHT - 2) * value / most, 1) if most else 0.0
        bars.append(
            Bar(
                x=round(number * step, 2),
                y=round(HEIGHT - height, 1),
                width=round(step - _GAP, 2),
                height=height,
                value=value,
                ago=len(values) - 1 - number,
            )
        )
    return Sparkline(bars, most, sum(values))
