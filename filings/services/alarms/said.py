"""Alarms about what customs says: which message raises one, and how urgent, is the column `alarm` of tables/words.csv."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from filings.messages.document import Document
from filings.models import Alarm, Filing, Topic
from filings.services import words
from filings.services.alarms import alarms

URGENT: Final = "urgent"
# By the event of the message; everything else is something that customs said.
TOPICS: Final[Mapping[str, Topic]] = {"open": Topic.REFERRAL, "forbid_loading": Topic.LOADING}


def say(
    *, document: Document, content: str, at: datetime, filing: Filing | None = None, answers: str = "", link: str = ""
) -> Alarm | None:
    """Raise the alarm that a message asks for, once for its content; nothing for one that asks for none.

    :param content: what the message has in common with others that say the same (filings.services.learning.content).
    :param answers: the type of our message that it answers, if that is known.
    """
    meaning = words.meaning(document.message.id, answers)
    if meaning is None or not meaning.alarm:
        return None
    named = f": {filing.lrn or filing.mrn}" if filing else ""
    return alarms.raise_(
        topic=TOPICS.get(document.message.event, Topic.SAID),
        key=f"said:{filing.pk if filing else ''}:{document.message.id}:{content}",
        title=f"{meaning.headline}{named}",
        sentence=f"{words.sentence(document, answers=answers)} {meaning.todo}",
        filing=filing,
        link=link,
        urgent=meaning.alarm == URGENT,
        at=at,
    )


def settled(*, filing: Filing, topic: Topic, because: str, at: datetime) -> None:
    """End the alarms of a topic about a filing: what they asked for was done."""
    alarms.end(filing=filing, topics=[topic], because=because, at=at)
