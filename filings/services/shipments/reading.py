"""What a filing says as far as linking needs it; of one kept in parts a batch of its houses at a time, cut down to that."""

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, Final

from django.db.models.fields.json import KeyTransform

from filings import selectors
from filings.linking import anchors
from filings.linking.keys import combinations
from filings.messages import json
from filings.messages.document import Document
from filings.models import Filing, FilingPart

BATCH: Final = 2000


def documents(filing: Filing, *, numbers: Collection[int] = ()) -> Iterator[Document]:
    """Yield a filing as documents: one, or one with each batch of its parts and all that stands around them.

    :param numbers: of the parts to read, if not all.
    """
    if not filing.in_parts:
        yield selectors.document_of(filing)
        return
    from filings.services.large import parts  # which drafts, and drafting keeps shipments

    names = _needed(filing.parts_path)
    if not names:
        yield parts.frame_of(filing)
        return
    last = 0
    while True:
        rows = FilingPart.objects.filter(filing=filing, number__gt=last).order_by("number")
        rows = rows.filter(number__in=numbers) if numbers else rows
        said = {f"_{name}": KeyTransform(name, "document") for name in names}
        found = list(rows.annotate(**said).values_list("number", *said)[:BATCH])
        if not found and last:
            return
        yield _with(filing, [dict(zip(names, values, strict=True)) for _, *values in found])
        if len(found) < BATCH:
            return
        last = found[-1][0]


def _with(filing: Filing, groups: list[dict[str, Any]]) -> Document:
    """Return what is around the parts of a filing, with some of them."""
    from filings.services.large import parts

    content, holder = parts.with_holder(filing, filing.document)
    holder[filing.parts_path.rpartition("/")[2]] = [
        {name: value for name, value in group.items() if value is not None} for group in groups
    ]
    return json.from_json({filing.message_type: content}, message_set=filing.message_set, version=filing.version)


def matters(filing: Filing, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Say whether a change of one part may change keys or shipments."""
    return any(before.get(name) != after.get(name) for name in _needed(filing.parts_path))


@cache
def _needed(path: str) -> tuple[str, ...]:
    """Return the children of a part that any key or anchor is read from."""
    keys = {each for one in combinations() for part in one.parts for each in (*part.upper, *part.lower)}
    inside = {each.removeprefix(f"{path}/") for each in keys | anchors.paths() if each.startswith(f"{path}/")}
    return tuple(sorted({each.split("/")[0] for each in inside}))
