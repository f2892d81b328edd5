"""What waits to leave goes to customs: claim a row, sign once, send the stored bytes, weigh the answer.

Nothing is sent twice as something new: the message id is fixed with the outbox row and the bytes with the Exchange,
so whatever happens between POST and commit, the next attempt repeats the same octets and customs answers a duplicate
with the receipt it has stored. No transaction is open while the network is used.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db import connection as database
from django.utils import timezone

from filings import outbox
from filings.models import Filing, OutboxMessage
from filings.services import responses
from integrations import connections, gates, http, leases, outages, resealing, tls, wire
from integrations.as4 import (
    Agreement,
    Outcome,
    Part,
    Reference,
    Result,
    Service,
    UserMessage,
    WireMessage,
    build_user_message,
    outcome_of_response,
)
from integrations.models import Attempt, Connection, Exchange
from integrations.rota import Rota
from tenants import rows
from tenants.scope import tenant_scope

Clock = Callable[[], datetime]

WITHOUT_CONNECTION: Final = timedelta(seconds=60)
MOST_FAULTS: Final = 5  # faults of ours in a row before a person is asked
MOST_CLAIMS: Final = 30  # a message that kills its worker every time is not tried for ever
LOST: Final = "lost"  # the outcome of an attempt whose worker never came back

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker holds the row by now."""


def send_next(*, clock: Clock = timezone.now, rota: Rota | None = None) -> bool:
    """Send the message whose turn it is, once; say whether there was one.

    What goes wrong outside (network, customs) ends in the row. What goes wrong inside is logged here, and the row is
    put back; the next attempt comes with the usual delay.

    :param rota: of the worker's round, where it sends several.
    """
    rota = rota or Rota()
    row = rota.claim(at=clock())
    if row is None:
        return False
    try:
        if row.attempts > MOST_CLAIMS:
            _after_fault(row, at=clock())
        else:
            _send(row, rota, clock)
    except connections.NoConnection:
        _wait_for_setup(row, "There is no active connection to customs for this operator.", at=clock())
    except connections.NoCredential as missing:
        _wait_for_setup(row, str(missing), at=clock())
    except LeaseLost:
        log.warning("message %s: another worker took over", row.message_id)
    except Exception:
        log.exception("message %s could not be sent because of a fault of ours", row.message_id)
        _after_fault(row, at=clock())
    return True


def _wait_for_setup(row: OutboxMessage, reason: str, *, at: datetime) -> None:
    """Put a message back that nothing is wrong with: it leaves when somebody has mended the set-up."""
    log.warning("message %s waits: %s", row.message_id, reason)
    with tenant_scope(_owner(row)):
        outbox.postpone(row, due_at=at + WITHOUT_CONNECTION, reason=reason)


def _owner(row: OutboxMessage) -> UUID:
    return cast(UUID, row.operator_id)  # never null; the checker reads its default as if it were


def _after_fault(row: OutboxMessage, *, at: datetime) -> None:
    """Put the row back, or give up after too many faults."""
    reason = "A fault in the gateway; it is logged."
    with tenant_scope(_owner(row)):
        if row.attempts < MOST_FAULTS:
            outbox.again(row, due_at=at + outbox.LEASE * row.attempts, reason=reason)
            return
        filing = _locked(row)
        if outbox.give_up(row, at=at, reason=reason) and filing:
            Exchange.objects.filter(outbox=row).update(state=Exchange.State.FAILED)
            responses.not_delivered(filing=filing, reason=reason, at=at)


def _locked(row: OutboxMessage) -> Filing | None:
    """Return the row's filing, locked: always before the row itself, so that two who need both never wait for each other.

    What it is about is locked first, as Filing.lock() does. What it says is not needed, and may be long: it is not read.
    """
    if row.filing_id is None:
        return None
    with database.cursor() as cursor:
        cursor.execute(_LOCK_SQL, {"pk": row.filing_id})
        cursor.nextset()
        found = cursor.fetchone()
    filing: Filing = Filing.from_db(DEFAULT_DB_ALIAS, ["id", "operator_id", "about_id"], found)
    return filing


_LOCK_SQL: Final = """
    select from filings_filing where id = (select about_id from filings_filing where id = %(pk)s) for no key update;
    select id, operator_id, about_id from filings_filing where id = %(pk)s for no key update
    """


