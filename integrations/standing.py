"""How sending stands: the gate of each connection, outages, and the packs of evidence made about them."""

import uuid

from django.db import models
from django.db.models import F, Q

from filings.models import Filing
from integrations.managers import PlatformManager, ShownManager
from tenants.models import Operator, TenantModel


class Outage(models.Model):
    """A time in which something between operators and customs does not work, announced by staff or detected."""

    class Component(models.TextChoices):
        ACCESS_POINT = "access_point", "Access point of customs (STI)"
        PROCESSING = "processing", "Processing at customs (no answers)"
        NATIONAL = "national", "National system of a Member State"
        OURS = "ours", "Our own service"

    class Source(models.TextChoices):
        ANNOUNCED = "announced", "Announced"
        DETECTED = "detected", "Detected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    component = models.CharField(max_length=12, choices=Component.choices)
    source = models.CharField(max_length=9, choices=Source.choices)
    is_planned = models.BooleanField("planned", default=False)
    # The scope: everything, unless one of these narrows it.
    connection = models.ForeignKey("integrations.Connection", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    connection_name = models.CharField(max_length=80, blank=True)  # a copy: operators do not see connections
    member_states = models.JSONField(default=list, blank=True)  # ISO codes
    message_types = models.JSONField(default=list, blank=True)
    shown_to = models.ForeignKey(  # set when the connection is one operator's own: nobody else's business
        Operator, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    text = models.CharField(max_length=1000)  # what operators read
    reference = models.CharField(max_length=120, blank=True)  # customs' own number or name for it
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    ended_by = models.CharField(max_length=120, blank=True)
    stamped_until = models.DateTimeField(null=True, blank=True)  # filings submitted before this are stamped

    objects = ShownManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-starts_at", "-created_at"]
        indexes = [models.Index(fields=["ends_at", "starts_at"], name="outage_by_time")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="outage_ends_after_start"),
            models.UniqueConstraint(
                fields=["connection", "component"],
                condition=Q(source="detected", ends_at=None),
                name="outage_detected_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_component_display()} from {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def scope_words(self) -> str:
        """Return what it concerns."""
        parts = [
            *([f"connection {self.connection_name}"] if self.connection_id else []),
            *([f"Member States {', '.join(self.member_states)}"] if self.member_states else []),
            *([f"messages {', '.join(self.message_types)}"] if self.message_types else []),
        ]
        return "; ".join(parts) or "everything"

    @property
    def holds(self) -> bool:
        """Say whether messages wait for its end: the way to customs is closed, for everything or a whole connection."""
        way = {self.Component.ACCESS_POINT, self.Component.OURS}
        return self.source == self.Source.ANNOUNCED and self.component in way and not (self.member_states or self.message_types)


class Gate(models.Model):
    """Where the sending over a connection stands: whose turn it is, how fast it may go, whether it is paused."""

    connection = models.OneToOneField("integrations.Connection", on_delete=models.CASCADE, primary_key=True, related_name="gate")
    served = models.JSONField(default=dict)  # the operator served last, by priority
    count = models.PositiveBigIntegerField(default=0)  # messages let through
    tokens = models.FloatField(default=0)  # of the bucket
    tokens_at = models.DateTimeField(null=True)  # when there were so many
    failures = models.PositiveIntegerField(default=0)  # of the endpoint in a row, without a success between
    failing_since = models.DateTimeField(null=True)
    failed_message = models.UUIDField(null=True)  # the last one that met a failure
    several_failed = models.BooleanField(default=False)  # not always the same message
    paused_until = models.DateTimeField(null=True)  # after failures; then one message probes
    problem = models.CharField(max_length=400, blank=True)
    held_by = models.ForeignKey(Outage, on_delete=models.SET_NULL, null=True, related_name="+")
    draining = models.BooleanField(default=False)  # after an outage, at the pace of drain_per_minute

    objects = PlatformManager()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"gate of {self.connection_id}"


class OutageStamp(TenantModel):
    """A filing that waited or was submitted during an outage, or a draft due then; deadlines and evidence ask for it."""

    outage = models.ForeignKey(Outage, on_delete=models.CASCADE, related_name="stamps")
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="outage_stamps")
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["operator", "outage", "filing"], name="outage_stamped_once")]

    def __str__(self) -> str:
        return f"{self.filing_id} in {self.outage_id}"


class EvidencePack(TenantModel):
    """A sealed file of what an operator submitted in a period or an outage, made on request."""

    class State(models.TextChoices):
        REQUESTED = "requested", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"

    outage = models.ForeignKey(Outage, on_delete=models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.REQUESTED)
    reason = models.CharField(max_length=400, blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=120)
    due_at = models.DateTimeField()  # when to make it, or to try again
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(null=True)
    messages = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-requested_at"]
        indexes = [
            models.Index(fields=["operator", "-requested_at"], name="evidence_pack_by_age"),
            models.Index(fields=["due_at"], name="evidence_pack_wanted", condition=Q(state="requested")),
        ]

    def __str__(self) -> str:
        return f"evidence {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"


class EvidencePiece(TenantModel):
    """A piece of the octets of a pack, so that none is ever whole in memory."""

    pack = models.ForeignKey(EvidencePack, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["operator", "pack", "number"], name="evidence_piece_once")]

    def __str__(self) -> str:
        return f"{self.pack_id} {self.number}"
