"""What stop words find fault with in open drafts, templates and products: found, kept to be looked at, dismissed.

A row is one text. It goes when the text is mended or its owner is no longer open, and comes back after a dismissal
when the text or what is found in it is another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from filings.lifecycle import State
from filings.messages import catalogue
from filings.messages.catalogue import Element, Message
from filings.models import Filing, FilingTemplate, Product, StopWordHit, StopWordList
from filings.models.large import FilingPart
from filings.rules.layers import layer, lists
from filings.rules.layers.words import WordList
from filings.rules.scope import step
from tenants import audit
from tenants.actors import Actor

PARTS: Final = 500  # read at once
MOST: Final = 500  # rows of one owner: whoever has so many mends the first and looks again
ONLY, WITHIN = "stop-word", "vague-text"  # the layers that compare with stop words

Owner = Filing | FilingTemplate | Product
# The words in force (None), then those of each list to come with its first day.
Words = Sequence[tuple[date | None, WordList]]
_FIELDS: Final[Mapping[type[Owner], str]] = {Filing: "filing", FilingTemplate: "template", Product: "product"}


@dataclass(frozen=True)
class Hit:
    """One text with stop words. only: whether it says nothing else; since: the day of a list to come, None if in force."""

    path: str
    value: str
    terms: tuple[str, ...]
    only: bool
    since: date | None


def words(*, at: datetime) -> Words:
    """Return the words to compare with at a moment."""
    today = at.astimezone(UTC).date()
    days = StopWordList.objects.filter(valid_from__gt=today).order_by("valid_from").values_list("valid_from", flat=True)
    return [(None, lists.in_force(today)), *((day, lists.in_force(day)) for day in dict.fromkeys(days))]


def in_text(text: str, compared: Words, *, path: str = "", whole: bool = True, within: bool = True) -> Hit | None:
    """Return what the first of the lists that minds finds in a text.

    :param whole: look whether the text holds only stop words; `within`: whether it holds some that say nothing anywhere.
    """
    for since, known in compared:
        only = known.only(text) if whole else []
        found = only or (known.within(text) if within else [])
        if found:
            return Hit(path, text[:512], tuple(entry.term for entry in found), bool(only), since)
    return None


def in_document(message: Message, content: Mapping[str, Any], compared: Words) -> list[Hit]:
    """Return what is found in the content of a document, in the order of its table."""
    return list(_in_group(message, message.root, content, f"/{message.root_name}", compared))


def in_owner(owner: Owner, compared: Words) -> list[Hit]:
    """Return what is found in a draft, a template or a product."""
    if isinstance(owner, Product):
        hit = in_text(owner.description, compared)
        return [hit] if hit else []
    message = catalogue.message(owner.message_type, owner.message_set, owner.version)
    found = in_document(message, owner.document, compared)
    if isinstance(owner, Filing) and owner.in_parts:
        found += islice(_in_parts(owner, message, compared), MOST)
    return found


def _in_parts(filing: Filing, message: Message, compared: Words) -> Iterator[Hit]:
    """Yield what is found in the parts of a large filing, which are rows of their own."""
    spec = message.element(filing.parts_path)
    for number, content in filing.parts.values_list("number", "document").iterator(chunk_size=PARTS):
        yield from _in_group(message, spec, content, f"/{message.root_name}/{filing.parts_path}[{number}]", compared)


def _in_group(message: Message, spec: Element, content: Mapping[str, Any], path: str, compared: Words) -> Iterator[Hit]:
    looked_at = _looked_at(message)
    for place, element, text in _texts(spec, content, path, looked_at):
        asked = looked_at[element.path]
        if hit := in_text(text, compared, path=place, whole=ONLY in asked, within=WITHIN in asked):
            yield hit


def keep(owner: Owner, hits: Sequence[Hit], *, at: datetime, below: str = "") -> bool:
    """Let the rows of an owner say what was found in it; return whether there is something new to look at.

    :param below: only what is in a group was looked at; leave the other rows alone.
    """
    field = _FIELDS[type(owner)]
    rows = {row.path: row for row in StopWordHit.objects.filter(**{field: owner}, path__startswith=below)}
    made = []
    for hit in hits[:MOST]:
        row = rows.pop(hit.path, None)
        said = {"value": hit.value, "terms": list(hit.terms), "only": hit.only}
        if row is None or any(getattr(row, name) != value for name, value in said.items()):
            if row is not None:
                row.delete()
            made.append(StopWordHit(**{field: owner}, path=hit.path, since=hit.since, found_at=at, **said))
        elif row.since != hit.since:  # its list came into force
            row.since = hit.since
            row.save(update_fields=["since"])
    if rows:
        StopWordHit.objects.filter(pk__in=[row.pk for row in rows.values()]).delete()
    StopWordHit.objects.bulk_create(made)
    return bool(made)


def look_again(owner: Owner, *, at: datetime) -> None:
    """Look at an owner that was changed: what was mended goes, and what was found before and stands elsewhere now stays."""
    if isinstance(owner, Filing) and not StopWordHit.objects.filter(filing=owner).exists():
        return  # a draft that was not told of shows its findings in the form
    keep(owner, in_owner(owner, words(at=at)), at=at)


def look_again_at_part(filing: Filing, part: FilingPart, *, at: datetime) -> None:
    """Look at one part of a large draft that was changed, as look_again() does at a whole draft."""
    path = f"/{filing.message_type}/{filing.parts_path}[{part.number}]"
    if StopWordHit.objects.filter(filing=filing, path__startswith=path).exists():
        message = catalogue.message(filing.message_type, filing.message_set, filing.version)
        hits = list(_in_group(message, message.element(filing.parts_path), part.document, path, words(at=at)))
        keep(filing, hits, at=at, below=path)


def every() -> QuerySet[StopWordHit]:
    """Return every text in what is open, of the operator in scope."""
    found: QuerySet[StopWordHit] = StopWordHit.objects.filter(Q(filing__isnull=True) | Q(filing__state=State.DRAFT))
    return found.select_related("filing", "template", "product").defer("filing__document", "template__document")


def to_look_at(*, dismissed: bool = False) -> QuerySet[StopWordHit]:
    """Return the texts that somebody has to look at, or those that were dismissed."""
    return every().filter(dismissed_at__isnull=not dismissed)


@transaction.atomic
def dismiss(*, hit: StopWordHit, by: Actor, at: datetime) -> None:
    """Take a text off the list: it stays as it is; doing it twice changes nothing."""
    if hit.dismissed_at is None:
        hit.dismissed_at, hit.dismissed_by = at, by.name[:120]
        hit.save(update_fields=["dismissed_at", "dismissed_by"])
        audit.record("stop_word_hit.dismissed", target=hit, by=by, at=at, detail=_about(hit))


@transaction.atomic
def put_back(*, hit: StopWordHit, by: Actor, at: datetime) -> None:
    """Put a dismissed text on the list again; doing it twice changes nothing."""
    if hit.dismissed_at is not None:
        hit.dismissed_at, hit.dismissed_by = None, ""
        hit.save(update_fields=["dismissed_at", "dismissed_by"])
        audit.record("stop_word_hit.put_back", target=hit, by=by, at=at, detail=_about(hit))


def _about(hit: StopWordHit) -> dict[str, str]:
    owner = next(name for name in _FIELDS.values() if getattr(hit, f"{name}_id"))
    return {owner: str(getattr(hit, f"{owner}_id")), "path": hit.path}


@cache
def _looked_at(message: Message) -> Mapping[str, frozenset[str]]:
    """Return by path which of the layers look at an element or at something below it."""
    found: dict[str, frozenset[str]] = {}
    layers = [layer.layers()[id_] for id_ in (ONLY, WITHIN)]
    for element in message.root.walk():
        if asked := frozenset(each.id for each in layers if element.format and each.look(element)):
            steps = element.path.split("/")
            for length in range(1, len(steps) + 1):
                above = "/".join(steps[:length])
                found[above] = found.get(above, frozenset()) | asked
    return found


def _texts(spec: Element, value: Mapping[str, Any], path: str, wanted: Mapping[str, Any]) -> Iterator[tuple[str, Element, str]]:
    """Yield XPath, element and text of every value that is looked at; a draft may hold anything anywhere."""
    for child in spec.children:
        if child.path not in wanted or child.name not in value:
            continue
        given = value[child.name]
        for index, one in enumerate(given if isinstance(given, list) else [given], 1):
            place = step(path, child, index)
            if isinstance(one, dict):
                yield from _texts(child, one, place, wanted)
            elif isinstance(one, str) and child.format:
                yield place, child, one
