"""What an operator keeps for next time: templates, products, and what stop words were found in them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tenants.models import TenantModel


class FilingTemplate(TenantModel):
    """What an operator files again and again, to start a draft from: a document without what changes with each shipment."""

    name = models.CharField(max_length=80)
    message_type = models.CharField(max_length=8)
    message_set = models.CharField(max_length=20)
    version = models.CharField(max_length=10)
    document = models.JSONField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)
    used_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering = [Lower("name")]
        constraints = [models.UniqueConstraint("operator", Lower("name"), name="template_name_once")]

    def __str__(self) -> str:
        return self.name


class Product(TenantModel):
    """Goods an operator ships: how they are described to customs, under the operator's own code."""

    code = models.CharField(max_length=60)  # the operator's own, a number or a name
    description = models.CharField(max_length=512)  # as long as customs allows
    goods_code = models.CharField(max_length=8, blank=True)  # Harmonized System, 6 digits, or with 2 of the Combined Nomenclature
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = [Lower("code")]
        constraints = [models.UniqueConstraint("operator", Lower("code"), name="product_code_once")]

    def __str__(self) -> str:
        return self.code


class StopWordHit(TenantModel):
    """A text in an open draft, a template or a product that a list of stop words finds fault with, for a person to look at."""

    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, null=True, related_name="stop_word_hits")
    template = models.ForeignKey(FilingTemplate, on_delete=models.CASCADE, null=True, related_name="stop_word_hits")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, related_name="stop_word_hits")
    path = models.CharField(max_length=400, blank=True)  # XPath in the document; empty for a product's description
    value = models.CharField(max_length=512)
    terms = models.JSONField()  # the stop words, as listed
    only = models.BooleanField()  # whether the text says nothing else, so that it counts as empty
    since = models.DateField(null=True, blank=True)  # first day of a list to come; empty: in force
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-found_at", "path", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(filing__isnull=False, template__isnull=True, product__isnull=True)
                | Q(filing__isnull=True, template__isnull=False, product__isnull=True)
                | Q(filing__isnull=True, template__isnull=True, product__isnull=False),
                name="stop_word_hit_of_one",
            ),
            *(
                models.UniqueConstraint(fields=["operator", owner, "path"], name=f"stop_word_hit_once_per_{owner}")
                for owner in ("filing", "template", "product")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path or 'description'}: {', '.join(self.terms)}"


class StopWordScan(models.Model):
    """That everything open was compared with the stop words in force at that time and those to come."""

    words = models.CharField(max_length=64)  # SHA-256 of these words
    finished_at = models.DateTimeField()
    found = models.PositiveIntegerField()  # texts to look at, of all operators

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M:%S} {self.found}"
