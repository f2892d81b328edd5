"""Whose data a query may touch: set per transaction, asked by the ORM and by PostgreSQL's row-level security."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction


class NoScope(RuntimeError):
    """A tenant's rows were asked for outside a scope."""


class ScopeConflict(RuntimeError):
    """A second operator's scope was opened inside the first one's."""


@dataclass(frozen=True)
class Scope:
    """One operator (operator_id set), or every operator for a stated reason."""

    operator_id: UUID | None
    reason: str = ""


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def in_force() -> Scope | None:
    """Return the scope in force, or nothing outside any."""
    return _current.get()


def current() -> Scope:
    """Return the scope in force.

    :raises NoScope: outside any scope.
    """
    scope = _current.get()
    if scope is None:
        raise NoScope("Open tenant_scope(operator_id) or every_tenant(reason) first.")
    return scope


def current_operator_id() -> UUID:
    """Return the id of the operator in whose scope we are.

    :raises NoScope: outside a scope, or in one of every tenant.
    """
    operator_id = current().operator_id
    if operator_id is None:
        raise NoScope("This needs one operator's scope, not every tenant's.")
    return operator_id


@contextmanager
def tenant_scope(operator_id: UUID | str) -> Iterator[None]:
    """Limit the block to one operator's rows, in one transaction.

    The setting is local to the transaction, so a pooled connection carries nothing over. It survives the release of
    a savepoint, hence it is put back by hand when the transaction goes on after the scope.

    :raises ScopeConflict: inside another operator's scope.
    """
    operator_id = UUID(str(operator_id))
    outer = _current.get()
    if outer is not None and outer.operator_id != operator_id:
        raise ScopeConflict("Leave the scope in force before you open another operator's.")
    if outer is not None:
        with transaction.atomic():
            yield
        return
    nested = connection.in_atomic_block
    with transaction.atomic():
        _set_operator(str(operator_id))
        token = _current.set(Scope(operator_id))
        try:
            yield
        finally:
            _current.reset(token)
        if nested:
            _set_operator("")


@contextmanager
def every_tenant(reason: str) -> Iterator[None]:
    """Let the block see every operator's rows of the few tables that allow it, in one transaction.

    The database role is changed for the transaction; only tables protected with ``platform=True`` have a policy for it.

    :raises ScopeConflict: inside one operator's scope.
    """
    outer = _current.get()
    if outer is not None:
        if outer.operator_id is not None:
            raise ScopeConflict("Leave the operator's scope before you look at every tenant.")
        with transaction.atomic():
            yield
        return
    nested = connection.in_atomic_block
    with transaction.atomic():
        _execute("set local role itsp_platform")
        token = _current.set(Scope(None, reason))
        try:
            yield
        finally:
            _current.reset(token)
        if nested:
            _execute("set local role none")


def _set_operator(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.operator_id', %s, true)", [value])


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


class TenantManager(models.Manager[Any]):
    """Answers inside a scope and raises NoScope outside; the database checks the same a second time."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows of the scope in force."""
        queryset = super().get_queryset()
        operator_id = current().operator_id
        return queryset if operator_id is None else queryset.filter(operator_id=operator_id)
