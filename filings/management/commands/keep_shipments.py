"""manage.py keep_shipments"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from filings.models import Filing, FilingRequest
from filings.models.filing_request import CONSENTED
from filings.services.shipments import keeping, sharing
from tenants.models import Operator
from tenants.scope import tenant_scope


class Command(BaseCommand):
    """Write keys and shipments of filings anew, and what requests agreed to are about: once after an upgrade or a new table."""

    help = "Write the keys by which filings link, and their shipments, anew for all operators."
    requires_system_checks: tuple[()] = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Go through the operators one by one and print how many filings each has."""
        try:
            for operator in Operator.objects.order_by("slug"):
                self.stdout.write(f"{operator.slug}: {_keep(operator)} filings")
                _agree(operator)
        except OperationalError as error:
            raise CommandError("The database cannot be reached; start it first.") from error


def _keep(operator: Operator) -> int:
    with tenant_scope(operator.pk):
        ids = list(Filing.objects.filter(about=None, notifies=None).values_list("pk", flat=True))
    for pk in ids:  # a transaction each, so that nobody waits for all of them
        with tenant_scope(operator.pk):
            for filing in Filing.objects.filter(pk=pk):  # none, if it was discarded meanwhile
                filing.lock()
                keeping.keep(filing=filing, at=timezone.now())
    return len(ids)


def _agree(operator: Operator) -> None:
    with tenant_scope(operator.pk):
        ids = list(FilingRequest.objects.filter(operator=operator, state__in=CONSENTED).values_list("pk", flat=True))
    for pk in ids:
        with tenant_scope(operator.pk):
            request = FilingRequest.objects.get(pk=pk)
            request.lock()
            sharing.agree(request, at=timezone.now())
