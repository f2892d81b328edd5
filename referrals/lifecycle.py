"""The life of a request of customs as tables (lifecycle digest §8; docs/decisions/0026).

FOLLOWS    where a request stands, by where the message that answers it stands
OWN        what people do besides

A request is answered once customs has received the answer: signed for it, or, where customs says yes to such a message,
said so. What comes late or twice changes nothing, since a filing only moves up its own ladder.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    DRAFTED = "drafted"
    APPROVAL = "approval"
    SENDING = "sending"
    FAILED = "failed"
    REFUSED = "refused"
    ANSWERED = "answered"
    SET_ASIDE = "set_aside"


class Event(StrEnum):
    """What people do with a request besides answering it."""

    SET_ASIDE = "set_aside"
    TAKE_UP = "take_up"
    DISCARD = "discard"
    ASK_APPROVAL = "ask_approval"
    CHANGE = "change"


class NotAllowed(Exception):
    """The request's state does not allow this."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"A request that is “{WORDS[state][0].lower()}” does not allow this.")
        self.state, self.event = state, event


WORDS: Final[Mapping[State, tuple[str, str]]] = {
    State.OPEN: ("To answer", "Customs waits for an answer."),
    State.DRAFTED: ("Answer drafted", "The answer is not sent yet. Customs still waits."),
    State.APPROVAL: ("To approve", "A second person must approve the answer before it leaves."),
    State.SENDING: ("On its way", "The answer was submitted; customs has not confirmed it yet."),
    State.FAILED: ("Not sent", "The answer did not reach customs. Send it again."),
    State.REFUSED: ("Answer refused", "Customs refused the answer. It still waits for one that it can take."),
    State.ANSWERED: ("Answered", "Customs received the answer."),
    State.SET_ASIDE: ("Set aside", "Closed without an answer; the history says why."),
}

OPEN: Final = frozenset(state for state in State if state not in {State.ANSWERED, State.SET_ASIDE})
# In these nobody has an answer on its way, so one may be written.
MAY_ANSWER: Final = frozenset({State.OPEN, State.REFUSED})
BEING_WRITTEN: Final = frozenset({State.DRAFTED, State.APPROVAL})

# By the state of the filing row that is the answer. An answer customs says yes to waits for that yes; another one is
# received once it is signed for.
FOLLOWS: Final[Mapping[str, State]] = {
    "draft": State.DRAFTED,
    "queued": State.SENDING,
    "sent": State.ANSWERED,
    "failed": State.FAILED,
    "rejected": State.REFUSED,
    "done": State.ANSWERED,
    "registered": State.ANSWERED,
    "arrived": State.ANSWERED,
    "invalidated": State.ANSWERED,
}
FOLLOWS_YES: Final[Mapping[str, State]] = {**FOLLOWS, "sent": State.SENDING}

OWN: Final[Mapping[tuple[State, Event], State]] = {
    **{(state, Event.SET_ASIDE): State.SET_ASIDE for state in (State.OPEN, State.REFUSED, State.FAILED)},
    (State.SET_ASIDE, Event.TAKE_UP): State.OPEN,
    (State.ANSWERED, Event.TAKE_UP): State.OPEN,
    (State.DRAFTED, Event.DISCARD): State.OPEN,
    (State.APPROVAL, Event.DISCARD): State.OPEN,
    (State.DRAFTED, Event.ASK_APPROVAL): State.APPROVAL,
    (State.APPROVAL, Event.CHANGE): State.DRAFTED,
    (State.DRAFTED, Event.CHANGE): State.DRAFTED,
}


def step(state: State, event: Event) -> State:
    """Return the state that follows.

    :raises NotAllowed: if the table has no such step.
    """
    try:
        return OWN[state, event]
    except KeyError:
        raise NotAllowed(state, event) from None


def following(answer: str, *, needs_yes: bool, before: State) -> State:
    """Return where a request stands whose answer stands there; while it is a draft, waiting for approval stays."""
    found = (FOLLOWS_YES if needs_yes else FOLLOWS)[answer]
    return before if found is State.DRAFTED and before is State.APPROVAL else found
