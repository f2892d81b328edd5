"""The ITSP's own trail: one line for every deed to a connection or a credential, in the same transaction as the deed."""

from datetime import datetime
from typing import Any

from django.db import models

from integrations.models import Deed


def record(deed: str, *, target: models.Model, by: str, at: datetime, detail: dict[str, Any] | None = None) -> None:
    """Write who did what to what; names and codes only, never a key. Call it inside every_tenant()."""
    Deed.objects.create(
        at=at,
        actor=by[:120],
        deed=deed,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        detail=detail or {},
    )


def of(target: models.Model, *, most: int = 50) -> list[Deed]:
    """Return what was done to something, the latest first. Call it inside every_tenant()."""
    return list(Deed.objects.filter(target_type=target._meta.label_lower, target_id=str(target.pk))[:most])
