"""From what a browser posts back to the document: names are paths, such as ``declarant.address.city``.

A form shows a part of a document. What it does not show survives: elements the table does not know, groups on other
pages, values that were not posted. A value posted empty is removed. A place for groups that the form shows whole names
itself in ``_shown``, and each group standing there in ``_open``; what is missing among these was removed by the reader.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from filings.messages.fields import Field
from filings.web.places import is_number

SHOWN: Final = "_shown"
OPEN: Final = "_open"
_MINUTES: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")  # no document can hold these
MOST: Final = 99_999  # occurrences of the most frequent element in the tables

Group = dict[str, Any]


@dataclass
class Posted:
    """What was posted under one name."""

    text: str | None = None
    shown: bool = False
    open: bool = False
    below: dict[str, "Posted"] = field(default_factory=dict)

    def at(self, name: str) -> "Posted":
        """Return the place of a dotted name, made if need be."""
        place = self
        for part in name.split("."):
            place = place.below.setdefault(part, Posted())
        return place


def document_from(
    base: Group,
    values: Mapping[str, str],
    fields: tuple[Field, ...],
    *,
    shown: Iterable[str] = (),
    open_: Iterable[str] = (),
) -> Group:
    """Return the content of the document after the reader's changes.

    :param base: the content as it is kept.
    :param values: what was posted, by name; names of other things are ignored.
    :param shown: the places for groups that the form showed whole.
    :param open_: the groups that stood in the form when it was posted.
    """
    root = Posted()
    for name in shown:
        root.at(name).shown = True
    for name in open_:
        root.at(name).open = True
    for name, text in values.items():
        root.at(name).text = text
    return _group(base, root, fields)


def _group(base: Group, posted: Posted, fields: tuple[Field, ...]) -> Group:
    found: Group = {}
    known = {each.name for each in fields}
    for each in fields:
        value = _value(base.get(each.name), posted.below.get(each.name), each)
        if value not in (None, "", {}, []):
            found[each.name] = value
    return found | {name: value for name, value in base.items() if name not in known}


def _value(base: Any, posted: Posted | None, spec: Field) -> Any:
    """Return the value of one element: text, group, or a list where it is repeated."""
    if posted is None:
        return base
    indexes = {int(part): below for part, below in posted.below.items() if is_number(part) and int(part) < MOST}
    if indexes or isinstance(base, list) or spec.repeats:
        merged = _list(base if isinstance(base, list) else [] if base is None else [base], posted, indexes, spec)
        return merged if spec.repeats or len(merged) != 1 else merged[0]
    if spec.is_group and not posted.below and not posted.open:
        return None if posted.shown else base
    return _one(base, posted, spec)


def _list(base: list[Any], posted: Posted, indexes: dict[int, Posted], spec: Field) -> list[Any]:
    kept = set(indexes) if posted.shown else set(indexes) | set(range(len(base)))
    merged = []
    for index in sorted(kept):
        old = base[index] if index < len(base) else None
        merged.append(_one(old, indexes[index], spec) if index in indexes else old)
    return [value for value in merged if value not in (None, "", {})]


def _one(base: Any, posted: Posted, spec: Field) -> Any:
    if spec.is_group:
        return _group(base if isinstance(base, dict) else {}, posted, spec.fields)
    return base if posted.text is None else _text(posted.text, spec)


def _text(text: str, spec: Field) -> str:
    """Return a posted value as the document has it: line ends of this world, dates with their zone."""
    text = _UNSTORABLE.sub("", text.replace("\r\n", "\n"))
    if not text.strip():
        return ""
    if spec.widget == "datetime" and (match := _MINUTES.fullmatch(text)):
        return f"{text}{'' if match[1] else ':00'}Z"
    return text
