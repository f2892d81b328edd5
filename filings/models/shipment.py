"""What belongs together: the keys by which filings link, the shipments they make up, and what customs said of them.

A key row is kept for each key of each filing that still counts, so that what links to a filing is found by an index. A
shipment holds figures that follow from its filings; they are reckoned anew whenever one of these changes
(filings.services.shipments).
"""

from django.db import models
from django.db.models import Q

from filings.models.fields import ordered_id
from tenants.models import TenantModel


class LinkKey(TenantModel):
    """One key of a filing: by which it expects another below it, or is found from above (filings.linking).

    Customs' own words: unique linking key. A filing that was rejected or invalidated has none.
    """

    class Side(models.TextChoices):
        UPPER = "upper", "Expects"
        LOWER = "lower", "Offers"

    id = models.UUIDField(primary_key=True, default=ordered_id, editable=False)
    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, related_name="link_keys", db_index=False)
    side = models.CharField(max_length=5, choices=Side.choices)
    digest = models.UUIDField()  # of the key: a draft may hold more text than an index takes
    key = models.TextField()
    number = models.PositiveIntegerField(default=0)  # of the expectation: several keys may fulfil one
    party = models.CharField(max_length=64, blank=True)  # who has to file
    completes = models.CharField(max_length=5, blank=True)  # every, any, no: whether the filing waits for it

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["digest", "side"], name="link_key_by_digest"),
            models.Index(fields=["filing", "side", "number"], name="link_key_of_filing"),
        ]

    def __str__(self) -> str:
        return self.key


class Shipment(TenantModel):
    """The filings about one transport document, and how complete they are."""

    kind = models.CharField(max_length=10)  # what its number is: master, house, receptacle (linking/tables/anchors.csv)
    number = models.CharField(max_length=128)  # as it was spelled first
    sought = models.CharField(max_length=128)  # the same without what people spell in several ways
    mode = models.CharField(max_length=20, blank=True)
    carrier = models.CharField(max_length=64, blank=True)  # of the highest filing that names one
    filings_count = models.PositiveIntegerField(default=0)
    filed_count = models.PositiveIntegerField(default=0)  # of these, submitted
    missing_count = models.PositiveIntegerField(default=0)  # filings that one of them waits for
    unlinked_count = models.PositiveIntegerField(default=0)  # of its filings, those that find nothing above them
    awaited_count = models.PositiveIntegerField(default=0)  # parties of whom customs said that their filing is missing
    is_large = models.BooleanField(default=False, db_default=False)  # its figures are reckoned a little later (ShipmentChange)
    is_shared = models.BooleanField(default=False, db_default=False)  # so are these, which count filings of others by consent
    due_at = models.DateTimeField(null=True, blank=True)  # by when what is open must be with customs
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-changed_at"]
        constraints = [models.UniqueConstraint(fields=["operator", "kind", "sought"], name="one_shipment_per_number")]
        indexes = [
            models.Index(fields=["operator", "-changed_at", "-id"], name="shipment_by_change"),
            models.Index(fields=["operator", "-created_at", "-id"], name="shipment_by_age"),
            models.Index(fields=["operator", "sought"], opclasses=["uuid_ops", "varchar_pattern_ops"], name="shipment_by_number"),
            models.Index(
                fields=["operator", "carrier"], opclasses=["uuid_ops", "varchar_pattern_ops"], name="shipment_by_carrier"
            ),
            models.Index(fields=["operator", "due_at", "-id"], name="shipment_by_due", condition=Q(due_at__isnull=False)),
            *(
                models.Index(fields=["operator", "-changed_at", "-id"], name=f"shipment_{name}", condition=condition)
                for name, condition in (
                    ("incomplete", Q(missing_count__gt=0) | Q(awaited_count__gt=0)),
                    ("unlinked", Q(unlinked_count__gt=0)),
                )
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class ShipmentChange(TenantModel):
    """That something of a large or shared shipment changed which its figures do not say yet; removed when they do."""

    id = models.UUIDField(primary_key=True, default=ordered_id, editable=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.shipment_id} at {self.at}"


class ShipmentFiling(TenantModel):
    """A filing of a shipment. by_link: it has no number of the shipment, but links to a filing that has."""

    id = models.UUIDField(primary_key=True, default=ordered_id, editable=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="members", db_index=False)
    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, related_name="shipments")
    by_link = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["shipment", "filing"], name="filing_once_in_shipment")]

    def __str__(self) -> str:
        return f"{self.filing_id} in {self.shipment_id}"


class ShipmentNotice(TenantModel):
    """What customs said last of a shipment, about a party or a part of it (services/shipments/tables/told.csv)."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="notices", db_index=False)
    filing = models.ForeignKey("filings.Filing", on_delete=models.SET_NULL, null=True, related_name="shipment_notices")
    fact = models.CharField(max_length=10)
    party = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=128, blank=True)
    value = models.CharField(max_length=40, blank=True)
    dated = models.DateTimeField()  # by customs
    message_type = models.CharField(max_length=8)
    message_id = models.CharField(max_length=255, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-dated", "party", "subject"]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "fact", "party", "subject"], name="shipment_told_once_of_each")
        ]

    def __str__(self) -> str:
        return f"{self.fact} {self.party}{self.subject}"
