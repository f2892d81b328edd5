"""What customs said of the houses of a filing: assessed or not, asked about, not to be loaded.

    known(filing)            ->  what is known, to be asked about many houses
    narrowed(found, …)       ->  the parts of a filing in a state, by the database
    Known.states(houses)     ->  the states of some houses, however the filing is kept

An app above filings that knows of houses answers for a state of its own: it registers here, as in `telling`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, TextChoices, Value

from filings.messages.document import Node
from filings.models import Assessment, Filing, FilingPart
from filings.models.assessment import Kind
from filings.services import assessing

LONGEST: Final = 128  # of a reference, as rows keep it
# What stands in a house and may be named in its place.
INSIDE: Final = tuple(assessing.HELD[kind][-1] for kind in (Kind.CONTAINER, Kind.RECEPTACLE))


class HouseState(TextChoices):
    """Where a house stands with customs; several may be true at once."""

    ASSESSED = "assessed", "Assessed"
    NOT_ASSESSED = "not_assessed", "Not assessed yet"
    ASKED = "asked", "Customs asks"
    FORBIDDEN = "forbidden", "Do not load"

    @property
    def tone(self) -> str:
        """Return how it looks, as facts of a filing do."""
        return TONES[self]


TONES: Final = {
    HouseState.ASSESSED: "good",
    HouseState.NOT_ASSESSED: "info",
    HouseState.ASKED: "warn",
    HouseState.FORBIDDEN: "bad",
}


@dataclass(frozen=True)
class Named:
    """Houses of a filing by their documents, and containers or receptacles that stand for the houses they are in."""

    houses: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()


Source = Callable[[Filing], Named]
_SOURCES: Final[dict[HouseState, Source]] = {}


def register(state: HouseState, source: Source) -> None:
    """Let somebody answer from now on which houses of a registered filing are in a state."""
    _SOURCES[state] = source


@dataclass(frozen=True)
class Known:
    """What customs said of the houses of a filing. whole: the filing it speaks of, which an amendment is about."""

    whole: Filing

    @property
    def is_any(self) -> bool:
        """Say whether customs can have said anything."""
        return bool(self.whole.mrn)

    @property
    def is_complete(self) -> bool:
        """Say whether customs ended the assessment of the filing as a whole, which it need not do house by house."""
        return bool(self.whole.assessment == "complete")

    @cached_property
    def assessment(self) -> Assessment | None:
        """Return the row that counts houses, if customs named any."""
        return Assessment.objects.filter(filing=self.whole, kind=Kind.HOUSE).first()

    @cached_property
    def named(self) -> dict[HouseState, Named]:
        """Return what the apps above know, by state."""
        return {state: source(self.whole) for state, source in _SOURCES.items()} if self.is_any else {}

    def states(self, houses: Sequence[tuple[str, Node]]) -> list[list[HouseState]]:
        """Return the states of each of some houses, given by document and content; nothing before customs has the filing."""
        if not self.is_any:
            return [[] for _ in houses]
        fine = self._fine([reference for reference, _ in houses])
        return [self._states(reference, node, fine) for reference, node in houses]

    def _states(self, reference: str, node: Node, fine: set[str]) -> list[HouseState]:
        is_fine = self.is_complete or reference[:LONGEST] in fine
        found = [HouseState.ASSESSED if is_fine else HouseState.NOT_ASSESSED]
        for state, named in self.named.items():
            if reference in named.houses or (named.inside and not named.inside.isdisjoint(_held(node))):
                found.append(state)
        return found

    def _fine(self, references: Sequence[str]) -> set[str]:
        if self.is_complete or self.assessment is None:
            return set()
        rows = assessing.valid(self.whole, self.assessment).filter(reference__in=[each[:LONGEST] for each in references])
        return set(rows.values_list("reference", flat=True))


def known(filing: Filing) -> Known:
    """Return what customs said of the houses of a filing; of those of a request about one, what it said of that one."""
    return Known(Filing.objects.defer("document").get(pk=filing.about_id) if filing.about_id else filing)


def narrowed(found: QuerySet[FilingPart], standing: Known, state: HouseState) -> QuerySet[FilingPart]:
    """Return those of some parts of a filing that are houses in a state; none before customs has the filing."""
    if not standing.is_any:
        return found.none()
    if state in {HouseState.ASSESSED, HouseState.NOT_ASSESSED}:
        return _assessed(found, standing, wanted=state == HouseState.ASSESSED)
    named = standing.named.get(state, Named())
    if not named.houses and not named.inside:
        return found.none()
    fits = Q(reference__in=named.houses)
    if named.inside:
        fits |= Q(_holds(named.inside))
    return found.filter(fits)


def _assessed(found: QuerySet[FilingPart], standing: Known, *, wanted: bool) -> QuerySet[FilingPart]:
    if standing.is_complete or standing.assessment is None:
        return found if standing.is_complete is wanted else found.none()
    fine = Exists(assessing.valid(standing.whole, standing.assessment).filter(reference=OuterRef("reference")))
    return found.filter(fine if wanted else ~fine)


def _holds(numbers: frozenset[str]) -> Func:
    """Return the condition that a container or receptacle of a part has one of some numbers, however many these are.

    No index of such lists serves here: under row-level security PostgreSQL asks an index only what cannot leak.
    """
    return Func(
        F("inside"),
        Value(sorted(numbers)),
        template="exists (select from jsonb_array_elements_text(%(expressions)s))",
        arg_joiner=") one where one = any(",
        output_field=BooleanField(),
    )


def _held(node: Node) -> Iterator[str]:
    for child in node.children:
        if child.name in INSIDE and child.text:
            yield child.text.strip()
        yield from _held(child)
