"""The outside world: with whom we exchange, what went over the wire, what came in."""

import hashlib
import uuid
from typing import Final

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from filings.models import Filing, OutboxMessage
from integrations import wire
from integrations.keyring import Credential, CredentialUse, Deed, ExpiryNote, Purpose
from integrations.managers import OpenManager, PlatformManager
from integrations.pulse import Heartbeat, Tally
from integrations.refused import Refusal
from integrations.standing import EvidencePack, EvidencePiece, Gate, Outage, OutageStamp
from tenants.models import Operator, TenantModel
from tenants.scope import TenantManager

__all__ = [
    "Attempt", "Connection", "Credential", "CredentialUse", "Deed", "EvidencePack", "EvidencePiece", "Exchange", "ExpiryNote",
    "Gate", "Heartbeat", "InboundMessage", "Outage", "OutageStamp", "Ping", "Purpose",
    "Refusal", "Tally",
]  # fmt: skip


class Connection(models.Model):
    """With whom and how we exchange: the ITSP's own access point (no operator), or one that an operator brought."""

    class Environment(models.TextChoices):
        SANDBOX = "sandbox", "Sandbox"
        CONFORMANCE = "conformance", "Conformance test"
        PRODUCTION = "production", "Production"

    class Reception(models.TextChoices):
        PULL = "pull", "We pull"
        PUSH = "push", "Customs pushes"

    name = models.CharField(max_length=80, unique=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_default = models.BooleanField(default=False)  # carries the messages of its operator, or of all, that name no other one
    environment = models.CharField(max_length=12, choices=Environment.choices)
    party_id = models.CharField(max_length=60, unique=True)
    party_type = models.CharField(max_length=120, default=wire.TRADER_PARTY_TYPE)
    peer_party_id = models.CharField(max_length=60, default=wire.STI_PARTY)
    peer_party_type = models.CharField(max_length=120, default=wire.CUSTOMS_PARTY_TYPE)
    agreement = models.CharField(max_length=60, default=wire.AGREEMENT)
    endpoint = models.URLField(max_length=300)
    reception = models.CharField(max_length=4, choices=Reception.choices, default=Reception.PULL)
    mpc = models.CharField(max_length=200, blank=True)
    anchors = models.TextField()  # PEM of the authorities we trust for customs' messages
    tls_anchors = models.TextField(blank=True)  # PEM of those we trust for customs' TLS certificate; empty: the public ones
    pinned = models.TextField(blank=True)  # SHA-256 of the only certificates customs may sign with, by space; empty: any
    max_attempts = models.PositiveSmallIntegerField(default=5)
    first_delay = models.PositiveSmallIntegerField(default=30)  # seconds before the second attempt, then doubled
    give_up_after = models.PositiveSmallIntegerField(default=60)  # minutes
    messages_per_minute = models.PositiveIntegerField(null=True, blank=True)  # how fast we may send; empty: as fast as we can
    drain_per_minute = models.PositiveIntegerField(null=True, blank=True, default=3000)  # the same after an outage
    burst = models.PositiveIntegerField(default=50)  # messages that may leave at once where there is a limit
    parallel = models.PositiveSmallIntegerField(default=2)  # messages under way at a time
    pull_parallel = models.PositiveSmallIntegerField(default=8, db_default=8)  # pulls at a time while messages come
    pull_every = models.PositiveSmallIntegerField(default=2)  # seconds between pulls while nothing waits
    next_pull_at = models.DateTimeField(null=True, blank=True)
    pull_lease_until = models.DateTimeField(null=True, blank=True)
    pull_token = models.UUIDField(null=True, blank=True)  # of the worker that pulls
    empty_pulls = models.PositiveIntegerField(default=0)
    last_pull_at = models.DateTimeField(null=True, blank=True)
    last_pull_problem = models.CharField(max_length=400, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = PlatformManager()
    open = OpenManager()  # in an operator's scope, to read

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["operator"], condition=Q(is_default=True), nulls_distinct=False, name="connection_one_default"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.party_id})"


