"""What people ask of the sandbox: verdicts of their own, and faults on the wire that end by themselves."""

from django.db import models
from django.db.models import Q

from integrations.sandbox.models.access import CustomsManager, Party


class Script(models.Model):
    """A verdict somebody wrote: the columns of a table of verdicts.toml. Rows stay, since registrations name them."""

    table = models.JSONField()
    eori = models.CharField("EORI", max_length=17, blank=True)  # of the operator whose people wrote it
    created_at = models.DateTimeField()

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"script-{self.pk}"


class Fault(models.Model):
    """Something that goes wrong on the wire for a while: for a party, an operator, a message type; empty fields fit all."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, null=True, related_name="+")
    eori = models.CharField("EORI", max_length=17, blank=True)
    message_type = models.CharField(max_length=8, blank=True)
    kind = models.CharField(max_length=40)  # a name of faults.toml
    seconds = models.PositiveIntegerField(default=0)  # how long it delays or holds back, where it does
    remaining = models.PositiveIntegerField(null=True)  # how often it still happens
    until = models.DateTimeField(null=True)
    happened = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(remaining__isnull=False) | Q(until__isnull=False), name="sandbox_fault_ends")
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.eori or self.party_id or 'all'}"
