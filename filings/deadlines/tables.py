"""The tables of deadlines: a case of the law is a row, and so is a stretch of coast."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

TABLES: Final = Path(__file__).parent / "tables"
ANY_MODE: Final = "*"


@dataclass(frozen=True)
class Case:
    """One case of the law: when it applies, from which moment it counts, and how far before or after that it lies.

    bound: latest (file by then), not_before (no filing earlier) or expires (the filing ends then).
    """

    id: str
    modes: frozenset[str]  # CL018
    phase: str
    when: tuple[str, ...]  # names of conditions (filings.deadlines.conditions), all of them
    anchor: str
    shift: timedelta
    bound: str
    article: str
    title: str
    sentence: str


@dataclass(frozen=True)
class Region:
    """A country or some of its ports, as a special limit knows them. ports: last three signs of UN/LOCODE, empty for all."""

    country: str
    ports: frozenset[str]
    excepted: frozenset[str]
    words: str

    def holds(self, port: str) -> bool:
        """Say whether a port (last three signs, "" if not known) lies in it."""
        return port in self.ports if self.ports else port not in self.excepted


@cache
def cases() -> tuple[Case, ...]:
    """Return every case, in the order in which they are tried."""
    return tuple(
        Case(
            id=row["id"],
            modes=frozenset(row["modes"].split()),
            phase=row["phase"],
            when=tuple(row["when"].split()),
            anchor=row["anchor"],
            shift=timedelta(minutes=int(row["minutes"])),
            bound=row["bound"],
            article=row["article"],
            title=row["title"],
            sentence=row["sentence"],
        )
        for row in rows("cases")
    )


@cache
def regions(name: str) -> Mapping[str, tuple[Region, ...]]:
    """Return the stretches of coast of a region, by country."""
    found: dict[str, list[Region]] = {}
    for row in rows("regions"):
        if row["region"] == name:
            region = Region(row["country"], frozenset(row["ports"].split()), frozenset(row["except"].split()), row["words"])
            found.setdefault(region.country, []).append(region)
    return {country: tuple(each) for country, each in found.items()}


@cache
def modes() -> Mapping[str, tuple[str, bool]]:
    """Return the mode of transport (CL018) by the words of the catalogue, and whether that is sure."""
    return {row["words"]: (row["code"], row["sure"] == "yes") for row in rows("modes")}


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of a table, by column."""
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
