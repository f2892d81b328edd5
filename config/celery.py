"""Celery carries wake-ups only; what is to be done stands in rows (see docs/decisions/0002-broker.md)."""

import os

import structlog
from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("landfall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator]
def _log_as_django_does(**_: object) -> None:
    """Keep Celery from replacing the logging of settings.py."""


@task_prerun.connect  # type: ignore[untyped-decorator]
def _begin_task(task_id: str, task: object, **_: object) -> None:
    """Put the name and number of the task on every line it logs."""
    structlog.contextvars.bind_contextvars(task=getattr(task, "name", ""), task_id=task_id)


@task_postrun.connect  # type: ignore[untyped-decorator]
def _end_task(**_: object) -> None:
    structlog.contextvars.unbind_contextvars("task", "task_id")
