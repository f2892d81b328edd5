"""Write the message tables of the product from a folder of specification facts.

Usage: python tools/build_tables.py SRC [DEST] [--message-set HTI] [--version 2.02] [--namespace URN]

SRC holds catalogue.csv, messages/*.csv, codelists/*.csv, rules.csv, conditions.csv, rules_usage.csv,
overrides.csv and n03_content.csv as extracted from one edition of the trader interface specification.
DEST defaults to filings/messages/tables. The output is the same for the same input, one fact a row,
sorted, with the message set and its version as the first two columns, so that its diff can be reviewed.
Rows of another message set or version that DEST already has stay beside the new ones.

What the specification says goes to messages, elements, code lists, conditions and rules. What we
read into it where it is silent or broken goes to overrides.csv alone, each line with its reason.
"""

import csv
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from message_facts import (
    ACCEPTED_BY,
    CONSUMERS,
    EVENTS,
    EXTRA_OVERRIDES,
    PARTIES,
    PRIORITIES,
    REFERENCES,
    WITHOUT_MRN,
)

Row = Mapping[str, str]

NAMESPACE: Final = "urn:wco:datamodel:eu:ics2:2"
DESTINATION: Final = Path(__file__).resolve().parent.parent / "filings" / "messages" / "tables"

DATE_FORMAT: Final = "an20 (YYYY-MM-DDThh:mm:ssZ)"
DATE_WRAPPER: Final = "DateTime"
BINARY_NAMES: Final = frozenset({"binaryFile", "binaryAttachment"})
CORRELATION_NAMES: Final = ("LRN", "MRN", "functionalReference")
DIRECTIONS: Final = {"trader→customs": "to_customs", "customs→trader": "from_customs"}
SAME_COLUMNS: Final = [
    "short_name",
    "title",
    "family",
    "sci",
    "mode",
    "level",
    "phase",
    "addressed_by",
    "ens_effect",
    "risk_analysis_timer",
    "air_preloading_analysis",
    "description",
]
ELEMENT_COLUMNS: Final = [
    "message",
    "seq",
    "level",
    "kind",
    "min",
    "max",
    "name",
    "format",
    "status",
    "rules",
    "conditions",
    "code_list",
    "xml_name",
]


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, edition: Row, rows: Iterable[Row]) -> int:
    """Write the rows of an edition, all of the same columns, beside those of others; return how many."""
    new = [{**edition, **row} for row in rows]
    others = [row for row in read(path) if any(row[column] != edition[column] for column in edition)] if path.exists() else []
    together = sorted([*others, *new], key=lambda row: [row[column] for column in edition])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(new[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(together)
    return len(new)


def elements(source: Path) -> Iterator[dict[str, str]]:
    """Yield one row per line of every message table, in table order."""
    for path in sorted((source / "messages").glob("*.csv")):
        for row in read(path):
            wrapper = DATE_WRAPPER if row["format"] == DATE_FORMAT else ""
            yield {
                **{column: row[column] for column in ELEMENT_COLUMNS},
                "wrapper": wrapper,
                "wco_name": row["wco_name"],
                "wco_id": row["wco_id"],
                "note": row["note"],
            }


def per_message(source: Path, rows: Iterable[Row], namespace: str) -> Iterator[dict[str, str]]:
    """Yield one row per message: what the specification says of it and what it means to us."""
    lines: dict[str, list[Row]] = {}
    for row in rows:
        lines.setdefault(row["message"], []).append(row)
    for row in sorted(read(source / "catalogue.csv"), key=lambda row: row["message"]):
        yield message_row(row, lines[row["message"]], namespace)


def message_row(row: Row, lines: list[Row], namespace: str) -> dict[str, str]:
    """Return the row of one message from its catalogue row and its table."""
    message, family = row["message"], row["family"]
    top = {line["xml_name"]: line for line in lines if line["level"] == "1"}
    sent = DIRECTIONS[row["direction"]] == "to_customs"
    references = [name for name in CORRELATION_NAMES if name in top]
    new_mrn = "LRN" in top and sent and message not in WITHOUT_MRN
    return {
        "message": message,
        "namespace": namespace,
        "root": lines[0]["xml_name"],
        "direction": DIRECTIONS[row["direction"]],
        **{column: row[column] for column in SAME_COLUMNS},
        "filer": row["filer_or_recipient"],
        "filer_basis": row["filer_basis"],
        "answered_by": " ".join(answer_ids(row["answered_by"])),
        "accepted_by": ACCEPTED_BY.get(message) or (ACCEPTED_BY.get(family, "") if row["sci"] else ""),
        "rejected_by": "IE3N99" if sent else "",
        "refused_by": "IE3N01" if "IE3N01" in row["answered_by"] else "",
        "amends": "IE3F" + message[4:] if family == "A" else "",
        "may_follow": row["may_follow"],
        "follows": row["follows"],
        "process": row["process"],
        "priority": PRIORITIES.get(message) or PRIORITIES[family],
        "consumer": CONSUMERS.get(message) or CONSUMERS[family],
        "event": EVENTS.get(message) or EVENTS[family],
        "new_mrn": "yes" if new_mrn else "no",
        "attachments": "yes" if any(line["xml_name"] in BINARY_NAMES for line in lines) else "no",
        "reference": REFERENCES.get(message) or references[0],
        "references": " ".join(references),
        "date": next((name for name, line in top.items() if line["wrapper"]), ""),
        "party": PARTIES.get(message, "declarant/identificationNumber" if "declarant" in top else ""),
        "rows": row["rows"],
    }


def answer_ids(text: str) -> list[str]:
    """Return the messages that answer at once, in the order the specification names them."""
    if "error notification" in text:
        return ["IE3N99"]
    return list(dict.fromkeys(re.findall(r"IE3[A-Z]\d\d", text.partition("; later")[0])))


def overrides(source: Path) -> Iterator[dict[str, str]]:
    """Yield our readings: what is added to, or takes the place of, the rules of one element."""
    for row in [*read(source / "overrides.csv"), *EXTRA_OVERRIDES]:
        treat_as = row["treat_as"]
        status = treat_as[0] if re.match(r"[MO]\b", treat_as) else ""
        key = treat_as.partition(" per ")[2]
        ids = [] if status or key else re.findall(r"[RC]\d{4}", treat_as)
        yield {
            "message": row["message"],
            "path": row["rel_path"],
            "replaces": row["source_id"] if ids else "",
            "rules": " ".join(id_ for id_ in ids if id_[0] == "R"),
            "conditions": " ".join(id_ for id_ in ids if id_[0] == "C"),
            "status": status,
            "reason": row["reason"] + (f"; uniqueness key {key}, see messages.csv party" if key else ""),
        }


def code_lists(source: Path) -> Iterator[dict[str, str]]:
    """Yield one row per code list; `values` says whether its codes are known here."""
    for row in read(source / "codelists" / "index.csv"):
        yield {
            "code_list": row["id"],
            "name": row["name"],
            "values": row["values_in_spec"],
            "count": row["count"],
            "source": row["external_source"],
            "note": row["note"],
        }


def build(source: Path, destination: Path, *, message_set: str, version: str, namespace: str) -> dict[str, int]:
    """Write every table and return the number of rows of each."""
    element_rows = list(elements(source))
    tables: dict[str, Iterable[Row]] = {
        "messages": per_message(source, element_rows, namespace),
        "elements": element_rows,
        "code_lists": code_lists(source),
        "overrides": overrides(source),
    }
    for name in ("conditions", "rules", "rules_usage", "n03_content"):
        tables[name] = read(source / f"{name}.csv")
    for path in sorted((source / "codelists").glob("CL*.csv")):
        tables[f"codelists/{path.stem}"] = read(path)
    edition = {"message_set": message_set, "version": version}
    return {name: write(destination / f"{name}.csv", edition, rows) for name, rows in tables.items()}


def main() -> None:
    """Build the tables and print their sizes."""
    parser = ArgumentParser(description="Write the message tables from a folder of specification facts.")
    parser.add_argument("source", type=Path)
    parser.add_argument("destination", type=Path, nargs="?", default=DESTINATION)
    parser.add_argument("--message-set", default="HTI")
    parser.add_argument("--version", default="2.02")
    parser.add_argument("--namespace", default=NAMESPACE)
    options = vars(parser.parse_args())
    for name, count in build(options.pop("source"), options.pop("destination"), **options).items():
        sys.stdout.write(f"{count:6} {name}\n")


if __name__ == "__main__":
    main()
