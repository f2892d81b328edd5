"""Columns and keys that several rows share: a lookup by prefix that may use an index, ids that sort by time."""

import secrets
import time
import uuid
from typing import Any

from django.db import models


@models.CharField.register_lookup
class BeginsWith(models.Lookup):
    """``field__begins_with="26BE"``: unlike LIKE, starts_with() may use an index under row-level security."""

    lookup_name = "begins_with"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the condition and its parameters."""
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"starts_with({left}, {right})", (*left_values, *right_values)


def ordered_id() -> uuid.UUID:
    """Return an id that sorts after those this process made before (UUID version 7: the time to 0.25 µs, then chance)."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | (rest * 4096 // 1_000_000) << 64 | 2 << 62 | secrets.randbits(62))
