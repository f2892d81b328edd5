"""What a published code list is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

# The functions of a UN/LOCODE by their sign: 1 port, 2 rail, 3 road, 4 airport, 5 post, 6 multimodal, 7 fixed, 8 inland
# port, B border crossing.
Packed = tuple[str, str]  # name and functions: what a code stands for, small enough for 100,000 of them
ALWAYS: Final = date.min


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. functions: what a place is good for (UN/LOCODE only), "" where that is unknown."""

    code: str
    name: str
    functions: str = ""


@dataclass(frozen=True, eq=False)
class Edition:
    """One edition of one list, in force from a day on.

    complete: whether a code that is not in it does not exist; what is known of an incomplete list only helps to find
    codes. key: tells editions apart.
    """

    code_list: str
    title: str
    published: date
    valid_from: date
    complete: bool
    source: str
    licence: str
    packed: Mapping[str, Packed] = field(repr=False)
    key: str = ""

    def __len__(self) -> int:
        return len(self.packed)

    def __contains__(self, code: object) -> bool:
        return code in self.packed

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(code, *rest) for code, rest in self.packed.items())

    def get(self, code: str) -> Entry | None:
        """Return the entry of a code."""
        found = self.packed.get(code)
        return Entry(code, *found) if found else None
