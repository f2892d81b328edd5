"""What filings may ask about outages: which of them met one (the stamps), since when, until when, and why."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from filings.services.freezing import Freeze
from integrations.models import Outage, OutageStamp


def freezes(filings: Sequence[UUID]) -> Mapping[UUID, list[Freeze]]:
    """Return the outages that filings of the operator in scope met, the earliest first."""
    found: dict[UUID, list[Freeze]] = {}
    stamps = OutageStamp.objects.filter(filing__in=filings).select_related("outage").order_by("outage__starts_at")
    for stamp in stamps:
        found.setdefault(stamp.filing_id, []).append(_freeze(stamp.outage))
    return found


def _freeze(outage: Outage) -> Freeze:
    why = f"{outage.get_component_display()}, {outage.get_source_display().lower()}: {outage.text}"
    return Freeze(since=outage.starts_at, until=outage.ends_at, why=why, reference=outage.reference)
