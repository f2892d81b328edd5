"""Files that leave beside a message: each is a part of the AS4 message, named in the XML by its identification."""

from django.db import models
from django.db.models import Q

from filings.models.fields import ordered_id
from tenants.models import TenantModel


class Attachment(TenantModel):
    """A file that goes with a filing or an answer; kept as it was sent, for proof."""

    id = models.UUIDField(primary_key=True, default=ordered_id, editable=False)
    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, related_name="attachments")
    identification = models.CharField(max_length=200)  # what the XML says, and the Content-ID of the part (ICD 4.2.5)
    filename = models.CharField(max_length=256)
    mime = models.CharField(max_length=70)
    description = models.CharField(max_length=256, blank=True)
    belongs_to = models.CharField(max_length=40, blank=True)  # to which part of the document, such as a referral's reference
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    data = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["operator", "filing"], name="attachment_of_filing")]
        constraints = [
            models.UniqueConstraint(fields=["filing", "identification"], name="attachment_named_once"),
            models.CheckConstraint(condition=Q(mime__in=["application/pdf", "image/jpeg"]), name="attachment_type_taken"),
            models.CheckConstraint(condition=Q(size__gt=0), name="attachment_not_empty"),
        ]

    def __str__(self) -> str:
        return self.filename
