"""Connections made and changed by the ITSP's staff; each deed is in the trail with the names of what changed."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from integrations import trail
from integrations.models import Connection
from tenants.errors import DomainError
from tenants.scope import every_tenant

_REASON: Final = "connections belong to the ITSP"


class Taken(DomainError):
    """Another connection has this name or this PartyId already."""

    status = HTTPStatus.CONFLICT


@transaction.atomic
def create(*, values: Mapping[str, Any], operator_id: UUID | None, by: str, at: datetime) -> Connection:
    """Return a new connection with these fields; it can send once it has a credential.

    :raises Taken: if its name or PartyId is.
    """
    with every_tenant(_REASON):
        made = Connection(**values, operator_id=operator_id, created_at=at)
        _save(made)
        detail = {"party_id": made.party_id, "environment": made.environment}
        trail.record("connection.made", target=made, by=by, at=at, detail=detail)
        return made


@transaction.atomic
def change(*, connection: Connection, values: Mapping[str, Any], by: str, at: datetime) -> list[str]:
    """Give a connection these fields and return the names of those that changed.

    :raises Taken: if its new name or PartyId is.
    """
    with every_tenant(_REASON):
        row: Connection = Connection.objects.select_for_update().get(pk=connection.pk)
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        if not changed:
            return []
        for name in changed:
            setattr(row, name, values[name])
        _save(row, fields=changed)
        trail.record("connection.changed", target=row, by=by, at=at, detail={"fields": changed})
        return changed


def _save(row: Connection, *, fields: list[str] | None = None) -> None:
    """Write the row; where it is the default, the one that was is not any more."""
    if row.is_default:
        Connection.objects.filter(operator_id=row.operator_id, is_default=True).exclude(pk=row.pk).update(is_default=False)
    try:
        with transaction.atomic():
            row.save(update_fields=fields)
    except IntegrityError:
        raise Taken from None
