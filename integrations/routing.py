"""From a stored message of customs to the verb that understands it; what no verb understands waits for a person.

Which verb is a question to the tables: the columns consumer and event of messages.csv. No message is named here.
"""

import contextlib
import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db import connection as database

from filings import outbox, selectors
from filings.lifecycle import NotAllowed
from filings.messages import xml
from filings.messages.document import Document, Unreadable
from filings.models import Filing
from filings.services import learning, responses, words
from filings.services.alarms import said
from filings.services.arrivals import heard
from filings.services.shipments import figures
from filings.services.shipments.told import told
from integrations import correlation
from integrations.correlation import About, Parked
from integrations.models import InboundMessage
from referrals.services import copies, opening
from tenants import audit, rows
from tenants.actors import CUSTOMS
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope


class Verb(Protocol):
    """What a consumer does with a message about a filing."""

    def __call__(self, *, filing: Filing, document: Document, message_id: str, at: datetime) -> None: ...


class Receiver(Protocol):
    """What also happens when a message comes, with the filing it is about, if the operator has that."""

    def __call__(self, *, filing: Filing | None, document: Document, message_id: str, at: datetime) -> object: ...


# By consumer and event of the message; what stands in no row is noted on the filing's timeline.
VERBS: Final[Mapping[tuple[str, str], Verb]] = {
    ("filing", "register"): responses.register,
    ("filing", "reject"): responses.reject,
    ("filing", "refuse"): responses.reject,
    ("filing", "amend"): responses.fulfil,
    ("filing", "invalidate"): responses.fulfil,
    ("consultation", "answer"): responses.fulfil,
    ("arrival", "register"): heard.registered,
}
# What referrals do besides, whether the message answers something of ours or not; without a filing it is the operator's.
RECEIVERS: Final[Mapping[tuple[str, str], Receiver]] = {
    ("referral", "open"): opening.ask,
    ("referral", "forbid_loading"): opening.forbid,
    ("referral", "copy"): copies.keep,
    ("filing", "register"): copies.keep_of_another,
    ("filing", "complete_assessment"): copies.keep_of_another,
    ("filing", "announce_control"): copies.keep_of_another,
}
OWN_REFERENCE: Final = "LRN"
OTHER_CONTENT: Final = "Its envelope names another message than its content."
OCTETS: Final = ("body", "receipt")  # of a message as it came; what it says is its payload
SHORTLY: Final = 0.01  # seconds
IN_A_ROW: Final = 100  # messages of one filing that a worker delivers before it looks at the others
MOST_AHEAD: Final = 5_000  # as many messages before one are counted
STEP_ASIDE: Final = 0.5  # seconds, and a tenth more for each message before it
OVERTAKE_WITHIN: Final = timedelta(days=1)  # as long a message may be ahead of the registration of its filing
MOST_TRIES: Final = 5
FIRST_DELAY: Final = timedelta(seconds=10)

log = logging.getLogger(__name__)


def route_next(*, at: datetime) -> bool:
    """Route the oldest message that waits, and then what waits of the same filing; say whether there was one.

    Workers may do this at once: the row is locked while it is delivered, and delivered in the transaction that says so. Of a
    filing they deliver one message after the other, in the order of their coming; what has to wait for that steps aside, so
    that thousands of messages about one filing keep nobody else's waiting. What is urgent comes before everything, also before
    the others of its filing, if a filing of ours has the MRN it names.
    """
    with every_tenant("a stored message has no operator yet"):
        row = _oldest(at=at)
        if row is None:
            return False
        if row.urgent:
            about = _overtaking(row)
            if about is None:
                return True
        else:
            if row.filing_id is not None and not _note(row, About(cast(UUID, row.operator_id), row.filing_id), at=at):
                return True
            about = _find(row, at=at)
            if about is None or not _note(row, about, at=at):
                return True
    if not _route(row, about, at=at):
        _route_copy(row, at=at)
    for _ in range(IN_A_ROW if about.filing_id else 0):
        with every_tenant("a stored message has no operator yet"):
            follower = _next_of(about, at=at)
            whose = _find(follower, at=at) if follower else None
        if follower is None:
            break
        if whose is not None and not _route(follower, whose, at=at):
            _route_copy(follower, at=at)
    return True


