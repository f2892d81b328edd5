"""The trail: one line for every deed, in the same transaction as the deed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

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


def record_at_the_other(
    deed: str, *, operator_id: UUID, target: models.Model, actor: str, at: datetime, detail: dict[str, Any] | None = None
) -> None:
    """Write what the operator in scope did into the trail of the other one that shares the thing.

    The database lets only rows about a thing that both share through (docs/decisions/0025).
    """
    AuditEvent.objects.create(
        operator_id=operator_id,
        at=at,
        actor=actor[:120],
        deed=deed,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        detail=detail or {},
    )


def record_all(
    deed: str, *, targets: Sequence[models.Model], by: Actor, at: datetime, detail: dict[str, Any] | None = None
) -> None:
    """Write the same deed about many things, a line for each."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=at,
            actor=by.name,
            deed=deed,
            target_type=target._meta.label_lower,
            target_id=str(target.pk),
            detail=detail or {},
        )
        for target in targets
    )
