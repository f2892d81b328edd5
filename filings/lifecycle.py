"""The whole life of a filing as tables (lifecycle digest §3, §6-§12; docs/decisions/0008 and 0022).

NEXT       where a filing or a request about one stands, and what moves it
FACTS      what customs said about it besides: several may be true at once, each in its own facet
ENTITIES   what the states of a consultation's answer mean for it

What comes from outside only ever moves a filing up the LADDER, and within a facet the message that customs dated last
counts; so early, late, twice and in any order end the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a filing stands, as its owner sees it; DONE is of requests about a filing alone."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    REGISTERED = "registered"
    ARRIVED = "arrived"
    INVALIDATED = "invalidated"
    REJECTED = "rejected"
    DONE = "done"


class Event(StrEnum):
    """What happens to a filing; the later ones are called as in the column `event` of the message table."""

    SUBMIT = "submit"
    RESEND = "resend"
    GIVE_UP = "give_up"
    RECEIPT = "receipt"
    REGISTER = "register"
    ARRIVE = "arrive"
    INVALIDATE = "invalidate"
    REJECT = "reject"
    FULFIL = "fulfil"


class NotAllowed(Exception):
    """The filing's state does not allow this."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"A filing that is {state} cannot {event.replace('_', ' ')}.")
        self.state, self.event = state, event


# What others tell us moves a filing up and never down: each step says what the ones below it did not know yet.
# SENT is above FAILED: a worker that comes back late knows less than the receipt.
# REJECTED is above REGISTERED: the second check of customs refuses after the MRN (§3 step 3).
# DONE is above REJECTED: customs' "it is done" about a request is not taken back.
LADDER: Final = (
    State.QUEUED,
    State.FAILED,
    State.SENT,
    State.REGISTERED,
    State.ARRIVED,
    State.INVALIDATED,
    State.REJECTED,
    State.DONE,
)
LEADS_TO: Final[Mapping[Event, State]] = {
    Event.GIVE_UP: State.FAILED,
    Event.RECEIPT: State.SENT,
    Event.REGISTER: State.REGISTERED,
    Event.ARRIVE: State.ARRIVED,
    Event.INVALIDATE: State.INVALIDATED,
    Event.REJECT: State.REJECTED,
    Event.FULFIL: State.DONE,
}
OWN: Final[Mapping[tuple[State, Event], State]] = {
    (State.DRAFT, Event.SUBMIT): State.QUEUED,
    (State.FAILED, Event.RESEND): State.QUEUED,
}
NEXT: Final[Mapping[tuple[State, Event], State]] = {
    **OWN,
    **{(state, event): max(state, to, key=LADDER.index) for event, to in LEADS_TO.items() for state in LADDER},
}

WORDS: Final[Mapping[State, tuple[str, str]]] = {
    State.DRAFT: ("Draft", "Not sent yet. Complete it, check it, then submit it."),
    State.QUEUED: ("Waiting to be sent", "Submitted; the gateway is about to hand it to customs."),
    State.SENT: ("With customs", "Customs confirmed that it arrived. Its answer is still to come."),
    State.FAILED: ("Not sent", "Customs could not be reached or refused the connection. See the reason, then send it again."),
    State.REGISTERED: ("Registered", "Customs gave it an MRN. That is not yet an acceptance: the assessment follows."),
    State.ARRIVED: ("Arrived", "The goods arrived. It can no longer expire; controls and presentation may follow."),
    State.INVALIDATED: ("Invalidated", "Customs invalidated it; it counts no longer. Goods that still come need a new filing."),
    State.REJECTED: ("Rejected", "Customs refused it. Correct the marked fields in a copy and submit that."),
    State.DONE: ("Done", "Customs did what this request asks."),
}
TAKEN: Final = "Customs received it and signed for it. It answers only if something is wrong with it."
ARRIVAL_TAKEN: Final = "Customs registered the arrival. It tells only what it objects to, and what it will control."
HAPPENS: Final[Mapping[Event, str]] = {
    Event.SUBMIT: "it is submitted",
    Event.RESEND: "it is sent again",
    Event.GIVE_UP: "it could not be handed over",
    Event.RECEIPT: "customs signs for it",
    Event.REGISTER: "customs registers it and gives it an MRN",
    Event.ARRIVE: "customs tells of a control at arrival, or a consultation says that it arrived",
    Event.INVALIDATE: "customs confirms that it is invalidated",
    Event.REJECT: "customs refuses it",
    Event.FULFIL: "customs does what the request asks",
}

NOT_YET_WITH_CUSTOMS: Final = (State.DRAFT, State.QUEUED, State.SENT, State.FAILED)  # a filing here has not met its deadline yet
WAITING: Final = frozenset({State.QUEUED, State.SENT})  # states in which something will happen by itself
IN_FORCE: Final = frozenset({State.REGISTERED, State.ARRIVED})
ANSWERED: Final = frozenset({State.REGISTERED, State.ARRIVED, State.INVALIDATED, State.REJECTED, State.DONE})
OF_FILINGS: Final = tuple(state for state in State if state is not State.DONE)

