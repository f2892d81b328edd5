"""Voyages and flights: the means of transport, its calls with their history of estimates, and what customs says on arrival."""

from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import Q

from filings.deadlines.crossing import MODES, key_of
from tenants.models import TenantModel

MODE_CHOICES: Final = [(each.mode, each.thing) for each in MODES.values()]


class Voyage(TenantModel):
    """One journey of a vessel or an aircraft into the customs territory. number: IMO or ENI number, or flight number."""

    mode = models.CharField(max_length=1, choices=MODE_CHOICES)  # CL018
    number = models.CharField(max_length=35)
    name = models.CharField(max_length=70, blank=True)  # of the vessel
    reference = models.CharField(max_length=35, blank=True)  # what the carrier calls the voyage
    date = models.DateField(null=True, blank=True)  # of the flight, as the timetable has it
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["operator", "number"], name="voyage_by_number")]
        constraints = [
            models.CheckConstraint(condition=Q(mode__in=list(MODES)), name="voyage_mode_known"),
            models.CheckConstraint(condition=~Q(number=""), name="voyage_has_number"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.number} {self.reference}".strip()

    @property
    def key(self) -> str:
        """Return what filings of this journey have in common besides the estimated arrival."""
        return key_of(self.mode, self.number)

    @property
    def thing(self) -> str:
        """Return voyage or flight."""
        return MODES[self.mode].thing

    @property
    def entry(self) -> "Call":
        """Return the call at the first place of entry: the one whose arrival is notified."""
        found: Call = self.calls.get(is_entry=True)
        return found


class Call(TenantModel):
    """One place a voyage or flight comes to. is_entry: it is the first in the customs territory; each journey has one."""

    voyage = models.ForeignKey(Voyage, on_delete=models.CASCADE, related_name="calls")
    journey_key = models.CharField(max_length=40)  # of the voyage: what a filing is found by, with the estimate
    is_entry = models.BooleanField(default=False)
    place = models.CharField(max_length=5, blank=True)  # UN/LOCODE
    office = models.CharField(max_length=8, blank=True)  # customs office
    eta = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True, blank=True)  # as somebody entered it, or as customs was told
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["eta"]
        indexes = [models.Index(fields=["operator", "eta"], name="entry_by_eta", condition=Q(is_entry=True))]
        constraints = [
            models.UniqueConstraint(fields=["operator", "voyage"], condition=Q(is_entry=True), name="one_entry_per_voyage"),
            models.UniqueConstraint(
                fields=["operator", "journey_key", "eta"], condition=Q(is_entry=True), name="one_voyage_per_means_and_eta"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place or self.office} {self.eta:%Y-%m-%d %H:%M}"

    def is_late(self, at: datetime) -> bool:
        """Say whether it should have arrived and nobody said so."""
        return self.arrived_at is None and self.eta < at


class EtaChange(TenantModel):
    """One change of the estimated arrival of a call, and who said so why. It never changes itself."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="eta_changes")
    before = models.DateTimeField()
    after = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.before:%Y-%m-%d %H:%M} → {self.after:%Y-%m-%d %H:%M}"


class ArrivalNotice(TenantModel):
    """One thing customs said about goods that arrive: not in a state to arrive, or to be controlled. It never changes.

    event: as in the message table. detail: see filings.services.arrivals.heard.
    """

    event = models.CharField(max_length=40)
    message_type = models.CharField(max_length=8)
    message_id = models.CharField(max_length=255)
    content = models.CharField(max_length=32)  # the same for two messages that say the same
    mrn = models.CharField(max_length=18, blank=True)
    transport_document = models.CharField(max_length=128, blank=True)
    filing = models.ForeignKey(  # the operator's own that it is about
        "filings.Filing", on_delete=models.CASCADE, null=True, related_name="arrival_notices"
    )
    notification = models.ForeignKey(  # the operator's notification of arrival that it follows
        "filings.Filing", on_delete=models.SET_NULL, null=True, related_name="followed_by"
    )
    detail = models.JSONField(default=dict)
    dated_at = models.DateTimeField()
    heard_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["dated_at"]
        constraints = [models.UniqueConstraint(fields=["operator", "content"], name="arrival_notice_once")]

    def __str__(self) -> str:
        return f"{self.message_type} {self.mrn}"
