"""What waits to leave, or has left; and the keys of clients' requests."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from tenants.models import TenantModel


class OutboxMessage(TenantModel):
    """One business message that waits to leave, or has left; the AS4 message id is made with the row."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        HELD = "held", "Held back"
        RUNNING = "running", "Being sent"
        DONE = "done", "Delivered"
        FAILED = "failed", "Given up"

    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, null=True, related_name="outbox")
    message_type = models.CharField(max_length=8)
    message_id = models.CharField(max_length=255, unique=True)
    payload = models.BinaryField()  # the XML, UTF-8
    encoding = models.CharField(max_length=8, blank=True, db_default="")  # gzip where the payload is kept compressed
    priority = models.CharField(max_length=1, default="B")  # A before B before C, interface document table 7
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    via = models.CharField(max_length=60, blank=True, db_default="")  # PartyId of the connection it must take; else the usual
    line = models.BigIntegerField(null=True)  # over which line it was last claimed (filings.outbox.Line)
    # The message of the same filing that must be settled first: given up, or delivered and, where one comes, answered.
    follows = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="followers")
    awaits_answer = models.BooleanField(default=False)  # customs says yes or no to it in a message of its own
    answered_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["via", "priority", "operator", "due_at", "created_at"],
                name="outbox_turn",
                condition=Q(state="waiting", follows__isnull=True),
            ),
            models.Index(fields=["lease_until"], name="outbox_running", condition=Q(state="running")),
            models.Index(  # what does not move by itself
                fields=["state", "operator", "created_at"],
                name="outbox_kept",
                condition=Q(state__in=["held", "failed"]) | Q(state="waiting", follows__isnull=False),
            ),
            models.Index(fields=["operator", "created_at"], name="outbox_by_age"),
            BrinIndex(fields=["created_at"], name="outbox_by_time"),
            models.Index(fields=["line", "done_at"], name="outbox_by_end", condition=Q(done_at__isnull=False)),
            models.Index(
                fields=["line", "done_at"],
                name="outbox_unanswered",
                condition=Q(state="done", awaits_answer=True, answered_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.message_id}"


class IdempotencyKey(TenantModel):
    """The answer a client's key got, so that the same request again does nothing twice."""

    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField(default=0)  # filled before the transaction of the deed ends
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["operator", "key"], name="one_answer_per_idempotency_key")]

    def __str__(self) -> str:
        return self.key
