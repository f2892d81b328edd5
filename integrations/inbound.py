"""What customs sends: pulled or pushed, checked, stored under its id, then receipted.

The order matters. 1. Verify. 2. Is it for us? 3. Duplicate? Then the stored receipt, and nothing else. 4. Unpack.
5. Store the bytes with the receipt and commit. 6. Only now the receipt leaves. The business content is not looked at
here: what we cannot read today we can still read after a fix (see routing). Its envelope only says what is read first.
"""

import contextlib
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from django.conf import settings
from django.db import DatabaseError
from django.db import connection as database
from django.utils import timezone

from filings.messages import catalogue
from integrations import connections, http, leases, refusals, tallies, tls
from integrations.as4 import (
    As4Error,
    Kind,
    Outcome,
    Received,
    Result,
    Seal,
    UserHeader,
    WireMessage,
    build_error,
    build_pull_request,
    build_receipt,
    check_policy,
    new_message_id,
    outcome_of_pull,
    receive,
    unpack,
)
from integrations.bells import Bell
from integrations.models import Connection, InboundMessage
from tenants import rows
from tenants.scope import every_tenant

Clock = Callable[[], datetime]

MOST_MESSAGES: Final = 50  # pulled in one go, then the worker does something else for a moment
REMEMBERED: Final = timedelta(days=7)  # rows of messages are kept longer, but no promise goes beyond (profile section 8)
READ_FIRST: Final = frozenset({("referral", "forbid_loading")})  # consumer and event of messages of which minutes count
ROUTE_BELL: Final = "integrations.route_waiting"
ROUTING: Final = Bell(ROUTE_BELL)
_ACTION: Final = re.compile(r"[!-~]+")  # shown to people and written to logs: no line ends, no marks that turn text around
_REASON: Final = "a message of customs has no operator until it is routed"

log = logging.getLogger(__name__)


# --- Pull ------------------------------------------------------------------------------------------------------------------


def pull_next(*, clock: Clock = timezone.now) -> bool:
    """Pull one connection whose time has come until it is empty; say whether there was one."""
    connection = connections.claim_pull(at=clock())
    if connection is None:
        return False
    got = Pulled(problem="A fault in the gateway; it is logged.")
    try:
        with leases.kept(lambda: connections.renew_pull(connection, at=clock())):
            got = pull(connection, clock=clock)
    except connections.NoCredential as missing:
        got = Pulled(problem=str(missing))
    except Exception:
        log.exception("pulling over connection %s failed because of a fault of ours", connection.pk)
    finally:
        connections.end_pull(connection, at=clock(), found=got.found, problem=got.problem, more=got.more)
        result = "problem" if got.problem else "found" if got.found else "empty"
        tallies.add("pulls", str(connection.pk), result, at=clock())
        if got.found > 1:
            ROUTING.ring()
    return True


@dataclass(frozen=True, slots=True)
class Pulled:
    """What pulling gave: how many messages, why it ended if not for want of them, and whether more may wait."""

    found: int = 0
    problem: str = ""
    more: bool = False


