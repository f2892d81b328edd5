"""What a list of scenarios says: lists, scenarios, steps, what must come, and who plays which part."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

WITHIN: Final = 120  # seconds for the answers of a step, unless it says otherwise
CONFORMANCE: Final = "conformance"  # what customs asks to see
STORIES: Final = "stories"  # what people learn by
RIGHT: Final = "right"
WRONG: Final = "wrong"


@dataclass(frozen=True)
class Expected:
    """A message that must come. values: what it must say, by path."""

    message: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One message of the operator and the answers to it; without a message only answers are waited for.

    sample: the filing of a story it is, told anew for the run; the parties stay who they are. word: of the sandbox, for
    the LRN. about: the step whose filing it is about; what it says under the same names is taken over. refused: the code
    with which our own check keeps it from leaving, or the name of the refusal. shows: what the filing of a step shows in
    the end, "step:facet" and value. todo, meaning: what to do by hand, and what happened, in words.
    """

    name: str
    title: str
    send: str = ""
    sample: str = ""
    seed: int = 1
    word: str = ""
    about: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    within: int = WITHIN
    expect: tuple[Expected, ...] = ()
    refused: str = ""
    shows: Mapping[str, str] = field(default_factory=dict)
    todo: str = ""
    meaning: str = ""
    part: str = ""
    own: bool = False
    times: int = 1
    deed: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    desk: bool = False
    page: str = ""


@dataclass(frozen=True)
class Scenario:
    """One scenario of a role.

    parts: the EORIs of the companies of the samples whom each part stands for; without parts the parties stay who they are.
    shipments: the samples it tells of. situations: what of docs/situations.md it shows. goes: right or wrong.
    """

    name: str
    role: str
    title: str
    purpose: str
    steps: tuple[Step, ...]
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    situations: tuple[str, ...] = ()
    goes: str = RIGHT
    content: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def shipments(self) -> list[str]:
        """Return the folders of the samples it tells of, in order."""
        return sorted({step.sample.partition("/")[0] for step in self.steps if step.sample})

    @property
    def only_by_hand(self) -> bool:
        """Say whether it has steps that only a person can do."""
        return any(step.deed or step.own for step in self.steps)

    def part_of(self, step: Step) -> str:
        """Return who plays a step; empty where the scenario has no parts, or leaves it to who began."""
        return step.part or next(iter(self.parts), "")


@dataclass(frozen=True)
class ScenarioList:
    """A list with its scenarios."""

    name: str
    title: str
    version: str
    scenarios: tuple[Scenario, ...]
    kind: str = CONFORMANCE

    def scenario(self, name: str) -> Scenario:
        """Return one scenario.

        :raises KeyError: if there is none of that name
        """
        return {each.name: each for each in self.scenarios}[name]
