"""The embedded servers: roles that cannot step around row-level security, and folders nobody else can slip us."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections, transaction

from config.embedded import paths
from config.embedded.postgres import Postgres
from config.embedded.sockets import SocketFolderRefused, make_socket_folder


@pytest.mark.django_db
def test_the_product_is_the_application_role_and_cannot_step_around_row_level_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select session_user, rolsuper, rolbypassrls, rolinherit, rolcreaterole from pg_roles where rolname = session_user")
        row = cursor.fetchone()

    assert row == ("itsp_app", False, False, False, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["set role itsp_owner", "set role postgres", "set session authorization postgres", "create table stray (id int)", "create role stray"],
)
def test_the_application_role_is_refused(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_the_application_may_become_the_platform_for_one_transaction() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local role itsp_platform")
        cursor.execute("select current_user, rolbypassrls, rolcanlogin from pg_roles where rolname = current_user")
        row = cursor.fetchone()

    assert row == ("itsp_platform", False, False)


@pytest.mark.django_db
def test_the_application_owns_no_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select tableowner, count(*) from pg_tables where schemaname = 'public' group by 1")
        owners = dict(cursor.fetchall())

    assert set(owners) == {"itsp_owner"}
