"""The embedded servers: roles that cannot step around row-level security, and folders nobody else can slip us."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from config.embedded import paths, process
from config.embedded.postgres import Postgres
from config.embedded.sockets import SocketFolderRefused, make_socket_folder
from config.embedded.valkey import Valkey, ask


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """Yield an empty var folder and remove the sockets that belong to it."""
    yield tmp_path
    shutil.rmtree(paths.socket_folder(tmp_path), ignore_errors=True)


@pytest.mark.django_db
def test_the_product_is_a_role_that_cannot_step_around_row_level_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select rolname, rolsuper, rolbypassrls, rolinherit from pg_roles where rolname = session_user")
        row = cursor.fetchone()

    assert row == ("itsp_app", False, False, False)


@pytest.mark.django_db
@pytest.mark.parametrize("deed", ["set role itsp_owner", "set role postgres", "create table stray (id int)", "create role stray"])
def test_the_application_role_is_refused(deed: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed)


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
        cursor.execute("select distinct tableowner from pg_tables where schemaname = 'public'")
        owners = cursor.fetchall()

    assert owners == [("itsp_owner",)]


def test_a_server_keeps_its_data_and_a_killed_one_is_cleared_away(var: Path) -> None:
    killed = Postgres(var, durable=False)
    killed.start()
    killed.execute("create table kept (id int)")
    assert killed.child

    # A second supervisor meets the first one's server, as after a kill that even the kernel's signal did not follow.
    second = Postgres(var, durable=False)
    second.start()
    found = second.execute("select to_regclass('kept') is not null")
    second.stop()

    assert found == [(True,)]
    assert killed.child.wait(5) == 0


def test_a_pid_file_whose_number_means_another_program_does_not_stop_the_start(var: Path) -> None:
    server = Postgres(var, durable=False)
    server.start()
    server.stop()
    data = next(var.glob("pg*"))
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

    server.start()
    found = server.execute("select 1")
    server.stop()

    assert found == [(1,)]


def test_valkey_answers_and_a_second_one_takes_the_place_of_a_killed_one(var: Path) -> None:
    first, second = Valkey(var), Valkey(var)
    first.start()
    second.start()
    assert first.child

    answer = ask(second.socket, "PING")
    second.stop()

    assert answer == "PONG"
    assert first.child.wait(5) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_the_servers_die_with_a_supervisor_that_is_killed(var: Path) -> None:
    script = (
        "from config.embedded.postgres import Postgres; from config.embedded.valkey import Valkey; import time\n"
        "p = Postgres(durable=False); p.start(); v = Valkey(); v.start()\n"
        "print(p.child.pid, v.child.pid, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "LANDFALL_VAR": str(var), "PYTHONPATH": str(paths.PROJECT)}
    with subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout
        pids = [int(word) for word in supervisor.stdout.readline().split()]
        supervisor.send_signal(signal.SIGKILL)

    assert len(pids) == 2
    assert process.wait_until(lambda: not any(map(process.is_alive, pids)), seconds=10)


def test_the_socket_folder_is_private_and_the_same_every_time(var: Path) -> None:
    folder = paths.socket_folder(var)

    made = make_socket_folder(folder)
    again = make_socket_folder(paths.socket_folder(var))

    assert made == again != paths.socket_folder(var / "other")
    assert made.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make another user's folder")
def test_a_socket_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir()
    os.chown(folder, 12345, 12345)

    with pytest.raises(SocketFolderRefused, match="another user"):
        make_socket_folder(folder)


def test_a_link_in_place_of_the_socket_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(SocketFolderRefused, match="not a folder"):
        make_socket_folder(tmp_path / "link")


def test_the_socket_path_fits_however_deep_the_temporary_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/" + "x" * 90)

    name = paths.socket_folder(tmp_path) / f".s.PGSQL.{paths.POSTGRES_PORT}.lock"

    assert len(bytes(name)) <= paths.LONGEST_SOCKET
