from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Gateway"

    def ready(self) -> None:
        """Tell filings over which connections they may leave, and which of them met an outage."""
        from filings import ways
        from filings.services import freezing
        from integrations import connections
        from integrations.freezing import freezes

        ways.register(connections.ways_here)
        freezing.register(freezes)
