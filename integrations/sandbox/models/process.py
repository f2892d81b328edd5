"""The process: what was registered, how filings belong together, what was asked, and what happens when."""

import uuid

from django.db import models
from django.db.models import Q

from integrations.sandbox.models.access import CustomsManager, Party, Received


class Registration(models.Model):
    """One filing or notification that was accepted, with the numbers by which others refer to it, and where it stands."""

    class Assessment(models.TextChoices):
        NONE = "none", "Not asked for"
        WAITING = "waiting", "Waiting for the ENS to be complete"
        DONE = "done", "Complete"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    received = models.OneToOneField(Received, on_delete=models.PROTECT, related_name="+")
    current = models.ForeignKey(Received, on_delete=models.PROTECT, null=True, related_name="+")  # the amendment in force
    message_type = models.CharField(max_length=8)
    lrn = models.CharField("LRN", max_length=22)
    declarant = models.CharField(max_length=17)
    representative = models.CharField(max_length=17, blank=True)
    mrn = models.CharField("MRN", max_length=18, unique=True, null=True)  # noqa: DJ001 nothing for those without their own
    refers_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    arrived_with = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="arrivals")
    documents = models.JSONField(default=dict)  # numbers of transport documents, master and house, and the journey
    state = models.CharField(max_length=2, default="03")  # CL744
    verdict = models.CharField(max_length=40, default="complete")  # a name of verdicts.toml
    assessment = models.CharField(max_length=8, choices=Assessment.choices, default=Assessment.NONE)
    partly = models.BooleanField(default=False)  # something is wrong with a part: the assessment names what is fine
    controlled = models.BooleanField(default=False)  # a control was notified, so nothing is amended any more
    registered_at = models.DateTimeField()

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-registered_at"]
        constraints = [models.UniqueConstraint(fields=["declarant", "lrn"], name="sandbox_lrn_once_per_declarant")]

    def __str__(self) -> str:
        return f"{self.message_type} {self.lrn}"

    @property
    def number(self) -> str:
        """Return the MRN it goes by: its own, or that of the filing it refers to."""
        return self.mrn or (self.refers_to.number if self.refers_to else "")


class LinkingKey(models.Model):
    """One key of a filing: by which it expects another below it, or can be found from above (filings.linking)."""

    class Side(models.TextChoices):
        UPPER = "upper", "Expects"
        LOWER = "lower", "Offers"

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="keys")
    side = models.CharField(max_length=5, choices=Side.choices)
    key = models.TextField()
    number = models.PositiveIntegerField(default=0)  # of the expectation: several keys may fulfil one
    party = models.CharField(max_length=17, blank=True)
    completes = models.CharField(max_length=5, default="no")

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        indexes = [models.Index(fields=["key", "side"], name="sandbox_linking_key")]

    def __str__(self) -> str:
        return self.key


class Link(models.Model):
    """Two filings that were found to belong together."""

    upper = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="links_below")
    lower = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="links_above")
    at = models.DateTimeField()

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["upper", "lower"], name="sandbox_linked_once")]

    def __str__(self) -> str:
        return f"{self.upper_id} above {self.lower_id}"


class Timer(models.Model):
    """Something customs will do about a registration at a time; also the queue of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="timers")
    deed = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    outcome = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["due_at"], name="sandbox_timers_due", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.deed} of {self.registration_id}"


class Referral(models.Model):
    """One thing customs asked about a filing, until it is answered."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="referrals")
    reference = models.CharField(max_length=17, unique=True)
    kind = models.CharField(max_length=3)  # CL735
    house = models.CharField(max_length=70, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Received, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Consultation(models.Model):
    """One question about a filing; its reference is used up like an LRN (rule R3003)."""

    received = models.OneToOneField(Received, on_delete=models.PROTECT, related_name="+")
    requester = models.CharField(max_length=17)
    reference = models.CharField(max_length=35)
    at = models.DateTimeField()

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["requester", "reference"], name="sandbox_reference_once_per_requester")]

    def __str__(self) -> str:
        return self.reference


class Scenario(models.Model):
    """A verdict somebody asked for: on the next filings of a party, of a type, or under one LRN. Empty fields fit all."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, null=True, related_name="+")
    eori = models.CharField("EORI", max_length=17, blank=True)  # of the declarant
    lrn = models.CharField("LRN", max_length=22, blank=True)
    message_type = models.CharField(max_length=8, blank=True)
    verdict = models.CharField(max_length=40)
    remaining = models.PositiveIntegerField(null=True)  # how often it still applies; nothing for always
    created_at = models.DateTimeField()

    objects = CustomsManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.verdict} for {self.lrn or self.message_type or self.party_id or 'all'}"
