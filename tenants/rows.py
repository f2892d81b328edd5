"""Rows written and read where each statement counts: SQL made once per model, no query built, no savepoint.

The ways in and out of the gateway use it; everywhere else the ORM says more. A scope must be open: row-level security
checks the rows, and nothing here adds a condition.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.expressions import DatabaseDefault

Row = TypeVar("Row", bound=models.Model)


def insert(*rows: models.Model, once: bool = False) -> bool:
    """Insert new rows of any tables in one statement; say whether it was done.

    :param once: leave out what a unique column or constraint of the last row forbids, which is what the answer tells
    """
    parts = [_insert(type(row)) for row in rows]
    *before, last = parts
    text = "with " + ", ".join(f"row_{number} as ({part})" for number, part in enumerate(before)) + " " if before else ""
    text += last + (" on conflict do nothing" if once else "")
    with connection.cursor() as cursor:
        cursor.execute(text, [value for row in rows for value in values(row)])
        done = bool(cursor.rowcount)
    for row in rows if done else ():
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return done


def update(row: models.Model, names: Sequence[str]) -> None:
    """Write some columns of a row."""
    with connection.cursor() as cursor:
        fields = _fields(type(row), tuple(names))
        held = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        cursor.execute(_update(type(row), tuple(names)), [*held, row.pk])


def values(row: models.Model) -> list[Any]:
    """Return what the columns of a row hold, as the database takes it."""
    return [field.get_db_prep_save(_held(row, field), connection) for field in row._meta.concrete_fields]


def _held(row: models.Model, field: Any) -> Any:
    """Return what a column of a new row holds; where that is left to the database, its default."""
    value = getattr(row, field.attname)
    if isinstance(value, DatabaseDefault):
        value = getattr(field.db_default, "value", field.db_default)
        setattr(row, field.attname, value)
    return value


@cache
def columns(model: type[models.Model], alias: str, *, but: tuple[str, ...] = ()) -> str:
    """Return the columns of a model as a statement lists them, all but some."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields if field.name not in but)


def read(model: type[Row], found: Sequence[Any], *, but: tuple[str, ...] = ()) -> Row:
    """Return the row made of the values of columns(); what was left out is read when it is asked for."""
    names, converted = _readers(model, but)
    held = list(found)
    for place, field in converted:
        held[place] = field.from_db_value(held[place], None, connection)
    return model.from_db(DEFAULT_DB_ALIAS, names, held)


@cache
def _readers(model: type[models.Model], but: tuple[str, ...]) -> tuple[list[str], list[tuple[int, Any]]]:
    """Return the names of the columns, and the place and field of those that are not as the database gives them (JSON)."""
    fields = [field for field in model._meta.concrete_fields if field.name not in but]
    converted = [(place, field) for place, field in enumerate(fields) if hasattr(field, "from_db_value")]
    return [field.attname for field in fields], converted


@cache
def _insert(model: type[models.Model]) -> str:
    fields = model._meta.concrete_fields
    names, places = ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))
    return f"insert into {model._meta.db_table} ({names}) values ({places})"  # noqa: S608 (names of our own columns)


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    assigned = ", ".join(f'"{field.column}" = %s' for field in _fields(model, names))
    return f"update {model._meta.db_table} set {assigned} where id = %s"  # noqa: S608 (names of our own columns)


@cache
def _fields(model: type[models.Model], names: tuple[str, ...]) -> list[Any]:
    return [model._meta.get_field(name) for name in names]
