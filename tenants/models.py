"""Who: operators, people, keys, and the trail of what they did."""

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from tenants.scope import TenantManager, current_operator_id

EORI = RegexValidator(r"^[A-Z]{2}[A-Z0-9]{1,15}$", "An EORI is a country code and up to 15 letters or digits.")


def known_zone(value: str) -> None:
    """Accept the name of a time zone.

    :raises ValidationError: for any other text.
    """
    if value not in zoneinfo.available_timezones():
        raise ValidationError("Choose a time zone such as Europe/Rotterdam or UTC.")


class UserManager(BaseUserManager["User"]):
    """Makes users, who are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return a new user with a usable or (without password) unusable password."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractUser):
    """A person who signs in."""

    username = None  # type: ignore[assignment]
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    time_zone = models.CharField(max_length=64, default="Europe/Brussels", validators=[known_zone])
    is_itsp_staff = models.BooleanField("works for the ITSP", default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_address")]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Operator(models.Model):
    """An economic operator for whom the ITSP files: one tenant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    eori = models.CharField("EORI", max_length=17, unique=True, validators=[EORI])
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TenantModel(models.Model):
    """A row that belongs to one operator; new rows take the operator of the scope."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(
        Operator, on_delete=models.PROTECT, default=current_operator_id, editable=False, related_name="+"
    )

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"


class Member(TenantModel):
    """A person's place in one operator's staff."""

    class Role(models.TextChoices):
        ADMIN = "admin", "Administrator"
        FILER = "filer", "Filer"
        READER = "reader", "Reader"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.FILER)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["operator", "user"], name="one_membership_per_operator")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class ApiKey(TenantModel):
    """A key of an operator's own system; only its hash is kept."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditEvent(TenantModel):
    """Who did what to what, written in the transaction of the deed; never changed."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    deed = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        ordering = ["-at"]
        indexes = [models.Index(fields=["operator", "-at"]), models.Index(fields=["operator", "target_id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.deed} {self.target_id}"
