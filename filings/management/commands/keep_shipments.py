"""manage.py keep_shipments"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from filings.models import Filing
from filings.services import upkeep
from filings.services.shipments import keeping
from tenants.models import Operator
from tenants.scope import tenant_scope


class Command(BaseCommand):
    """Write keys and shipments of filings anew, and what requests agreed to are about, should they differ from what is said."""

    help = "Write the keys by which filings link, and their shipments, anew for all operators."
    requires_system_checks: tuple[()] = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Go through the operators one by one and print how many filings each has."""
        try:
            for operator in Operator.objects.order_by("slug"):
                self.stdout.write(f"{operator.slug}: {_keep(operator)} filings")
                upkeep.agree(operator, at=timezone.now())
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
