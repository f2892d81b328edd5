"""Is it alive, and can it work? For the supervisor, the load balancer and the machine that watches; nothing secret is said."""

import logging
import shutil
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError
from psycopg_pool import PoolTimeout

from integrations import figures, heartbeats, overview
from integrations.web.watching import watchers_only

ROOM: Final = 500_000_000  # bytes that must be free where files of the running product are kept

log = logging.getLogger(__name__)


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether the database can be reached and has the tables of this release.

    The broker's state is told and decides nothing: without it messages wait for the sweep, and pages work.
    """
    database, migrated = _database()
    is_ready = database and migrated
    facts = {"database": database, "migrations": migrated, "broker": _broker()}
    words = {name: "ok" if good else "failing" for name, good in facts.items()}
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"status": "ready" if is_ready else "not ready", **words}, status=status)


@require_safe
@never_cache
@watchers_only
def dependencies(request: HttpRequest) -> JsonResponse:
    """Say of everything we depend on whether it works; 503 if one thing does not. Connections are told by their number."""
    facts = _facts()
    works = all(fact["status"] == "ok" for fact in facts.values())
    status = HTTPStatus.OK if works else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"status": "ok" if works else "failing", "dependencies": facts}, status=status)


def _facts() -> dict[str, dict[str, Any]]:
    """Return what is known of each dependency; those that are told by the database are left out while it is gone."""
    (database, migrated), taken = _timed(_database)
    (broker, broker_taken) = _timed(_broker)
    facts = {
        "database": {**_status(database), "ms": taken},
        "migrations": _status(migrated),
        "broker": {**_status(broker), "ms": broker_taken},
        "disk": _status(shutil.disk_usage(_existing()).free >= ROOM),
    }
    if not (database and migrated):
        return facts
    at = now()
    for sign in heartbeats.signs(at=at):
        facts[sign.name] = {**_status(sign.is_alive), "last_seen": sign.at.isoformat() if sign.at else None}
    for standing in figures.standings(at=at):
        failing = standing.is_paused or bool(standing.connection.last_pull_problem) or overview.is_late(standing, at=at)
        last = standing.connection.last_pull_at
        facts[f"connection {standing.connection.pk}"] = {
            **_status(not failing),
            "last_pull": last.isoformat() if last else None,
            "last_receipt": standing.last_receipt_at.isoformat() if standing.last_receipt_at else None,
        }
    return facts


def _status(good: bool) -> dict[str, Any]:
    return {"status": "ok" if good else "failing"}


def _timed(question: Callable[[], Any]) -> tuple[Any, int]:
    began = time.monotonic()
    return question(), round((time.monotonic() - began) * 1000)


def _existing() -> str:
    folder = settings.VAR_FOLDER
    return str(folder if folder.exists() else settings.BASE_DIR)


def _database() -> tuple[bool, bool]:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, PoolTimeout) as error:
        log.warning("the database cannot be reached: %s", type(error).__name__)
        return False, False
    return True, not plan


def _broker() -> bool:
    try:
        with current_app.connection_for_write(transport_options={"socket_timeout": 1, "socket_connect_timeout": 1}) as broker:
            broker.ensure_connection(max_retries=1, timeout=1)
    except (OperationalError, OSError):
        return False
    return True
