"""The form of a message, drawn from its table: what the templates show, in the order they show it.

A list that would make the page too long is folded into a table whose rows lead to a page for each occurrence.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from filings import codes
from filings.messages.catalogue import Message
from filings.messages.fields import Field, fields
from filings.messages.finding import Finding
from filings.services import locking
from filings.web import places
from filings.web.layout import FOLDED_PAGE, Entry, Item, Row, Slot

FEW: Final = 20  # occurrences of a group that may stand open on one page
ROOM: Final = 900  # inputs a list may bring to a page
LONG_LIST: Final = 40  # codes a select may hold; more become suggestions while typing
SUMMARY: Final = 3
DESCRIPTION: Final = "descriptionOfGoods"
GOODS_CODES: Final = (codes.GOODS, "combinedNomenclatureCode")
GENERAL: Final = "General"
MOMENT: Final = len("2026-01-31T09:15:00Z")
# The elements by which people recognise a consignment, an item or a party, best first.
TELLING: Final = (
    "documentNumber",
    "containerIdentificationNumber",
    "descriptionOfGoods",
    "name",
    "identificationNumber",
    "referenceNumber",
)


@dataclass
class Drawing:
    """A page of the form, and what is known about places on it."""

    message: Message
    findings: Mapping[str, list[Finding]] = field(default_factory=dict)
    start: int = 0
    before: Mapping[str, str] = field(default_factory=dict)  # what stood in repaired fields
    on_page: set[str] = field(default_factory=set)
    folded: list[str] = field(default_factory=list)
    below: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(
        cls, message: Message, findings: Iterable[Finding], start: int = 0, before: Mapping[str, str] | None = None
    ) -> "Drawing":
        """Return a drawing that knows where the findings are."""
        placed: dict[str, list[Finding]] = {}
        below: Counter[str] = Counter()
        for finding in findings:
            name = places.name_of(message, finding.path)
            placed.setdefault(name, []).append(finding)
            below.update([name, *places.ancestors(name)])
        return cls(message, placed, start, before or {}, below=below)

    def whole(self, content: Mapping[str, Any]) -> Item:
        """Return everything, as one item without a name."""
        return self._item(fields(self.message)[0], content, "", fields(self.message), GENERAL, boxed=False)

    def part(self, name: str, content: Mapping[str, Any]) -> Item | None:
        """Return one occurrence of a group with all that is below it, or nothing if there is no such group."""
        spec = field_at(self.message, name)
        if spec is None or not spec.is_group:
            return None
        value = value_at(content, name)
        return self._occurrence(spec, value if isinstance(value, dict) else {}, name, boxed=True)

    def slot(self, name: str, total: int) -> Slot | None:
        """Return the place of a group in which `total` occurrences stand."""
        spec = field_at(self.message, name)
        return Slot(spec, name, total=total, locked=self._locked(spec)) if spec else None

    def _locked(self, spec: Field) -> str:
        return locking.locks(self.message).get(spec.path, "")

    def own(self, item: Item) -> int:
        """Return how many findings concern an item itself and its values, not the groups in it."""
        entries = {entry.name: len(entry.findings) for entry in (*item.first, *item.more)}
        return sum(entries.values()) + len(self.findings.get(item.name, ()))

    def link(self, name: str) -> str:
        """Return where a place can be seen: an anchor on this page, or the page of its occurrence."""
        above = [place for place in self.folded if name == place or name.startswith(f"{place}.")]
        if above:
            return f"?check=1&at={max(above, key=len)}#f-{name}"
        for place in (name, *places.ancestors(name)):
            if place in self.on_page:
                return f"#f-{place}"
        return f"?check=1#f-{name}"

    def _item(
        self, spec: Field, value: Mapping[str, Any], name: str, below: tuple[Field, ...], title: str, *, boxed: bool
    ) -> Item:
        prefix = f"{name}." if name else ""
        self.on_page.add(name)
        entries = [self._entries(each, value.get(each.name), prefix + each.name) for each in below if not each.is_group]
        flat = [entry for some in entries for entry in some]
        slots = [self._slot(each, value.get(each.name), prefix + each.name) for each in below if each.is_group]
        slots.sort(key=lambda slot: not slot.field.required)
        # An element that is only needed in some cases stays in sight; the freely optional ones wait behind a word.
        first = [entry for entry in flat if entry.field.required or entry.field.may_be_required]
        more = [entry for entry in flat if entry not in first]
        return Item(
            field=spec,
            name=name,
            title=title,
            summary=summary(value),
            removable=bool(name) and not (spec.required and not spec.repeats) and not locking.is_fixed(spec, self.message),
            first=tuple(first or more),
            more=tuple(more if first else ()),
            more_open=any(entry.value or entry.findings for entry in more),
            slots=tuple(slot for slot in slots if slot.items or slot.rows),
            absent=tuple(slot for slot in slots if not (slot.items or slot.rows)),
            findings=tuple(self.findings.get(name, ())) if name else (),
            boxed=boxed,
        )

    def _occurrence(self, spec: Field, value: Mapping[str, Any], name: str, *, boxed: bool) -> Item:
        last = name.rsplit(".", 1)[-1]
        title = f"{spec.label} {int(last) + 1}" if places.is_number(last) else spec.label
        return self._item(spec, value, name, spec.fields, title, boxed=boxed)

    def _entries(self, spec: Field, value: Any, name: str) -> Iterator[Entry]:
        if spec.repeats or isinstance(value, list):
            values = value if isinstance(value, list) else [value] if value else []
            spare = [""] if len(values) < spec.max else []
            for index, each in enumerate([*values, *spare]):
                yield self._entry(spec, each, f"{name}.{index}")
            return
        yield self._entry(spec, value, name)

    def _entry(self, spec: Field, value: Any, name: str) -> Entry:
        self.on_page.add(name)
        text = value if isinstance(value, str) else ""
        control = _control(spec, text)
        by_us = name in {self.message.reference, self.message.date}
        return Entry(
            field=spec,
            name=name,
            value=_to_minutes(text) if control == "datetime" else text,
            control=control,
            findings=tuple(self.findings.get(name, ())),
            left_out="leave it empty: it is filled in when you submit" if by_us else "",
            was=self.before.get(name),
            locked=self._locked(spec),
            goods=self._goods(spec, name) if spec.name == DESCRIPTION else (),
        )

    def _goods(self, spec: Field, name: str) -> tuple[str, ...]:
        """Return the names of the fields for the goods code beside a description: Harmonized System, then what is beyond it."""
        above, place = spec.path.rpartition("/")[0], name.rpartition(".")[0]
        beside = (path.removeprefix(above) for path in self.message.by_path if path.startswith(f"{above}/"))
        found = {path.rpartition("/")[2]: place + path.replace("/", ".") for path in beside}
        return tuple(found[each] for each in GOODS_CODES if each in found)

    def _slot(self, spec: Field, value: Any, name: str) -> Slot:
        listed = value if isinstance(value, list) else [value] if value else []
        values = [each if isinstance(each, dict) else {} for each in listed]
        numbered = spec.repeats or len(values) > 1
        self.on_page.add(name)
        # A finding about the only occurrence stands in it; the place itself speaks for what is not there.
        findings = tuple(self.findings.get(name, ())) if numbered or not (values or spec.required) else ()
        if _too_many(spec, values):
            rows = tuple(self._rows(spec, values, name))
            start = self._start(len(values))
            return Slot(spec, name, rows=rows, total=len(values), start=start, findings=findings, locked=self._locked(spec))
        if not values and spec.required:
            values = [{}] * min(spec.min, FEW)
        items = tuple(
            self._occurrence(spec, each, f"{name}.{index}" if numbered else name, boxed=numbered)
            for index, each in enumerate(values)
        )
        return Slot(spec, name, items=items, total=len(items), findings=findings, locked=self._locked(spec))

    def _start(self, total: int) -> int:
        return self.start if 0 <= self.start < total else 0

    def _rows(self, spec: Field, values: list[dict[str, Any]], name: str) -> Iterator[Row]:
        self.folded += [f"{name}.{index}" for index in range(len(values)) if self.below[f"{name}.{index}"]]
        start = self._start(len(values))
        for index, value in enumerate(values[start : start + FOLDED_PAGE], start=start):
            place = f"{name}.{index}"
            yield Row(place, index + 1, summary(value), self.below[place])


def field_at(message: Message, name: str) -> Field | None:
    """Return the field a form name stands for, or nothing."""
    level, found = fields(message), None
    for part in name.split("."):
        if places.is_number(part):
            continue
        found = next((each for each in level if each.name == part), None)
        if found is None:
            return None
        level = found.fields
    return found


def value_at(content: Any, name: str) -> Any:
    """Return what a document holds under a form name, or nothing."""
    for part in name.split("."):
        if isinstance(content, list):
            content = content[int(part)] if places.is_number(part) and int(part) < len(content) else None
        else:
            content = content.get(part) if isinstance(content, dict) else None
    return content


def summary(value: Any) -> str:
    """Return the few values of a group by which people recognise it."""
    told: dict[str, str] = {}
    for path, text in sorted(_texts(value, ()), key=lambda pair: ("Master" in ".".join(pair[0]), len(pair[0]))):
        told.setdefault(path[-1], text)
    known = [told[name] for name in TELLING if name in told] or [text for text in told.values() if len(text) > 2]
    return " · ".join(text if len(text) <= 40 else f"{text[:39]}…" for text in known[:SUMMARY])


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the values below a group with their paths; of what is repeated, the first occurrence speaks for all."""
    if isinstance(value, str) and path:
        yield path, value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _texts(below, (*path, name))
    elif isinstance(value, list) and value:
        yield from _texts(value[0], path)


