"""What templates of filings may ask of referrals; known to them by the name `referrals` (config/settings.py)."""

from typing import Final

from django import template

from filings.models import Filing
from referrals.models import Goods

register = template.Library()
MOST: Final = 20_000  # numbers; an order names at most 9999 containers and 999 receptacles


@register.simple_tag
def forbidden_goods(filing: Filing) -> frozenset[str]:
    """Return the numbers of documents, containers and receptacles of a filing that must not be loaded."""
    if not filing.mrn:
        return frozenset()
    rows = Goods.objects.filter(case__filing=filing.about_id or filing.pk, forbidden=True)
    return frozenset(rows.order_by().values_list("number", flat=True)[:MOST])
