"""The trail: one line for every deed, in the same transaction as the deed."""

from datetime import datetime
from typing import Any

from django.db import models

from tenants.actors import Actor
from tenants.models import AuditEvent


def record(deed: str, *, target: models.Model, by: Actor, at: datetime, detail: dict[str, Any] | None = None) -> None:
    """Write who did what to what; ids and codes only, no names of goods or parties."""
    AuditEvent.objects.create(
        at=at,
        actor=by.name,
        deed=deed,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        detail=detail or {},
    )
