"""What an amendment changes against what customs has: place by place, of a filing kept in parts house by house."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from filings import selectors
from filings.messages import json
from filings.messages.catalogue import Element, Message
from filings.models import Filing
from filings.models.large import FilingPart
from filings.services import asking
from filings.services.large import amending as large_amending
from filings.services.large import parts
from filings.services.large.amending import PAGE, Compared, Differs

REFERRAL: Final = "referralRequestReference"


@dataclass(frozen=True)
class Change:
    """One place in which two versions differ: its path with positions, and what stands there before and after."""

    path: str
    title: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangedPart:
    """One part that differs, and in what; of one that was added or left out nothing more is told."""

    differs: Differs
    changes: tuple[Change, ...]

    @property
    def deed(self) -> str:
        """Return what the amendment does to it: changed, added, or left_out."""
        return "added" if not self.differs.before else "changed" if self.differs.number else "left_out"


@dataclass(frozen=True)
class ChangedParts:
    """How many parts differ, and a page of them."""

    compared: Compared
    page: tuple[ChangedPart, ...]


def changes(amendment: Filing) -> list[Change]:
    """Return what an amendment changes against what customs has, in the order of the message; without parts kept apart.

    :raises asking.AboutARequest: if it is no amendment.
    """
    message, has = _pair(amendment)
    before = dict(_texts(json.known(has.document, message.root), message.root, ""))
    after = dict(_texts(json.known(amendment.document, message.root), message.root, ""))
    apart = {message.date, REFERRAL, selectors.MRN, "LRN"}
    return [each for each in _changes(message, before, after) if each.path not in apart]


def changed_parts(amendment: Filing, *, after: int = 0, size: int = PAGE) -> ChangedParts | None:
    """Return in which parts an amendment differs; nothing where these are not kept apart, now and before.

    :param after: how many of them to pass over.
    :raises asking.AboutARequest: if it is no amendment.
    """
    message, has = _pair(amendment)
    if not amendment.in_parts or has.parts_path != amendment.parts_path:
        return None
    found = large_amending.compared(amendment, after=after, size=size)
    mine = _documents(amendment, [each.number for each in found.page])
    theirs = _documents(has, [each.before for each in found.page])
    spec = parts.spec_of(amendment)

    def told(each: Differs) -> Iterator[Change]:
        if each.number and each.before:
            place = f"{amendment.parts_path}[{each.number}]"
            before, now = (json.known(document, spec) for document in (theirs[each.before], mine[each.number]))
            yield from _changes(message, dict(_texts(before, spec, place)), dict(_texts(now, spec, place)))

    return ChangedParts(found, tuple(ChangedPart(each, tuple(told(each))) for each in found.page))


def _pair(amendment: Filing) -> tuple[Message, Filing]:
    message = selectors.message_of(amendment)
    if amendment.about is None or not message.amends:
        raise asking.AboutARequest("Only an amendment has changes against what customs has.")
    return message, selectors.amended_by(amendment)


def _documents(filing: Filing, numbers: list[int]) -> dict[int, Any]:
    return dict(FilingPart.objects.filter(filing=filing, number__in=numbers).values_list("number", "document"))


def _changes(message: Message, before: dict[str, str], after: dict[str, str]) -> list[Change]:
    places = [path for path in dict.fromkeys([*after, *before]) if before.get(path) != after.get(path)]
    return [Change(path, _title(message, path), before.get(path, ""), after.get(path, "")) for path in places]


def _texts(content: Any, element: Element, path: str) -> "list[tuple[str, str]]":
    """Return every value with its path; groups and values that repeat are counted from 1."""
    found: list[tuple[str, str]] = []
    for child in element.children:
        value = content.get(child.name)
        for number, each in enumerate(value if isinstance(value, list) else [] if value is None else [value], 1):
            place = f"{path}/{child.name}".strip("/") + (f"[{number}]" if child.max > 1 else "")
            found += _texts(each, child, place) if child.children else [(place, str(each))]
    return found


def _title(message: Message, path: str) -> str:
    """Return a path in words: titles and positions from the top."""
    words, names = [], []
    for step in path.split("/"):
        name, _, number = step.partition("[")
        names.append(name)
        title = message.element("/".join(names)).title
        words.append(f"{title} {number.rstrip(']')}" if number else title)
    return ", ".join(words)
