"""What customs makes of a message it has receipted: read, checked, and handed to the process it belongs to.

Which process is a question to the columns consumer and event of the message's row. The checks of the trader interface
(structure, rules, LRN) come first and are answered by IE3N99 with all faults; the process then says yes, or no by the
life cycle (IE3N01). Decisions where the specification is silent: docs/sandbox.md.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from filings.messages.catalogue import Message
from filings.messages.document import Document, Unreadable
from filings.messages.finding import Finding
from integrations.sandbox import amending, arriving, consulting, filing, invalidating, reading, referring
from integrations.sandbox.case import Case
from integrations.sandbox.judging import DUPLICATE_LRN, INCORRECT, Judgement, TooEarly, rejected, used_before
from integrations.sandbox.models import Received
from integrations.sandbox.office import Office
from integrations.sandbox.reading import read_and_checked

logger = logging.getLogger(__name__)

LOOK_AGAIN: Final = timedelta(milliseconds=250)

PROCESSES: Final[Mapping[tuple[str, str], Callable[[Document, Case], Judgement]]] = {
    ("filing", "submit"): filing.register,
    ("filing", "submit_amendment"): amending.amend,
    ("filing", "request_invalidation"): invalidating.invalidate,
    ("arrival", "submit"): arriving.notify,
    ("referral", "answer"): referring.answer,
    ("consultation", "ask"): consulting.consult,
}

__all__ = ["DUPLICATE_LRN", "judge", "process"]


def process(received: Received, *, here: Office, at: datetime) -> None:
    """Judge a stored message, keep the answers, and mark it done or put it off; call it in a transaction."""
    try:
        judgement = judge(received, here=here, at=at)
    except TooEarly:
        received.due_at = at + LOOK_AGAIN
        received.save(update_fields=["due_at"])
        return
    received.state = Received.State.PROCESSED
    received.outcome = judgement.outcome[:120]
    received.processed_at = at
    received.save(update_fields=["state", "outcome", "processed_at"])


def judge(received: Received, *, here: Office, at: datetime) -> Judgement:
    """Return the judgement on a message; answers, registrations and timers are written on the way.

    :raises TooEarly: if what it refers to may still be on its way
    """
    calendar = reading.calendar(at, received.party)
    claimed = calendar.message(received.action)
    case = Case(here, at, received)
    try:
        question, found = read_and_checked(bytes(received.payload), calendar)
    except Unreadable as error:
        return rejected([Finding("", INCORRECT, "", "error", str(error))], case, claimed=claimed)
    case.question = question
    if question.message.id != claimed.id:
        sentence = f"The message was sent as {claimed.id}, but its root element is {question.message.root_name}."
        return rejected([Finding(f"/{question.message.root_name}", INCORRECT, "", "error", sentence)], case, claimed=claimed)
    faults = [*found, *used_before(question)]
    if faults:
        return rejected(faults, case, claimed=claimed)
    return _process_of(claimed)(question, case)


def _process_of(message: Message) -> Callable[[Document, Case], Judgement]:
    return PROCESSES[message.consumer, message.event]
