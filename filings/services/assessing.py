"""Assessments that add up: which houses, containers or receptacles of a filing customs has named as assessed.

Customs may send one message for each house of 99,999, in any order and twice (L3.5 annex 3). So nothing here reads or
writes the document of a filing or counts through its parts: a message adds a row for each part it names, and one row of
the filing counts them (filings/models/assessment.py). The filing is locked meanwhile, so the counts are right.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, Max, OuterRef, QuerySet

from filings import selectors
from filings.messages.document import Document
from filings.models import AssessedPart, Assessment, Filing, FilingPart
from filings.models.assessment import Kind
from tenants.scope import current_operator_id

PARTS: Final = "assessmentComplete"  # the group that lists what is fine
HOUSES: Final = "consignmentHouseLevel"
# Where a message names a part of a kind, and the groups and the element that name it in a filing, wherever they stand. A
# house document outside of a house (results of a screening) is no house.
NAMED: Final[Mapping[str, str]] = {
    Kind.HOUSE: f"{PARTS}/transportDocument/documentNumber",
    Kind.CONTAINER: f"{PARTS}/transportEquipment/containerIdentificationNumber",
    Kind.RECEPTACLE: f"{PARTS}/receptacle/receptacleIdentificationNumber",
}
HELD: Final[Mapping[str, tuple[str, ...]]] = {
    Kind.HOUSE: (HOUSES, "transportDocumentHouseLevel", "documentNumber"),
    Kind.CONTAINER: ("transportEquipment", "containerIdentificationNumber"),
    Kind.RECEPTACLE: ("receptacle", "receptacleIdentificationNumber"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a message that lists parts changed. news: it named one that was not assessed; at: customs' last date that counts."""

    complete: bool
    news: bool
    at: datetime


def listed(document: Document) -> dict[str, list[str]]:
    """Return the parts a message names as assessed, by kind, each once."""
    there = {kind: path for kind, path in NAMED.items() if path in document.message.by_path}
    found = {kind: list(dict.fromkeys(value.strip() for value in document.values(path))) for kind, path in there.items()}
    return {kind: numbers for kind, numbers in found.items() if numbers}


def take(*, filing: Filing, parts: Mapping[str, list[str]], dated: datetime) -> Standing:
    """Add what a message names to what a locked filing has, and say where that leaves it."""
    counts = [_take(filing, kind, [number[:128] for number in numbers], dated) for kind, numbers in parts.items()]
    done = [row for row, _ in counts if row.total and row.done >= row.total]
    last = [row.last_at for row in done if row.last_at]
    return Standing(complete=bool(done), news=any(news for _, news in counts), at=max(last, default=dated))


def restart(*, filing: Filing, dated: datetime) -> bool:
    """Count anew after an amendment: what customs assessed before it counts no more. Say whether it was complete until then."""
    was_complete = False
    for kind in NAMED:
        row = Assessment.objects.filter(filing=filing, kind=kind).first()
        total = _total(filing, kind)
        if row is None and not total:
            continue
        row = row or Assessment(filing=filing, kind=kind)
        if row.since and row.since >= dated:
            continue
        before = row.done
        valid = AssessedPart.objects.filter(filing=filing, kind=kind, known=True, assessed_at__gt=dated)
        row.since, row.done, row.total = dated, valid.count(), total
        row.last_at = valid.aggregate(last=Max("assessed_at"))["last"]
        row.save()
        was_complete = was_complete or bool(total and before >= total > row.done)
    return was_complete


def has_begun(filing: Filing) -> bool:
    """Say whether customs has named parts of a filing before."""
    return Assessment.objects.filter(filing=filing, last_at__isnull=False).exists()


def counts(filing: Filing) -> dict[str, tuple[int, int]]:
    """Return by kind how many parts of a filing are assessed, and how many it has."""
    rows = Assessment.objects.filter(filing=filing, last_at__isnull=False).order_by("kind")
    return {kind: (done, total) for kind, done, total in rows.values_list("kind", "done", "total")}


def in_words(counted: Mapping[str, tuple[int, int]]) -> str:
    """Return counts in words: 2,980 of 3,000 houses."""
    return " and ".join(f"{done:,} of {total:,} {Kind(kind).label}" for kind, (done, total) in counted.items())


# --- Questions --------------------------------------------------------------------------------------------------------------


def of_filing(filing: Filing) -> list[Assessment]:
    """Return how much of each kind of part of a filing is assessed, for the kinds customs has named any of."""
    return list(Assessment.objects.filter(filing=filing, last_at__isnull=False).order_by("kind"))