def _send(row: OutboxMessage, rota: Rota, clock: Clock) -> None:
    # 1. Sign once; commit the bytes and that we are about to send them.
    attempt, connection = _prepared(row, rota.last.connection, clock)
    exchange = attempt.exchange
    # 2. The network, with no transaction open.
    with leases.kept(lambda: outbox.renew(row, at=clock())):
        answer, outcome = _post(attempt, connection, clock)
    # 3. What it says about the endpoint as a whole; where that was fine when the message was claimed, it is asked at the end.
    at, delivered = clock(), outcome.result in _DELIVERED
    paused_until = None
    if rota.last.is_failing or not delivered:
        paused_until = _weigh_endpoint(row, connection, answer, outcome, at=at)
    # 4. The answer as evidence, what it means for the row, and what the filing learns: one transaction.
    with tenant_scope(_owner(row)):
        exchange.filing = _locked(row)
        _keep(attempt, answer, outcome, at=at)
        if paused_until is not None:
            settled = _put_back(row, exchange, outcome, due_at=paused_until, at=at)
        else:
            settled = _settle(row, exchange, connection, answer, outcome, at=at)
    if outcome.alert or not settled:
        log.warning("message %s: %s %r%s", row.message_id, outcome.result, outcome.code, "" if settled else " (lease lost)")
    if settled and delivered:
        if connections.expect_answer(connection, at=at):  # somebody's message failed meanwhile
            _works(connection, at=at)
        rota.expect_answer(at=at)


# --- 1 ---------------------------------------------------------------------------------------------------------------------


def _prepared(row: OutboxMessage, connection: Connection | None, clock: Clock) -> tuple[Attempt, Connection]:
    """Return the new attempt of the row's exchange, and the connection it takes.

    :param connection: the one the row was claimed for, as it is now; what was signed for another one takes that.
    :raises connections.NoConnection: if there is none, or the one it was signed for was switched off.
    :raises LeaseLost: if another worker took the row over.
    """
    with tenant_scope(_owner(row)):
        signed, way = _way(row)
        if connection is not None and way == connection.pk:
            return _prepare(row, connection, signed, at=clock()), connection
    other = connections.get(way)
    if not other.active:
        raise connections.NoConnection
    with tenant_scope(_owner(row)):
        signed, _ = _way(row)
        return _prepare(row, other, signed, at=clock()), other


def _way(row: OutboxMessage) -> tuple[UUID | None, int]:
    """Lock the row; return its exchange, if it was signed before, and the connection that it takes now.

    :raises LeaseLost: if another worker took the row over.
    :raises connections.NoConnection: if there is none.
    """
    with database.cursor() as cursor:
        cursor.execute(_WAY_SQL, {"pk": row.pk, "token": row.token, "operator": row.operator_id, "via": row.via})
        found = cursor.fetchone()
    if found is None:
        raise LeaseLost
    signed, before, usual = found
    way = before if signed else usual
    if way is None:
        raise connections.NoConnection
    return signed, way


_WAY_SQL: Final = f"""
    select e.id, e.connection_id, ({connections.FOR_OPERATOR}) from filings_outboxmessage m
    left join integrations_exchange e on e.outbox_id = m.id
    where m.id = %(pk)s and m.token = %(token)s and m.state = 'running' for update of m
    """  # noqa: S608 (a statement of connections)


def _prepare(row: OutboxMessage, connection: Connection, signed: UUID | None, *, at: datetime) -> Attempt:
    """Return the new attempt of the row's exchange, which is signed and stored when it is the first."""
    if signed is None:
        first = Attempt(exchange=_sign(row, connection, at=at), number=1, started_at=at)
        rows.insert(first.exchange, first)
        return first
    exchange = Exchange.objects.get(pk=signed)
    if resealing.is_due(exchange, connection, at=at):
        resealing.reseal(exchange, row, connection, lambda: _message(row, connection, at=at), at=at)
    exchange.tries.filter(ended_at=None).update(
        ended_at=at, outcome=LOST, reason="The worker stopped before the answer was stored."
    )
    if exchange.state == Exchange.State.FAILED:  # a person asked for another try
        exchange.state = Exchange.State.OPEN
        exchange.save(update_fields=["state"])
    number = exchange.tries.count() + 1
    attempt: Attempt = Attempt.objects.create(exchange=exchange, number=number, started_at=at)
    return attempt


