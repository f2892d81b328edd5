"""Migration operations that put a table under row-level security (docs/decisions/0003-tenancy.md)."""

from typing import Any

from django.db import migrations

_OWN_ROWS = "operator_id = (select current_setting('app.operator_id')::uuid)"


def protect(table: str, *, platform: bool = False, append_only: bool = False) -> migrations.RunSQL:
    """Return the operation that limits a table with a column operator_id to the scope in force.

    The setting is read without "missing ok": outside a scope every access raises instead of finding nothing.

    :param platform: also let the platform role (every_tenant) see and change all rows.
    :param append_only: let the application add and read rows, never change or remove them.
    """
    statements: list[Any] = [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy own_rows on {table} to itsp_app, itsp_owner using ({_OWN_ROWS}) with check ({_OWN_ROWS})",
        f"alter table {table} add constraint {table}_operator_id_id_key unique (operator_id, id)",
    ]
    if platform:
        statements += [
            f"create policy every_tenant on {table} to itsp_platform using (true) with check (true)",
            f"grant select, insert, update, delete on {table} to itsp_platform",
        ]
    if append_only:
        statements.append(f"revoke update, delete on {table} from itsp_app, itsp_platform")
    return migrations.RunSQL(statements, migrations.RunSQL.noop)


def platform_only(table: str) -> migrations.RunSQL:
    """Return the operation that hides a table from every operator's scope: only every_tenant() sees its rows."""
    return migrations.RunSQL(
        [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy every_tenant on {table} to itsp_platform using (true) with check (true)",
            f"grant select, insert, update, delete on {table} to itsp_platform",
        ],
        migrations.RunSQL.noop,
    )


def open_to_application() -> migrations.RunSQL:
    """Return the operation that lets the application use all tables, those there and those to come.

    What a role may see of a tenant's table is then decided by row-level security; TRUNCATE is never granted, because
    it would ignore that.
    """
    deeds = "select, insert, update, delete"
    return migrations.RunSQL(
        [
            "grant usage on schema public to itsp_app, itsp_platform",
            f"grant {deeds} on all tables in schema public to itsp_app",
            "grant usage on all sequences in schema public to itsp_app",
            f"alter default privileges in schema public grant {deeds} on tables to itsp_app",
            "alter default privileges in schema public grant usage on sequences to itsp_app",
        ],
        migrations.RunSQL.noop,
    )


def show_to_platform(table: str) -> migrations.RunSQL:
    """Return the operation that lets the platform role read a table without tenants."""
    return migrations.RunSQL(f"grant select on {table} to itsp_platform", migrations.RunSQL.noop)


def share(table: str, column: str) -> migrations.RunSQL:
    """Return the operation that also lets the operator named in a column see and change a row (docs/decisions/0025)."""
    theirs = f"{column} = (select current_setting('app.operator_id')::uuid)"
    policy = f"create policy shared_rows on {table} to itsp_app, itsp_owner using ({theirs}) with check ({theirs})"
    return migrations.RunSQL(policy, migrations.RunSQL.noop)


def belongs(table: str, column: str, to: str, *, by: str = "operator_id") -> migrations.RunSQL:
    """Return the operation that ties a foreign key to the same operator's row (a plain one ignores row-level security).

    The owner lifts its own limit for the moment in which PostgreSQL compares the rows that are already there.

    :param by: the column that names that operator.
    """
    both = {table, to}
    return migrations.RunSQL(
        [
            *(f"alter table {name} no force row level security" for name in both),
            f"alter table {table} add constraint {table}_{column}_same_operator "
            f"foreign key ({by}, {column}) references {to} (operator_id, id) deferrable initially deferred",
            *(f"alter table {name} force row level security" for name in both),
        ],
        migrations.RunSQL.noop,
    )
