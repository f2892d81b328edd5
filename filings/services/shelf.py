"""Loaded message sets as the catalogue finds them: rows of the database, so every process sees a new one at once."""

import json
import zlib
from collections.abc import Iterable

from filings.messages.elements import Edition
from filings.messages.holdings import Tables
from filings.models import MessageSet


class DatabaseShelf:
    """The table MessageSet as the shelf of the holdings: web, worker and sandbox find a new set without a restart."""

    def editions(self) -> Iterable[Edition]:
        """Return name and version of every set, oldest first."""
        return list(MessageSet.objects.values_list("name", "version"))

    def tables(self, edition: Edition) -> Tables | None:
        """Return the tables of a set, None if it is not here."""
        name, version = edition
        found = MessageSet.objects.filter(name=name, version=version).values_list("tables", flat=True).first()
        return None if found is None else unpacked(bytes(found))


def packed(tables: Tables) -> bytes:
    """Return tables as they are kept."""
    return zlib.compress(json.dumps(tables, ensure_ascii=False).encode(), 9)


def unpacked(data: bytes) -> Tables:
    """Return tables out of what is kept."""
    tables: Tables = json.loads(zlib.decompress(data))
    return tables
