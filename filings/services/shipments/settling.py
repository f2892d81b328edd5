"""Shipments whose figures follow a moment later: large ones, and those that filings of others count in.

Outside any operator's scope, since what others have is looked up there. What changes meanwhile leaves a row of its own and is
reckoned again; of two workers the one that looked later is the last.
"""

from uuid import UUID

from django.db import connection, transaction

from filings.models import Shipment, ShipmentChange
from filings.services.shipments import elsewhere, figures, sharing
from tenants.scope import every_tenant, tenant_scope

_TAKE = """
with taken as (delete from filings_shipmentchange where id = any(%s) returning at)
select max(at) from taken
"""


def settle() -> int:
    """Reckon every shipment in which something changed; return how many. Workers may do this at once."""
    sharing.sweep()
    with every_tenant("shipments of all operators wait in one queue"):
        waiting = list(ShipmentChange.objects.values_list("operator_id", "shipment_id").distinct())
    return sum(_settle(operator_id, pk) for operator_id, pk in waiting)


def _settle(operator_id: UUID, pk: UUID) -> bool:
    # Which changes, before what others have: a later change keeps its row, and is settled with what is looked up then.
    with tenant_scope(operator_id):
        changes = list(ShipmentChange.objects.filter(shipment=pk).values_list("pk", flat=True))
    met = elsewhere.met(pk, operator_id=operator_id)
    with tenant_scope(operator_id), transaction.atomic():
        if not list(Shipment.objects.select_for_update(skip_locked=True).filter(pk=pk).values_list("pk")):
            return False
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [changes])
            [(at,)] = cursor.fetchall()
        if at is not None:
            figures.reckon_now([pk], at=at, met=met)
        return at is not None
