"""What a newer edition changes."""

from collections.abc import Mapping
from dataclasses import dataclass

from filings.reference.entries import Packed


@dataclass(frozen=True)
class Difference:
    """Codes that came, went, or mean something else: old and new name (with functions) by code."""

    added: Mapping[str, str]
    gone: Mapping[str, str]
    changed: Mapping[str, tuple[str, str]]

    def __bool__(self) -> bool:
        return bool(self.added or self.gone or self.changed)


def compare(old: Mapping[str, Packed], new: Mapping[str, Packed]) -> Difference:
    """Return what differs between two editions; a change of functions counts, that of their order does not."""
    return Difference(
        added={code: new[code][0] for code in new if code not in old},
        gone={code: old[code][0] for code in old if code not in new},
        changed={
            code: (_words(old[code]), _words(new[code])) for code in new if code in old and _words(old[code]) != _words(new[code])
        },
    )


def _words(packed: Packed) -> str:
    name, functions = packed
    return f"{name} [{''.join(sorted(functions))}]" if functions else name