def read_again(*, at: datetime) -> int:
    """Let messages that came before the registration of their filing be routed once more; return how many there were.

    What was told to an operator alone is read again only for a filing of the same operator. Nothing is told twice: verbs
    know what they were told.
    """
    with every_tenant("a message has no operator until it is routed"), database.cursor() as cursor:
        cursor.execute(_AGAIN_SQL, {"at": at, "since": at - OVERTAKE_WITHIN})
        return int(cursor.rowcount)


_AGAIN_SQL: Final = """
    update integrations_inboundmessage m
    set state = 'stored', reason = '', routed_at = null, waits_for = '', tries = 0, due_at = %(at)s
    from filings_filing f
    where m.waits_for <> '' and m.received_at > %(since)s and m.state in ('parked', 'routed')
        and f.mrn = m.waits_for and f.state <> 'draft' and f.about_id is null
        and (m.operator_id is null or m.operator_id = f.operator_id)
    """


def _route(row: InboundMessage, about: About, *, at: datetime) -> bool:
    """Deliver a message; say no if it turns out to be somebody else's copy."""
    try:
        with tenant_scope(about.operator_id):
            return _deliver(row, about, at=at)
    except Exception:
        log.exception("message %s of customs could not be routed because of a fault of ours", row.message_id)
        _later(row, at=at)
    return True


def _route_copy(row: InboundMessage, *, at: datetime) -> None:
    """Find out anew whose a message is: another worker gave the same to whom this was about meanwhile."""
    with every_tenant("a stored message has no operator yet"):
        about = _find(row, at=at)
        if about is not None and not _note(row, about, at=at):
            return
    if about is not None:
        _route(row, about, at=at)


def _oldest(*, at: datetime) -> InboundMessage | None:
    """Lock and return the oldest message that waits, an urgent one first, and that no other worker looks at, without octets."""
    with database.cursor() as cursor:
        cursor.execute(_OLDEST_SQL.format(columns=rows.columns(InboundMessage, "m", but=OCTETS)), [at])
        found = cursor.fetchone()
    return rows.read(InboundMessage, found, but=OCTETS) if found else None


_OLDEST_SQL: Final = """
    select {columns} from integrations_inboundmessage m where m.state = 'stored' and m.due_at <= %s
    order by m.urgent desc, m.due_at, m.received_at, m.id limit 1 for no key update skip locked
    """


def _find(row: InboundMessage, *, at: datetime) -> About | None:
    """Find out whose it is, or park it."""
    try:
        return correlation.about(row)
    except Parked as error:
        row.waits_for = error.unknown
        _park(row, str(error), at=at)
        return None


def _overtaking(row: InboundMessage) -> About | None:
    """Return the filing an urgent message names by its MRN; if there is none yet, let the message wait for its turn."""
    with contextlib.suppress(Parked):
        about = correlation.about(row)
        if about.filing_id is not None and not about.answers:
            row.operator_id, row.filing_id = about.operator_id, about.filing_id
            rows.update(row, ("operator", "filing"))
            return about
    row.urgent = False
    rows.update(row, ("urgent",))
    return None


