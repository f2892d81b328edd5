"""Who may see rows that belong to no operator."""

from typing import Any

from django.db import models
from django.db.models import Q

from tenants.scope import NoScope, current, current_operator_id


class PlatformManager(models.Manager[Any]):
    """For tables whose rows only every_tenant() may see; the database enforces the same."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return all rows.

        :raises NoScope: inside one operator's scope, or outside any.
        """
        if current().operator_id is not None:
            raise NoScope("Open every_tenant(reason): an operator's scope does not see this.")
        return super().get_queryset()


class OpenManager(models.Manager[Any]):
    """For rows of the ITSP that every operator may use, beside its own; the database enforces the same."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows open to the operator in scope."""
        return super().get_queryset().filter(Q(operator=None) | Q(operator=current_operator_id()))


class ShownManager(models.Manager[Any]):
    """For rows that all operators see, or only the one in `shown_to`; the database enforces the same."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows of the scope in force: those for everybody and for its operator, or all."""
        operator_id = current().operator_id
        rows = super().get_queryset()
        return rows if operator_id is None else rows.filter(Q(shown_to=None) | Q(shown_to=operator_id))
