"""What came in as a message of customs and was not taken; one row, however often it came again."""

import uuid

from django.db import models
from django.db.models import Q

from integrations.managers import PlatformManager


class Refusal(models.Model):
    """Something that was refused at our door: who sent it as far as that is known, why it was refused, how it begins."""

    class Door(models.TextChoices):
        PULLED = "pulled", "We pulled it"
        PUSHED = "pushed", "It was pushed to us"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey("integrations.Connection", on_delete=models.PROTECT, null=True, related_name="+")
    door = models.CharField(max_length=6, choices=Door.choices)
    is_customs = models.BooleanField()  # under a seal we believe, or the answer to a pull of ours; else anybody may have sent it
    address = models.CharField(max_length=60, blank=True)  # network address of the peer, where it came to us
    message_id = models.CharField(max_length=255, blank=True)  # as it says
    action = models.CharField(max_length=80, blank=True)  # as it says
    code = models.CharField(max_length=20)  # of our answer: an error of ebMS, or "HTTP:413"
    reason = models.CharField(max_length=400)
    content_type = models.CharField(max_length=300, blank=True)
    size = models.BigIntegerField()  # octets that came, or that were announced
    sha256 = models.CharField(max_length=64, blank=True)  # of all octets; empty if they were not read
    head = models.BinaryField(default=b"")  # the first octets
    at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    settled_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=400, blank=True)  # who dealt with it, and what they wrote

    objects = PlatformManager()

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["is_customs", "at"], name="refusal_by_time"),
            models.Index(fields=["last_at"], name="refusal_open", condition=Q(settled_at=None)),
            models.Index(fields=["sha256", "code"], name="refusal_again"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.message_id}".strip()

    @property
    def is_whole(self) -> bool:
        """Say whether all octets are kept, not only the first."""
        return len(self.head) == self.size
