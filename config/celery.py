"""Celery carries wake-ups only; what is to be done stands in rows (see docs/decisions/0002-broker.md)."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("landfall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator]
def _log_as_django_does(**_: object) -> None:
    """Keep Celery from replacing the logging of settings.py."""
