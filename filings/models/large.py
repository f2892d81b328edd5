"""Rows of what is too large to be held at once: uploads in pieces, checks by a worker, filings kept in parts."""

from django.db import models
from django.db.models import F, Func, GeneratedField, Q, TextField, UUIDField
from django.db.models.functions import MD5, Cast

from tenants.models import TenantModel


class Upload(TenantModel):
    """One file as it arrived, kept in pieces before anybody reads it."""

    name = models.CharField(max_length=200)
    source = models.CharField(max_length=10)  # upload, api
    by = models.CharField(max_length=120)
    key = models.CharField(max_length=200, blank=True)  # the client's own name for this deed, so that it happens once
    submit = models.BooleanField(default=False)  # submit what becomes of it, if there is no error
    size = models.PositiveBigIntegerField(default=0)  # bytes of XML, after unpacking
    sha256 = models.CharField(max_length=64, blank=True)  # of the XML
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField()  # when the last piece came
    complete_at = models.DateTimeField(null=True)
    filing = models.ForeignKey("filings.Filing", on_delete=models.SET_NULL, null=True, related_name="uploads")

    class Meta(TenantModel.Meta):
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["operator", "-created_at"], name="upload_by_time"),
            models.Index(fields=["touched_at"], name="upload_touched"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["operator", "key"], condition=~Q(key=""), name="upload_once_per_key"),
            models.CheckConstraint(condition=Q(complete_at=None) | ~Q(sha256=""), name="upload_complete_has_digest"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def latest(self) -> "Check | None":
        """Return its check, if it has arrived."""
        return self.checks.order_by("-created_at").first()


class UploadPiece(TenantModel):
    """One piece of an upload, 1 MB of XML but for the last."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    data = models.BinaryField()  # compressed

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="upload_piece_once")]

    def __str__(self) -> str:
        return f"{self.upload_id} #{self.number}"


def _named_inside() -> Func:
    """Return the numbers of the containers and receptacles of a part, wherever they stand in it, as a list of JSON."""
    every = (
        f"jsonb_path_query_array(%(expressions)s, 'strict $.**.{name}')"
        for name in ("containerIdentificationNumber", "receptacleIdentificationNumber")
    )
    return Func(F("document"), template=f"({' || '.join(every)})", output_field=models.JSONField())


class FilingPart(TenantModel):
    """One house consignment (or other group that is very frequent) of a filing kept in parts."""

    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()  # its place, from 1
    reference = models.CharField(max_length=128, blank=True)  # number of its transport document, to find it by
    document = models.JSONField()  # what stands in the group
    errors = models.PositiveIntegerField(default=0)  # of the last check of it
    warnings = models.PositiveIntegerField(default=0)
    # The database keeps both with the content, however that is written: to compare parts, and to find them.
    digest = GeneratedField(
        expression=Cast(MD5(Cast("document", TextField())), UUIDField()), output_field=UUIDField(), db_persist=True
    )
    inside = GeneratedField(expression=_named_inside(), output_field=models.JSONField(), db_persist=True)

    class Meta(TenantModel.Meta):
        ordering = ["number"]
        indexes = [
            models.Index(fields=["filing", "reference"], opclasses=["uuid_ops", "varchar_pattern_ops"], name="part_by_reference"),
            models.Index(fields=["filing", "number"], condition=Q(errors__gt=0) | Q(warnings__gt=0), name="part_with_findings"),
        ]
        constraints = [models.UniqueConstraint(fields=["filing", "number"], name="filing_part_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.reference}"


class Check(TenantModel):
    """One check of an upload or of a filing kept in parts, and what follows from it; the row is the queue as well."""

    class Deed(models.TextChoices):
        TAKE = "take", "Check an upload and draft the filing"
        CHECK = "check", "Check a draft"
        SUBMIT = "submit", "Check a draft and submit it"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for its turn"
        RUNNING = "running", "Under way"
        DONE = "done", "Done"
        FAILED = "failed", "Given up"

    class Phase(models.TextChoices):
        NONE = "", ""
        CHECKING = "checking", "Being checked"
        WRITING = "writing", "Being written"
        READING = "reading", "What customs has is being read"
        STORING = "storing", "Being stored"

    deed = models.CharField(max_length=8, choices=Deed.choices)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, null=True, related_name="checks")
    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, null=True, related_name="checks")
    revision = models.PositiveIntegerField(default=0)  # of the filing that was checked
    despite = models.BooleanField(default=False)  # submit in spite of errors
    by = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    phase = models.CharField(max_length=8, choices=Phase.choices, blank=True)
    done_parts = models.PositiveIntegerField(default=0)
    all_parts = models.PositiveIntegerField(default=0)
    message_type = models.CharField(max_length=8, blank=True)
    message_set = models.CharField(max_length=20, blank=True)
    version = models.CharField(max_length=10, blank=True)
    errors = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    refusal = models.CharField(max_length=400, blank=True)  # why there is no filing, or why it was not submitted
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["due_at"], name="check_waiting", condition=Q(state="waiting")),
            models.Index(fields=["lease_until"], name="check_running", condition=Q(state="running")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(upload=None, filing__isnull=False) | Q(upload__isnull=False, filing=None), name="check_of_one_thing"
            ),
            models.UniqueConstraint(
                fields=["filing"], condition=Q(state__in=["waiting", "running"]), name="one_open_check_per_filing"
            ),
            models.UniqueConstraint(
                fields=["upload"], condition=Q(state__in=["waiting", "running"]), name="one_open_check_per_upload"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "failed"]) | Q(done_at__isnull=False), name="check_ended_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Say whether it is still to come or under way."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def percent(self) -> int:
        """Return how far the phase is; a hundred only when all is done."""
        if self.state == self.State.DONE:
            return 100
        return min(99, self.done_parts * 100 // self.all_parts) if self.all_parts else 0

    @property
    def words(self) -> str:
        """Return what is being done, for people."""
        if self.state == self.State.RUNNING and self.phase:
            return str(self.get_phase_display())
        return str(self.get_state_display())


class CheckFinding(TenantModel):
    """One of the first findings of a check, in the order of the document."""

    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="findings", db_column="check_id")
    number = models.PositiveIntegerField()
    part = models.PositiveIntegerField(default=0)  # the part it is in; 0: around the parts
    path = models.TextField()
    code = models.CharField(max_length=20, blank=True)
    rule = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=8)
    sentence = models.TextField()
    repair = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["check_row", "number"], name="check_finding_once")]
        indexes = [models.Index(fields=["check_row", "part"], name="check_finding_by_part")]

    def __str__(self) -> str:
        return f"{self.number} {self.path}"
