"""Make the tables of a message set out of its schemas and of the set it is compared with.

A schema has names, order, occurrence, formats and codes. Titles it does not give, rules, conditions, the facts about
messages, code lists published elsewhere and our readings are carried over from the other set where the path is the
same; what was carried, and what could not be, is counted and named in `Carried`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from filings.messages import formats, rows
from filings.messages.elements import Code, Edition
from filings.messages.holdings import Tables
from filings.messages.schemata import Line, Schema

_LIST_ID: Final = re.compile(r"CL[0-9]{3,4}")
_LONGEST_ID: Final = 20
# Tables that are carried over as they stand.
_AS_THEY_STAND: Final = ("rules", "conditions", "rules_usage", "n03_content")

Row = dict[str, str]


@dataclass
class Carried:
    """What came from the other set (counts), and what needs a look: (message, path, what)."""

    counts: Counter[str] = field(default_factory=Counter)
    open: list[tuple[str, str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        names = ("message", "path", "what")
        return {"carried": dict(self.counts), "open": [dict(zip(names, each, strict=True)) for each in self.open]}


def tables(schemas: Iterable[Schema], *, edition: Edition, base: Edition, partial: bool = False) -> tuple[Tables, Carried]:
    """Return the tables of a new message set.

    :param partial: take messages the schemas do not have from the other set, unchanged; else they are gone.
    """
    maker = _Maker(edition, base)
    for schema in schemas:
        maker.add(schema)
    if partial:
        maker.fill_up()
    return maker.tables(), maker.carried


class _Maker:
    """Collects the rows of one set."""

    def __init__(self, edition: Edition, base: Edition) -> None:
        self.edition, self.base = edition, base
        self.carried = Carried()
        self.messages: dict[str, Row] = {}
        self.elements: dict[str, list[Row]] = {}
        self.lists: dict[str, tuple[str, dict[str, Code]]] = {}
        self.paths: dict[str, set[str]] = {}
        self.likes: dict[str, str] = {}
        self.facts = {row["message"]: row for row in self._old("messages")}
        self.known = {row["code_list"]: row for row in self._old("code_lists")}

    def _old(self, table: str) -> list[Row]:
        return [row for row in rows.rows(table) if (row["message_set"], row["version"]) == self.base]

    def _mine(self, row: Mapping[str, str]) -> Row:
        return {**row, "message_set": self.edition[0], "version": self.edition[1]}

    # --- Messages ---

    def add(self, schema: Schema) -> None:
        """Add a message read from a schema."""
        like = schema.id if schema.id in self.facts else self._most_like(schema)
        self.likes[schema.id] = like
        before = {row["path"]: row for row in rows.lines(like, self.base)}
        made = [self._element(schema, path, level, line, before) for path, level, line in schema.root.walk()]
        for seq, row in enumerate(made):
            row["seq"] = str(seq)
        self._keep(schema.id, made, {path for path, _, _ in schema.root.walk()})
        self.messages[schema.id] = self._facts(schema, like, len(made))
        self.carried.open += [(schema.id, path, f"the tables cannot say: {what}") for path, what in schema.lost]

    def fill_up(self) -> None:
        """Take the messages that no schema was given for from the other set."""
        for id_, row in self.facts.items():
            if id_ not in self.messages:
                found = rows.lines(id_, self.base)
                paths = {row.pop("path") for row in found}
                self._keep(id_, found, paths)
                self.messages[id_] = row
                self.carried.counts["messages"] += 1

    def _keep(self, id_: str, made: list[Row], paths: set[str]) -> None:
        self.elements[id_] = [self._mine(row) for row in made]
        self.paths[id_] = paths

    def _most_like(self, schema: Schema) -> str:
        """Return the known message with the most elements in common, whose facts a new message starts from."""
        paths = {path for path, _, _ in schema.root.walk()}

        def likeness(id_: str) -> tuple[float, str]:
            known = {row["path"] for row in rows.lines(id_, self.base)}
            return len(paths & known) / len(paths | known), id_

        like = max(self.facts, key=likeness)
        self.carried.open.append((schema.id, "", f"a new message; what is not in its schema was taken from {like}: check it"))
        return like

    def _facts(self, schema: Schema, like: str, lines: int) -> Row:
        row = dict(self.facts[like])
        new = like != schema.id
        row |= {"message": schema.id, "root": schema.root.name, "namespace": schema.namespace, "rows": str(lines)}
        row["title"] = schema.title or ("" if new else row["title"]) or schema.id
        if not schema.title:
            self.carried.counts["titles of messages"] += 1
        if new:
            row |= {"sci": _indicator(schema, row["sci"]), "short_name": "", "amends": "", "description": ""}
        for column in ("reference", "date", "party"):
            if row[column] and row[column] not in self.paths[schema.id]:
                self.carried.open.append((schema.id, row[column], f"gone, though it is the {column} of the message"))
                row[column] = ""
        row["references"] = " ".join(path for path in row["references"].split() if path in self.paths[schema.id])
        return row

    # --- Elements ---

    def _element(self, schema: Schema, path: str, level: int, line: Line, before: Mapping[str, Row]) -> Row:
        old = before.get(path)
        row = _new_row(line) if old is None else {**old}
        row.pop("path", None)
        if old is None:
            self.carried.open.append((schema.id, path, "new: say which rules and conditions stand on it"))
        elif not line.title:
            self.carried.counts["titles"] += 1
        if old is not None:
            self.carried.counts["rules and conditions"] += len((old["rules"] + " " + old["conditions"]).split())
        sole = line.min == 1 and old is not None and old["min"] == "0" and _sole_child(path, before)
        least = 0 if sole else line.min
        row |= {"message": schema.id, "level": str(level), "min": str(least), "max": str(line.max), "xml_name": line.name}
        row |= {"name": line.title or row["name"], "wrapper": line.wrapper, "format": line.format}
        row["status"] = _status(row, old, least) if level else row["status"]
        if line.codes is not None:
            self._codes(line, row, old)
        elif old is not None and old["format"] and row["format"] == "":
            row["code_list"] = ""
        elif old is not None and row["code_list"] and row["format"] and self._listed(row["code_list"]):
            row["code_list"] = ""
            self.carried.open.append((schema.id, path, f"no longer limited to the codes of {old['code_list']}"))
        return row

    def _listed(self, id_: str) -> bool:
        return self.known.get(id_, {}).get("values") == "yes"

    def _codes(self, line: Line, row: Row, old: Row | None) -> None:
        """Note the codes of an element, and give it their list; the width of codes stays what it was where they fit."""
        codes = {code.code: code for code in line.codes or ()}
        named = _LIST_ID.search(line.type_name)
        row["code_list"] = named[0] if named else (old or {}).get("code_list") or line.type_name[:_LONGEST_ID]
        title, known = self.lists.get(row["code_list"], ("", {}))
        self.lists[row["code_list"]] = (title or line.list_title, {**known, **codes})
        width = formats.parse(old["format"]) if old and old["format"] else None
        if width and all(width.accepts(code) for code in codes):
            row["format"] = width.code
            self.carried.counts["formats of codes"] += 1

    # --- Tables ---

    def tables(self) -> Tables:
        """Return all tables of the set."""
        ids = sorted(self.messages)
        for id_ in ids:
            if id_ not in self.facts:
                self.messages[id_]["amends"] = self._amended(self.messages[id_])
        found: dict[str, list[Row]] = {
            "messages": [self._mine(self.messages[id_]) for id_ in ids],
            "elements": [row for id_ in ids for row in self.elements[id_]],
            "overrides": [self._mine(row) for row in self._old("overrides") if row["path"] in self.paths.get(row["message"], ())],
        }
        self.carried.counts["readings of ours"] = len(found["overrides"])
        for name in _AS_THEY_STAND:
            found[name] = [self._mine(row) for row in self._old(name)]
        found["code_lists"] = []
        for id_ in sorted({*self.known, *self.lists}):
            codes = self._code_rows(id_)
            row = self.known.get(id_) or {"code_list": id_, "name": id_, "source": "", "note": ""}
            title = self.lists.get(id_, ("", {}))[0]
            values = {"values": "yes" if codes else "no", "count": str(len(codes)), "name": title or row["name"]}
            found["code_lists"].append(self._mine({**row, **values}))
            if codes:
                found[f"codelists/{id_}"] = codes
        return found

    def _amended(self, row: Row) -> str:
        """Return the filing a new amendment replaces: that of its indicator."""
        amends = self.facts[self.likes[row["message"]]]["amends"]
        if not amends:
            return ""
        event = self.facts[amends]["event"]
        same = (other for other in self.messages.values() if other["sci"] == row["sci"] != "" and other["event"] == event)
        return next((other["message"] for other in same), "")

    def _code_rows(self, id_: str) -> list[Row]:
        old = {row["code"]: row for row in self._old(f"codelists/{id_}")} if self._listed(id_) else {}
        if id_ not in self.lists:
            self.carried.counts["code lists"] += 1
            return [self._mine(row) for row in old.values()]
        made = []
        for code in self.lists[id_][1].values():
            before = old.get(code.code, {"name": "", "note": ""})
            made.append(self._mine({"code": code.code, "name": code.name or before["name"], "note": before["note"]}))
        return made


def _new_row(line: Line) -> Row:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", line.name)
    columns = ("rules", "conditions", "code_list", "wco_name", "wco_id", "note", "status")
    kind = "composition" if line.children else "attribute"
    return {**dict.fromkeys(columns, ""), "kind": kind, "name": words[:1].upper() + words[1:]}


def _sole_child(path: str, before: Mapping[str, Row]) -> bool:
    """Say whether an element was alone in its group: it is given whenever the group is, whatever its occurrence says."""
    above = path.rpartition("/")[0]
    return sum(other != "" and other.rpartition("/")[0] == above for other in before) == 1


def _status(row: Row, old: Row | None, least: int) -> str:
    """Return M, O or C; one that says otherwise than the occurrence now does gives way."""
    if (old is not None and int(old["min"]) == least) or (old is not None and min(int(old["min"]), 1) == min(least, 1)):
        return old["status"]
    return "M" if least else "C" if row["conditions"] else "O"


def _indicator(schema: Schema, before: str) -> str:
    """Return the indicator of a new message: the code with its number, from the list the other message's is from."""
    lists = [[code.code for code in line.codes or ()] for _, _, line in schema.root.walk()]
    codes = sorted({code for each in lists if before in each for code in each})
    return next((code for code in codes if code[-2:] == schema.id[-2:]), "")
