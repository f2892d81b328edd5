"""The connectivity test: a message that customs signs for and delivers to nobody (ICD 4.5.1).

It shows at once that address, TLS, seal, party id and agreement are right on both sides. It is stored before it is sent and is
never repeated: a person asked, and a person reads the answer.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils import timezone

from integrations import as4, connections, http, tls, wire
from integrations.as4 import Outcome, Result
from integrations.models import Connection, Ping
from tenants.scope import every_tenant

READ: Final = 30.0  # seconds a person waits for the answer
_REASON: Final = "connections belong to the ITSP"
_GOOD: Final = "The connection works: customs has signed for the test."
_NO_ANSWER: Final = (
    "No receipt came back. Check the address and the TLS certificate of the connection, and whether an outage is announced."
)


def ping(connection: Connection, *, at: datetime, clock: Callable[[], datetime] = timezone.now) -> Ping:
    """Send a connectivity test over a connection and return its row: outcome, reason, what to do, and the evidence.

    :param clock: tells when the answer was there.
    :raises connections.NoCredential: if the connection has nothing valid to sign with.
    """
    sent = _sealed(connection, at=at)
    with every_tenant(_REASON):
        row: Ping = Ping.objects.create(
            connection=connection, message_id=sent.message_id, content_type=sent.content_type, body=sent.body, sent_at=at
        )
    answer, outcome = _post(connection, sent, clock)
    row.ended_at, row.outcome = clock(), outcome.result
    row.code, row.reason, row.advice = (outcome.code or "")[:20], outcome.reason[:400], _advice(outcome)
    if answer is not None:
        row.status, row.response, row.response_type = answer.status, answer.body, answer.content_type[:300]
    with every_tenant(_REASON):
        row.save()
    return row


def latest(connection: Connection) -> Ping | None:
    """Return the last test of a connection."""
    with every_tenant(_REASON):
        found: Ping | None = Ping.objects.filter(connection=connection).first()
        return found


def _sealed(connection: Connection, *, at: datetime) -> as4.WireMessage:
    message = as4.ping(
        message_id=as4.new_message_id(settings.GATEWAY_HOST),
        at=at,
        sender=connections.us(connection),
        receiver=connections.customs(connection),
        agreement=as4.Agreement(connection.agreement, wire.AGREEMENT_TYPE),
    )
    return as4.build_user_message(message=message, seal=connections.seal(connection, at=at))


def _post(connection: Connection, sent: as4.WireMessage, clock: Callable[[], datetime]) -> tuple[http.Answer | None, Outcome]:
    try:
        secured = tls.client(connection, at=clock())
        answer = http.post(connection.endpoint, content_type=sent.content_type, body=sent.body, tls=secured, read=READ)
    except http.Unreachable as error:
        return None, Outcome(Result.NO_RECEIPT, str(error), code="EBMS:0005")
    outcome = as4.outcome_of_response(
        status=answer.status,
        content_type=answer.content_type,
        body=answer.body,
        sent=sent,
        trust=connections.trust(connection),
        at=clock(),
    )
    return answer, outcome


def _advice(outcome: Outcome) -> str:
    """Return the sentence for whoever pressed the button; nobody tries again for them."""
    if outcome.result is Result.RECEIPTED:
        return _GOOD
    sentence = outcome.advice.sentence if outcome.advice else _NO_ANSWER
    return sentence.replace("It is tried again", "Try again later")
