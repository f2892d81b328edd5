"""What templates of filings may ask of referrals; known to them by the name `referrals` (config/settings.py)."""

from django import template

from filings.models import Filing
from referrals import selectors

register = template.Library()


@register.simple_tag
def forbidden_goods(filing: Filing) -> frozenset[str]:
    """Return the numbers of documents, containers and receptacles of a filing that must not be loaded."""
    return selectors.forbidden(filing)
