from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "referrals"
    verbose_name = "Referrals"

    def ready(self) -> None:
        """Hear from now on what becomes of filings."""
        from filings.services import telling
        from referrals.services import houses
        from referrals.services.following import FOLLOWER

        telling.register(FOLLOWER)
        houses.register()
