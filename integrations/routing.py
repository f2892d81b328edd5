"""From a stored message of customs to the verb that understands it; what no verb understands waits for a person.

Which verb is a question to the tables: the columns consumer and event of messages.csv. No message is named here.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, cast
from uuid import UUID

from django.db import IntegrityError, transaction

from filings import outbox
from filings.lifecycle import NotAllowed, State
from filings.messages import xml
from filings.messages.document import Document, Unreadable
from filings.models import Filing
from filings.services import responses
from integrations.models import Exchange, InboundMessage
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope


class Verb(Protocol):
    """What a consumer does with a message about a filing."""

    def __call__(self, *, filing: Filing, document: Document, message_id: str, at: datetime) -> None: ...


# By consumer and event of the message; what stands in no row is noted on the filing's timeline.
VERBS: Final[Mapping[tuple[str, str], Verb]] = {
    ("filing", "register"): responses.register,
    ("filing", "reject"): responses.reject,
    ("filing", "refuse"): responses.reject,
}
# References that name filings, and the column that holds them. An MRN may cover several filings, an LRN only one.
COLUMNS: Final[Mapping[str, str]] = {"LRN": "lrn", "MRN": "mrn", "functionalReference": "lrn"}
OWN_REFERENCE: Final = "LRN"
MOST_TRIES: Final = 5
FIRST_DELAY: Final = timedelta(seconds=10)

log = logging.getLogger(__name__)


class Parked(Exception):
    """A person must look at the message; the text says why."""


@dataclass(frozen=True, slots=True)
class About:
    """Whose message it is: operator, filing, and the type of our message that it answers, if it names one."""

    operator_id: UUID
    filing_id: UUID
    answers: str = ""


def route_next(*, at: datetime) -> bool:
    """Route the oldest message that waits; say whether there was one.

    Workers may do this at once: the row is locked while it is delivered, and delivered in the transaction that says so.
    """
    with every_tenant("a stored message has no operator yet"):
        waiting = InboundMessage.objects.filter(state=InboundMessage.State.STORED, due_at__lte=at)
        row: InboundMessage | None = (
            waiting.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "received_at").first()
        )
        if row is None:
            return False
        about = _find(row, at=at)
    if about is None:
        return True
    try:
        with tenant_scope(about.operator_id):
            _deliver(row.pk, about, at=at)
    except Exception:
        log.exception("message %s of customs could not be routed because of a fault of ours", row.message_id)
        _later(row, at=at)
    return True


def _find(row: InboundMessage, *, at: datetime) -> About | None:
    """Find out whose it is and say so in the row, or park it."""
    try:
        about = _about(row)
    except Parked as error:
        _park(row, str(error), at=at)
        return None
    row.operator_id, row.filing_id = about.operator_id, about.filing_id
    row.save(update_fields=["operator", "filing"])
    return about


def _about(row: InboundMessage) -> About:
    """Return whose message it is: by the message it answers, else by the references it carries.

    :raises Parked: if nothing, or more than one filing, fits.
    """
    exchange = _answered(row)
    if exchange is not None and exchange.filing_id is not None:
        return About(cast(UUID, exchange.operator_id), exchange.filing_id, exchange.message_type)
    try:
        document = xml.read(bytes(row.payload))
    except Unreadable as error:
        raise Parked(f"It cannot be read and answers no message of ours: {error}") from error
    return _about_reference(document)


def _answered(row: InboundMessage) -> Exchange | None:
    """Return the message of ours that it answers, if it was sent over the same connection."""
    if not row.ref_to_message_id:
        return None
    found: Exchange | None = Exchange.objects.filter(
        message_id=row.ref_to_message_id, connection_id=row.connection_id
    ).first()
    return found


def _about_reference(document: Document) -> About:
    """Return the one submitted filing that has a reference of the document and its party.

    :raises Parked: if there is none or several.
    """
    sent = Filing.objects.exclude(state=State.DRAFT)
    for reference in reversed(document.message.references):  # an MRN, which stands last, says more than an LRN
        value = document.value(reference)
        if not value or reference not in COLUMNS:
            continue
        found = list(sent.filter(**{COLUMNS[reference]: value}).order_by("-submitted_at")[:20])
        if len(found) > 1:
            found = _of_party(document, found)
        if len(found) == 1:
            return About(found[0].operator_id, found[0].pk)
        if found:
            raise Parked(f"More than one filing has the {reference} it names.")
    raise Parked("It names no filing of ours.")


def _of_party(document: Document, filings: list[Filing]) -> list[Filing]:
    """Return the filings of the operator whose EORI the document names."""
    eori = document.value(document.message.party) if document.message.party else None
    operators = set(Operator.objects.filter(eori=eori or "").values_list("pk", flat=True))
    return [filing for filing in filings if filing.operator_id in operators] or filings


# --- For the ITSP's staff ---------------------------------------------------------------------------------------------------


def parked() -> list[InboundMessage]:
    """Return the messages that wait for a person, oldest first, without their octets."""
    with every_tenant("the ITSP looks after what could not be routed"):
        waiting = InboundMessage.objects.filter(state=InboundMessage.State.PARKED)
        return list(waiting.defer("body", "payload", "receipt").order_by("received_at"))


def again(pk: UUID, *, at: datetime) -> bool:
    """Let a parked message be routed once more; say whether there was one."""
    with every_tenant("the ITSP looks after what could not be routed"):
        waiting = InboundMessage.objects.filter(pk=pk, state=InboundMessage.State.PARKED)
        return waiting.update(state=InboundMessage.State.STORED, reason="", routed_at=None, due_at=at, tries=0) == 1


# --- Inside the operator's scope -------------------------------------------------------------------------------------------


def _deliver(pk: UUID, about: About, *, at: datetime) -> None:
    """Hand the message to its verb and mark it, unless another worker is doing so."""
    row: InboundMessage | None = (
        InboundMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, state=InboundMessage.State.STORED)
        .first()
    )
    if row is None:
        return
    try:
        with transaction.atomic():
            _hand_over(row, about, at=at)
    except (Parked, Unreadable, NotAllowed, DomainError) as error:
        _park(row, error.message if isinstance(error, DomainError) else str(error), at=at)
    except IntegrityError as error:
        log.warning("message %s contradicts what is stored: %s", row.message_id, type(error).__name__)
        _park(row, "It contradicts what is known about the filing.", at=at)
    else:
        row.state, row.routed_at, row.reason = InboundMessage.State.ROUTED, at, ""
        row.save(update_fields=["state", "routed_at", "reason"])


def _hand_over(row: InboundMessage, about: About, *, at: datetime) -> None:
    filing = Filing.objects.get(pk=about.filing_id)
    document = xml.read(bytes(row.payload), message_set=filing.message_set, version=filing.version)
    if document.message.id != row.message_type:
        raise Parked("Its envelope names another message than its content.")
    named = document.value(OWN_REFERENCE)
    if named and filing.lrn and named != filing.lrn:
        raise Parked(f"It answers the message of one filing and names the {OWN_REFERENCE} of another.")
    answers_filing = about.answers in {"", filing.message_type}
    verb = VERBS.get((document.message.consumer, document.message.event)) if answers_filing else None
    (verb or responses.note)(filing=filing, document=document, message_id=row.message_id, at=at)
    outbox.answered(filing=filing, by=row.message_type, answers=row.ref_to_message_id, at=at)


def _park(row: InboundMessage, reason: str, *, at: datetime) -> None:
    row.state, row.reason, row.routed_at = InboundMessage.State.PARKED, reason[:400], at
    row.save(update_fields=["state", "reason", "routed_at"])
    log.warning("message %s of customs was parked", row.message_id)


def _later(row: InboundMessage, *, at: datetime) -> None:
    """Let others go first, and park the message when it fails too often."""
    tries = row.tries + 1
    fields: dict[str, object] = {"tries": tries, "due_at": at + FIRST_DELAY * 2 ** (tries - 1)}
    if tries >= MOST_TRIES:
        fields |= {"state": InboundMessage.State.PARKED, "reason": "A fault in the gateway; it is logged.", "routed_at": at}
    with every_tenant("a message that could not be routed"):
        InboundMessage.objects.filter(pk=row.pk, state=InboundMessage.State.STORED).update(**fields)
