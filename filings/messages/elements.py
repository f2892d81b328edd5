"""What the tables are made of: elements of messages, and code lists."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from filings.messages.formats import Format

# Message set and version: the key of every table.
Edition = tuple[str, str]


@dataclass(frozen=True)
class Code:
    """One code of a code list."""

    code: str
    name: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class CodeList:
    """A code list; when `values` is false its codes are published elsewhere and only formats are checked."""

    id: str
    name: str
    values: bool
    source: str
    note: str
    codes: tuple[Code, ...] = field(repr=False)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Return the name of each code."""
        return {code.code: code.name for code in self.codes}

    def __contains__(self, value: object) -> bool:
        return value in self.names


@dataclass(frozen=True, eq=False)
class Element:
    """One line of a message table: a group (with children) or a value (with a format).

    name: the XML name, also the key in JSON; title: the business name people read.
    path: names from below the root, joined by "/"; empty for the root.
    status: M mandatory, O optional, C see conditions; rules, conditions, status with overrides applied.
    wrapper: name of the element that holds the value in XML only, or "".
    code_list: id of the code list, or ""; codes: the list, if its values are known here and stand on a value.
    """

    name: str
    title: str
    path: str
    min: int
    max: int
    format: Format | None
    status: str
    code_list: str
    rules: tuple[str, ...]
    conditions: tuple[str, ...]
    wrapper: str
    note: str
    wco_name: str
    wco_id: str
    seq: int
    level: int
    edition: Edition
    codes: CodeList | None
    children: "tuple[Element, ...]" = field(repr=False)

    @property
    def repeats(self) -> bool:
        """Return whether the element may occur more than once (a list in JSON)."""
        return self.max > 1

    @cached_property
    def by_name(self) -> "Mapping[str, Element]":
        """Return the children by name, in table order."""
        return {child.name: child for child in self.children}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Return the place of each child by name."""
        return {child.name: place for place, child in enumerate(self.children)}

    @cached_property
    def is_single(self) -> bool:
        """Return whether the element holds a value, of which one is enough."""
        return self.format is not None and self.min < 2

    @cached_property
    def mandatory(self) -> frozenset[str]:
        """Return the names of the children that must be there."""
        return frozenset(child.name for child in self.children if child.min)

    @cached_property
    def quick(self) -> Callable[[str], object]:
        """Return a test that is true only of values there is nothing to say about; codes fit their format."""
        if self.codes:
            return self.codes.names.__contains__
        return self.format.quick if self.format else bool

    @cached_property
    def lines(self) -> "Mapping[str, tuple[int, Callable[[str], object] | None, Element]]":
        """Return place, quick test (None for a group) and line of each child by name."""
        return {child.name: (place, child.quick if child.format else None, child) for place, child in enumerate(self.children)}

    @cached_property
    def is_demanding(self) -> bool:
        """Return whether a child must occur more than once."""
        return any(child.min > 1 for child in self.children)

    @cached_property
    def is_plain_text(self) -> bool:
        """Return whether the text of the XML element is the value as it stands."""
        return self.format is not None and not self.wrapper and not self.format.collapses

    @cached_property
    def all_optional(self) -> bool:
        """Return whether the group could be empty by occurrence; empty groups are refused all the same."""
        return bool(self.children) and all(child.min == 0 for child in self.children)

    def walk(self) -> "Iterator[Element]":
        """Yield the element and everything below it, in table order."""
        yield self
        for child in self.children:
            yield from child.walk()
