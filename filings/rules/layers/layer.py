"""The layers there are, what they look at, and which of them are on."""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Protocol

from filings.messages.catalogue import Element
from filings.messages.document import Document, Groups
from filings.messages.finding import Finding
from filings.rules.layers import lists
from filings.rules.layers.words import WordList
from filings.rules.registry import Breach
from filings.rules.scope import Scope

TABLES: Final = Path(__file__).parent.parent / "tables"


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of a table of layers."""
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Look:
    """Which elements a layer looks at: the end of their path, a rule they have, or the list their codes are from.

    when, one_of: a sibling and the values it must have, if any.
    """

    path: str
    rule: str
    when: str
    one_of: frozenset[str]
    code_list: str = ""

    def at(self, spec: Element) -> bool:
        """Return whether the layer looks at an element."""
        if self.code_list:
            return spec.format is not None and spec.code_list == self.code_list
        return self.rule in spec.rules if self.rule else f"/{spec.path}".endswith(f"/{self.path}")


@dataclass(frozen=True)
class Layer:
    """One layer. code: what customs would answer (CL723); severity: "error" or "warning"; source: where it comes from."""

    id: str
    code: str
    severity: str
    title: str
    source: str
    looks: tuple[Look, ...] = field(repr=False)

    def finding(self, path: str, breach: Breach) -> Finding:
        """Return what the layer found at a place."""
        return Finding(path, self.code, self.id, self.severity, breach.sentence, breach.repair)

    def look(self, spec: Element) -> Look | None:
        """Return how the layer looks at an element, None if it does not."""
        return next((look for look in self.looks if look.at(spec)), None)

    @property
    def judge(self) -> "Judge":
        """Return the function that judges a value."""
        return _JUDGES[self.id]

    @property
    def reader(self) -> "Reader | None":
        """Return the function that reads a whole document, for a layer that does so."""
        return _READERS.get(self.id)

    @property
    def wording(self) -> str:
        """Return what the layer checks, in words."""
        return " ".join(((self.reader or self.judge).__doc__ or "").split())


@dataclass(frozen=True)
class Layers:
    """The layers that are on, and the stop words they use if not those in force."""

    on: frozenset[str]
    own_words: WordList | None = None

    @property
    def words(self) -> WordList:
        """Return the stop words to compare with."""
        return self.own_words or lists.in_force()

    @cached_property
    def active(self) -> tuple[Layer, ...]:
        """Return the layers that are on."""
        return tuple(layer for id_, layer in layers().items() if id_ in self.on)

    @cached_property
    def readers(self) -> "tuple[tuple[Layer, Reader], ...]":
        """Return the layers that are on and read whole documents, with the function that does."""
        return tuple((layer, layer.reader) for layer in self.active if layer.reader)


Judge = Callable[[str, Scope, Layers], Breach | None]


class Reader(Protocol):
    """A function that reads whole documents."""

    __doc__: str | None

    def __call__(self, document: Document, groups: Groups | None = None) -> Iterable[tuple[str, Breach]]:
        """Yield what is found in a document, with the XPath; groups: what is known of it from an earlier look."""


_JUDGES: Final[dict[str, Judge]] = {}
_READERS: Final[dict[str, Reader]] = {}


def layer(id_: str) -> Callable[[Judge], Judge]:
    """Register the function of a layer."""

    def register(function: Judge) -> Judge:
        if id_ in _JUDGES:
            raise ValueError(f"the layer {id_} is written twice")
        _JUDGES[id_] = function
        return function

    return register


def whole(id_: str) -> Callable[[Reader], Reader]:
    """Register the function of a layer that reads whole documents."""

    def register(function: Reader) -> Reader:
        _READERS[id_] = function
        return function

    return register


@cache
def layers() -> Mapping[str, Layer]:
    """Return every layer by id."""
    looks: dict[str, list[Look]] = {}
    for row in rows("layer_elements"):
        look = Look(row["path"], row["rule"], row["when"], frozenset(row["is"].split()), row["code_list"])
        looks.setdefault(row["layer"], []).append(look)
    return {
        row["layer"]: Layer(
            row["layer"], row["code"], row["severity"], row["title"], row["source"], tuple(looks.get(row["layer"], ()))
        )
        for row in rows("layers")
    }


@cache
def _all() -> Layers:
    return Layers(frozenset(layers()))


ALL: Final = _all()