def _control(spec: Field, value: str) -> str:
    if spec.widget == "datetime":
        return "datetime" if not value or (value.endswith("Z") and len(value) == MOMENT) else "text"
    if spec.choices:
        return "select" if len(spec.choices) <= LONG_LIST else "suggest"
    return "area" if spec.widget == "textarea" or "\n" in value else "text"


def _to_minutes(moment: str) -> str:
    """Return a moment as the browser's input takes it; seconds only where there are some."""
    return moment.removesuffix("Z").removesuffix(":00") if len(moment) == MOMENT else moment


def _too_many(spec: Field, values: list[dict[str, Any]]) -> bool:
    if len(values) < 2:
        return False
    inputs = 0
    for value in values:
        inputs += _inputs(spec, value)
        if inputs > ROOM:
            return True
    return len(values) > FEW and inputs > 10 * FEW


def _inputs(spec: Field, value: Mapping[str, Any]) -> int:
    """Return how many inputs a group brings to the page."""
    count = 0
    for each in spec.fields:
        below = value.get(each.name)
        if not each.is_group:
            count += 1
        elif isinstance(below, list):
            count += sum(_inputs(each, one) for one in below if isinstance(one, dict))
        elif isinstance(below, dict) or each.required:
            count += _inputs(each, below if isinstance(below, dict) else {})
    return count
