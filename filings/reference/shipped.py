"""The editions the release ships: tables/<list>.csv (.txt.gz for places), and sources.csv for where each comes from."""

import csv
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from filings.reference.entries import ALWAYS, Edition, Packed
from filings.reference.sections import Sections

TABLES: Final = Path(__file__).parent / "tables"


@dataclass(frozen=True)
class Source:
    """One row of sources.csv: what we know of a list, and what of it we may ship.

    coverage: "complete", "partial" (finding codes only) or "none" (only the format is checked).
    """

    code_list: str
    title: str
    publisher: str
    source: str
    licence: str
    edition: str
    count: int
    coverage: str
    note: str


@cache
def sources() -> Mapping[str, Source]:
    """Return the row of every list that is published elsewhere."""
    rows = _rows("sources")
    return {row["code_list"]: Source(**{**row, "count": int(row["count"])}) for row in rows}  # type: ignore[arg-type]


@cache
def shipped(code_list: str) -> Edition | None:
    """Return the edition of a list that the release ships."""
    source = sources().get(code_list)
    if source is None or source.coverage == "none":
        return None
    return Edition(
        code_list=code_list,
        title=source.title,
        published=date.fromisoformat(source.edition),
        valid_from=ALWAYS,
        complete=source.coverage == "complete",
        source=source.source,
        licence=source.licence,
        packed=_entries(code_list),
        key=f"shipped:{code_list}",
    )


def _entries(code_list: str) -> Mapping[str, Packed]:
    long = TABLES / f"{code_list}.txt.gz"
    if long.exists():
        return Sections(gzip.decompress(long.read_bytes()).decode("utf-8"))
    return {row["code"]: (row["name"], row["functions"]) for row in _rows(code_list)}


def _rows(table: str) -> list[dict[str, str]]:
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