def _note(row: InboundMessage, about: About, *, at: datetime) -> bool:
    """Say in the row whose it is; return whether no older one of its filing waits, or may turn out to be of its filing.

    One that follows others steps aside for about as long as those take; whoever delivers them goes on with it. One before
    which comes somebody's, nobody knows whose, is looked at again after that.
    """
    row.operator_id, row.filing_id = about.operator_id, about.filing_id
    values = {"operator": about.operator_id, "filing": about.filing_id, "pk": row.pk, "received_at": row.received_at, "at": at}
    with database.cursor() as cursor:
        cursor.execute(_NOTE_SQL, {**values, "most": MOST_AHEAD, "first": STEP_ASIDE, "each": STEP_ASIDE / 10})
        ahead, unknown, waits_longer = cursor.fetchone()
    if about.filing_id is None:
        return True
    if unknown and not ahead and not waits_longer:
        time.sleep(SHORTLY)  # another worker is about to say whose the one before it is
    return not (ahead or unknown)


_OLDER: Final = """
    o.state = 'stored' and (o.tries = 0 or o.due_at <= %(at)s) and (o.received_at, o.id) < (%(received_at)s, %(pk)s)
    """
_NOTE_SQL: Final = f"""
    with ahead as (
        select m.due_at as due_before, (select count(*) from (
                select from integrations_inboundmessage o where o.filing_id = %(filing)s::uuid and {_OLDER} limit %(most)s
            ) as others) as mine, (
                select o.due_at from integrations_inboundmessage o where o.operator_id is null and {_OLDER}
                order by o.received_at, o.id limit 1
            ) as unknown_due
        from integrations_inboundmessage m where m.id = %(pk)s
    )
    update integrations_inboundmessage m set operator_id = %(operator)s, filing_id = %(filing)s,
        due_at = case when ahead.mine = 0 then greatest(m.due_at, ahead.unknown_due)
            else %(at)s::timestamptz + (%(first)s + %(each)s * ahead.mine) * interval '1 second' end
    from ahead where m.id = %(pk)s
    returning ahead.mine, ahead.unknown_due is not null, m.due_at > ahead.due_before
    """  # noqa: S608 (constants)


def _next_of(about: About, *, at: datetime) -> InboundMessage | None:
    """Lock and return the message of a filing that is next, unless an older one may turn out to be of it, too."""
    with database.cursor() as cursor:
        columns = rows.columns(InboundMessage, "m", but=OCTETS)
        cursor.execute(_NEXT_SQL.format(columns=columns), {"filing": about.filing_id, "at": at})
        found = cursor.fetchone()
    return rows.read(InboundMessage, found, but=OCTETS) if found else None


_NEXT_SQL: Final = """
    select {columns} from integrations_inboundmessage m
    where m.filing_id = %(filing)s and m.state = 'stored' and (m.tries = 0 or m.due_at <= %(at)s) and not exists (
        select from integrations_inboundmessage o where o.state = 'stored' and o.operator_id is null and o.tries = 0
            and (o.received_at, o.id) < (m.received_at, m.id)
    )
    order by m.received_at, m.id limit 1 for no key update skip locked
    """


# --- Inside the operator's scope -------------------------------------------------------------------------------------------


def _deliver(row: InboundMessage, about: About, *, at: datetime) -> bool:
    """Hand the message to its verb and mark it, unless another worker is doing so, or did; say no if it is another's copy."""
    with database.cursor() as cursor:
        cursor.execute(_MINE_SQL, [row.pk])
        if cursor.fetchone() is None:
            return True
    if correlation.is_anothers(row, about):
        return False
    reason = hand_over(row, about, at=at)
    if reason:
        _park(row, reason, at=at)
    else:
        row.state, row.routed_at, row.reason, row.waits_for = InboundMessage.State.ROUTED, at, "", about.unknown
        rows.update(row, ("state", "routed_at", "reason", "waits_for"))
    return True


_MINE_SQL: Final = """
    select id from integrations_inboundmessage where id = %s and state = 'stored' for no key update skip locked
    """


def hand_over(row: InboundMessage, about: About, *, at: datetime) -> str:
    """Hand a message to the verb that understands it, in its operator's scope; return why none took it, or nothing."""
    try:
        with transaction.atomic(), figures.together():
            _hand_over(row, about, at=at)
    except (Parked, Unreadable, NotAllowed, DomainError) as error:
        return error.message if isinstance(error, DomainError) else str(error)
    except IntegrityError as error:
        log.warning("message %s contradicts what is stored: %s", row.message_id, type(error).__name__)
        return "It contradicts what is known about the filing."
    return ""


