"""Write the house consignments of a large sample by forms, as most of a house is like that of another.

Houses with the same goods differ in values only, so what stands in them and in which order is found out once.
A form is used only where it makes the very text of the house it was made from.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from filings.messages import xml
from filings.messages.catalogue import Element
from filings.messages.json import group
from filings.samples.conditions import Json
from filings.samples.tables import Facts

# What to take from facts: names, and for each occurrence what to take from it, None for the value itself.
Shape = tuple[tuple[str, tuple["Shape | None", ...]], ...]
_VALUE: Final = "%s"


class Forms:
    """Forms by what decides which of them a house has."""

    def __init__(self, spec: Element, fill: Callable[[Facts], Json], *, flat: bool) -> None:
        self._spec = spec
        self._flat = flat
        self._fill = fill
        self._forms: dict[object, tuple[str, Shape] | None] = {}

    def text(self, facts: Facts, kind: object) -> str:
        """Return the text of one house; those of a kind differ in values only."""
        form = self._forms.get(kind)
        if form is not None:
            return _filled(form, facts)
        content = self._fill(facts)
        text = self._written(content)
        if kind not in self._forms:
            made = self._written(_blank(content)), _shape(content)
            self._forms[kind] = made if _fits(made, facts, text) else None
        return text

    def _written(self, content: Json) -> str:
        return xml.write_group(group(self._spec, content), self._spec, flat=self._flat)


def _fits(form: tuple[str, Shape], facts: Facts, text: str) -> bool:
    try:
        return _filled(form, facts) == text
    except (LookupError, TypeError, ValueError):
        return False


def _filled(form: tuple[str, Shape], facts: Facts) -> str:
    text, shape = form
    return text % tuple(map(xml.escape, _values(shape, facts)))


def _values(shape: Shape, facts: Mapping[str, Any]) -> Iterator[str]:
    for name, below in shape:
        fact = facts[name]
        if callable(fact):
            fact = fact()
        kind = type(fact)
        for one, part in zip(below, [fact] if kind is str or kind is dict else fact, strict=False):
            if one is None:
                yield part
            else:
                yield from _values(one, part)


def _shape(content: Json) -> Shape:
    """Return what stands in a group."""
    return tuple(
        (name, tuple(_shape(one) if isinstance(one, dict) else None for one in (value if isinstance(value, list) else [value])))
        for name, value in content.items()
    )


def _blank(content: Any) -> Any:
    """Return a group with a mark in place of every value."""
    if isinstance(content, dict):
        return {name: _blank(value) for name, value in content.items()}
    return [_blank(one) for one in content] if isinstance(content, list) else _VALUE
