"""What differs between two messages, or between two message sets."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.elements import Code, CodeList, Edition, Element

WORDS: Final = {
    "message new": "new message",
    "message gone": "message gone",
    "namespace": "namespace",
    "element new": "new element",
    "element gone": "element gone",
    "cardinality": "occurrence",
    "format": "format",
    "status": "status",
    "wrapper": "wrapper in XML",
    "code list": "code list",
    "rules": "rules and conditions",
    "title": "title",
    "order": "place among its siblings",
    "list new": "new code list",
    "list gone": "code list gone",
    "code new": "new code",
    "code gone": "code gone",
    "code name": "name of a code",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. message: id, "" for a code list; path: of the element, or list and code; before, after: in words."""

    message: str
    path: str
    kind: str
    before: str
    after: str

    @property
    def words(self) -> str:
        """Return what kind of difference it is."""
        return WORDS[self.kind]

    def as_dict(self) -> dict[str, str]:
        """Return it for JSON."""
        return asdict(self)


def of_sets(old: Edition, new: Edition) -> list[Change]:
    """Return what differs between two message sets: messages by id, then code lists."""
    before = {message.id: message for message in catalogue.messages(*old)}
    after = {message.id: message for message in catalogue.messages(*new)}
    found: list[Change] = []
    for id_ in sorted({*before, *after}):
        if id_ not in before:
            found.append(Change(id_, "", "message new", "", after[id_].title))
        elif id_ not in after:
            found.append(Change(id_, "", "message gone", before[id_].title, ""))
        else:
            found += of_messages(before[id_], after[id_])
    return [*found, *_of_lists(catalogue.code_lists(*old), catalogue.code_lists(*new))]


def of_messages(old: Message, new: Message) -> list[Change]:
    """Return what differs between two messages, in table order; what is gone stands where it was."""
    found = []
    if old.namespace != new.namespace:
        found.append(Change(new.id, "", "namespace", old.namespace, new.namespace))
    for path in _both(list(old.by_path), list(new.by_path)):
        before, after = old.by_path.get(path), new.by_path.get(path)
        if not path:
            continue
        if before is None and after is not None:
            found.append(Change(new.id, path, "element new", "", described(after)))
        elif after is None and before is not None:
            found.append(Change(new.id, path, "element gone", described(before), ""))
        elif before is not None and after is not None:
            found += [Change(new.id, path, kind, was, is_) for kind, was, is_ in _of_elements(before, after)]
    return found + [Change(new.id, path, "order", "", "") for path in _moved(old, new)]


def summary(changes: Sequence[Change]) -> dict[str, int]:
    """Return how many differences of each kind there are."""
    counted = Counter(change.kind for change in changes)
    return {kind: counted[kind] for kind in WORDS if counted[kind]}


def report(changes: Sequence[Change]) -> dict[str, Any]:
    """Return the differences for JSON."""
    return {"summary": summary(changes), "changes": [change.as_dict() for change in changes]}


def times(element: Element) -> str:
    """Return how often an element may occur, such as "0..99"."""
    return f"{element.min}..{element.max}"


def described(element: Element) -> str:
    """Return an element in a few words."""
    parts = (element.title, str(element.format or "group"), times(element), element.code_list)
    return ", ".join(part for part in parts if part)


def _of_elements(before: Element, after: Element) -> Iterator[tuple[str, str, str]]:
    marks: dict[str, Callable[[Element], str]] = {
        "cardinality": times,
        "format": lambda element: str(element.format or "group"),
        "status": lambda element: element.status,
        "wrapper": lambda element: element.wrapper,
        "code list": lambda element: element.code_list,
        "rules": lambda element: " ".join((*element.rules, *element.conditions)),
        "title": lambda element: element.title,
    }
    for kind, mark in marks.items():
        was, is_ = mark(before), mark(after)
        if was != is_:
            yield kind, was, is_


def _both(old: list[str], new: list[str]) -> list[str]:
    """Return the paths of both lists in the order of the new one, the others after what they followed."""
    follows: dict[str, list[str]] = {}
    known, last = set(new), ""
    for path in old:
        if path in known:
            last = path
        else:
            follows.setdefault(last, []).append(path)
    return [path for each in new for path in (each, *follows.get(each, ()))]


def _moved(old: Message, new: Message) -> Iterator[str]:
    """Yield the groups whose common elements stand in another order."""
    for path, group in new.by_path.items():
        before = old.by_path.get(path)
        if before is not None and group.children:
            common = [name for name in group.order if name in before.order]
            if common != [name for name in before.order if name in group.order]:
                yield path


def _of_lists(old: Sequence[CodeList], new: Sequence[CodeList]) -> Iterator[Change]:
    before, after = ({each.id: each for each in lists} for lists in (old, new))
    for id_ in sorted({*before, *after}):
        if id_ not in before:
            yield Change("", id_, "list new", "", after[id_].name)
        elif id_ not in after:
            yield Change("", id_, "list gone", before[id_].name, "")
        else:
            yield from _of_codes(id_, before[id_].codes, after[id_].codes)


def _of_codes(id_: str, old: Sequence[Code], new: Sequence[Code]) -> Iterator[Change]:
    before, after = ({code.code: code.name for code in codes} for codes in (old, new))
    for code in dict.fromkeys((*before, *after)):
        if code not in before:
            yield Change("", f"{id_} {code}", "code new", "", after[code])
        elif code not in after:
            yield Change("", f"{id_} {code}", "code gone", before[code], "")
        elif before[code] != after[code]:
            yield Change("", f"{id_} {code}", "code name", before[code], after[code])
