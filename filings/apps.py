from django.apps import AppConfig


class FilingsConfig(AppConfig):
    name = "filings"
    verbose_name = "Filings"

    def ready(self) -> None:
        """Let the core find the message sets, code lists and stop words in the database."""
        from filings.messages import holdings
        from filings.reference import shelf
        from filings.rules.layers import lists
        from filings.services import code_lists
        from filings.services.shelf import DatabaseShelf
        from filings.services.stop_words import stop_words

        holdings.stand(DatabaseShelf())
        shelf.stand(code_lists.DatabaseShelf())
        lists.stand(stop_words.DatabaseShelf())