class Exchange(TenantModel):
    """One of our messages as signed and stored before its first POST; every attempt sends these bytes."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        RECEIPTED = "receipted", "Receipted"
        UNPROVEN = "unproven", "Delivered, receipt lost"
        FAILED = "failed", "Given up"

    outbox = models.OneToOneField(OutboxMessage, on_delete=models.CASCADE, related_name="exchange")
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, null=True, related_name="exchanges")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    message_id = models.CharField(max_length=255, unique=True)
    message_type = models.CharField(max_length=8)
    content_type = models.CharField(max_length=300)
    body = models.BinaryField()
    references = models.JSONField()  # the signed references (URI, digest) that the receipt must repeat
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    receipt = models.BinaryField(null=True)
    receipt_type = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    receipted_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="receipted") | Q(receipted_at__isnull=False, receipt__isnull=False),
                name="exchange_receipted_has_receipt",
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.message_id}"

    @property
    def sha256(self) -> str:
        """Return the digest of the wire bytes, in hex."""
        return hashlib.sha256(bytes(self.body)).hexdigest()


class Attempt(TenantModel):
    """One POST of an exchange and what came back."""

    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)  # a Result of as4, or "lost"; empty while under way
    status = models.PositiveSmallIntegerField(null=True)
    code = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    response = models.BinaryField(null=True)
    response_type = models.CharField(max_length=300, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["number"]
        indexes = [BrinIndex(fields=["ended_at"], name="attempt_by_end")]

    def __str__(self) -> str:
        return f"{self.exchange_id} #{self.number}"


CONTENT: Final = models.Func("payload", function="sha256", output_field=models.BinaryField())  # what identifies a content


class InboundMessage(models.Model):
    """One message of customs, stored under its id before anyone reads it; it has no operator until it is routed."""

    class State(models.TextChoices):
        STORED = "stored", "Waiting to be read"
        ROUTED = "routed", "Delivered"
        PARKED = "parked", "Needs a person"
        ASIDE = "aside", "Set aside"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, related_name="+")
    filing = models.ForeignKey(Filing, on_delete=models.SET_NULL, null=True, related_name="inbound")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    message_id = models.CharField(max_length=255)
    message_type = models.CharField(max_length=80)
    ref_to_message_id = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=300)
    body = models.BinaryField()
    payload = models.BinaryField()  # the business XML after gunzip
    references = models.JSONField()  # the signed references (URI, digest): the same id with others is another message
    signer = models.CharField(max_length=64)  # SHA-256 of the signing certificate
    receipt = models.BinaryField()
    receipt_type = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices, default=State.STORED)
    reason = models.CharField(max_length=400, blank=True)
    note = models.CharField(max_length=400, blank=True, db_default="")  # what a person of the ITSP wrote when they dealt with it
    received_at = models.DateTimeField()
    receipt_sent_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()  # when to read it, later than received_at after a fault of ours
    waits_for = models.CharField(max_length=18, blank=True, default="", db_default="")  # an MRN that no filing had yet
    urgent = models.BooleanField(default=False, db_default=False)  # read before all others
    tries = models.PositiveSmallIntegerField(default=0)
    routed_at = models.DateTimeField(null=True)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["connection", "message_id"], name="inbound_message_once")]
        indexes = [
            models.Index(fields=["-urgent", "due_at"], name="inbound_waiting", condition=Q(state="stored")),
            models.Index(fields=["filing", "received_at", "id"], name="inbound_of_filing", condition=Q(state="stored")),
            models.Index(
                fields=["received_at", "id"], name="inbound_unknown", condition=Q(state="stored", operator__isnull=True)
            ),
            models.Index(fields=["received_at"], name="inbound_too_early", condition=~Q(waits_for="")),
            models.Index(fields=["received_at"], name="inbound_tray", condition=Q(state__in=["parked", "aside"])),
            models.Index(fields=["received_at", "id"], name="inbound_by_time"),
            models.Index(  # whether the same content came before, also among 99,999 messages about one filing
                CONTENT, name="inbound_by_content", condition=Q(state="routed")
            ),
            models.Index(fields=["operator", "received_at"], name="inbound_by_operator"),
            models.Index(fields=["message_id"], opclasses=["varchar_pattern_ops"], name="inbound_by_message_id"),
            models.Index(
                fields=["ref_to_message_id"],
                opclasses=["varchar_pattern_ops"],
                name="inbound_by_ref",
                condition=~Q(ref_to_message_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.message_id}"


class Ping(models.Model):
    """One connectivity test of a connection (ICD 4.5.1), kept whole: what was sent, what came back, what it means."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="pings")
    message_id = models.CharField(max_length=255, unique=True)
    content_type = models.CharField(max_length=300)
    body = models.BinaryField()
    sent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)  # a Result of as4; empty while under way
    code = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    advice = models.CharField(max_length=400, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.BinaryField(null=True)
    response_type = models.CharField(max_length=300, blank=True)

    objects = PlatformManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-sent_at"]
        indexes = [models.Index(fields=["connection", "-sent_at"], name="ping_last")]

    def __str__(self) -> str:
        return f"Ping {self.message_id}"

    @property
    def succeeded(self) -> bool:
        """Say whether customs signed for the test."""
        return self.outcome == "receipted"
