"""What each kind of request is, from tables/kinds.csv: which deed answers it, and what it is called."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).parent / "tables" / "kinds.csv"
INFORM, AMEND, SCREEN, STOP = "inform", "amend", "screen", "stop"
STOPS: Final = "DNL"  # our word: customs sends no code for it


@dataclass(frozen=True)
class Kind:
    """One kind of request (CL735, and do-not-load).

    deed: inform, amend, screen or stop. group: the group of the answering message that holds one answer; files: the
    group in it that names a file. asks: what customs wants, in plain words.
    """

    kind: str
    deed: str
    group: str
    files: str
    name: str
    asks: str


@cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by its code."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["kind"]: Kind(**{name: row[name] for name in Kind.__dataclass_fields__}) for row in rows}


def answered_by_message(kind: str) -> bool:
    """Say whether a kind is answered by a message of its own, not by an amendment."""
    return kinds()[kind].deed in {INFORM, SCREEN}
