"""Which parts of a filing customs has assessed: a row for each part it named, and one that counts them."""

from django.db import models

from tenants.models import TenantModel


class Kind(models.TextChoices):
    """What customs lists in an assessment."""

    HOUSE = "house", "houses"
    CONTAINER = "container", "containers"
    RECEPTACLE = "receptacle", "receptacles"


class Assessment(TenantModel):
    """How much of one kind of parts of a filing is assessed; kept with the parts, so that nothing is ever counted through."""

    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, related_name="assessments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    total = models.PositiveIntegerField()  # parts the filing has, each reference once
    done = models.PositiveIntegerField(default=0)  # of these
    last_at = models.DateTimeField(null=True)  # customs' date of the last assessment that counts
    since = models.DateTimeField(null=True)  # customs' date of the last amendment: what is dated before counts no more

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["filing", "kind"], name="assessment_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.done} of {self.total} {self.get_kind_display()}"

    @property
    def left(self) -> int:
        """Return how many are not assessed."""
        return self.total - self.done


class AssessedPart(TenantModel):
    """A part that customs named as assessed, and the last date it gave."""

    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, related_name="assessed_parts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reference = models.CharField(max_length=128)
    assessed_at = models.DateTimeField()
    known = models.BooleanField(default=True)  # whether the filing has such a part

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["filing", "kind", "reference"], name="part_assessed_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
