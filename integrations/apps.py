from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Gateway"

    def ready(self) -> None:
        """Tell filings over which connections they may leave."""
        from filings import ways
        from integrations import connections

        ways.register(connections.ways_here)
