"""Rows of parts, findings and references, many at once: COPY is refused under row-level security, so they go in as arrays."""

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from filings.messages.finding import Finding
from filings.models import Filing, UsedReference
from filings.models.large import Check, FilingPart
from filings.rules.uniqueness import Reference
from tenants.scope import current_operator_id

BATCH: Final = 500
Row = tuple[Any, ...]


def insert_parts(filing_id: UUID, rows: Sequence[Row]) -> None:
    """Add parts: number, reference, document as JSON text, errors, warnings."""
    _insert(
        "filings_filingpart",
        {"number": "int", "reference": "text", "document": "jsonb", "errors": "int", "warnings": "int"},
        {"filing_id": filing_id},
        rows,
    )


def insert_findings(check: Check, found: Sequence[Finding], inside: "re.Pattern[str] | None") -> None:
    """Add the findings of a check, in their order. inside: finds the number of the part in a path."""
    rows = []
    for number, one in enumerate(found, 1):
        match = inside.match(one.path) if inside else None
        part = int(match[1]) if match else 0
        rows.append((number, part, one.path, one.code, one.rule, one.severity, _storable(one.sentence), _storable(one.repair)))
    names = ("path", "code", "rule", "severity", "sentence", "repair")
    columns = {"number": "int", "part": "int", **dict.fromkeys(names, "text")}
    for start in range(0, len(rows), 2 * BATCH):
        _insert("filings_checkfinding", columns, {"check_id": check.pk}, rows[start : start + 2 * BATCH])


def insert_used(filing: Filing, references: Sequence[Reference], at: Any) -> None:
    """Add references a filing used up."""
    room = {field.name: field.max_length or 0 for field in UsedReference._meta.concrete_fields}
    names = ("kind", "party", "number", "beside")
    rows = [tuple(_storable(getattr(one, name))[: room[name]] for name in names) for one in references]
    _insert("filings_usedreference", dict.fromkeys(names, "text"), {"filing_id": filing.pk, "at": at}, rows)


def count_findings(filing: Filing, counts: dict[int, tuple[int, int]]) -> None:
    """Write down how many errors and warnings each part has; those not named have none."""
    before = FilingPart.objects.filter(filing=filing).filter(Q(errors__gt=0) | Q(warnings__gt=0))
    before.update(errors=0, warnings=0)
    if not counts:
        return
    numbers, errors, warnings = (list(column) for column in zip(*((n, e, w) for n, (e, w) in counts.items()), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "update filings_filingpart part set errors = new.errors, warnings = new.warnings "
            "from unnest(%s::int[], %s::int[], %s::int[]) as new(number, errors, warnings) "
            "where part.filing_id = %s and part.operator_id = %s and part.number = new.number",
            [numbers, errors, warnings, filing.pk, current_operator_id()],
        )


def copy_parts(filing: Filing, to: Filing) -> None:
    """Give a new draft the parts of a filing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into filings_filingpart (id, operator_id, filing_id, number, reference, document, errors, warnings) "
            "select gen_random_uuid(), operator_id, %s, number, reference, document, errors, warnings "
            "from filings_filingpart where filing_id = %s and operator_id = %s",
            [to.pk, filing.pk, current_operator_id()],
        )


def _insert(table: str, columns: dict[str, str], fixed: dict[str, Any], rows: Sequence[Row]) -> None:
    """Insert rows in one statement. columns: name and type; fixed: columns with one value for all."""
    if not rows:
        return
    arrays = ", ".join(f"%s::{kind if kind != 'jsonb' else 'text'}[]" for kind in columns.values())
    chosen = ", ".join(f"new.{name}::{kind}" for name, kind in columns.items())
    statement = (
        f"insert into {table} (id, operator_id, {', '.join(fixed)}, {', '.join(columns)}) "  # noqa: S608 our own names
        f"select gen_random_uuid(), %s, {', '.join('%s' for _ in fixed)}, {chosen} "
        f"from unnest({arrays}) as new({', '.join(columns)})"
    )
    with connection.cursor() as cursor:
        lists = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(statement, [current_operator_id(), *fixed.values(), *lists])


def _storable(text: str) -> str:
    return text.replace("\0", "")