def pull(connection: Connection, *, clock: Clock) -> Pulled:
    """Fetch, store and receipt messages until none waits, or until it is time for something else.

    Where one comes, several are asked for at a time (pull_parallel): customs gives each pull another message.
    """
    first = _fetch(connection, clock)
    if not first.more:
        return first
    if first.found:
        ROUTING.ring()  # so that it is read while the rest is fetched
    several = max(1, connection.pull_parallel)
    share = -(-(MOST_MESSAGES - 1) // several)
    if several == 1:
        rest = [_fetch_all(connection, clock, share)]
    else:
        with ThreadPoolExecutor(several, thread_name_prefix="pull") as threads:
            rest = list(threads.map(lambda _: _in_thread(lambda: _fetch_all(connection, clock, share)), range(several)))
    problem = next((one.problem for one in (first, *rest) if one.problem), "")
    return Pulled(first.found + sum(one.found for one in rest), problem, all(one.more for one in rest) and not problem)


def _in_thread(work: Callable[[], Pulled]) -> Pulled:
    """Do work that uses the database in a thread that ends with it."""
    try:
        return work()
    finally:
        database.close()


def _fetch_all(connection: Connection, clock: Clock, most: int) -> Pulled:
    """Fetch one message after the other."""
    found, problem = 0, ""
    for _ in range(most):
        one = _fetch(connection, clock)
        found, problem = found + one.found, one.problem or problem
        if not one.more:
            return Pulled(found, problem)
    return Pulled(found, problem, more=True)


def _fetch(connection: Connection, clock: Clock) -> Pulled:
    """Ask for a message; store and receipt it if one comes."""
    answer, outcome = _ask(connection, clock)
    if outcome.alert:
        log.warning("pulling over connection %s: %s %r", connection.pk, outcome.result, outcome.code)
    if outcome.result is Result.EMPTY:
        return Pulled()
    if outcome.reply is not None:
        _keep_pulled(connection, outcome.reply, answer, outcome.received, at=clock())
        _post_back(connection, _refusal(connection, outcome.reply, at=clock()), at=clock())
        return Pulled(problem=f"A message was refused: {outcome.reason}", more=True)
    if outcome.received is None or answer is None or outcome.result is not Result.MESSAGE:
        return Pulled(problem=outcome.reason)
    if refused := _take(connection, answer, outcome.received, clock):
        return Pulled(problem=f"A message was refused: {refused}", more=True)
    return Pulled(found=1, more=True)


def _ask(connection: Connection, clock: Clock) -> tuple[http.Answer | None, Outcome]:
    """Return the answer to a PullRequest, if one came, and what it means."""
    at = clock()
    request = build_pull_request(
        mpc=connections.channel(connection),
        message_id=new_message_id(settings.GATEWAY_HOST),
        at=at,
        seal=connections.seal(connection, at=at),
    )
    try:
        secured = tls.client(connection, at=at)
        answer = http.post(connection.endpoint, content_type=request.content_type, body=request.body, tls=secured)
    except http.Unreachable as error:
        return None, Outcome(Result.NO_RECEIPT, str(error), code="EBMS:0005")
    outcome = outcome_of_pull(
        status=answer.status,
        content_type=answer.content_type,
        body=answer.body,
        sent=request,
        trust=connections.trust(connection),
        at=clock(),
        party=connection.party_id,
    )
    return answer, outcome


def _take(connection: Connection, answer: http.Answer, received: Received, clock: Clock) -> str:
    """Store a pulled message and send its receipt, or the error for what cannot be accepted, in a request of its own.

    :return: why it was refused, empty if it was not.
    """
    try:
        message = accept(connection, received, content_type=answer.content_type, body=answer.body, at=clock())
    except As4Error as error:
        log.warning("message %s of customs was refused: %s", received.message_id, error.code)
        _keep_pulled(connection, error, answer, received, at=clock())
        _post_back(connection, _refusal(connection, error, at=clock(), ref_to=received.message_id), at=clock())
        return str(error)
    # A receipt that does not arrive is no loss: customs offers the message again and gets the same receipt.
    if _post_back(connection, WireMessage(message.receipt_type, bytes(message.receipt), "", ()), at=clock()):
        receipt_left(message, at=clock())
    return ""


def _keep_pulled(
    connection: Connection, error: As4Error, answer: http.Answer | None, received: Received | None, *, at: datetime
) -> None:
    """Keep what we refuse of what we pulled, for a person to look at."""
    content_type, body = (answer.content_type, answer.body) if answer else ("", b"")
    what = refusals.pulled(error, content_type=content_type, body=body, received=received, connection=connection)
    refusals.keep(what, at=at)


def _post_back(connection: Connection, signal: WireMessage, *, at: datetime) -> bool:
    """Send a signal of ours and say whether customs took it."""
    try:
        secured = tls.client(connection, at=at)
        answer = http.post(connection.endpoint, content_type=signal.content_type, body=signal.body, tls=secured)
    except http.Unreachable as error:
        log.warning("a signal for connection %s did not arrive: %s", connection.pk, error)
        return False
    if not answer.is_accepted:
        log.warning("a signal for connection %s was answered with status %d", connection.pk, answer.status)
    return answer.is_accepted


# --- Push ------------------------------------------------------------------------------------------------------------------


def answer_push(*, content_type: str, body: bytes, at: datetime, address: str = "") -> tuple[int, WireMessage | None]:
    """Return the HTTP status and the signal that answer what customs pushed; the message is committed by then.

    A pushed error signal gets no answer: errors about errors never end. What goes wrong on our side is answered with an
    error that lets customs try again, never with a receipt. Whatever is refused is kept for a person to look at.

    :param address: network address of the peer.
    """
    connection: Connection | None = None
    received: Received | None = None

    def refuse(error: As4Error) -> tuple[int, WireMessage]:
        what = refusals.pushed(
            error, content_type=content_type, body=body, address=address, received=received, connection=connection
        )
        refusals.keep(what, at=at)
        return error.http_status, _refusal(connection or next(iter(pushing), None), error, at=at)

    pushing: list[Connection] = []
    try:
        pushing = connections.receiving_pushes()
        anybody = connections.trust(*pushing)
        received = receive(content_type=content_type, body=body, trust=anybody, at=at)
        if received.kind is Kind.ERROR:
            log.warning("customs pushed an error signal: %r", [report.code for report in received.errors])
            return 202, None
        connection = _addressee(received, pushing)
        if (trust := connections.trust(connection)) != anybody:  # whom one connection believes is no proof for another
            received = receive(content_type=content_type, body=body, trust=trust, at=at)
        message = accept(connection, received, content_type=content_type, body=body, at=at)
    except As4Error as error:
        log.warning("a pushed message was refused: %s", error.code)
        return refuse(error)
    except Exception as fault:
        log.exception("a pushed message could not be taken because of a fault of ours")
        code, detail = ("EBMS:0202", "not stored") if isinstance(fault, DatabaseError) else ("EBMS:0004", "internal fault")
        return refuse(As4Error(code, detail))
    with contextlib.suppress(DatabaseError):  # the message is safe; that its receipt left is only a note
        receipt_left(message, at=at)
    ROUTING.ring()
    return 200, WireMessage(message.receipt_type, bytes(message.receipt), "", ())


def _addressee(received: Received, pushing: list[Connection]) -> Connection:
    """Return the connection whose party the message is for.

    :raises As4Error: EBMS:0003 if there is none; EBMS:0010 or EBMS:0302 for signals, which nobody pushes to a trader.
    """
    if received.kind is Kind.PULL:
        raise As4Error("EBMS:0010", "there is nothing to pull here", ref_to=received.message_id)
    if received.user is None:
        raise As4Error("EBMS:0302", "no receipt is expected here", ref_to=received.message_id)
    party = received.user.receiver.id
    found = next((connection for connection in pushing if connection.party_id == party), None)
    if found is None:
        raise As4Error("EBMS:0003", "the receiving party is not known", ref_to=received.message_id)
    return found


# --- Both ------------------------------------------------------------------------------------------------------------------


def accept(connection: Connection, received: Received, *, content_type: str, body: bytes, at: datetime) -> InboundMessage:
    """Return the stored message; a duplicate returns the row of its first coming, whose receipt is to be sent again.

    :raises As4Error: if the message is not for us, cannot be unpacked, or has the id of another one.
    """
    if received.user is None:
        raise ValueError("only a UserMessage is stored")
    check_policy(received, connections.policy(connection, action=received.user.action))
    if not _ACTION.fullmatch(received.user.action):
        raise As4Error("EBMS:0001", "the action is not known", ref_to=received.message_id)
    with every_tenant(_REASON):
        if stored := _stored(connection, received):
            return stored
        if received.at is not None and received.at < at - REMEMBERED:
            log.warning("message %s is older than duplicates are remembered for; it may be a replay", received.message_id)
        message = _message(connection, received, content_type=content_type, body=body, at=at)
        if rows.insert(message, once=True):
            return message
        if stored := _stored(connection, received):  # its twin was a moment faster
            return stored
    raise RuntimeError("a message is neither new nor stored")


def _message(connection: Connection, received: Received, *, content_type: str, body: bytes, at: datetime) -> InboundMessage:
    """Return the row of a message with its receipt, not stored yet.

    :raises As4Error: if it cannot be unpacked.
    """
    user, is_test = cast(UserHeader, received.user), received.kind is Kind.PING
    payload = b"" if is_test else unpack(received, extra_xml=True)[0].data
    receipt = build_receipt(
        received=received,
        message_id=new_message_id(settings.GATEWAY_HOST),
        at=at,
        seal=connections.seal(connection, at=at),
    )
    return InboundMessage(
        connection_id=connection.pk,
        message_id=received.message_id,
        message_type=user.action[:80],
        ref_to_message_id=received.ref_to or "",
        content_type=content_type[:300],
        body=body,
        payload=payload,
        references=_digests(received),
        signer=received.signer or "",
        receipt=receipt.body,
        receipt_type=receipt.content_type,
        received_at=at,
        due_at=at,
        urgent=not is_test and _is_urgent(user.action),
        # A connectivity test is receipted and not delivered (ICD 4.5.1).
        state=InboundMessage.State.ROUTED if is_test else InboundMessage.State.STORED,
        routed_at=at if is_test else None,
    )


def _is_urgent(message_type: str) -> bool:
    """Say whether a type of message is read before all others; an unknown type is not."""
    return any((each.consumer, each.event) in READ_FIRST for each in catalogue.named(message_type))


def receipt_left(message: InboundMessage, *, at: datetime) -> None:
    """Note when the receipt was first handed over; a crash may forget it, so nobody waits for the disk."""
    with every_tenant(_REASON), database.cursor() as cursor:
        cursor.execute(_LEFT_SQL, [at, message.pk])


_LEFT_SQL: Final = """
    set local synchronous_commit to off;
    update integrations_inboundmessage set receipt_sent_at = %s where id = %s and receipt_sent_at is null
    """


def _stored(connection: Connection, received: Received) -> InboundMessage | None:
    """Return the message stored under the same id. Ask inside every_tenant().

    :raises As4Error: EBMS:0003 if that one was signed over other content.
    """
    with database.cursor() as cursor:
        cursor.execute(_STORED_SQL.format(columns=rows.columns(InboundMessage, "m")), [connection.pk, received.message_id])
        found = cursor.fetchone()
    known = rows.read(InboundMessage, found) if found else None
    if known is not None and known.references != _digests(received):
        raise As4Error("EBMS:0003", "another message had this id", ref_to=received.message_id)
    return known


_STORED_SQL: Final = "select {columns} from integrations_inboundmessage m where m.connection_id = %s and m.message_id = %s"


def _digests(received: Received) -> list[list[str]]:
    return sorted([item.uri, "".join(item.digest.split())] for item in received.references)


def _refusal(connection: Connection | None, error: As4Error, *, at: datetime, ref_to: str | None = None) -> WireMessage:
    return build_error(
        error=error,
        message_id=new_message_id(settings.GATEWAY_HOST),
        at=at,
        seal=_seal(connection, at=at),
        ref_to=ref_to,
    )


def _seal(connection: Connection | None, *, at: datetime) -> Seal | None:
    """Return what an error is signed with, if there is anything: it tells more than silence even without a signature."""
    try:
        return connections.seal(connection, at=at) if connection else None
    except connections.NoCredential:
        return None
