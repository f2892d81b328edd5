"""The access point: its own identity, the parties enrolled, and what they sent.

These rows hold payloads of many operators and belong to none: only every_tenant() sees them.
"""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from integrations.sandbox import profile
from tenants import vault
from tenants.scope import NoScope, current

REASON = "the sandbox plays customs"


class CustomsManager(models.Manager[Any]):
    """Answers inside every_tenant() alone; the database enforces the same."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return all rows.

        :raises NoScope: inside one operator's scope, or outside any.
        """
        if current().operator_id is not None:
            raise NoScope("Open every_tenant(reason): an operator's scope does not see customs' own rows.")
        return super().get_queryset()


def agreements() -> list[str]:
    """Return the interface versions accepted unless the settings say otherwise."""
    return list(profile.AGREEMENTS)


class SandboxSettings(models.Model):
    """The one row of what the simulator is: its seal, whom it trusts, and how patient it is."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    private_key = models.BinaryField()  # PEM, encrypted by tenants.vault
    certificates = models.TextField()  # PEM, leaf first, root last
    expired_key = models.BinaryField(null=True)  # of a seal of the same authority that is out of date: for the fault
    expired_certificates = models.TextField(blank=True)
    anchors = models.TextField()  # PEM of the authorities whose certificates traders may use
    tls_private_key = models.BinaryField(default=b"")  # PEM, encrypted by tenants.vault; empty: no TLS
    tls_certificates = models.TextField(blank=True)  # PEM, leaf first, root last
    tls_anchors = models.TextField(blank=True)  # PEM of the authorities whose TLS clients are let in
    revoked = models.JSONField(default=list)  # fingerprints of certificates no longer believed
    agreements = models.JSONField(default=agreements)
    register_is_down = models.BooleanField(default=False)  # plays the register of parties out of order (A003)
    processing_delay = models.PositiveIntegerField(default=200)  # milliseconds between receipt and answer
    wait_for_reference = models.PositiveIntegerField(default=2000)  # milliseconds a filing may overtake what it refers to
    receipt_within = models.PositiveIntegerField(default=15)  # seconds, then a pulled message is offered again
    max_offers = models.PositiveSmallIntegerField(default=10)  # pulls or pushes of one answer
    push_again_after = models.PositiveIntegerField(default=5)  # seconds, doubled with each attempt
    speed = models.PositiveIntegerField(default=60)  # how much faster customs' clock runs: 60 makes an hour a minute
    unique_documents = models.BooleanField(default=False)  # refuse a transport document that another live filing has

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sandbox_settings_once")]

    def __str__(self) -> str:
        return "Sandbox settings"

    def key_pem(self) -> str:
        """Return the private key, decrypted."""
        return vault.unlock(bytes(self.private_key))


class Party(models.Model):
    """A trader's system that is enrolled: which certificates seal for it and how it wants its answers."""

    class Delivery(models.TextChoices):
        PULL = "pull", "The party pulls"
        PUSH = "push", "We push"

    party_id = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    delivery = models.CharField(max_length=4, choices=Delivery.choices, default=Delivery.PULL)
    push_url = models.URLField(max_length=300, blank=True)
    fingerprints = models.JSONField(default=list)  # SHA-256 of each registered certificate
    active = models.BooleanField(default=True)
    editions = models.JSONField(default=dict)  # message set and version agreed with it, by message type, "" for all others

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["party_id"]
        constraints = [models.CheckConstraint(condition=~Q(delivery="push") | ~Q(push_url=""), name="sandbox_push_has_address")]

    def __str__(self) -> str:
        return f"{self.name} ({self.party_id})"

    @property
    def mpc(self) -> str | None:
        """Return the channel the party pulls from; nothing for one that gets pushes."""
        return profile.CHANNEL_PREFIX + self.party_id if self.delivery == self.Delivery.PULL else None


class Preference(models.Model):
    """An economic operator by its EORI: which system gets what customs tells it unasked, and what it asked to get."""

    eori = models.CharField("EORI", max_length=17, unique=True)
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="preferences")
    declines = models.JSONField(default=list)  # message types it did not subscribe to
    is_aeo = models.BooleanField(default=True)  # holds an AEOS authorisation, so it is told of controls in advance

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["eori"]

    def __str__(self) -> str:
        return f"{self.eori} at {self.party}"


class Received(models.Model):
    """One message of a trader, stored under its id with the receipt it got; also the queue of what to work on."""

    class State(models.TextChoices):
        STORED = "stored", "Waiting"
        PROCESSED = "processed", "Done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    message_id = models.CharField(max_length=255, unique=True)
    action = models.CharField(max_length=120)
    agreement = models.CharField(max_length=60)
    content_type = models.CharField(max_length=300)
    body = models.BinaryField()
    references = models.JSONField()  # [URI, digest] of each signed reference, sorted
    payload = models.BinaryField()  # the business XML after gunzip
    receipt = models.BinaryField()
    receipt_type = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STORED)
    outcome = models.CharField(max_length=120, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["due_at"], name="sandbox_to_process", condition=Q(state="stored")),
            models.Index(fields=["-received_at"], name="sandbox_received_last"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="processed") | Q(processed_at__isnull=False), name="sandbox_processed_has_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.message_id}"
