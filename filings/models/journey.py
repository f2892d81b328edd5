"""What people know about a journey, and what an operator keeps of each legal time."""

from datetime import timedelta

from django.db import models

from filings.deadlines import Facts
from tenants.models import TenantModel


class JourneyFacts(TenantModel):
    """What people know about the journey of a filing that no element of it says; deadlines are reckoned with it."""

    filing = models.OneToOneField("filings.Filing", on_delete=models.CASCADE, related_name="journey_facts")
    loading_at = models.DateTimeField(null=True, blank=True)
    departure_at = models.DateTimeField(null=True, blank=True)
    arrival_at = models.DateTimeField(null=True, blank=True)
    carrier_cut_off = models.DateTimeField(null=True, blank=True)
    duration_minutes = models.PositiveIntegerField(null=True, blank=True)
    active_mode = models.CharField(max_length=1, blank=True)  # CL018
    containers = models.BooleanField(null=True, blank=True)
    short_sea = models.BooleanField(null=True, blank=True)
    force_majeure = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"facts of {self.filing_id}"

    def known(self) -> Facts:
        """Return them as the engine of deadlines takes them."""
        return Facts(
            loading_at=self.loading_at,
            departure_at=self.departure_at,
            arrival_at=self.arrival_at,
            carrier_cut_off=self.carrier_cut_off,
            duration=None if self.duration_minutes is None else timedelta(minutes=self.duration_minutes),
            active_mode=self.active_mode,
            containers=self.containers,
            short_sea=self.short_sea,
            force_majeure=self.force_majeure,
        )


class DeadlineBuffer(TenantModel):
    """How long before the legal limit an operator wants to have filed. mode: CL018, empty for every mode."""

    mode = models.CharField(max_length=1, blank=True)
    minutes = models.PositiveIntegerField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["operator", "mode"], name="one_buffer_per_mode")]

    def __str__(self) -> str:
        return f"{self.minutes} min, mode {self.mode or 'any'}"


class RolloutTable(models.Model):
    """A table of who joined ICS2 when, loaded after the release was made; the newest one counts. It never changes."""

    source = models.CharField(max_length=200)  # name of the file it was read from
    sha256 = models.CharField(max_length=64)  # of the file
    data = models.BinaryField()  # CSV, as in filings/deadlines/tables/rollout.csv
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"roll-out of {self.loaded_at:%Y-%m-%d}"
