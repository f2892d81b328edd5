"""What customs tells of a shipment beyond one filing: who is missing, who is awaited, the state of its parts.

Which message tells what, and where it stands in it, are the rows of tables/told.csv; a message may be about no filing of the
operator's, then the number it names makes the shipment.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from filings.linking.anchors import MASTER, Anchor
from filings.messages.document import Document
from filings.models import Filing, Shipment, ShipmentNotice
from filings.services import learning
from filings.services.shipments import figures, keeping
from tenants.scope import current_operator_id

TABLE: Final = Path(__file__).parent / "tables" / "told.csv"
MOST: Final = 1000  # parties or parts that one message is remembered for


@dataclass(frozen=True)
class Tells:
    """What a message tells: the fact, where the number of its shipment stands, and of whom or of what it tells it."""

    fact: str
    number: str
    group: str
    party: str
    subject: str
    value: str
    words: str


@transaction.atomic(savepoint=False)
def told(*, document: Document, filing: Filing | None, message_id: str, at: datetime) -> None:
    """Keep what a message of customs tells of the shipments of a filing, or of the number it names; the last dated counts."""
    row = _table().get((document.message.consumer, document.message.event))
    if row is None:
        return
    about = (filing.about or filing) if filing else None
    shipments = _of(about, document, row, at=at)
    dated = learning.moment(document) or at
    said: dict[tuple[str, str], str] = {}
    for party, subject, value in _said(document, row):
        said.setdefault((party, subject), value)
    touched = [each.pk for each in shipments]
    if touched and said:
        _keep(touched, row.fact, said, filing=about, document=document, message_id=message_id, dated=dated)
    figures.reckon(touched, at=at)


def words(notice: ShipmentNotice, names: Mapping[str, str]) -> str:
    """Return a notice as a sentence. names: of the states in it (CL744)."""
    [row] = [each for each in _table().values() if each.fact == notice.fact]
    value = names.get(notice.value, notice.value).lower()
    return row.words.format(party=notice.party, subject=notice.subject, value=value)


def _of(filing: Filing | None, document: Document, row: Tells, *, at: datetime) -> list[Shipment]:
    if filing is not None:
        found = list(Shipment.objects.filter(members__filing=filing).order_by("pk"))
        if found:
            return found
    number = (document.value(row.number) or "").strip() if row.number else ""
    anchor = Anchor(MASTER, number)
    return [keeping.made(anchor, mode="", at=at)] if anchor.sought else []


def _said(document: Document, row: Tells) -> Iterator[tuple[str, str, str]]:
    """Yield party, subject and value of each thing a message tells."""
    if not row.group:
        yield "", "", ""
        return
    for node in document.nodes(row.group)[:MOST]:
        inside = Document(document.message, node)
        found = [(inside.value(path) or "").strip() if path else "" for path in (row.party, row.subject, row.value)]
        yield found[0][:64], found[1][:128], found[2][:40]


def _keep(
    shipments: list[UUID], fact: str, said: Mapping[tuple[str, str], str], *,
    filing: Filing | None, document: Document, message_id: str, dated: datetime,
) -> None:  # fmt: skip
    """Keep what is said of parties and subjects in each of the shipments, unless something later was said."""
    parties, subjects = zip(*said, strict=True)
    same = [filing.pk if filing else None, fact, dated, document.message.id, message_id[:255]]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [current_operator_id(), *same, shipments, list(parties), list(subjects), list(said.values())])


_KEEP: Final = """
insert into filings_shipmentnotice as kept
  (id, operator_id, filing_id, fact, dated, message_type, message_id, shipment_id, party, subject, value)
select gen_random_uuid(), %s, %s, %s, %s, %s, %s, shipment, party, subject, value
from unnest(%s::uuid[]) shipment, unnest(%s::text[], %s::text[], %s::text[]) said (party, subject, value)
order by shipment, party, subject
on conflict (shipment_id, fact, party, subject) do update
  set filing_id = excluded.filing_id, dated = excluded.dated, message_type = excluded.message_type,
    message_id = excluded.message_id, value = excluded.value
  where kept.dated < excluded.dated
"""


@cache
def _table() -> Mapping[tuple[str, str], Tells]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row.pop("consumer"), row.pop("event")): Tells(**row) for row in csv.DictReader(file)}
