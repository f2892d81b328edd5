"""The whole life of a filing as one table (lifecycle digest §3, §6; docs/decisions/0008-lifecycle.md)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a filing stands, as its owner sees it."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    REGISTERED = "registered"
    REJECTED = "rejected"


class Event(StrEnum):
    """What happens to a filing."""

    SUBMIT = "submit"
    RECEIPT = "receipt"
    GIVE_UP = "give_up"
    RESEND = "resend"
    REGISTER = "register"
    REJECT = "reject"


class NotAllowed(Exception):
    """The filing's state does not allow this."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"A filing that is {state} cannot {event.replace('_', ' ')}.")
        self.state, self.event = state, event


# Answers of customs may overtake the receipt, come twice, or after we gave up: each is a row here, none an accident.
NEXT: Final[Mapping[tuple[State, Event], State]] = {
    (State.DRAFT, Event.SUBMIT): State.QUEUED,
    (State.QUEUED, Event.RECEIPT): State.SENT,
    (State.QUEUED, Event.GIVE_UP): State.FAILED,
    (State.QUEUED, Event.REGISTER): State.REGISTERED,
    (State.QUEUED, Event.REJECT): State.REJECTED,
    (State.FAILED, Event.RESEND): State.QUEUED,
    (State.FAILED, Event.RECEIPT): State.SENT,
    (State.FAILED, Event.REGISTER): State.REGISTERED,
    (State.FAILED, Event.REJECT): State.REJECTED,
    (State.FAILED, Event.GIVE_UP): State.FAILED,
    (State.SENT, Event.RECEIPT): State.SENT,
    (State.SENT, Event.GIVE_UP): State.SENT,  # a worker that comes back late knows less than the receipt
    (State.SENT, Event.REGISTER): State.REGISTERED,
    (State.SENT, Event.REJECT): State.REJECTED,
    (State.REGISTERED, Event.RECEIPT): State.REGISTERED,
    (State.REGISTERED, Event.GIVE_UP): State.REGISTERED,
    (State.REGISTERED, Event.REGISTER): State.REGISTERED,
    (State.REGISTERED, Event.REJECT): State.REJECTED,  # the second-stage check refuses after the MRN (§3 step 3)
    (State.REJECTED, Event.RECEIPT): State.REJECTED,
    (State.REJECTED, Event.GIVE_UP): State.REJECTED,
    (State.REJECTED, Event.REGISTER): State.REJECTED,  # the same two answers in the other order: the refusal is the last word
    (State.REJECTED, Event.REJECT): State.REJECTED,
}

WORDS: Final[Mapping[State, tuple[str, str]]] = {
    State.DRAFT: ("Draft", "Not sent yet. Complete it, check it, then submit it."),
    State.QUEUED: ("Waiting to be sent", "Submitted; the gateway is about to hand it to customs."),
    State.SENT: ("With customs", "Customs confirmed that it arrived. Its answer is still to come."),
    State.FAILED: ("Not sent", "Customs could not be reached or refused the connection. See the reason, then send it again."),
    State.REGISTERED: ("Registered", "Customs gave it an MRN. That is not yet an acceptance: the assessment follows."),
    State.REJECTED: ("Rejected", "Customs refused it. Correct the marked fields in a copy and submit that."),
}

WAITING: Final = frozenset({State.QUEUED, State.SENT})  # states in which something will happen by itself


def step(state: State, event: Event) -> State:
    """Return the state that follows.

    :raises NotAllowed: if the table has no such step.
    """
    try:
        return NEXT[state, event]
    except KeyError:
        raise NotAllowed(state, event) from None