def _sign(row: OutboxMessage, connection: Connection, *, at: datetime) -> Exchange:
    """Return the exchange of a message, not stored yet."""
    sent = build_user_message(message=_message(row, connection, at=at), seal=connections.seal(connection, at=at))
    return Exchange(
        outbox=row,
        filing_id=row.filing_id,
        connection=connection,
        message_id=row.message_id,
        message_type=row.message_type,
        content_type=sent.content_type,
        body=sent.body,
        references=[[item.uri, item.digest] for item in sent.references],
        created_at=at,
    )


def _part(cid: str, row: OutboxMessage) -> Part:
    """Return the payload of a message; what is kept compressed leaves as it is, so that the whole is never in memory."""
    payload = bytes(row.payload)
    return Part(cid, b"", charset="utf-8", packed=payload) if row.encoding else Part(cid, payload, charset="utf-8")


def _attachments(row: OutboxMessage) -> list[Part]:
    """Return the files that go beside the message; the XML names each by its Content-ID (ICD 4.2.5)."""
    if row.filing_id is None:
        return []
    with database.cursor() as cursor:
        cursor.execute(_ATTACHMENTS_SQL, [row.filing_id])
        return [Part(identification, bytes(data), mime) for identification, data, mime in cursor.fetchall()]


_ATTACHMENTS_SQL: Final = """
    select identification, data, mime from filings_attachment where filing_id = %s order by created_at, id
    """


def _message(row: OutboxMessage, connection: Connection, *, at: datetime) -> UserMessage:
    cid = f"{row.pk}@{settings.GATEWAY_HOST}"
    return UserMessage(
        message_id=row.message_id,
        at=at,
        sender=connections.us(connection),
        receiver=connections.customs(connection),
        service=Service(wire.SERVICE_TO_CUSTOMS, wire.SERVICE_TYPE),
        action=row.message_type,
        agreement=Agreement(connection.agreement, wire.AGREEMENT_TYPE),
        parts=(_part(cid, row), *_attachments(row)),
    )


# --- 2 ---------------------------------------------------------------------------------------------------------------------


def _post(attempt: Attempt, connection: Connection, clock: Clock) -> tuple[http.Answer | None, Outcome]:
    """Return the answer to the stored bytes, if one came, and what it means."""
    sent = _as_sent(attempt.exchange)
    try:
        secured = tls.client(connection, at=clock())
        answer = http.post(connection.endpoint, content_type=sent.content_type, body=sent.body, tls=secured)
    except http.Unreachable as error:
        return None, Outcome(Result.NO_RECEIPT, str(error), code="EBMS:0005")
    outcome = outcome_of_response(
        status=answer.status,
        content_type=answer.content_type,
        body=answer.body,
        sent=sent,
        trust=connections.trust(connection),
        at=clock(),
    )
    if outcome.result is Result.EVIDENCE_MISSING and attempt.number == 1:
        reason = "customs says that it has this message already, but it was never sent before"
        outcome = Outcome(Result.REFUSED, reason, code=outcome.code, verified=outcome.verified, alert=True)
    return answer, outcome


def _as_sent(exchange: Exchange) -> WireMessage:
    references = tuple(Reference(uri, digest) for uri, digest in exchange.references)
    return WireMessage(exchange.content_type, bytes(exchange.body), exchange.message_id, references)


# --- 3 ---------------------------------------------------------------------------------------------------------------------

_NOT_THERE: Final = frozenset({502, 503, 504})  # what a machine in front says when the access point does not work


def _weigh_endpoint(
    row: OutboxMessage, connection: Connection, answer: http.Answer | None, outcome: Outcome, *, at: datetime
) -> datetime | None:
    """Tell the gate whether the access point works; return until when sending pauses, if it does.

    No answer at all, or one that is no SOAP and says that the access point is not there, is no fault of the message. The first
    few still count as its attempts, in case it is; once the connection pauses, none does.
    """
    if outcome.result is not Result.NO_RECEIPT or not (answer is None or answer.status in _NOT_THERE):
        _works(connection, at=at)
        return None
    gate = gates.failed(connection, message=row.pk, reason=outcome.reason, at=at)
    outages.notice_failing(gate, connection, at=at)
    return gate.paused_until


def _works(connection: Connection, *, at: datetime) -> None:
    """Open the gate and end the outage of a connection that was failing."""
    if gates.worked(connection):
        outages.notice_working(connection, at=at)


