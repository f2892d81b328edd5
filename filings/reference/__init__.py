"""Code lists that others publish: countries, currencies, packages, places, goods. Real, dated, replaceable. Plain Python.

What the release ships stands in tables/ (sources.csv says where from); newer editions are found on a shelf.
docs/reference-data.md is written for the people who keep them up to date.
"""

from filings.reference.entries import Edition, Entry
from filings.reference.lookup import (
    country,
    currency,
    customs_office,
    edition,
    fits_mode,
    hs6,
    package_type,
    un_number,
    unlocode,
)

__all__ = [
    "Edition", "Entry", "country", "currency", "customs_office", "edition", "fits_mode", "hs6", "package_type",
    "un_number", "unlocode",
]  # fmt: skip
