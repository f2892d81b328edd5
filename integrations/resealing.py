"""Messages whose seal ended before customs took them: sealed anew, under a new message id.

Only then. While the old certificate holds, an attempt repeats the very bytes, whatever seal the connection has by now. Under
the old id other bytes would be another message, which customs refuses (EBMS:0003); hence the new one.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.conf import settings

from filings.models import OutboxMessage
from integrations import connections
from integrations.as4 import UserMessage, build_user_message, new_message_id, sealed_until
from integrations.models import Attempt, Connection, Exchange

RESEALED: Final = "resealed"  # the outcome of the step in an exchange's series of attempts
_REASON: Final = "The certificate of its seal has ended. It was sealed anew as {}; what is kept here are the octets before that."


def is_due(exchange: Exchange, connection: Connection, *, at: datetime) -> bool:
    """Say whether the stored bytes would be refused for the end of their certificate.

    :raises connections.NoCredential: if they would, and no seal that holds is there: then they wait for one.
    """
    if sealed_until(bytes(exchange.body)) > at:
        return False
    connections.seal(connection, at=at)
    return True


def reseal(
    exchange: Exchange, row: OutboxMessage, connection: Connection, message: Callable[[], UserMessage], *, at: datetime
) -> None:
    """Seal a message again under a new id, and keep the octets of before as evidence in its series of attempts."""
    row.message_id = new_message_id(settings.GATEWAY_HOST)
    row.save(update_fields=["message_id"])
    Attempt.objects.create(
        exchange=exchange,
        number=exchange.tries.count() + 1,
        started_at=at,
        ended_at=at,
        outcome=RESEALED,
        reason=_REASON.format(row.message_id),
        response=bytes(exchange.body),
        response_type=exchange.content_type,
    )
    sent = build_user_message(message=message(), seal=connections.seal(connection, at=at))
    exchange.message_id, exchange.content_type, exchange.body = sent.message_id, sent.content_type, sent.body
    exchange.references = [[item.uri, item.digest] for item in sent.references]
    exchange.save(update_fields=["message_id", "content_type", "body", "references"])
