"""The roll-out table in force: the newest one loaded, else that of the release; and loading a newer one."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from filings.deadlines import rollout
from filings.deadlines.rollout import BadRollout, Row
from filings.models import RolloutTable
from tenants.errors import DomainError
from tenants.scope import every_tenant

LARGEST: Final = 1_000_000  # bytes
_REASON: Final = "the roll-out table is everybody's"


class BadRolloutTable(DomainError):
    """The file cannot be taken as a roll-out table."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Loaded:
    """What came of loading a table. new: False if it is the one in force already."""

    count: int
    new: bool


def in_force() -> tuple[Row, ...]:
    """Return the rows of the table in force; asked inside any scope."""
    newest = RolloutTable.objects.order_by("-pk").values_list("data", flat=True).first()
    return rollout.shipped() if newest is None else rollout.read(bytes(newest))


def load(*, data: bytes, source: str, by: str, at: datetime) -> Loaded:
    """Keep a table (CSV, as filings/deadlines/tables/rollout.csv); it takes the place of the one before at once.

    :raises BadRolloutTable: with the line and what is wrong there.
    """
    if len(data) > LARGEST:
        raise BadRolloutTable(f"The file is larger than {LARGEST:,} bytes.")
    try:
        rows = rollout.read(data)
    except BadRollout as error:
        raise BadRolloutTable(str(error)) from error
    sha256 = hashlib.sha256(data).hexdigest()
    with every_tenant(_REASON):
        newest = RolloutTable.objects.order_by("-pk").values_list("sha256", flat=True).first()
        if newest == sha256:
            return Loaded(len(rows), new=False)
        RolloutTable.objects.create(data=data, sha256=sha256, source=source[:200], loaded_at=at, loaded_by=by[:120])
    return Loaded(len(rows), new=True)
