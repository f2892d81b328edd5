"""What is said to people outside the product: a row before it is a mail, kept as proof."""

from django.db import models
from django.db.models import Q

from referrals.models.cases import Case
from tenants.models import TenantModel


class Notice(TenantModel):
    """One mail about a case, or a note of a telephone call."""

    class Purpose(models.TextChoices):
        RELAY = "relay", "To the carrier"
        ESCALATION = "escalation", "To a second person"
        ASSIGNMENT = "assignment", "To the person it was given to"

    class Way(models.TextChoices):
        MAIL = "mail", "Mail"
        PHONE = "phone", "Telephone"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not sent"
        NOTED = "noted", "Noted"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notices")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    way = models.CharField(max_length=5, choices=Way.choices)
    to = models.CharField(max_length=254)  # an address, or a telephone number
    spoke_with = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    mail_id = models.CharField(max_length=255, blank=True)  # Message-ID of the mail, made with the row
    state = models.CharField(max_length=8, choices=State.choices)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["created_at"]
        indexes = [models.Index(fields=["due_at"], name="notice_waiting", condition=Q(state__in=["waiting", "sending"]))]
        constraints = [
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="notice_sent_has_time"),
            models.CheckConstraint(
                condition=Q(way="phone", state="noted") | (Q(way="mail") & ~Q(state="noted")), name="notice_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} to {self.to}"
