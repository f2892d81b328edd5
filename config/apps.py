from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Landfall"

    def ready(self) -> None:
        """Load the Celery application, so that every process rings the same broker, and let all loggers write alike."""
        from config import celery, logs  # noqa: F401

        logs.configure()
