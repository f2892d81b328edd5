"""manage.py reckon_deadlines"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from filings import lifecycle
from filings.models import Filing
from filings.services.voyages import journeys
from tenants.models import Operator
from tenants.scope import tenant_scope


class Command(BaseCommand):
    """Reckon anew when every open filing is due: for filings kept before there were deadlines, or after a case changed."""

    help = "Reckon anew when the open filings of all operators are due."
    requires_system_checks: tuple[()] = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Go through the operators one by one and print how many filings have another moment."""
        try:
            for operator in Operator.objects.order_by("slug"):
                count = _reckon(operator)
                self.stdout.write(f"{operator.slug}: {count} changed")
        except OperationalError as error:
            raise CommandError("The database cannot be reached; start it first.") from error


def _reckon(operator: Operator) -> int:
    with tenant_scope(operator.pk):
        wanted = Filing.objects.filter(registered_at=None, state__in=lifecycle.NOT_YET_WITH_CUSTOMS)
        ids = list(wanted.values_list("pk", flat=True))
    count = 0
    for pk in ids:  # a transaction each, so that nobody waits for all of them
        with tenant_scope(operator.pk):
            count += journeys.reckon(Filing.objects.filter(pk=pk))
    return count
