"""The key rows of a filing: written from what it says, a batch at a time, and only when something in them is new."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from filings import linking
from filings.linking import anchors
from filings.linking.anchors import Anchor
from filings.messages.document import Document
from filings.models import Filing, LinkKey
from filings.models.fields import ordered_id
from tenants.scope import current_operator_id

Row = tuple[str, UUID, str, int, str, str]  # side, digest, key, number, party, completes
_ROOM = LinkKey._meta.get_field("party").max_length or 0


def digest(key: str) -> UUID:
    """Return what a key is found by."""
    return UUID(bytes=hashlib.sha256(key.encode()).digest()[:16])


@dataclass
class Said:
    """What a filing says of its place among others, gathered while it is read. carrier: the first it names."""

    anchors: dict[tuple[str, str], Anchor] = field(default_factory=dict)
    carrier: str = ""
    _numbers: dict[str, int] = field(default_factory=dict)
    _seen: set[tuple[str, UUID]] = field(default_factory=set)
    _count: int = 0

    def take(self, document: Document, *, mrn: str) -> Iterator[Row]:
        """Note anchors and carrier, and yield the rows of the keys that are new."""
        for anchor in anchors.anchors(document):
            self.anchors.setdefault((anchor.kind, anchor.sought), anchor)
        self.carrier = self.carrier or anchors.carrier(document)
        for key in sorted(linking.offers(document, mrn=mrn)):
            yield from self._row("lower", key, 0, "", "")
        for each in linking.expectations(document):
            number = self._number(each.party)
            for key in sorted(each.keys):
                yield from self._row("upper", key, number, each.party[:_ROOM], each.completes)

    def _number(self, party: str) -> int:
        """Return the number of an expectation: one for each party, whatever batch names it, one each where nobody is named."""
        if party in self._numbers:
            return self._numbers[party]
        self._count += 1
        if party:
            self._numbers[party] = self._count
        return self._count

    def _row(self, side: str, key: str, number: int, party: str, completes: str) -> Iterator[Row]:
        found = digest(key)
        if (side, found) not in self._seen:
            self._seen.add((side, found))
            yield side, found, key, number, party, completes


def write(filing: Filing, documents: Iterable[Document]) -> Said:
    """Bring the key rows of a filing to what its documents say, and return what else they said.

    :param documents: the same filing in batches, one after the other.
    """
    said, kept = Said(), LinkKey.objects.filter(filing=filing)
    for number, document in enumerate(documents):
        rows = list(said.take(document, mrn=filing.mrn))
        if not filing.in_parts and set(rows) == set(kept.values_list("side", "digest", "key", "number", "party", "completes")):
            return said
        if not number:
            kept.delete()
        _insert(filing, rows)
    return said


def _insert(filing: Filing, rows: list[Row]) -> None:
    """Add rows in one statement (COPY is refused under row-level security)."""
    if not rows:
        return
    columns = [[ordered_id() for _ in rows], *([*column] for column in zip(*rows, strict=True))]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into filings_linkkey (operator_id, filing_id, id, side, digest, key, number, party, completes) "
            "select %s, %s, * from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::int[], %s::text[], %s::text[])",
            [current_operator_id(), filing.pk, *columns],
        )
