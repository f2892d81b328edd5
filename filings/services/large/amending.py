"""Amendments of a filing kept in parts: their parts come from what customs has, and are compared with it by the database."""

import json as plain_json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from filings import selectors
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.messages.json import group, known
from filings.models import Filing
from filings.models.large import FilingPart
from filings.rules import amending, history
from filings.rules.history import Level
from filings.services.large import parts, rows
from filings.services.locking import Locked, NoneAdded
from tenants.scope import current_operator_id

PAGE: Final = 50
# Parts belong together by their transport document, those that share one (or have none) by their order.
_DIFFER: Final = """
with told as (
    select number, reference, digest, filing_id = %(mine)s as is_mine,
        row_number() over (partition by filing_id, reference order by number) as nth
    from filings_filingpart where filing_id in (%(mine)s, %(theirs)s) and operator_id = %(operator)s
), differ as (
    select coalesce(mine.number, 0) as number, coalesce(theirs.number, 0) as before,
        coalesce(mine.reference, theirs.reference) as reference
    from (select * from told where is_mine) mine full join (select * from told where not is_mine) theirs using (reference, nth)
    where mine.digest is distinct from theirs.digest
)
select number, before, reference, count(*) filter (where number > 0 and before > 0) over (),
    count(*) filter (where before = 0) over (), count(*) filter (where number = 0) over ()
from differ order by greatest(number, before), number offset %(after)s limit %(most)s
"""


@dataclass(frozen=True)
class Differs:
    """A part in which an amendment differs. number: in the amendment, 0 if left out; before: in what customs has, 0 if added."""

    number: int
    before: int
    reference: str


@dataclass(frozen=True)
class Compared:
    """How many parts of an amendment differ from what customs has, of how many, and a page of them. more: whether there are."""

    changed: int
    added: int
    left_out: int
    of: int
    page: tuple[Differs, ...]
    more: bool

    @property
    def count(self) -> int:
        """Return how many differ."""
        return self.changed + self.added + self.left_out


def take_over(*, amendment: Filing, has: Filing) -> None:
    """Give a new amendment the parts that customs has; in one statement, unless it has no place for something in them."""
    spec, before = parts.spec_of(amendment), parts.spec_of(has)
    if {each.path for each in before.walk()} <= {each.path for each in spec.walk()}:
        rows.copy_parts(has, amendment)
        return
    kept = FilingPart.objects.filter(filing=has).order_by("number")
    batch: list[rows.Row] = []
    for part in kept.iterator(chunk_size=rows.BATCH):
        content = plain_json.dumps(known(part.document, spec), ensure_ascii=False)
        batch.append((part.number, part.reference, content, part.errors, part.warnings))
        if len(batch) == rows.BATCH:
            rows.insert_parts(amendment.pk, batch)
            batch = []
    rows.insert_parts(amendment.pk, batch)


def previous(amendment: Filing, watched: Callable[[Iterator[Node], int], Iterator[Node]]) -> Document | None:
    """Return what a draft is compared with if it amends something: all around the parts, and of these what may not change.

    :param watched: gets the parts on their way, and how many there are, to tell how far that is.
    """
    if amendment.about is None or not selectors.message_of(amendment).amends:
        return None
    has = selectors.amended_by(amendment)
    if not has.in_parts:
        return selectors.document_of(has)
    return amending.recalled(parts.frame_of(has), has.parts_path, watched(parts.nodes_of(has), has.parts_count))


def compared(amendment: Filing, *, after: int = 0, size: int = PAGE) -> Compared:
    """Return which parts of an amendment differ from what customs has, told by the digests of all of them.

    :param after: how many of those that differ to pass over.
    """
    has = selectors.amended_by(amendment)
    values: dict[str, Any] = {"mine": amendment.pk, "theirs": has.pk, "operator": current_operator_id()}
    values |= {"after": after, "most": size + 1}
    with connection.cursor() as cursor:
        cursor.execute(_DIFFER, values)
        found = cursor.fetchall()
        if not found and after:  # past the last page they are counted all the same
            cursor.execute(_DIFFER, {**values, "after": 0, "most": 1})
            found, size = cursor.fetchall(), 0
    changed, added, left_out = found[0][3:] if found else (0, 0, 0)
    page = tuple(Differs(*row[:3]) for row in found[:size])
    return Compared(changed, added, left_out, has.parts_count, page, more=len(found) > size > 0)


# --- What may not be changed ------------------------------------------------------------------------------------------------


def must_allow_part(filing: Filing, before: FilingPart, node: Node) -> None:
    """Refuse another content of a part where customs would refuse to amend it; what was wrong before may stay.

    :raises Locked: with the places.
    """
    other = parts.amended_part(filing, before)
    if other is None:
        return
    spec = parts.spec_of(filing)
    path = f"/{selectors.message_of(filing).root_name}/{filing.parts_path}[{before.number}]"
    theirs = Level(group(parts.spec_of(selectors.amended_by(filing)), other.document), spec, "")
    stood = Level(group(spec, before.document), spec, path)
    _must_be_old(history.compared(Level(node, spec, path), theirs), history.compared(stood, theirs))


def must_allow_frame(filing: Filing, document: Document) -> None:
    """Refuse another content around the parts where customs would refuse to amend it; what was wrong before may stay.

    :raises Locked: with the places.
    """
    if filing.about is None or not document.message.amends:
        return
    theirs = parts.frame_of(selectors.amended_by(filing))
    stood = history.amended(parts.frame_of(filing), theirs)
    _must_be_old(history.amended(document, theirs), stood)


def must_add_none(filing: Filing) -> None:
    """Refuse to add to an amendment.

    :raises NoneAdded: if it is one.
    """
    if selectors.message_of(filing).amends:
        raise NoneAdded


def _must_be_old(found: Iterable[Finding], before: Iterable[Finding]) -> None:
    known_ones = {(each.path, each.code) for each in before}
    if new := [each for each in found if each.severity == "error" and (each.path, each.code) not in known_ones]:
        raise Locked(new)
