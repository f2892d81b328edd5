"""Lists of scenarios that were loaded, the runs of operators with what came of each step, and who practises with whom."""

import uuid

from django.db import models
from django.db.models import Q

from filings.models import Filing
from tenants.models import EORI, TenantModel


class LoadedList(models.Model):
    """A list of scenarios that the ITSP loaded; one of the same name takes the place of an earlier one, or of ours."""

    name = models.SlugField(max_length=40, unique=True)
    text = models.TextField()  # TOML
    source = models.CharField(max_length=200)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Run(TenantModel):
    """One scenario as an operator runs it, with the scenario as it stood then."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to begin"
        RUNNING = "running", "Running"
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    list_name = models.CharField(max_length=40)
    list_version = models.CharField(max_length=40)
    scenario = models.CharField(max_length=60)
    role = models.CharField(max_length=30)
    title = models.CharField(max_length=200)
    content = models.JSONField()  # the scenario
    by_hand = models.BooleanField(default=False)  # the person submits what a step prepares
    environment = models.CharField(max_length=12)
    customs = models.TextField(blank=True)  # PEM of the authorities believed to be customs'
    via = models.CharField(max_length=60, blank=True, db_default="")  # PartyId of the connection its messages take
    play = models.UUIDField(null=True, editable=False)  # the run of who began, in the run of another company
    cast = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField())
    )  # who plays which part (casting.Player), if companies play together
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    faults = models.PositiveSmallIntegerField(default=0)  # of ours, in a row
    report = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["due_at"], name="conformance_due", condition=Q(state__in=["queued", "running"]))]
        constraints = [
            models.UniqueConstraint(fields=["operator", "play"], name="conformance_plays_once"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"]) | Q(ended_at__isnull=False), name="conformance_ended_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_name}/{self.scenario}"

    @property
    def is_under_way(self) -> bool:
        """Say whether it goes on by itself."""
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def played(self) -> uuid.UUID:
        """Return what the companies that play together know it by: the run of who began."""
        found: uuid.UUID = self.play or self.pk
        return found

    @property
    def done(self) -> int:
        """Return how many steps have passed."""
        return sum(step.state == RunStep.State.PASSED for step in self.steps.all())


class RunStep(TenantModel):
    """One step of a run: the message that was sent, and the answers that were expected with those that came."""

    class State(models.TextChoices):
        WAITING = "waiting", "To come"
        YOURS = "yours", "Your turn"
        SENT = "sent", "Waits for answers"
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed"
        LEFT_OUT = "left_out", "Left out"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    filing = models.ForeignKey(Filing, on_delete=models.SET_NULL, null=True, related_name="+")
    message_type = models.CharField(max_length=8, blank=True)
    message_id = models.CharField(max_length=255, blank=True)
    reference = models.CharField(max_length=35, blank=True)  # LRN or MRN
    refused = models.CharField(max_length=40, blank=True)  # the code or refusal that must keep it from leaving
    todo = models.TextField(blank=True)
    meaning = models.TextField(blank=True)
    shows = models.JSONField(default=dict)  # value by "step:facet"
    expected = models.JSONField(default=list)  # as written, with the id and time of the message that came
    player = models.CharField(max_length=200, blank=True, db_default="")  # the other company whose step it is; empty: ours
    deed = models.CharField(max_length=60, blank=True, db_default="")  # what the person has to do, as the trail names it
    page = models.CharField(max_length=60, blank=True, db_default="")  # name of the address where it is done
    asked = models.BooleanField(default=False, db_default=False)  # another company may let it happen, and did
    kept = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))  # further filings that the step lodged
    reason = models.CharField(max_length=600, blank=True)
    sent_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="conformance_step_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Practice(TenantModel):
    """The operator lets the company of this EORI act for it in stories, on the sandbox; the EORI may be nobody's here."""

    eori = models.CharField(max_length=17, validators=[EORI])
    agreed_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        ordering = ["eori"]
        constraints = [models.UniqueConstraint(fields=["operator", "eori"], name="practice_agreed_once")]

    def __str__(self) -> str:
        return self.eori
