"""Read the table files, and build the tree of a message from its rows."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from filings.messages import formats, holdings
from filings.messages.elements import CodeList, Edition, Element

TABLES: Final = Path(__file__).parent / "tables"

# Our readings of one message by path.
_Readings = Mapping[str, Sequence[Mapping[str, str]]]


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of one table, for example "conditions" or "rules_usage", of every message set in use."""
    return own_rows(table) + [dict(row) for each in holdings.in_use() for row in each.rows(table)]


def own_rows(table: str) -> list[dict[str, str]]:
    """Return the rows of one file in the folder of tables."""
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def root_element(message: str, edition: Edition, lists: Mapping[str, CodeList]) -> Element:
    """Return the root of a message with the whole table below it.

    :raises KeyError: if there is no such message
    """
    key = (*edition, message)
    loaded = None if key in _element_lines() else holdings.opened(edition)
    readings = loaded.overrides.get(message, {}) if loaded else _overrides().get(key, {})
    return _tree(_lines(message, edition), readings, edition, lists)


def lines(message: str, edition: Edition) -> list[dict[str, str]]:
    """Return the lines of a message as the table has them, without our readings, each with its path.

    :raises KeyError: if there is no such message
    """
    found = _lines(message, edition)
    return [{**row, "path": path} for row, path in zip(found, _paths(found), strict=True)]


def _lines(message: str, edition: Edition) -> list[dict[str, str]]:
    key = (*edition, message)
    if key in _element_lines():
        return [dict(zip(_COLUMNS, line, strict=True)) for line in _element_lines()[key]]
    loaded = holdings.opened(edition)
    if loaded is None:
        raise KeyError(key)
    return [dict(row) for row in loaded.elements[message]]


@cache
def _overrides() -> Mapping[tuple[str, str, str], Mapping[str, list[dict[str, str]]]]:
    found: dict[tuple[str, str, str], dict[str, list[dict[str, str]]]] = {}
    for row in own_rows("overrides"):
        key = row["message_set"], row["version"], row["message"]
        found.setdefault(key, {}).setdefault(row["path"], []).append(row)
    return found


@cache
def _element_lines() -> Mapping[tuple[str, str, str], list[list[str]]]:
    """Return the lines of elements.csv by message, cells not yet interpreted."""
    with (TABLES / "elements.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if tuple(next(reader)) != _COLUMNS:
            raise ValueError("elements.csv has other columns than expected")
        return {(key[0], key[1], key[2]): list(lines) for key, lines in groupby(reader, key=lambda line: line[:3])}


_COLUMNS: Final = (
    "message_set", "version", "message", "seq", "level", "kind", "min", "max", "name", "format", "status",
    "rules", "conditions", "code_list", "xml_name", "wrapper", "wco_name", "wco_id", "note",
)  # fmt: skip


def _tree(found: list[dict[str, str]], overrides: _Readings, edition: Edition, lists: Mapping[str, CodeList]) -> Element:
    """Return the root of the tree that the level column describes, built from the last line up."""
    waiting: dict[int, list[Element]] = {}
    for row, path in zip(reversed(found), reversed(_paths(found)), strict=True):
        level = int(row["level"])
        children = tuple(reversed(waiting.pop(level + 1, [])))
        _override(row, overrides.get(path, []))
        waiting.setdefault(level, []).append(_element(row, path, children, edition, lists))
    return waiting[0][0]


def _paths(found: list[dict[str, str]]) -> list[str]:
    paths: list[str] = []
    open_: list[str] = []
    for row in found:
        level = int(row["level"])
        open_[level:] = [row["xml_name"]]
        paths.append("/".join(open_[1 : level + 1]))
    return paths


def _override(row: dict[str, str], overrides: Sequence[Mapping[str, str]]) -> None:
    """Put our readings of one element into its row."""
    for override in overrides:
        for column in ("rules", "conditions"):
            ids = [each for each in row[column].split() if each != override["replaces"]]
            row[column] = " ".join(dict.fromkeys(ids + override[column].split()))
        row["status"] = override["status"] or row["status"]


def _element(
    row: dict[str, str],
    path: str,
    children: tuple[Element, ...],
    edition: Edition,
    lists: Mapping[str, CodeList],
) -> Element:
    listed = lists[row["code_list"]] if row["code_list"] and row["format"] else None
    return Element(
        name=row["xml_name"],
        title=row["name"],
        path=path,
        min=int(row["min"]),
        max=int(row["max"]),
        format=formats.parse(row["format"]) if row["format"] else None,
        status=row["status"],
        code_list=row["code_list"],
        rules=tuple(row["rules"].split()),
        conditions=tuple(row["conditions"].split()),
        wrapper=row["wrapper"],
        note=row["note"],
        wco_name=row["wco_name"],
        wco_id=row["wco_id"],
        seq=int(row["seq"]),
        level=int(row["level"]),
        edition=edition,
        codes=listed if listed and listed.values else None,
        children=children,
    )
