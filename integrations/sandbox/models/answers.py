"""What customs says, and how often it was offered."""

import uuid

from django.db import models
from django.db.models import Q

from integrations.sandbox.models.access import CustomsManager, Party
from integrations.sandbox.models.process import Registration


class Answer(models.Model):
    """One message of customs, sealed when it was made; every offer of it has the same bytes."""

    class State(models.TextChoices):
        READY = "ready", "Ready"
        WAITING = "waiting", "Waiting for the receipt"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        FAILED = "failed", "Given up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    mpc = models.CharField(max_length=200, blank=True)
    message_id = models.CharField(max_length=255, unique=True)
    ref_to = models.CharField(max_length=255, blank=True)  # empty for what nobody asked for
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, null=True, related_name="answers")
    letter = models.CharField(max_length=40, blank=True)  # a name of letters.toml
    eori = models.CharField("EORI", max_length=17, blank=True)  # of the operator it is for
    action = models.CharField(max_length=8)
    payload = models.BinaryField()
    content_type = models.CharField(max_length=300)
    body = models.BinaryField()
    references = models.JSONField()  # [URI, digest] of each signed reference, for the receipt to repeat
    state = models.CharField(max_length=12, choices=State.choices, default=State.READY)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=400, blank=True)
    receipt = models.BinaryField(null=True)
    later = models.BooleanField(default=False)  # one of very many: offered after everything else that waits
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()  # ready: when it may be offered; waiting: when it is offered again
    acknowledged_at = models.DateTimeField(null=True)

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["party", "later", "created_at", "id"],
                name="sandbox_to_offer",
                condition=Q(state__in=["ready", "waiting"]),
            ),
            models.Index(fields=["-created_at"], name="sandbox_answers_last"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="acknowledged") | Q(acknowledged_at__isnull=False, receipt__isnull=False),
                name="sandbox_acknowledged_has_receipt",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.message_id}"
