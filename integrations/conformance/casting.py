"""Who plays which part of a scenario: who began it, and the companies that practise with it.

A part that nobody else can play is lodged by who began; its parties stay those of the samples then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from filings.messages.document import Document, Node
from integrations.conformance import scripts
from integrations.conformance.models import Run
from integrations.conformance.shapes import Scenario, ScenarioList, Step
from tenants.models import Operator

MOST_OF_A_NAME = 70


@dataclass(frozen=True)
class Player:
    """A company in a part. was: the EORIs of the companies of the samples it stands for. leads: it began the story."""

    part: str
    operator: str
    slug: str
    name: str
    eori: str
    was: tuple[str, ...]
    leads: bool = False

    @property
    def pk(self) -> UUID:
        """Return the operator's id."""
        return UUID(self.operator)


def proposed(scenario: Scenario, *, lead: Operator, others: Iterable[Operator]) -> list[Player]:
    """Return who would play what: each company itself where it is one of the samples', else whoever is free, in order."""
    chosen: dict[str, Operator] = {}
    free = [each for each in others if each.pk != lead.pk]
    mine = next((part for part, was in scenario.parts.items() if lead.eori in was), "")
    for part, was in scenario.parts.items():
        own = next((each for each in free if each.eori in was), None)
        if own is not None and part != mine:
            chosen[part] = own
            free.remove(own)
    mine = mine or next((part for part in scenario.parts if part not in chosen), next(iter(scenario.parts), ""))
    for part in scenario.parts:
        if part == mine:
            chosen[part] = lead
        elif part not in chosen and free:
            chosen[part] = free.pop(0)
    return [_player(part, chosen[part], was, lead) for part, was in scenario.parts.items() if part in chosen]


def for_one_of(found: ScenarioList, name: str, *, lead: Operator, others: Iterable[Operator]) -> list[Player]:
    """Return who would play a scenario of a list; nobody if there is none of that name."""
    return next((proposed(each, lead=lead, others=others) for each in found.scenarios if each.name == name), [])


def kept(cast: Sequence[Player]) -> list[dict[str, Any]]:
    """Return players as a run keeps them."""
    return [asdict(each) | {"was": list(each.was)} for each in cast]


def of(run: Run) -> list[Player]:
    """Return who plays in a run."""
    return [Player(**{**each, "was": tuple(each["was"])}) for each in run.cast]


def who(run: Run, scenario: Scenario, step: Step) -> Player | None:
    """Return who plays a step; nobody but who began where the run has no cast."""
    players = {each.part: each for each in of(run)}
    found = players.get(scenario.part_of(step))
    return found or next((each for each in players.values() if each.leads), None)


def eori(run: Run, part: str) -> str:
    """Return the EORI of who plays a part: that of the samples where nobody was cast."""
    played = next((each.eori for each in of(run) if each.part == part), "")
    return played or scripts.scenario(run.content).parts[part][0]


def recast(document: Document, run: Run) -> None:
    """Put those who play in place of the companies of the samples, wherever these are named by their EORI."""
    stands_for = {was: each for each in of(run) for was in each.was}
    for node in document.root.walk():
        for child in node.children:
            player = stands_for.get(child.text or "") if not child.children else None
            if player is not None and player.eori != child.text:
                child.set_text(player.eori)
                _rename(node, player)


def _rename(party: Node, player: Player) -> None:
    for child in party.named("name"):
        child.set_text(player.name[:MOST_OF_A_NAME])


def _player(part: str, operator: Operator, was: tuple[str, ...], lead: Operator) -> Player:
    return Player(part, str(operator.pk), operator.slug, operator.name, operator.eori, was, leads=operator.pk == lead.pk)
