"""Keys that stood in connections become credentials in use: the migrations from 0007 on, run on a database that has rows."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography import x509
from django.conf import settings
from django.db import connections
from psycopg import sql

from integrations import as4, pki
from integrations.pki import Identity
from tenants import vault

MADE = datetime(2026, 3, 1, tzinfo=UTC)
FILLING: Mapping[str, Any] = {
    "character varying": "",
    "text": "",
    "bytea": b"",
    "boolean": False,
    "smallint": 1,
    "integer": 1,
    "timestamp with time zone": MADE,
}
Rows = list[tuple[Any, ...]]


class Database:
    """A database of its own, as its owner sees it."""

    def __init__(self, name: str, signs_in: Mapping[str, Any]) -> None:
        self.name = name
        self._signs_in = signs_in

    def migrate(self, *target: str) -> None:
        login = quote(self._signs_in["user"], safe="")
        if self._signs_in.get("password"):
            login += ":" + quote(self._signs_in["password"], safe="")
        address = f"postgresql://{login}@/{self.name}?host={self._signs_in['host']}&port={self._signs_in['port']}"
        environment = {
            **os.environ,
            "LANDFALL_BOOTSTRAP": "off",
            "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
            "DATABASE_URL": address,
            "DATABASE_OWNER_URL": address,
        }
        command = [sys.executable, "manage.py", "migrate", *target, "--database", "owner", "--no-input"]
        run = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]

    def ask(self, statement: str, *values: object) -> Rows:
        """Return rows as the owner who has lifted its own limits reads them."""
        with psycopg.connect(dbname=self.name, **self._signs_in) as line:
            for table in ("connection", "credential", "credentialuse"):
                line.execute(f"alter table if exists integrations_{table} no force row level security")  # type: ignore[arg-type]
            found = line.execute(statement, values).fetchall()  # type: ignore[arg-type]
            line.rollback()
            return found

    def insert(self, table: str, **given: object) -> Any:
        """Insert a row, fill what must not be null by its type, and return its id."""
        with psycopg.connect(dbname=self.name, **self._signs_in) as line:
            needed = line.execute(
                "select column_name, data_type from information_schema.columns where table_name = %s and is_nullable = 'NO'"
                " and column_default is null and is_identity = 'NO'",
                [table],
            ).fetchall()
            row = {**{name: FILLING[kind] for name, kind in needed if name not in given}, **given}
            name, columns = sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, row))
            places = sql.SQL(", ").join(sql.Placeholder() * len(row))
            line.execute(sql.SQL("alter table {} no force row level security").format(name))
            insert = sql.SQL("insert into {} ({}) values ({}) returning id").format(name, columns, places)
            made = line.execute(insert, list(row.values())).fetchone()
            line.execute("set constraints all immediate")
            if table.startswith("integrations_"):
                line.execute(sql.SQL("alter table {} force row level security").format(name))
            assert made is not None
            return made[0]


@pytest.fixture
def database(django_db_setup: None) -> Iterator[Database]:
    """A database as it was before keys had rows of their own."""
    row = connections["owner"].settings_dict
    signs_in = {"user": row["USER"], "password": row["PASSWORD"] or None, "host": row["HOST"], "port": row["PORT"] or 5432}
    signs_in = {name: value for name, value in signs_in.items() if value is not None}
    name = f"keys_{uuid4().hex[:12]}"
    with psycopg.connect(dbname="postgres", autocommit=True, **signs_in) as line:
        line.execute(f"create database {name}")  # type: ignore[arg-type]
        made = Database(name, signs_in)
        try:
            made.migrate("integrations", "0007")
            yield made
        finally:
            line.execute(f"drop database {name} with (force)")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def seals() -> dict[str, Identity]:
    root = pki.make_root("Keys", not_before=MADE, not_after=MADE + timedelta(days=3000))
    names = ("itsp", "old", "acme")
    until = MADE + timedelta(days=700)
    return {name: pki.make_leaf(name, issuer=root, not_before=MADE, not_after=until) for name in names}


def connect(database: Database, name: str, seal: Identity | None, *, operator: UUID | None = None, active: bool = True) -> int:
    keys = {
        "private_key": vault.lock(seal.private_key.decode()) if seal else b"",
        "certificates": seal.chain.decode() if seal else "",
    }
    fields = {"name": name, "party_id": name, "operator_id": operator, "active": active, "endpoint": "https://sti.example/"}
    return int(database.insert("integrations_connection", **fields, **keys))


def _operator(database: Database, slug: str) -> UUID:
    return UUID(str(database.insert("tenants_operator", id=uuid4(), slug=slug, name=slug, eori=f"BE{slug}")))


def test_each_key_becomes_a_credential_in_use_and_each_owner_gets_one_default(
    database: Database, seals: dict[str, Identity]
) -> None:
    acme, bare = (
        database.insert("tenants_operator", id=uuid4(), slug=each, name=each, eori=f"BE{each}") for each in ("acme", "bare")
    )
    old = connect(database, "Old", seals["old"], active=False)
    itsp = connect(database, "ITSP", seals["itsp"])
    second = connect(database, "Second", seals["itsp"])
    own = connect(database, "Acme", seals["acme"], operator=acme)
    empty = connect(database, "Bare", None, operator=bare, active=False)
    kept = dict(database.ask("select id, private_key from integrations_connection"))

    database.migrate("integrations")

    defaults = {pk for (pk,) in database.ask("select id from integrations_connection where is_default")}
    assert defaults == {itsp, own, empty}
    held = database.ask(
        "select u.connection_id, c.name, c.operator_id, c.private_key, c.fingerprint, c.not_before, c.not_after, u.purpose,"
        " u.since from integrations_credentialuse u join integrations_credential c on c.id = u.credential_id order by 1"
    )
    wanted = [
        (old, "Old", None, "old"),
        (itsp, "ITSP", None, "itsp"),
        (second, "Second", None, "itsp"),
        (own, "Acme", acme, "acme"),
    ]
    assert len(held) == len(wanted)
    for (pk, name, owner, leaf), row in zip(wanted, held, strict=True):
        mark = as4.fingerprint(x509.load_pem_x509_certificate(seals[leaf].certificate))
        assert (*row[:3], *row[4:]) == (pk, f"Seal of {name}", owner, mark, MADE, MADE + timedelta(days=700), "seal", MADE)
        assert bytes(row[3]) == bytes(kept[pk])
        assert vault.unlock(bytes(row[3])).encode() == seals[leaf].private_key


def test_afterwards_the_walls_stand_again(database: Database, seals: dict[str, Identity]) -> None:
    connect(database, "ITSP", seals["itsp"])

    database.migrate("integrations")

    guarded = database.ask("select relname from pg_class where relrowsecurity and relname like 'integrations_%%'")
    assert {"integrations_connection", "integrations_credential", "integrations_credentialuse", "integrations_deed"} <= {
        name for (name,) in guarded
    }
    with psycopg.connect(dbname=database.name, **database._signs_in) as line:
        open_ones = line.execute("select relname from pg_class where relrowsecurity and not relforcerowsecurity").fetchall()
        changing = line.execute("select has_table_privilege('itsp_platform', 'integrations_deed', 'update')").fetchone()
        columns = line.execute(
            "select column_name from information_schema.columns where table_name = 'integrations_connection'"
        ).fetchall()
    assert open_ones == []
    assert changing == (False,)
    assert not {"private_key", "certificates"} & {name for (name,) in columns}
