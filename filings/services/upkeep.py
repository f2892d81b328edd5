"""Bring what is kept beside filings (deadlines, journeys, keys, shipments) to what this release keeps, after an upgrade.

The beat calls it; nobody has to. Where all is done, that is one look at one row.
"""

import logging
import time
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from filings import selectors
from filings.models import Filing, FilingRequest, Upkeep
from filings.models.filing_request import CONSENTED
from filings.services.shipments import keeping, sharing
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope

# Raise it when a table changes by which something is reckoned from what filings say: all are reckoned again then.
EDITION: Final = 1
BELL: Final = "filings.keep_up"
BATCH: Final = 200
AT_ONCE: Final = 5.0  # seconds; then others have their turn
_WHY: Final = "what is kept beside filings is reckoned anew for all operators"

log = logging.getLogger(__name__)


def keep_up(*, at: datetime, edition: int = EDITION) -> bool:
    """Reckon filings anew that this edition has not seen yet, for some seconds; say whether more are left.

    A filing that fails is logged and passed over: it is reckoned when it next changes. Done twice it changes nothing more.
    """
    with every_tenant(_WHY):
        row, _ = Upkeep.objects.get_or_create(edition=edition, defaults={"begun_at": at})
    until = time.monotonic() + AT_ONCE
    while row.done_at is None:
        found = _next(row.after)
        for pk, operator_id in found:
            _reckon(pk, operator_id, at=at)
        row.count += len(found)
        if found:
            row.after = found[-1][0]
        if len(found) < BATCH:
            for operator in Operator.objects.order_by("slug"):
                agree(operator, at=at)
            row.done_at = at
        with every_tenant(_WHY):
            row.save(update_fields=["after", "count", "done_at"])
        if time.monotonic() > until:
            break
    return row.done_at is None


def _next(after: UUID) -> list[tuple[UUID, UUID]]:
    with every_tenant(_WHY):
        own = Filing.objects.filter(pk__gt=after, about=None, notifies=None).order_by("pk")
        return list(own.values_list("pk", "operator_id")[:BATCH])


def _reckon(pk: UUID, operator_id: UUID, *, at: datetime) -> None:
    # A transaction each, so that whoever works on a filing waits for that one only; it may be gone by now.
    try:
        with tenant_scope(operator_id):
            for filing in Filing.objects.filter(pk=pk):
                _reckoned(filing, at=at)
    except Exception:
        log.exception("what is kept beside filing %s could not be reckoned anew", pk)


def agree(operator: Operator, *, at: datetime) -> None:
    """Write anew what the filing requests are about that both sides agreed to, after the keys of all filings."""
    with tenant_scope(operator.pk):
        ids = list(FilingRequest.objects.filter(operator=operator, state__in=CONSENTED).values_list("pk", flat=True))
    for pk in ids:
        with tenant_scope(operator.pk):
            for request in FilingRequest.objects.filter(pk=pk):
                request.lock()
                sharing.agree(request, at=at)


@transaction.atomic
def _reckoned(filing: Filing, *, at: datetime) -> None:
    filing.lock()
    filing.save(update_fields=["document"])  # which reckons when it is due and what it travels with
    has = selectors.in_force(filing)
    if has.pk != filing.pk:
        filing.follow(has.document)
    keeping.keep(filing=filing, at=at)