def _hand_over(row: InboundMessage, about: About, *, at: datetime) -> None:
    if about.filing_id is None:
        _tell(row, about, at=at)
        return
    filing = Filing.objects.defer("document").get(pk=about.filing_id)  # what it says may be long, and is seldom needed
    document = xml.read(bytes(row.payload), message_set=filing.message_set, version=filing.version)
    if document.message.id != row.message_type:
        raise Parked(OTHER_CONTENT)
    named = document.value(OWN_REFERENCE)
    if about.answers == filing.message_type and named and filing.lrn and named != filing.lrn:
        raise Parked(f"It answers the message of one filing and names the {OWN_REFERENCE} of another.")
    message = document.message
    verb = VERBS.get((message.consumer, message.event))
    if verb and (request := _request(filing, verb, row, about)):
        filing = request
    elif about.answers not in {"", filing.message_type}:
        verb = None
    if verb is None:
        responses.note(filing=filing, document=document, message_id=row.message_id, answers=about.answers, at=at)
    else:
        verb(filing=filing, document=document, message_id=row.message_id, at=at)
    if receive := RECEIVERS.get((message.consumer, message.event)):
        receive(filing=filing, document=document, message_id=row.message_id, at=at)
    heard.hear(document=document, filing=filing, message_id=row.message_id, at=at)
    outbox.answered(filing=filing, by=row.message_type, answers=row.ref_to_message_id, at=at)


def _request(filing: Filing, verb: Verb, row: InboundMessage, about: About) -> Filing | None:
    """Return the request about the filing that a message answers without naming our message: the oldest it may answer."""
    unnamed = about.answers == correlation.SOMETHING_ELSE or (verb is responses.fulfil and not about.answers)
    return selectors.awaiting(filing, row.message_type) if unnamed and filing.about_id is None else None


def _tell(row: InboundMessage, about: About, *, at: datetime) -> None:
    """Record a message that is an operator's and about no filing of its own: a copy, or somebody waits for a filing."""
    document = xml.read(bytes(row.payload))
    if document.message.id != row.message_type:
        raise Parked(OTHER_CONTENT)
    operator = Operator.objects.get(pk=about.operator_id)
    sentence = words.sentence(document, answers=about.answers)
    detail = {"message": row.message_type, "message_id": row.message_id, "sentence": sentence}
    audit.record("operator.told", target=operator, by=CUSTOMS, at=at, detail=detail)
    told(document=document, filing=None, message_id=row.message_id, at=at)
    said.say(document=document, content=learning.content(document), answers=about.answers, at=at)
    heard.hear(document=document, message_id=row.message_id, at=at)
    if receive := RECEIVERS.get((document.message.consumer, document.message.event)):
        receive(filing=None, document=document, message_id=row.message_id, at=at)


def _park(row: InboundMessage, reason: str, *, at: datetime) -> None:
    row.state, row.reason, row.routed_at = InboundMessage.State.PARKED, reason[:400], at
    row.save(update_fields=["state", "reason", "routed_at", "waits_for"])
    log.warning("message %s of customs was parked", row.message_id)


def _later(row: InboundMessage, *, at: datetime) -> None:
    """Let others go first, and park the message when it fails too often."""
    tries = row.tries + 1
    fields: dict[str, object] = {"tries": tries, "due_at": at + FIRST_DELAY * 2 ** (tries - 1)}
    if tries >= MOST_TRIES:
        fields |= {"state": InboundMessage.State.PARKED, "reason": "A fault in the gateway; it is logged.", "routed_at": at}
    with every_tenant("a message that could not be routed"):
        InboundMessage.objects.filter(pk=row.pk, state=InboundMessage.State.STORED).update(**fields)
