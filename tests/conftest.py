"""What every test runs on: a PostgreSQL of its own, no network, the settings of the product.

Each run of pytest has its own folder var/test/run-<pid>, so that several may run beside each other and beside a demo.
The server starts when the first test asks for the database: tests of the plain core never wait for it.
"""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import django
import pytest
from django.conf import settings
from django.db.backends.postgresql.base import DatabaseWrapper

from config.embedded import paths, process
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey

MAY_ANALYZE = 17_00_00  # the server's version from which on a role may be let analyze tables it does not own
RUNS = paths.PROJECT / "var" / "test"
RUN = RUNS / f"run-{os.getpid()}"

# Before anything reads the settings; therefore they are named here and not in pyproject.toml, where pytest-django
# would find and load them first.
os.environ["LANDFALL_VAR"] = str(RUN)
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"


def pytest_configure() -> None:
    """Remove what killed runs left behind, and load the product."""
    for folder in RUNS.glob("run-*"):
        if folder != RUN and not process.is_alive(int(folder.name.removeprefix("run-"))):
            _remove(folder)
    if settings.configured:
        raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: with it pytest-django reads the settings of the demo's database.")
    (RUN / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise looks for the folder collectstatic makes
    django.setup()


def pytest_unconfigure() -> None:
    """Remove what this run made."""
    _remove(RUN)


def _remove(run: Path) -> None:
    shutil.rmtree(run, ignore_errors=True)
    shutil.rmtree(paths.socket_folder(run), ignore_errors=True)


# --- Servers -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres | None]:
    """Yield the running embedded server; None if DATABASE_URL names another one."""
    if os.environ.get("DATABASE_URL"):
        yield None
        return
    server = Postgres(RUN, durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey | None]:
    """Yield the running embedded broker; None if BROKER_URL names another one. Only tests with a real worker need it."""
    if os.environ.get("BROKER_URL"):
        yield None
        return
    server = Valkey(RUN)
    server.start()
    yield server
    server.stop()


# --- Database: made by the role that owns it, used by the role that owns nothing -----------------------------------------


@pytest.fixture(scope="session")
def application_role(postgres: Postgres | None) -> dict[str, Any]:
    """Return how the product signs in to the database, as read before any test changes it."""
    from django.db import connection

    return _credentials(connection.settings_dict)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(application_role: dict[str, Any], django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Let the owner create and migrate the test database."""
    _sign_in(_owner_role())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, application_role: dict[str, Any], django_db_blocker: Any) -> Iterator[None]:
    """Make the test database, then be the application; it is lent TRUNCATE, which empties tables between some tests."""
    from django.db import connection

    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("grant truncate on all tables in schema public to itsp_app")
            if connection.pg_version >= MAY_ANALYZE:  # what tests of plans need: figures of the rows they made
                cursor.execute("grant maintain on all tables in schema public to itsp_app, itsp_platform")
        _sign_in(application_role)
    yield
    with django_db_blocker.unblock():
        _sign_in(_owner_role())


def _owner_role() -> dict[str, Any]:
    from django.db import connections

    return _credentials(connections["owner"].settings_dict)


def _credentials(database: dict[str, Any]) -> dict[str, Any]:
    return {name: database[name] for name in ("USER", "PASSWORD")}


def _sign_in(role: dict[str, Any]) -> None:
    from django.db import connections

    connections.close_all()
    for connection in connections.all():
        cast(DatabaseWrapper, connection).close_pool()
    connections["default"].settings_dict.update(role)


# --- The hour ------------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def hour() -> Iterator[None]:
    """Let it be the hour the tests' documents speak of, on whatever day they run. Tests of other processes say otherwise."""
    from tests import factories

    with factories.hour_of_tests():
        yield


# --- No network ----------------------------------------------------------------------------------------------------------


class NetworkIsOff(Exception):
    """A test tried to reach another machine."""


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def connect_here_only(this: socket.socket, address: Any) -> None:
        if this.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise NetworkIsOff(f"A test tried to reach {address}.")
        connect(this, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here_only)
        yield