# Messages that move the state of the filing they are about, whether or not they answer something of ours.
MOVES: Final[Mapping[str, Event]] = {"invalidate": Event.INVALIDATE, "order_control": Event.ARRIVE}

UNUSED: Final = timedelta(days=200)  # a registered filing whose goods do not arrive is invalidated (§5)
WARN_BEFORE: Final = timedelta(days=30)
TOLD_AGAIN: Final = timedelta(days=30)  # how far back a consultation brings notifications again (interface document)


def step(state: State, event: Event) -> State:
    """Return the state that follows.

    :raises NotAllowed: if the table has no such step.
    """
    try:
        return NEXT[state, event]
    except KeyError:
        raise NotAllowed(state, event) from None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something customs said: its facet and value, the event that tells it, words for it, and how it looks.

    of_copy: it holds for the filing even where the message names another one's MRN (the carrier's copy).
    restarts: customs assesses the filing anew, so that assessments dated before count no more.
    """

    facet: str
    value: str
    event: str
    name: str
    sentence: str
    tone: str = "info"
    of_copy: bool = False
    restarts: bool = False

    @property
    def key(self) -> str:
        """Return what addresses call it."""
        return f"{self.facet}:{self.value}"


# Of one facet the later row wins when customs gave both messages the same date.
FACTS: Final = (
    Fact("completeness", "incomplete", "miss_filings", "Not complete", "Somebody it names has not filed yet.", "warn"),
    Fact("completeness", "pending", "find_pending", "Waits for others", "Filings that belong to it are still missing.", "warn"),
    Fact("completeness", "complete", "find_complete", "Complete", "Everything that belongs to it is filed and linked.", "good"),
    Fact("assessment", "again", "amend", "Assessed again", "It was amended, so customs assesses it anew.", "info",
        restarts=True),
    Fact(
        "assessment", "listed", "complete_assessment_of", "Assessment: listed parts",
        "Customs listed the parts that are fine. What is not in the list is not cleared. It is not a release.", "warn",
    ),
    Fact(
        "assessment", "complete", "complete_assessment", "Assessment complete",
        "The risk assessment ended without do-not-load. It is not a release: controls may follow.", "good",
    ),
    Fact("asked", "answered", "answer_all", "Customs answered", "Every request of customs was answered.", "info"),
    Fact("asked", "open", "open", "Customs asks", "Customs asks for information, better data or a screening.", "warn"),
    Fact(
        "loading", "forbidden", "forbid_loading", "Do not load",
        "Customs forbade loading. Stop the goods named, and tell the carrier.", "bad", of_copy=True,
    ),
    Fact("control", "announced", "announce_control", "Control announced", "Customs will control goods.", "warn"),
    Fact("control", "ordered", "order_control", "Control", "Customs will control goods: unload and present them.", "warn"),
    Fact(
        "arrival", "announced", "announce_arrival", "Arrival announced",
        "You told customs that the goods arrived, and customs took note. It tells only what it objects to.", "info",
    ),
    Fact(
        "arrival", "wrong_state", "find_wrong_state", "Arrival not taken",
        "The arrival was announced while the filing was in a state that does not allow it. See the timeline.", "bad",
    ),
)  # fmt: skip
FACETS: Final = tuple(dict.fromkeys(fact.facet for fact in FACTS))
_BY_EVENT: Final = {fact.event: fact for fact in FACTS}
_BY_VALUE: Final = {(fact.facet, fact.value): fact for fact in FACTS}

# The states of CL744 that a consultation reports, as events; the other ones say nothing new to the filer.
ENTITIES: Final[Mapping[str, str]] = {
    "04": "find_pending",
    "05": "find_complete",
    "09": Event.INVALIDATE,
    "10": "find_pending",
    "11": "find_complete",
    "19": Event.ARRIVE,
    "21": Event.ARRIVE,
}


def fact_of(event: str) -> Fact | None:
    """Return the fact an event tells, or nothing."""
    return _BY_EVENT.get(event)


def fact(facet: str, value: str) -> Fact | None:
    """Return the fact that a facet has a value, or nothing."""
    return _BY_VALUE.get((facet, value))


def known(facts: Mapping[str, str]) -> list[Fact]:
    """Return the facts that a filing's columns hold, in the order of the table."""
    return [each for each in FACTS if facts.get(each.facet) == each.value]


def learn(told: Fact, at: datetime, value: str, since: datetime | None) -> bool:
    """Say whether a fact that customs dated `at` takes the place of a value it dated `since`."""
    if not value or since is None:
        return True
    before = fact(told.facet, value)
    rank = FACTS.index(before) if before else -1
    return (at, FACTS.index(told)) > (since, rank)


def expires(registered_at: datetime | None, state: State) -> datetime | None:
    """Return when customs invalidates a filing whose goods do not arrive; nothing where that clock does not run."""
    return registered_at + UNUSED if registered_at and state is State.REGISTERED else None
