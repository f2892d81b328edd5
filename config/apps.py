from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Landfall"

    def ready(self) -> None:
        """Load the Celery application, so that every process rings the same broker."""
        from config import celery  # noqa: F401
