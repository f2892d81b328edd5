"""What comes after the arrival: presentation and temporary storage are national, so this is a dated table with its sources.

    steps("DE", mode="1", on=date(2026, 11, 23))  ->  the rows of that country, then the one for every country

What the table does not know is said to be unknown. Nothing here is a rule of ICS2.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).parent / "tables" / "next_steps.csv"
ANYWHERE: Final = "*"


@dataclass(frozen=True)
class Step:
    """One thing to do in one country, from when until when; needs: the data it asks for, in words."""

    country: str
    modes: frozenset[str]  # CL018
    since: date
    until: date | None
    step: str
    words: str
    needs: tuple[str, ...]
    source: str
    certain: bool

    def holds(self, *, country: str, mode: str, on: date) -> bool:
        """Say whether it is to be done for goods that come in there that way on that day."""
        there = self.country in {country, ANYWHERE}
        return there and mode in self.modes and self.since <= on and (self.until is None or on <= self.until)


def steps(country: str, *, mode: str, on: date) -> list[Step]:
    """Return what comes next in a country (CL718): its own rows, then what holds everywhere."""
    found = [step for step in _table() if step.holds(country=country, mode=mode, on=on)]
    return sorted(found, key=lambda step: step.country == ANYWHERE)


@cache
def _table() -> tuple[Step, ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Step(
                country=row["country"],
                modes=frozenset(row["modes"].split()),
                since=date.fromisoformat(row["since"]),
                until=date.fromisoformat(row["until"]) if row["until"] else None,
                step=row["step"],
                words=row["words"],
                needs=tuple(row["needs"].split(";")),
                source=row["source"],
                certain=row["certain"] == "yes",
            )
            for row in csv.DictReader(file)
        )
