"""Looks for cases that are nearly due in all operators' rows, and escalates each once."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import DurationField, ExpressionWrapper, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from referrals.models import Case, Settings
from referrals.services import handling
from tenants.scope import every_tenant, tenant_scope

MOST: Final = 100  # in one go
HORIZON: Final = timedelta(days=30)  # nobody escalates longer before
DEFAULT: Final = 60  # minutes before it is due, where an operator has no rule


def escalate_next(*, at: datetime) -> int:
    """Escalate cases that are nearly due; return how many there were."""
    with every_tenant("the watch looks for what is late"):
        rows = Case.objects.filter(state=Case.State.OPEN, escalated_at=None, due_at__lt=at + HORIZON)
        rule = Settings.objects.filter(operator=OuterRef("operator")).values("escalate_before")[:1]
        minutes = Coalesce(Subquery(rule), Value(DEFAULT))
        before = ExpressionWrapper(minutes * Value(timedelta(minutes=1)), output_field=DurationField())
        due = rows.annotate(before=before).filter(due_at__lte=Value(at) + F("before"))
        found = list(due.order_by("due_at").values_list("operator_id", "pk")[:MOST])
    count = 0
    for operator_id, pk in found:
        with tenant_scope(operator_id):
            case = Case.objects.filter(pk=pk).first()
            count += case is not None and handling.escalate_late(case=case, at=at)
    return count
