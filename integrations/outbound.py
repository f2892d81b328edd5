"""What waits to leave goes to customs: claim a row, sign once, send the stored bytes, weigh the answer.

Nothing is sent twice as something new: the message id is fixed with the outbox row and the bytes with the Exchange,
so whatever happens between POST and commit, the next attempt repeats the same octets and customs answers a duplicate
with the receipt it has stored. No transaction is open while the network is used.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import DEFAULT_DB_ALIAS
from django.db import connection as database
from django.utils import timezone

from filings import outbox
from filings.models import Filing, OutboxMessage
from filings.services import responses
from integrations import attempts, connections, gates, http, leases, outages, tls
from integrations.as4 import Outcome, Reference, Result, WireMessage, outcome_of_response
from integrations.models import Attempt, Connection, Exchange
from integrations.rota import Rota
from tenants import rows
from tenants.scope import tenant_scope

Clock = Callable[[], datetime]

WITHOUT_CONNECTION: Final = timedelta(seconds=60)
MOST_FAULTS: Final = 5  # faults of ours in a row before a person is asked
MOST_CLAIMS: Final = 30  # a message that kills its worker every time is not tried for ever

log = logging.getLogger(__name__)


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
    except attempts.LeaseLost:
        log.warning("message %s: another worker took over", row.message_id)
    except Exception:
        log.exception("message %s could not be sent because of a fault of ours", row.message_id)
        _after_fault(row, at=clock())
    return True


def _wait_for_setup(row: OutboxMessage, reason: str, *, at: datetime) -> None:
    """Put a message back that nothing is wrong with: it leaves when somebody has mended the set-up."""
    log.warning("message %s waits: %s", row.message_id, reason)
    with tenant_scope(attempts.owner(row)):
        outbox.postpone(row, due_at=at + WITHOUT_CONNECTION, reason=reason)


def _after_fault(row: OutboxMessage, *, at: datetime) -> None:
    """Put the row back, or give up after too many faults."""
    reason = "A fault in the gateway; it is logged."
    with tenant_scope(attempts.owner(row)):
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
    attempt, connection = attempts.begin(row, rota.last.connection, clock)
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
    with tenant_scope(attempts.owner(row)):
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
