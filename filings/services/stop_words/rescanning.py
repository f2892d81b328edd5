"""Compare everything open with the stop words: when a list is loaded, on the day one comes into force, and on demand."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from filings.lifecycle import State
from filings.models import Filing, FilingTemplate, Product, StopWordHit, StopWordScan
from filings.rules.layers import lists
from filings.rules.layers.words import WordList
from filings.services.stop_words import hits as stop_word_hits
from filings.services.stop_words.hits import Owner, Words
from tenants.actors import SYSTEM
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope

KIND: Final = "stop_words"  # of the line in a timeline
BELL: Final = "filings.rescan_stop_words"
CHUNK: Final = 100
_OWNERS: Final = ("filing_id", "template_id", "product_id")
_WORDS: Final = "the stop words are everybody's"


@dataclass(frozen=True)
class Doubtful:
    """A draft, template or product in which stop words were found. message: empty for a product."""

    operator: str
    kind: str
    target: UUID
    message: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Affected:
    """How much of one operator's a list would newly find fault with."""

    operator: Operator
    drafts: int
    templates: int
    products: int


def rescan(*, at: datetime) -> list[Doubtful]:
    """Compare every operator's open drafts, templates and products with the words; return those to look at.

    What is found is kept for the operator (StopWordHit). Running it again changes nothing more; the run is noted, so
    that rescan_if_due() need not repeat it.
    """
    with every_tenant(_WORDS):
        compared = _words(at)
    found: list[Doubtful] = []
    for operator in Operator.objects.order_by("slug"):
        with tenant_scope(operator.pk):
            StopWordHit.objects.filter(filing__isnull=False).exclude(filing__state=State.DRAFT).delete()
            told = {pk for row in StopWordHit.objects.values_list(*_OWNERS) for pk in row if pk}
            # Most owners are left alone, without a lock: nothing is found in them, now or before.
            doubtful = [(kind, own.pk) for kind, own in _open() if own.pk in told or stop_word_hits.in_owner(own, compared)]
        for kind, pk in doubtful:
            # One transaction each: whoever works on a draft waits for that one only, and it may be gone by now.
            with tenant_scope(operator.pk):
                one = _judged(kind, pk, operator.slug, compared, at=at)
            found += [one] if one else []
    with every_tenant(_WORDS):
        count = sum(len(each.paths) for each in found)
        StopWordScan.objects.create(words=digest(compared), finished_at=at, found=count)
    return found


def rescan_if_due(*, at: datetime) -> bool:
    """Compare everything if that was not done yet with the words in force now and to come; say whether it was due."""
    with every_tenant(_WORDS):
        last = StopWordScan.objects.order_by("-pk").values_list("words", flat=True).first()
        due = last != digest(_words(at))
    if due:
        rescan(at=at)
    return due


def last_scan() -> StopWordScan | None:
    """Return the last time everything was compared."""
    return StopWordScan.objects.order_by("-pk").first()


def affected(candidate: WordList, replaced: WordList) -> list[Affected]:
    """Return how much of each operator's a list would find fault with and the one it replaces does not."""
    counts = []
    for operator in Operator.objects.order_by("name"):
        with tenant_scope(operator.pk):
            kinds = [kind for kind, owner in _open() if _newly(owner, candidate, replaced)]
        if kinds:
            counts.append(Affected(operator, *(kinds.count(kind) for kind in ("draft", "template", "product"))))
    return counts


def digest(compared: Words) -> str:
    """Return what tells one state of the words from another."""
    told = [
        [str(since), sorted([*words, entry.term, entry.embedded] for words, entry in known.entries.items())]
        for since, known in compared
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _words(at: datetime) -> Words:
    lists.look_again()
    return stop_word_hits.words(at=at)


def _open() -> Iterator[tuple[str, Owner]]:
    """Yield every open draft, template and product of the operator in scope."""
    owners: Sequence[tuple[str, QuerySet[Any]]] = (
        ("draft", Filing.objects.filter(state=State.DRAFT).order_by("created_at", "pk")),
        ("template", FilingTemplate.objects.all()),
        ("product", Product.objects.all()),
    )
    for kind, rows in owners:
        yield from ((kind, row) for row in rows.iterator(chunk_size=CHUNK))


def _newly(owner: Owner, candidate: WordList, replaced: WordList) -> bool:
    before = {(hit.path, hit.only) for hit in stop_word_hits.in_owner(owner, [(None, replaced)])}
    return any((hit.path, hit.only) not in before for hit in stop_word_hits.in_owner(owner, [(None, candidate)]))


_MODELS: Final[dict[str, type[Owner]]] = {"draft": Filing, "template": FilingTemplate, "product": Product}


def _judged(kind: str, pk: UUID, operator: str, compared: Words, *, at: datetime) -> Doubtful | None:
    """Keep what is found in one owner, and tell a draft's timeline of it; None if nothing is found."""
    owner = _MODELS[kind].objects.select_for_update(no_key=True).filter(pk=pk).first()
    if owner is None or (isinstance(owner, Filing) and not owner.is_draft):
        return None
    hits = stop_word_hits.in_owner(owner, compared)
    new = stop_word_hits.keep(owner, hits, at=at)
    if not hits:
        return None
    paths = tuple(hit.path or "description" for hit in hits)
    if new and isinstance(owner, Filing):
        sentence = f"The stop-word list of {_named(hits[0], at)} makes this draft need a look: {', '.join(paths[:3])}."
        owner.happened(KIND, sentence, by=SYSTEM, at=at, detail={"revision": owner.revision})
    return Doubtful(operator, kind, pk, "" if isinstance(owner, Product) else owner.message_type, paths)


def _named(hit: stop_word_hits.Hit, at: datetime) -> str:
    label = lists.label_in_force(hit.since or at.astimezone(UTC).date())
    return f"{label.valid_from:%Y-%m-%d}" if label else "the release"