def left(filing: Filing, row: Assessment, *, after: str = "", most: int = 100) -> list[tuple[str, str]]:
    """Return the parts of a kind that customs has not assessed, some at a time, in their order.

    :param after: the first half of the last pair of the page before; the second half is the reference.
    """
    has = selectors.in_force(filing)
    if _by_rows(has, row.kind):
        fine = valid(filing, row).filter(reference=OuterRef("reference"))
        since = int(after) if after.isdecimal() else 0
        rows = FilingPart.objects.filter(filing=has, number__gt=since).exclude(reference="").filter(~Exists(fine))
        return [(str(number), reference) for number, reference in rows.values_list("number", "reference")[:most]]
    fine_ones = set(valid(filing, row).values_list("reference", flat=True))
    numbers = sorted(number for number in _numbers(filing, row.kind) if number > after and number not in fine_ones)
    return [(number, number) for number in numbers[:most]]


def valid(filing: Filing, row: Assessment) -> QuerySet[AssessedPart]:
    """Return the parts that count as assessed, those of before the last amendment left out."""
    found: QuerySet[AssessedPart] = AssessedPart.objects.filter(filing=filing, kind=row.kind)
    return found.filter(assessed_at__gt=row.since) if row.since else found


# --- Rows -------------------------------------------------------------------------------------------------------------------


def _take(filing: Filing, kind: str, numbers: list[str], dated: datetime) -> tuple[Assessment, bool]:
    """Keep the parts of one kind; return the row that counts them, and whether one of them is assessed only now."""
    row = Assessment.objects.filter(filing=filing, kind=kind).first()
    row = row or Assessment(filing=filing, kind=kind, total=_total(filing, kind))
    before = dict(
        AssessedPart.objects.filter(filing=filing, kind=kind, reference__in=numbers).values_list("reference", "assessed_at")
    )
    newer = [number for number in numbers if number not in before or before[number] < dated]
    known = _known(filing, kind, newer)
    AssessedPart.objects.bulk_create(
        (AssessedPart(filing=filing, kind=kind, reference=number, assessed_at=dated, known=number in known) for number in newer),
        update_conflicts=True,
        unique_fields=["filing", "kind", "reference"],
        update_fields=["assessed_at", "known"],
        batch_size=5000,
    )
    counts = row.since is None or dated > row.since
    fresh = [
        number for number in newer if number in known and not (number in before and (not row.since or before[number] > row.since))
    ]
    if counts:
        row.done += len(fresh)
        row.last_at = max(filter(None, (row.last_at, dated if newer else None)), default=None)
    row.save()
    return row, counts and bool(fresh)


def _by_rows(has: Filing, kind: str) -> bool:
    """Say whether the parts of a kind are rows of their own in what customs has."""
    return kind == Kind.HOUSE and has.in_parts and has.parts_path.endswith(HOUSES)


def _total(filing: Filing, kind: str) -> int:
    """Return how many parts of a kind a filing has, each reference once; asked once for a filing and after an amendment."""
    has = selectors.in_force(filing)
    if _by_rows(has, kind):
        numbered = FilingPart.objects.filter(filing=has).exclude(reference="")
        return int(numbered.values("reference").distinct().count())
    return len(set(_numbers(filing, kind)))


def _known(filing: Filing, kind: str, numbers: list[str]) -> set[str]:
    """Return those of some numbers that are parts of the filing."""
    has = selectors.in_force(filing)
    if _by_rows(has, kind):
        return set(FilingPart.objects.filter(filing=has, reference__in=numbers).values_list("reference", flat=True))
    return set(numbers).intersection(_numbers(filing, kind)) if numbers else set()


def _numbers(filing: Filing, kind: str) -> set[str]:
    """Return the numbers of the parts of a kind that customs has, from the content; in parts kept as rows included."""
    steps = HELD[kind]
    has = selectors.in_force(filing)
    there = set(_found(has.document, steps))
    if has.in_parts:
        with connection.cursor() as cursor:
            cursor.execute(
                "select distinct found #>> '{}' from filings_filingpart part, "
                "jsonb_path_query(part.document, %s::jsonpath) found where part.filing_id = %s and part.operator_id = %s",
                [f"$.**.{'.'.join(steps)}", has.pk, current_operator_id()],
            )
            there |= {str(number) for (number,) in cursor.fetchall() if number}
    return there


def _found(content: Any, steps: tuple[str, ...]) -> Iterator[str]:
    """Yield what the last of some steps says wherever they lead from a group of the content."""
    if isinstance(content, list):
        for one in content:
            yield from _found(one, steps)
    elif isinstance(content, dict):
        for name, one in content.items():
            yield from _below(one, steps[1:]) if name == steps[0] else _found(one, steps)


def _below(content: Any, steps: tuple[str, ...]) -> Iterator[str]:
    """Yield what stands at the end of some steps below a group, or a list of groups."""
    for each in content if isinstance(content, list) else [content]:
        if not steps:
            if text := str(each).strip():
                yield text
        elif isinstance(each, dict) and steps[0] in each:
            yield from _below(each[steps[0]], steps[1:])
