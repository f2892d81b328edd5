from django.apps import AppConfig


class FilingsConfig(AppConfig):
    name = "filings"
    verbose_name = "Filings"

    def ready(self) -> None:
        """Let the catalogue find the message sets in the database."""
        from filings.messages import library
        from filings.services.shelf import DatabaseShelf

        library.stand(DatabaseShelf())
