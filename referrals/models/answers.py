"""How an operator answers: its own rules, texts to begin with, and the second pair of eyes."""

from django.db import models
from django.db.models import F, Q

from referrals.models.cases import KINDS
from tenants.models import TenantModel


class Settings(TenantModel):
    """An operator's own rules about requests of customs."""

    four_eyes = models.BooleanField("a second person approves every answer", default=False)
    answer_within = models.PositiveIntegerField("own time to answer, minutes", null=True, blank=True)
    escalate_before = models.PositiveIntegerField("escalate so many minutes before it is due", default=60)
    second_person = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["operator"], name="one_set_of_referral_rules")]

    def __str__(self) -> str:
        return f"rules of {self.operator_id}"


class AnswerTemplate(TenantModel):
    """A text to begin an answer with."""

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=3, choices=[kind for kind in KINDS if kind[0] in {"RFI", "RFS"}], default="RFI")
    text = models.TextField(max_length=5000)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["operator", "name"], name="one_answer_template_per_name")]

    def __str__(self) -> str:
        return self.name


class Approval(TenantModel):
    """That somebody asks a second person to look at an answer, and that this person did."""

    answer = models.OneToOneField("filings.Filing", on_delete=models.CASCADE, related_name="referral_approval")
    revision = models.PositiveIntegerField()  # of the draft that is looked at; any other one is not approved
    asked_by = models.CharField(max_length=120)
    asked_by_user = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    approved_by = models.CharField(max_length=120, blank=True)
    approved_by_user = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | Q(approved_by__gt=""), name="approved_by_name"
            ),
            models.CheckConstraint(
                condition=Q(approved_by_user=None) | Q(asked_by_user=None) | ~Q(approved_by_user=F("asked_by_user")),
                name="approved_by_another",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"approval of {self.answer_id}"
