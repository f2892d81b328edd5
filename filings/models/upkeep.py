"""How far what is kept beside filings was brought to what this release keeps."""

import uuid

from django.db import models


class Upkeep(models.Model):
    """That the deadlines, journeys, keys and shipments of all filings were reckoned as an edition of their tables says."""

    edition = models.PositiveIntegerField(unique=True)
    after = models.UUIDField(default=uuid.UUID(int=0))  # the last filing that was looked at
    count = models.PositiveIntegerField(default=0)  # of the filings looked at
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["edition"]

    def __str__(self) -> str:
        return f"{self.edition}: {self.count}"
