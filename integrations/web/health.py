"""Is it alive, and can it work? For the supervisor and the load balancer; nothing secret is said."""

import logging
from http import HTTPStatus

from celery import current_app
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError
from psycopg_pool import PoolTimeout

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
