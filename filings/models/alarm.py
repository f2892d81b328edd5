"""Alarms: an operator's rules for them, the alarms raised, what is sent about each, and calendars that people read."""

from typing import Final

from django.db import models
from django.db.models import Q

from tenants.models import TenantModel, User


class Topic(models.TextChoices):
    """What an alarm is about."""

    DUE = "due", "A filing is due"
    EXPIRES = "expires", "A filing lapses, 200 days after its registration"
    CONSULT = "consult", "Customs will not send its notifications again"
    REUSE = "reuse", "A reference may be used again"
    CUT_OVER = "cut_over", "A message set changes"
    SAID = "said", "Customs said something that needs a deed"
    REFERRAL = "referral", "Customs asks for something"
    LOADING = "loading", "Do not load"


TIMED: Final = (Topic.DUE, Topic.EXPIRES, Topic.CONSULT, Topic.REUSE, Topic.CUT_OVER)  # a rule says how long before


class AlarmRule(TenantModel):
    """When an operator wants to be alarmed, whom that tells, and who is told next if nobody acknowledges it."""

    name = models.CharField(max_length=80)
    topic = models.CharField(max_length=12, choices=Topic.choices)
    minutes_before = models.PositiveIntegerField(default=0)  # of timed topics
    message_types = models.JSONField(default=list, blank=True)  # of filings; empty: every one
    emails = models.JSONField(default=list, blank=True)
    webhook_url = models.CharField(max_length=300, blank=True)
    webhook_secret = models.BinaryField(null=True)  # tenants.vault
    escalate_after = models.PositiveIntegerField(null=True, blank=True)  # minutes without acknowledgement
    escalate_to = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(topic__in=Topic.values), name="alarm_rule_topic_known"),
            models.UniqueConstraint(fields=["operator", "name"], name="alarm_rule_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Alarm(TenantModel):
    """Something a person must know of in time; it is open until somebody acknowledges it or its cause is gone."""

    topic = models.CharField(max_length=12, choices=Topic.choices)
    key = models.CharField(max_length=200)  # the same cause makes the same key: it is raised once
    rule = models.ForeignKey(AlarmRule, on_delete=models.SET_NULL, null=True, related_name="alarms")
    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, null=True, related_name="alarms")
    title = models.CharField(max_length=200)
    sentence = models.CharField(max_length=1000)
    link = models.CharField(max_length=300, blank=True)  # path of the page where one acts
    urgent = models.BooleanField(default=False)
    moment_at = models.DateTimeField(null=True)  # by when one must act
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=400, blank=True)
    escalated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # its cause is gone
    ended_because = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-raised_at", "-id"]
        indexes = [
            models.Index(
                fields=["operator", "-raised_at"],
                name="alarm_open",
                condition=Q(acknowledged_at__isnull=True, ended_at__isnull=True),
            ),
            models.Index(fields=["operator", "-raised_at"], name="alarm_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["operator", "key"], name="alarm_once_per_cause"),
            models.CheckConstraint(condition=Q(topic__in=Topic.values), name="alarm_topic_known"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | ~Q(acknowledged_by=""), name="alarm_acknowledged_by_name"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Say whether somebody still has to acknowledge it."""
        return self.acknowledged_at is None and self.ended_at is None


class AlarmDelivery(TenantModel):
    """One mail or webhook call about an alarm, written before it is sent; the row is the queue as well."""

    class Channel(models.TextChoices):
        MAIL = "mail", "Mail"
        WEBHOOK = "webhook", "Webhook"

    class Step(models.TextChoices):
        RAISED = "raised", "Raised"
        ESCALATED = "escalated", "Escalated"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being sent"
        DONE = "done", "Sent"
        FAILED = "failed", "Given up"
        OFF = "off", "Not needed any more"

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="deliveries")
    rule = models.ForeignKey(AlarmRule, on_delete=models.SET_NULL, null=True, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    step = models.CharField(max_length=10, choices=Step.choices, default=Step.RAISED)
    target = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["due_at"], name="alarm_delivery_waiting", condition=Q(state="waiting")),
            models.Index(fields=["lease_until"], name="alarm_delivery_running", condition=Q(state="running")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["alarm", "channel", "step", "target"], name="alarm_delivery_once"),
            models.CheckConstraint(condition=~Q(state="done") | Q(done_at__isnull=False), name="alarm_delivery_done_has_time"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.step}"


class CalendarFeed(TenantModel):
    """A person's secret address of a calendar with what is due for one operator; only the hash of the secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
