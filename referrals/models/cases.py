"""What customs asks: a case for each message, its requests, the goods concerned, and what happened."""

from datetime import datetime
from typing import Any, Final

from django.db import models
from django.db.models import F, Q
from django.db.models import expressions as choice

from filings.models import ordered_id
from referrals import deadlines
from referrals.lifecycle import OPEN, WORDS, State
from tenants.actors import Actor
from tenants.models import TenantModel

KINDS = [("RFI", "Information"), ("AMD", "Amendment"), ("RFS", "Screening"), ("DNL", "Do not load")]
STATES = [(state.value, words) for state, (words, _) in WORDS.items()]
REASONS = [(name, words) for name, words in deadlines.WORDS.items() if name]


# A do-not-load goes before everything: goods may be on their way to the vessel.
ALARMS_FIRST: Final = choice.Case(choice.When(kinds="DNL", then=choice.Value(0)), default=choice.Value(1))


def _by_prefix(column: str, name: str) -> models.Index:
    """Return an index that answers begins_with, whatever the collation of the database."""
    return models.Index(fields=["operator", column], opclasses=["uuid_ops", "varchar_pattern_ops"], name=name)


class Case(TenantModel):
    """One message of customs that asks something of the operator, or forbids loading."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, null=True, related_name="referrals")
    kinds = models.CharField(max_length=15)  # of its requests, in alphabetical order: "AMD RFI"
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    of_copy = models.BooleanField(default=False)  # the carrier's copy of what was sent to the person filing
    message_type = models.CharField(max_length=8)
    message_set = models.CharField(max_length=20)
    version = models.CharField(max_length=10)
    message_id = models.CharField(max_length=255)
    content = models.CharField(max_length=32)  # what two messages that say the same have in common
    document = models.JSONField()
    mrn = models.CharField("MRN", max_length=18)
    member_state = models.CharField(max_length=2, blank=True)
    declarant = models.CharField(max_length=17, blank=True)
    representative = models.CharField(max_length=17, blank=True)
    carrier = models.CharField(max_length=17, blank=True)
    asked_at = models.DateTimeField(null=True)  # by customs' own date
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    due_reason = models.CharField(max_length=10, choices=REASONS, blank=True)
    due_source = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    escalated_at = models.DateTimeField(null=True)
    escalated_to = models.CharField(max_length=120, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["operator", "due_at", "received_at"], name="case_open", condition=Q(state="open")),
            models.Index(
                "operator",
                ALARMS_FIRST,
                F("due_at").asc(),
                "received_at",
                "id",
                name="case_by_urgency",
                condition=Q(state="open"),
            ),
            models.Index(fields=["operator", "-received_at"], name="case_by_age"),
            models.Index(fields=["operator", "-received_at", "id"], name="case_closed", condition=Q(state="closed")),
            _by_prefix("mrn", "case_by_mrn"),
            models.Index(fields=["filing", "received_at"], name="case_of_filing", condition=Q(filing__isnull=False)),
            models.Index(fields=["due_at"], name="case_to_escalate", condition=Q(state="open", escalated_at__isnull=True)),
            models.Index(
                fields=["operator", "received_at"], name="case_alarm", condition=Q(kinds="DNL", acknowledged_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["operator", "message_type", "content"], name="case_opened_once"),
            models.CheckConstraint(condition=Q(state__in=["open", "closed"]), name="case_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | Q(state="closed", closed_at__isnull=False),
                name="case_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None) | Q(kinds="DNL", acknowledged_by__gt=""), name="case_acknowledged_by_name"
            ),
            models.CheckConstraint(
                condition=~Q(kinds="DNL") | Q(state="open", acknowledged_at__isnull=True)
                | Q(state="closed", acknowledged_at__isnull=False),
                name="case_alarm_ends_acknowledged",
            ),
            models.CheckConstraint(condition=Q(due_at__isnull=True) | Q(due_reason__gt=""), name="case_due_has_reason"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kinds} {self.mrn}"

    @property
    def is_open(self) -> bool:
        """Say whether something is still to be done."""
        return self.state == self.State.OPEN

    @property
    def is_alarm(self) -> bool:
        """Say whether it forbids loading."""
        return self.kinds == "DNL"

    @property
    def due_words(self) -> str:
        """Return what the due time is counted from."""
        return deadlines.WORDS[self.due_reason]

    def lock(self) -> None:
        """Keep the row for this transaction, as it stands now."""
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update(no_key=True))

    def happened(
        self, kind: str, sentence: str, *, by: Actor, at: datetime, text: str = "", detail: dict[str, Any] | None = None
    ) -> None:
        """Add a line to the history."""
        CaseEvent.objects.create(
            case=self, at=at, kind=kind, sentence=sentence[:400], text=text, actor=by.name[:120], detail=detail or {}
        )


class Request(TenantModel):
    """One thing customs asks, under a reference of its own."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="requests")
    position = models.PositiveIntegerField()
    reference = models.CharField(max_length=17)
    kind = models.CharField(max_length=3, choices=KINDS)
    state = models.CharField(max_length=10, choices=STATES, default=State.OPEN)
    house = models.CharField(max_length=70, blank=True)
    house_type = models.CharField(max_length=4, blank=True)
    master = models.CharField(max_length=70, blank=True)
    master_type = models.CharField(max_length=4, blank=True)
    pointer = models.CharField(max_length=512, blank=True)
    asks = models.JSONField(default=dict)  # documents wanted, information in words, methods recommended
    answer = models.ForeignKey("filings.Filing", on_delete=models.SET_NULL, null=True, related_name="answers")
    changed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["position"]
        indexes = [
            models.Index(fields=["answer"], name="request_by_answer", condition=Q(answer__isnull=False)),
            _by_prefix("reference", "request_by_reference"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["operator", "reference"], name="request_once_per_reference"),
            models.CheckConstraint(condition=Q(kind__in=["RFI", "AMD", "RFS"]), name="request_kind_known"),
            models.CheckConstraint(condition=Q(state__in=list(State)), name="request_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[State.OPEN, State.SET_ASIDE, State.REFUSED]) | Q(answer__isnull=False),
                name="request_state_has_answer",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ANSWERED) | Q(answered_at__isnull=False), name="request_answered_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"

    @property
    def is_open(self) -> bool:
        """Say whether customs still waits."""
        return self.state in OPEN

    @property
    def state_words(self) -> str:
        """Return the sentence that explains the state."""
        return WORDS[State(self.state)][1]


class Goods(TenantModel):
    """A document, container or receptacle that a case is about."""

    class Kind(models.TextChoices):
        MASTER = "master", "Master transport document"
        HOUSE = "house", "House transport document"
        CONTAINER = "container", "Container"
        RECEPTACLE = "receptacle", "Receptacle"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="goods")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.CharField(max_length=70)
    forbidden = models.BooleanField(default=False)  # it must not be loaded

    class Meta(TenantModel.Meta):
        ordering = ["kind", "number"]
        indexes = [
            models.Index(fields=["operator", "number"], name="goods_forbidden", condition=Q(forbidden=True)),
            _by_prefix("number", "goods_by_number"),
        ]
        constraints = [models.UniqueConstraint(fields=["case", "kind", "number"], name="goods_once_per_case")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class CaseEvent(TenantModel):
    """One thing that happened to a case, or a comment on it."""

    id = models.UUIDField(primary_key=True, default=ordered_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    sentence = models.CharField(max_length=400)
    text = models.TextField(blank=True)  # of a comment
    actor = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["operator", "case", "at"], name="case_history")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"


class CarrierCopy(TenantModel):
    """A message the operator got as the carrier: what customs told or asked the person filing. Nobody answers it."""

    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, null=True, related_name="carrier_copies")
    message_type = models.CharField(max_length=8)
    message_id = models.CharField(max_length=255)
    content = models.CharField(max_length=32)
    title = models.CharField(max_length=200)
    sentence = models.CharField(max_length=400)
    mrn = models.CharField("MRN", max_length=18, blank=True)
    transport_document = models.CharField(max_length=70, blank=True)
    document = models.JSONField()
    dated_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["operator", "-received_at"], name="carrier_copy_by_age"),
            models.Index(fields=["filing"], name="carrier_copy_of_filing", condition=Q(filing__isnull=False)),
        ]
        constraints = [models.UniqueConstraint(fields=["operator", "message_type", "content"], name="carrier_copy_kept_once")]

    def __str__(self) -> str:
        return f"{self.message_type} {self.mrn}"
