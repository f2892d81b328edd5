"""A client's key for a request: the same request again gets the first answer and does nothing twice.

The key is stored in the transaction of the deed, so there is never one without the other. A request that was refused
changed nothing and keeps nothing: it may be repeated with the same key.
"""

import hashlib
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.db import IntegrityError, OperationalError, connection, transaction

from filings.models import IdempotencyKey
from tenants.errors import DomainError

PATIENCE: Final = "5s"  # how long the second of two requests at once waits for the first


class KeyUnusable(DomainError):
    """An Idempotency-Key has 1 to 200 printable characters; a new UUID for each deed is a good one."""

    status = HTTPStatus.BAD_REQUEST


class KeyReused(DomainError):
    """This Idempotency-Key came before with another request; use a new key for each deed."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class StillRunning(DomainError):
    """The first request with this Idempotency-Key is still running; ask again for its answer in a moment."""

    retry_after = 2


def fingerprint(*parts: bytes) -> str:
    """Return the hash of a request's parts, each told apart from the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def begin(*, key: str, request: str, at: datetime) -> IdempotencyKey:
    """Return the row of a key: with a status if the request was answered before, else a new one to give to keep().

    Of two requests at once the second waits here until the first has committed.

    :param request: the fingerprint of the request.
    :raises KeyUnusable: if it is no key.
    :raises KeyReused: if the key came with another request.
    :raises StillRunning: if the first one takes too long.
    """
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise KeyUnusable
    row = _insert(key, request, at) or IdempotencyKey.objects.get(key=key)
    if row.request != request:
        raise KeyReused
    return row


def keep(row: IdempotencyKey, *, status: int, body: Any) -> None:
    """Remember the answer to a request, in the transaction of its deed."""
    row.status, row.body = status, body
    row.save(update_fields=["status", "body"])


def _insert(key: str, request: str, at: datetime) -> IdempotencyKey | None:
    """Return the row of a new key, or nothing if there is one already."""
    try:
        with transaction.atomic():
            _wait_at_most(PATIENCE)
            row: IdempotencyKey = IdempotencyKey.objects.create(key=key, request=request, created_at=at)
            _wait_at_most("0")
            return row
    except IntegrityError:
        return None
    except OperationalError as error:  # the lock was not to be had in time
        raise StillRunning from error


def _wait_at_most(limit: str) -> None:
    """Limit how long a statement waits for another transaction; undone with the savepoint if it fails."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, true)", [limit])
