"""What happened to a filing, and which references it used up."""

from django.db import models
from django.db.models import Q

from filings.models.fields import ordered_id
from tenants.models import TenantModel


class FilingEvent(TenantModel):
    """One thing that happened to a filing, for its timeline."""

    id = models.UUIDField(primary_key=True, default=ordered_id, editable=False)
    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    sentence = models.CharField(max_length=400)
    actor = models.CharField(max_length=120)
    message_id = models.CharField(max_length=255, blank=True)
    detail = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["operator", "filing", "at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "filing", "kind", "message_id"],
                condition=~Q(message_id=""),
                name="filing_told_once_per_message",
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"


class UsedReference(TenantModel):
    """A reference a submitted filing used up for a time: a master document, an item, a house (filings.rules.uniqueness)."""

    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, related_name="used_references")
    kind = models.CharField(max_length=30)
    party = models.CharField(max_length=64)
    number = models.CharField(max_length=128)
    beside = models.CharField(max_length=128, blank=True)  # the UCR, where the two make up the reference
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["operator", "number", "party", "at"], name="used_reference_by_number")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
