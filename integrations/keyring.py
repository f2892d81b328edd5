"""What connections sign and open TLS with: credentials, since when each is used, what was told of their end, and who did what."""

from functools import lru_cache

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from integrations.managers import PlatformManager
from tenants import vault
from tenants.models import Operator


class Purpose(models.TextChoices):
    """What a key is for; customs wants the two apart (ICD 4.6.1)."""

    SEAL = "seal", "Sealing messages"
    TLS = "tls", "TLS towards customs"


class Credential(models.Model):
    """A private key with its certificates: the ITSP's (no operator), or one that an operator brought. It is never changed."""

    name = models.CharField(max_length=80, unique=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    purpose = models.CharField(max_length=4, choices=Purpose.choices)
    private_key = models.BinaryField(default=b"")  # PEM, encrypted by tenants.vault; empty where the key is in a device
    key_uri = models.CharField(max_length=400, blank=True)  # pkcs11:… of a key that never leaves its device (RFC 7512)
    certificates = models.TextField()  # PEM, leaf first, root last
    fingerprint = models.CharField(max_length=64)  # SHA-256 of the leaf, as parties are registered with
    not_before = models.DateTimeField()  # the time in which every certificate of the chain is valid
    not_after = models.DateTimeField()
    created_at = models.DateTimeField()

    objects = PlatformManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(private_key=b"") & ~Q(key_uri="")) | (~Q(private_key=b"") & Q(key_uri="")),
                name="credential_has_one_key",
            ),
            models.CheckConstraint(condition=Q(key_uri="") | Q(purpose=Purpose.SEAL), name="credential_device_seals"),
            models.CheckConstraint(condition=Q(not_after__gt=F("not_before")), name="credential_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_purpose_display()})"

    def __repr__(self) -> str:
        return f"<Credential {self.pk} {self.fingerprint[:12]}>"

    def key_pem(self) -> str:
        """Return the private key, decrypted."""
        return _unlocked(bytes(self.private_key), tuple(settings.FIELD_KEYS))


@lru_cache(maxsize=256)
def _unlocked(private_key: bytes, _keys: tuple[str, ...]) -> str:
    """Return the key of a row, decrypted once: whoever signs holds it in memory anyway (as4.sign)."""
    return vault.unlock(private_key)


class CredentialUse(models.Model):
    """From when on a connection uses a credential; of several the latest that has begun and is valid counts."""

    connection = models.ForeignKey("integrations.Connection", on_delete=models.CASCADE, related_name="uses")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="uses")
    purpose = models.CharField(max_length=4, choices=Purpose.choices)  # the credential's, for the constraint
    since = models.DateTimeField()

    objects = PlatformManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "purpose", "since"], name="credential_use_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.credential_id} on {self.connection_id} since {self.since:%Y-%m-%d %H:%M}"


class ExpiryNote(models.Model):
    """That the end of a credential was told, so many days before it; 0 is the end itself."""

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="notes")
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    objects = PlatformManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["credential", "days"], name="expiry_told_once")]

    def __str__(self) -> str:
        return f"{self.credential_id}: {self.days} days"


class Deed(models.Model):
    """What somebody of the ITSP did to a connection or a credential, written in the transaction of the deed; never changed."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    deed = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)

    objects = PlatformManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["target_type", "target_id", "-at"], name="deed_by_target")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.deed} {self.target_id}"
