"""Read the tables of parties, goods and lanes that samples are made of.

All companies and people are invented; the codes (UN/LOCODE, HS, CN, packages, UN numbers) exist.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

TABLES: Final = Path(__file__).parent / "tables"

Row = Mapping[str, str]
Facts = dict[str, object]

# What stands in addresses only when every element shall stand; street and P.O. box are alternatives (R3002).
EVERY_LINE: Final[Facts] = {
    "subDivision": "Central District",
    "street": "Airport Road",
    "number": "1",
    "streetAdditionalLine": "Goods reception, ground floor",
    "poBox": "P.O. Box 3018",
}


@cache
def rows(table: str) -> Mapping[str, Row]:
    """Return the rows of one table by their key, in table order."""
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


@cache
def lanes() -> tuple[Row, ...]:
    """Return every trade lane samples travel on."""
    return tuple(rows("lanes").values())


@cache
def goods(group: str) -> tuple[Row, ...]:
    """Return the goods that travel on lanes of a group."""
    return tuple(row for row in rows("goods").values() if row["lanes"] == group)


def eori(key: str) -> str:
    """Return the identification number of a party."""
    return rows("parties")[key]["id"]


def party(key: str, *, contacts: int = 2, every_line: bool = False) -> Facts:
    """Return a party with the names of the specification; `every_line` fills what its address leaves out."""
    row = rows("parties")[key]
    return {
        "name": row["name"],
        "identificationNumber": row["id"],
        "typeOfPerson": row["person"],
        "status": "2",
        "address": address(row) if not every_line else {**EVERY_LINE, **address(row)},
        "communication": communication(row)[:contacts],
    }


def address(row: Row) -> Facts:
    """Return the address of a party: street and number, or a P.O. box where letters go to boxes."""
    columns = {
        "city": "city",
        "country": "country",
        "subDivision": "subdivision",
        "street": "street",
        "postCode": "post_code",
        "streetAdditionalLine": "line",
        "number": "number",
        "poBox": "po_box",
    }
    return {name: row[column] for name, column in columns.items() if row[column]}


def communication(row: Row) -> list[Facts]:
    """Return the ways to reach a party: telephone (ITU-T E.123) and mail."""
    return [{"identifier": row["phone"], "type": "TE"}, {"identifier": row["mail"], "type": "EM"}]


def place(code: str, *, spelled: bool = False) -> Facts:
    """Return a place from a UN/LOCODE, or from `country:name` for a place that has none.

    spelled: write the name of the place instead of its code.
    """
    country, colon, name = (
        (code[:2], ":", rows("places")[code]["name"]) if spelled and code in rows("places") else code.partition(":")
    )
    return {"location": name, "address": {"country": country}} if colon else {"UNLOCODE": code}


@cache
def home(key: str) -> str:
    """Return the town of a party, written as a place of the tables."""
    row = rows("parties")[key]
    known = (code for code, place in rows("places").items() if (code[:2], place["name"]) == (row["country"], row["city"]))
    return next(known, f"{row['country']}:{row['city']}")
