"""What a page of the form consists of: inputs, groups, and places where groups may stand."""

from dataclasses import dataclass
from typing import Final

from filings import codes
from filings.messages.fields import Field
from filings.messages.finding import Finding

FOLDED_PAGE: Final = 50  # rows of a folded list on one page


@dataclass(frozen=True)
class Entry:
    """One input."""

    field: Field
    name: str
    value: str
    control: str  # select, suggest, area, datetime or text
    findings: tuple[Finding, ...] = ()
    left_out: str = ""  # what happens when it stays empty, if something does
    was: str | None = None  # what stood there before a repair
    locked: str = ""  # why it may not be changed
    goods: tuple[str, ...] = ()  # names of the fields that a product picked here fills, too

    @property
    def id(self) -> str:
        """Return the name as an id that needs no quoting in a selector."""
        return self.name.replace(".", "-")

    @property
    def searched(self) -> str:
        """Return the list in which codes are found while one types, "" for none."""
        if self.locked or self.control != "text":
            return ""
        return codes.is_searched(self.field.name, self.field.code_list)

    @property
    def meaning(self) -> str:
        """Return what the code that stands there means."""
        return codes.meaning(self.searched, self.value) if self.searched and self.value else ""

    @property
    def odd(self) -> bool:
        """Say whether a select has to offer a value that is in no list."""
        return bool(self.value) and self.value not in {code.code for code in self.field.choices}

    @property
    def invalid(self) -> bool:
        """Say whether there is an error, not only a doubt."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def repair(self) -> str:
        """Return the value that would put it right, "" for none."""
        return next((finding.repair for finding in self.findings if finding.repair), "")

    @property
    def hint(self) -> str:
        """Return what to say about the value; a list of codes to choose from explains itself."""
        if self.left_out and not self.value:
            return self.left_out
        if self.control == "datetime":
            return "date and time in UTC"
        return "" if self.control == "select" else self.field.help

    @property
    def described_by(self) -> str:
        """Return the ids of what stands below the input."""
        below = {"w": self.findings, "m": self.searched, "h": self.hint, "l": self.locked}
        ids = [f"{letter}-{self.id}" for letter, there in below.items() if there]
        return " ".join(ids)

    @property
    def wide(self) -> bool:
        """Say whether it needs the width of the page."""
        return self.control == "area"


@dataclass(frozen=True)
class Row:
    """One folded occurrence."""

    name: str
    number: int
    summary: str
    count: int


@dataclass(frozen=True)
class Item:
    """One occurrence of a group, open."""

    field: Field
    name: str
    title: str
    summary: str
    removable: bool
    first: tuple[Entry, ...]
    more: tuple[Entry, ...]
    more_open: bool
    slots: "tuple[Slot, ...]"
    absent: "tuple[Slot, ...]"
    findings: tuple[Finding, ...]
    boxed: bool


@dataclass(frozen=True)
class Slot:
    """The place of a group that may be there: its open or folded occurrences, and how to add one."""

    field: Field
    name: str
    items: tuple[Item, ...] = ()
    rows: tuple[Row, ...] = ()
    total: int = 0
    start: int = 0
    findings: tuple[Finding, ...] = ()
    locked: str = ""  # why none may be added

    @property
    def folded(self) -> bool:
        """Say whether the occurrences have pages of their own."""
        return bool(self.rows)

    @property
    def shown_whole(self) -> bool:
        """Say whether an occurrence that is not posted was removed by the reader."""
        return not self.folded

    @property
    def can_add(self) -> bool:
        """Say whether one more is allowed."""
        return self.total < self.field.max and not self.locked

    @property
    def next_name(self) -> str:
        """Return the name of the occurrence that would be added."""
        return f"{self.name}.{self.total}" if self.field.repeats else self.name

    @property
    def word(self) -> str:
        """Return what the button to add one says."""
        return self.field.label[:1].lower() + self.field.label[1:] if self.field.label[1:2].islower() else self.field.label

    @property
    def next_rows(self) -> int:
        """Return where the next page of rows starts, 0 on the last."""
        return self.start + FOLDED_PAGE if self.start + FOLDED_PAGE < self.total else 0

    @property
    def previous_rows(self) -> int:
        """Return where the page before starts."""
        return max(self.start - FOLDED_PAGE, 0)
