"""A long list as one text: a section for each country, read when a code of that country is first asked.

A section begins with a line "=NL"; each line below it has the rest of a code, the functions and the name, with tabs
between. A check that looks at two ports need not take 100,000 places apart.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from filings.reference.entries import Packed

KEY: Final = 2  # signs of a code that name its section


class Sections(Mapping[str, Packed]):
    """Name and functions by code, in the order of the codes, as in a dict."""

    def __init__(self, text: str) -> None:
        self._raw = {section[:KEY]: section[KEY + 1 :] for section in f"\n{text.strip()}".split("\n=")[1:]}
        self._read: dict[str, dict[str, Packed]] = {}
        self._count = sum(section.count("\n") + 1 for section in self._raw.values())

    def __getitem__(self, code: str) -> Packed:
        """Return name and functions of a code, or raise KeyError."""
        return self._section(code[:KEY])[code]

    def __iter__(self) -> Iterator[str]:
        """Return every code."""
        return (code for key in self._raw for code in self._section(key))

    def __len__(self) -> int:
        """Return how many codes there are."""
        return self._count

    def _section(self, key: str) -> Mapping[str, Packed]:
        if key not in self._raw:
            return {}
        if key not in self._read:
            # Set once and whole: another thread that reads the same section at the same time sets the same.
            self._read[key] = {key + rest: (name, functions) for rest, functions, name in _lines(self._raw[key])}
        return self._read[key]


def _lines(section: str) -> Iterator[list[str]]:
    return (line.split("\t", 2) for line in section.split("\n"))


def write(entries: Mapping[str, Packed]) -> str:
    """Return entries as such a text, in the order of the codes."""
    lines: list[str] = []
    key = ""
    for code, (name, functions) in sorted(entries.items()):
        if code[:KEY] != key:
            key = code[:KEY]
            lines.append(f"={key}")
        lines.append(f"{code[KEY:]}\t{functions}\t{name}")
    return "\n".join(lines) + "\n"
