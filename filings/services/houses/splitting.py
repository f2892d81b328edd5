"""More houses than a filing of its kind may have: split over several drafts, each with the same master and references.

plan(filing)   ->  which houses go into which draft; nothing changes
split(filing)  ->  the drafts: the first houses stay, the others get drafts of their own
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.db import transaction

from filings import selectors
from filings.messages import json
from filings.models import Filing, FilingPart
from filings.models.filing_request import LIVE
from filings.services import drafting
from filings.services.filing_requests import filing_requests
from filings.services.houses import changes, table
from filings.services.large import editing, parts
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError

MOST_PIECES: Final = 1_200  # drafts of one split: 100,000 houses by 99
IN_ONE: Final = 500  # houses of a new draft; a filing with more of them is kept in parts, and those are not split


class NothingToSplit(DomainError):
    """The filing has no more houses than one may have; say how many each draft shall have, if you want it split all the same."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class BadSize(DomainError):
    """A draft may have as many houses as its kind allows, and at most 500 when a filing is split."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyPieces(DomainError):
    """That would be more than 1,200 drafts; let each have more houses."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class StaysOne(DomainError):
    """An amendment replaces one filing, so it cannot be split; take houses out of it and file them apart."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Piece:
    """One draft of a split: houses from and to, counted from 1, with the documents of both."""

    first: int
    last: int
    first_reference: str
    last_reference: str

    @property
    def count(self) -> int:
        """Return how many houses it has."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Plan:
    """How a filing would be split. most: houses its kind allows; size: houses of each draft."""

    houses: int
    most: int
    size: int
    pieces: tuple[Piece, ...]

    @property
    def needed(self) -> bool:
        """Say whether it has more than one filing may have."""
        return self.houses > self.most


def plan(filing: Filing, *, size: int | None = None) -> Plan:
    """Return which houses would go into which draft.

    :param size: houses of each draft, if fewer than the kind allows.
    :raises StaysOne: if it is an amendment.
    :raises BadSize, TooManyPieces, table.NoHouses: if that cannot be.
    """
    if filing.about_id:
        raise StaysOne
    path = table.path_of(filing)
    most = selectors.message_of(filing).element(path).max
    wanted = size or min(most, IN_ONE)
    if not 1 <= wanted <= min(most, IN_ONE):
        raise BadSize
    references = _references(filing)
    if len(references) > MOST_PIECES * wanted:
        raise TooManyPieces
    starts = range(0, len(references), wanted)
    pieces = tuple(_piece(references, start, wanted) for start in starts)
    return Plan(len(references), most, wanted, pieces)


@transaction.atomic
def split(*, filing: Filing, revision: int, by: Actor, at: datetime, size: int | None = None) -> list[Filing]:
    """Keep the first houses in the draft and put the others into new drafts, in one deed; return all of them.

    Each new draft says the same around its houses, without LRN and date, which are never used twice; where the filing
    answers a filing request, they answer it, too.

    :raises drafting.NotADraft, drafting.ChangedMeanwhile: if it cannot be changed, or somebody else did.
    :raises NothingToSplit: if there would be one draft only.
    :raises StaysOne, BadSize, TooManyPieces, table.NoHouses: as in plan.
    """
    filing.lock()
    if not filing.is_draft:
        raise drafting.NotADraft
    if revision != filing.revision:
        raise drafting.ChangedMeanwhile(filing.revision)
    planned = plan(filing, size=size)
    if len(planned.pieces) < 2 or (size is None and not planned.needed):
        raise NothingToSplit
    drafts = [_draft(filing, houses, by=by, at=at) for houses in _houses(filing, planned.pieces[1:])]
    gone = frozenset(range(planned.pieces[0].last + 1, planned.houses + 1))
    if filing.in_parts:
        editing.remove_parts(filing=filing, numbers=gone, revision=revision, by=by, at=at)
    else:
        changes.change(filing=filing, given=changes.Given(removed=gone), revision=revision, by=by, at=at)
    for answer in filing.answered_requests.filter(request__state__in=LIVE).select_related("request"):
        for draft in drafts:
            filing_requests.answered(answer.request, draft, at=at)
    detail = {"drafts": [str(each.pk) for each in drafts], "houses": planned.houses, "size": planned.size}
    filing.happened("split", f"Split into {len(planned.pieces)} drafts.", by=by, at=at, detail=detail)
    audit.record("filing.split", target=filing, by=by, at=at, detail=detail)
    return [filing, *drafts]


def _piece(references: Sequence[str], start: int, size: int) -> Piece:
    last = min(start + size, len(references))
    return Piece(start + 1, last, references[start], references[last - 1])


def _references(filing: Filing) -> list[str]:
    """Return the house documents in their order."""
    if filing.in_parts:
        return list(FilingPart.objects.filter(filing=filing).order_by("number").values_list("reference", flat=True))
    path = table.path_of(filing)
    document = selectors.document_of(filing)
    number = parts.number_path(document.message, path)
    return [parts.value_at(node, number) for node in document.nodes(path)]


def _houses(filing: Filing, pieces: Sequence[Piece]) -> Iterator[list[dict[str, Any]]]:
    """Yield the contents of the houses of each piece."""
    if not filing.in_parts:
        every = _listed(_at(filing.document, table.path_of(filing)))
        yield from (every[piece.first - 1 : piece.last] for piece in pieces)
        return
    for piece in pieces:
        rows = FilingPart.objects.filter(filing=filing, number__gte=piece.first, number__lte=piece.last).order_by("number")
        yield list(rows.values_list("document", flat=True))


def _draft(filing: Filing, houses: list[dict[str, Any]], *, by: Actor, at: datetime) -> Filing:
    message = selectors.message_of(filing)
    path = table.path_of(filing)
    content = _with_houses(filing.document, path.split("/"), houses if message.element(path).repeats else houses[0])
    for name in (message.reference, message.date):
        content.pop(name, None)
    document = json.from_json({message.id: content}, message_set=filing.message_set, version=filing.version)
    draft = drafting.create(document=document, by=by, at=at, source="split")
    draft.happened("split_off", "Split off another draft.", by=by, at=at, detail={"filing": str(filing.pk)})
    return draft


def _with_houses(content: Any, names: list[str], houses: Any) -> dict[str, Any]:
    """Return a copy of a content with other houses; what is around them is shared, not copied."""
    name, *rest = names
    found = dict(content)
    if not rest:
        return {**found, name: houses}
    below = found.get(name)
    inner = below[0] if isinstance(below, list) and below else below or {}
    copied = _with_houses(inner, rest, houses)
    return {**found, name: [copied] if isinstance(below, list) else copied}


def _at(content: Any, path: str) -> Any:
    for name in path.split("/"):
        content = content[0] if isinstance(content, list) and content else content
        content = content.get(name) if isinstance(content, dict) else None
    return content


def _listed(houses: Any) -> list[dict[str, Any]]:
    return houses if isinstance(houses, list) else [houses] if houses else []