def _put_back(row: OutboxMessage, exchange: Exchange, outcome: Outcome, *, due_at: datetime, at: datetime) -> bool:
    """Let the message wait for the access point; another one may be the next to try."""
    if not outbox.postpone(row, due_at=due_at, reason=outcome.reason):
        return False
    if exchange.filing:
        responses.attempt_failed(filing=exchange.filing, reason=outcome.reason, next_at=due_at, at=at)
    return True


# --- 4 ---------------------------------------------------------------------------------------------------------------------

_DELIVERED: Final = frozenset({Result.RECEIPTED, Result.EVIDENCE_MISSING})


def _keep(attempt: Attempt, answer: http.Answer | None, outcome: Outcome, *, at: datetime) -> None:
    attempt.ended_at, attempt.outcome = at, outcome.result
    attempt.code, attempt.reason = (outcome.code or "")[:20], outcome.reason[:400]
    if answer is not None:
        attempt.status, attempt.response, attempt.response_type = answer.status, answer.body, answer.content_type[:300]
    rows.update(attempt, ("ended_at", "outcome", "code", "reason", "status", "response", "response_type"))


def _settle(
    row: OutboxMessage,
    exchange: Exchange,
    connection: Connection,
    answer: http.Answer | None,
    outcome: Outcome,
    *,
    at: datetime,
) -> bool:
    """Bring row, exchange and filing to where the outcome leads; say no if another worker holds the row by now."""
    if outcome.result in _DELIVERED:
        return _delivered(row, exchange, answer, outcome, at=at)
    if outcome.is_final:
        return _given_up(row, exchange, _refusal(outcome), at=at)
    if (due_at := _next_attempt(row, exchange, connection, at=at)) is None:
        reason = f"EBMS:0301 no receipt after {row.attempts} attempts; the last one: {outcome.reason}"
        return _given_up(row, exchange, reason, at=at)
    if not outbox.again(row, due_at=due_at, reason=outcome.reason):
        return False
    if exchange.filing:
        responses.attempt_failed(filing=exchange.filing, reason=outcome.reason, next_at=due_at, at=at)
    return True


def _delivered(row: OutboxMessage, exchange: Exchange, answer: http.Answer | None, outcome: Outcome, *, at: datetime) -> bool:
    if not outbox.done(row, at=at):
        return False
    if outcome.result is Result.RECEIPTED and answer is not None:
        exchange.state, exchange.receipted_at = Exchange.State.RECEIPTED, at
        exchange.receipt, exchange.receipt_type = answer.body, answer.content_type[:300]
    else:
        exchange.state = Exchange.State.UNPROVEN
    rows.update(exchange, ("state", "receipted_at", "receipt", "receipt_type"))
    if exchange.filing:
        responses.handed_over(filing=exchange.filing, message_id=exchange.message_id, at=at)
    return True


def _given_up(row: OutboxMessage, exchange: Exchange, reason: str, *, at: datetime) -> bool:
    if not outbox.give_up(row, at=at, reason=reason):
        return False
    exchange.state = Exchange.State.FAILED
    exchange.save(update_fields=["state"])
    if exchange.filing:
        responses.not_delivered(filing=exchange.filing, reason=reason, at=at)
    return True


def _refusal(outcome: Outcome) -> str:
    """Return the reason of a refusal: the code, what to do about it, and the words of customs."""
    code = " ".join(text for text in (outcome.code, outcome.sub_code) if text)
    if outcome.advice is None:
        return f"{code} {outcome.reason}".strip()
    return f"{code} {outcome.advice.sentence} (Customs says: {outcome.reason})"[:400]


def _next_attempt(row: OutboxMessage, exchange: Exchange, connection: Connection, *, at: datetime) -> datetime | None:
    """Return when to try again: first_delay, doubled each time, up to a quarter more or less; nothing when it is enough.

    A series starts when the message is queued, or when a person queues it again (which sets attempts to none).
    """
    series = list(exchange.tries.order_by("-number").values_list("started_at", flat=True)[: max(1, row.attempts)])
    jitter = random.uniform(0.75, 1.25)  # noqa: S311 (no secret)
    due_at = at + timedelta(seconds=connection.first_delay * 2 ** min(row.attempts - 1, 16) * jitter)
    enough = due_at > min(series) + timedelta(minutes=connection.give_up_after)
    return None if row.attempts >= connection.max_attempts or enough else due_at
